/**
 * NodeDeclaredFeatures: a pod that uses certain features of the kubelet goes only to nodes that declare them. Source: k8s
 * 1.36 plugins/nodedeclaredfeatures, component-helpers nodedeclaredfeatures.
 */

import type { Node, Pod } from "../kube/objects.js";
import type { Version } from "./compat.js";
import type { NodeFilter } from "./node-filters.js";

const MISMATCH = {
  code: "UnschedulableAndUnresolvable",
  reasons: ["node(s) didn't match Pod's required features"],
} as const;

interface FeatureContainer {
  readonly restartPolicyRules?: readonly { readonly action?: string }[] | null;
  readonly volumeMounts?: readonly { readonly bindMountOptions?: readonly string[] | null }[] | null;
}

interface FeatureSpec {
  readonly hostNetwork?: boolean;
  readonly hostUsers?: boolean | null;
  readonly containers?: readonly FeatureContainer[] | null;
  readonly initContainers?: readonly FeatureContainer[] | null;
  readonly ephemeralContainers?: readonly FeatureContainer[] | null;
}

/** The filter of a pod that needs features; undefined for all others, whose PreFilter skips. */
export function declaredFeaturesFilter(pod: Pod, { declaredFeatures }: Version): NodeFilter | undefined {
  const required = requiredFeatures(pod).filter((name) => declaredFeatures.includes(name));
  if (required.length === 0) return undefined;
  return ({ node }) => {
    const known = knownFeatures(node, declaredFeatures);
    return required.every((name) => known.has(name)) ? undefined : MISMATCH;
  };
}

/** Whether a pod has any of the fields that say so. Asked of every pod, and few have. */
function mayRequire({ hostNetwork, containers, initContainers, ephemeralContainers }: FeatureSpec): boolean {
  const mayContainers = (list: FeatureSpec["containers"]) =>
    list?.some(({ restartPolicyRules, volumeMounts }) => Boolean(restartPolicyRules ?? volumeMounts)) === true;
  return (
    hostNetwork === true ||
    mayContainers(containers) ||
    mayContainers(initContainers) ||
    mayContainers(ephemeralContainers)
  );
}

function requiredFeatures(pod: Pod): string[] {
  const spec = (pod.spec ?? {}) as FeatureSpec;
  if (!mayRequire(spec)) return [];
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const everywhere = [...containers, ...(spec.ephemeralContainers ?? [])];
  const features: string[] = [];
  if (containers.some(({ restartPolicyRules }) => restartPolicyRules?.some(isRestartAll))) {
    features.push("RestartAllContainersOnContainerExits");
  }
  if (spec.hostNetwork === true && spec.hostUsers === false) features.push("UserNamespacesHostNetworkSupport");
  const mounts = everywhere.flatMap(({ volumeMounts }) => volumeMounts ?? []);
  if (mounts.some(({ bindMountOptions }) => (bindMountOptions ?? []).length > 0)) {
    features.push("VolumeBindMountOptions");
  }
  return features;
}

function isRestartAll({ action }: { readonly action?: string }): boolean {
  return action === "RestartAllContainers";
}

/** Upstream walks both lists side by side and takes both to be sorted: what a node lists out of order is lost. */
function knownFeatures(node: Node | undefined, registered: readonly string[]): ReadonlySet<string> {
  const declared = node?.status?.declaredFeatures ?? [];
  const known = new Set<string>();
  let at = 0;
  for (const name of registered) {
    while (at < declared.length && declared[at]! < name) at++;
    if (declared[at] !== name) continue;
    known.add(name);
    at++;
  }
  return known;
}
