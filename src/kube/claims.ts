/**
 * Claims that controllers make for pods: those of a StatefulSet's templates, and those of ephemeral volumes.
 * Source: k8s 1.36 pkg/controller/statefulset/stateful_set_utils.go, pkg/controller/volume/ephemeral/controller.go.
 */

import type { AssumedObjects } from "./expansion.js";
import { type ObjectIssue, objectLabel, readKindOf } from "./kinds.js";
import {
  isFinished,
  type KubeObject,
  namespacedName,
  namespaceOf,
  type ObjectMeta,
  type PersistentVolumeClaim,
  type PersistentVolumeClaimTemplate,
  type Pod,
  type PodSpec,
  type Volume,
} from "./objects.js";
import type { OwnerIndex } from "./owners.js";
import type { Workload } from "./workload.js";

/** More claims than this are not made out of one input: a slip of the finger must not fill the memory. */
const MAX_MADE_CLAIMS = 1_000_000;

const OF_TEMPLATES = "for the volumeClaimTemplates of StatefulSets";
const OF_EPHEMERAL = "for ephemeral volumes of pods";

type Claim = PersistentVolumeClaim & KubeObject;

export interface MissingClaims {
  readonly claims: readonly Claim[];
  readonly assumed: readonly AssumedObjects[];
  readonly issues: readonly ObjectIssue[];
}

/** A StatefulSet's pod uses a claim of its own for each template; a volume of the same name gives way to it. */
export function withClaimVolumes(spec: PodSpec | undefined, podName: string, set: Workload): PodSpec | undefined {
  const templates = set.spec?.volumeClaimTemplates ?? [];
  if (templates.length === 0) return spec;
  const claimed = templates.map((template): Volume => {
    const name = template.metadata?.name ?? "";
    return { name, persistentVolumeClaim: { claimName: claimNameOf(template, podName) } };
  });
  const names = new Set(claimed.map(({ name }) => name));
  const others = (spec?.volumes ?? []).filter(({ name }) => !names.has(name));
  return { ...spec, volumes: [...claimed, ...others] };
}

/**
 * The claims that controllers would have made for pods that wait for a node, less those that are there. Claims of other
 * pods are bound to volumes that nothing here can know.
 */
export function missingClaims(
  pods: readonly Pod[],
  known: readonly PersistentVolumeClaim[],
  owners: OwnerIndex,
): MissingClaims {
  const names = new Set(known.map(namespacedName));
  const claims: Claim[] = [];
  const add = (wanted: readonly Claim[]): number => {
    const missing = wanted.filter((claim) => !names.has(namespacedName(claim)));
    for (const claim of missing) names.add(namespacedName(claim));
    claims.push(...missing);
    return missing.length;
  };
  const counts = { [OF_TEMPLATES]: 0, [OF_EPHEMERAL]: 0 };
  const issues: ObjectIssue[] = [];
  for (const pod of pods) {
    if (!usesClaims(pod) || pod.spec?.nodeName || isFinished(pod)) continue;
    if (claims.length >= MAX_MADE_CLAIMS) {
      issues.push(tooMany(pod as KubeObject));
      break;
    }
    counts[OF_TEMPLATES] += add(templateClaims(pod, owners));
    counts[OF_EPHEMERAL] += add(ephemeralClaims(pod));
  }
  const assumed = Object.entries(counts).map(([reason, count]) => {
    return { kind: "PersistentVolumeClaim", count, reason } as const;
  });
  return { claims, assumed: assumed.filter(({ count }) => count > 0), issues };
}

function usesClaims({ spec }: Pod): boolean {
  const { volumes } = spec ?? {};
  return volumes?.some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim || ephemeral) ?? false;
}

function templateClaims(pod: Pod, owners: OwnerIndex): Claim[] {
  const set = owners.rootOf(pod as KubeObject) as Workload | undefined;
  if (set === undefined || readKindOf(set) !== "StatefulSet") return [];
  const selected = set.spec?.selector?.matchLabels;
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const name = claimNameOf(template, pod.metadata?.name ?? "");
    return newClaim(template, {
      name,
      namespace: namespaceOf(set),
      labels: { ...template.metadata?.labels, ...selected },
    });
  });
}

/** They belong to the pod, which is how a plugin tells them from others that happen to have the name. */
function ephemeralClaims(pod: Pod): Claim[] {
  const { name: podName = "", uid = "" } = pod.metadata ?? {};
  return (pod.spec?.volumes ?? []).flatMap(({ name, ephemeral }) => {
    const template = ephemeral?.volumeClaimTemplate;
    if (!template) return [];
    const metadata: ObjectMeta = {
      name: `${podName}-${name ?? ""}`,
      namespace: namespaceOf(pod),
      labels: template.metadata?.labels ?? {},
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: podName, uid, controller: true }],
    };
    return [newClaim(template, metadata)];
  });
}

function newClaim(template: PersistentVolumeClaimTemplate, metadata: ObjectMeta): Claim {
  const { annotations } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...(annotations ? { annotations } : {}), ...metadata },
    spec: template.spec ?? {},
    status: { phase: "Pending" },
  };
}

function claimNameOf({ metadata }: PersistentVolumeClaimTemplate, podName: string): string {
  return `${metadata?.name ?? ""}-${podName}`;
}

function tooMany(pod: KubeObject): ObjectIssue {
  const message = `no more than ${MAX_MADE_CLAIMS} claims are made out of one input`;
  const issue = { code: "too-many-claims", severity: "error", message, path: "spec.volumes" } as const;
  return { object: pod, issue: { ...issue, object: objectLabel(pod) } };
}
