/**
 * Pods that need a plugin which is not here yet. They are never placed as if they did not: the answer names the field.
 * A plugin that the profile does not run is not needed.
 */

import type { ClusterState } from "../cluster/state.js";
import type { Pod, PodAffinity, PodAffinityTerm, Volume } from "../kube/objects.js";
import { matchesAll, parseLabelSelector } from "../kube/requirement.js";
import type { Profile } from "./profile.js";

/** Volume sources that some volume plugin of the default profile looks at. */
const CHECKED_VOLUMES: ReadonlyMap<string, string> = new Map([
  ["persistentVolumeClaim", "VolumeBinding"],
  ["ephemeral", "VolumeBinding"],
  ["gcePersistentDisk", "VolumeRestrictions"],
  ["awsElasticBlockStore", "VolumeRestrictions"],
  ["rbd", "VolumeRestrictions"],
  ["iscsi", "VolumeRestrictions"],
  ["azureDisk", "NodeVolumeLimits"],
  ["azureFile", "NodeVolumeLimits"],
  ["cinder", "NodeVolumeLimits"],
  ["portworxVolume", "NodeVolumeLimits"],
  ["vsphereVolume", "NodeVolumeLimits"],
]);

export interface UnsupportedField {
  readonly plugin: string;
  readonly field: string;
}

/** The first field of a pod that needs a plugin which is not here, or undefined. */
export function unsupportedField(state: ClusterState, pod: Pod, profile: Profile): UnsupportedField | undefined {
  const runs = runningPlugins(profile);
  const found = ownFields(pod).find(({ plugin }) => runs.has(plugin));
  if (found !== undefined) return found;
  return runs.has("InterPodAffinity") && state.withPodAffinity.size > 0 ? affinityOfOthers(state, pod) : undefined;
}

const running = new WeakMap<Profile, ReadonlySet<string>>();

/** The filter and score plugins of a profile, made once. */
function runningPlugins(profile: Profile): ReadonlySet<string> {
  let names = running.get(profile);
  if (names === undefined) {
    names = new Set([...profile.filter, ...profile.score.map(({ name }) => name)]);
    running.set(profile, names);
  }
  return names;
}

function ownFields(pod: Pod): UnsupportedField[] {
  const { spec = {} } = pod;
  const fields: UnsupportedField[] = [];
  const add = (plugin: string, field: string, isUsed: boolean) => {
    if (isUsed) fields.push({ plugin, field });
  };
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const source = checkedSource(volume);
    if (source !== undefined) add(source[1], `spec.volumes[${index}].${source[0]}`, true);
  }
  add("PodTopologySpread", "spec.topologySpreadConstraints", (spec.topologySpreadConstraints?.length ?? 0) > 0);
  add("InterPodAffinity", "spec.affinity.podAffinity", hasTerms(spec.affinity?.podAffinity));
  add("InterPodAffinity", "spec.affinity.podAntiAffinity", hasTerms(spec.affinity?.podAntiAffinity));
  add("DynamicResources", "spec.resourceClaims", (spec.resourceClaims?.length ?? 0) > 0);
  return fields;
}

function checkedSource(volume: Volume): readonly [string, string] | undefined {
  return [...CHECKED_VOLUMES].find(([source]) => volume[source] !== undefined && volume[source] !== null);
}

function hasTerms(affinity: PodAffinity | null | undefined): boolean {
  return termsOf(affinity).length > 0;
}

/** Required and preferred terms. */
function termsOf(affinity: PodAffinity | null | undefined): PodAffinityTerm[] {
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...preferred.map(({ podAffinityTerm }) => podAffinityTerm ?? {}),
  ];
}

/** Terms of pods that are here bear upon a pod that comes: anti-affinity forbids, everything else scores. */
function affinityOfOthers(state: ClusterState, pod: Pod): UnsupportedField | undefined {
  for (const other of state.withPodAffinity) {
    const affinity = other.pod.spec?.affinity;
    for (const kind of ["podAntiAffinity", "podAffinity"] as const) {
      if (!termsOf(affinity?.[kind]).some((term) => bearsUpon(term, other.pod, pod))) continue;
      return { plugin: "InterPodAffinity", field: `spec.affinity.${kind} of the running pod ${other.key}` };
    }
  }
  return undefined;
}

/** Whether a term of `owner` may match `pod`. A namespace selector is taken to match, since no namespaces are known. */
function bearsUpon(term: PodAffinityTerm, owner: Pod, pod: Pod): boolean {
  const namespaces = term.namespaces ?? [];
  const isSelected = term.namespaceSelector !== undefined && term.namespaceSelector !== null;
  const own = namespaces.length === 0 && !isSelected ? [owner.metadata?.namespace || "default"] : namespaces;
  if (!isSelected && !own.includes(pod.metadata?.namespace || "default")) return false;
  const selector = parseLabelSelector(term.labelSelector);
  if (!selector.ok) return true;
  return !selector.nothing && matchesAll(selector.requirements, pod.metadata?.labels);
}
