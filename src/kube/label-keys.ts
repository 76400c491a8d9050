/**
 * `matchLabelKeys` and `mismatchLabelKeys` written out into the selectors they stand for, as at a pod's creation.
 * Source: k8s 1.36 pkg/registry/core/pod/strategy.go.
 */

import type { LabelSelector, Pod, PodAffinity, PodAffinityTerm, Requirement, StringMap } from "./objects.js";

/** Keys that the pod's labels lack, and terms without a selector, add nothing; what is there already is not repeated. */
export function foldLabelKeys(pod: Pod): Pod {
  const spec = pod.spec ?? {};
  const { affinity, topologySpreadConstraints } = spec;
  const labels = pod.metadata?.labels ?? {};
  return {
    ...pod,
    spec: {
      ...spec,
      ...(affinity
        ? {
            affinity: {
              ...affinity,
              ...(affinity.podAffinity ? { podAffinity: foldAffinity(affinity.podAffinity, labels) } : {}),
              ...(affinity.podAntiAffinity ? { podAntiAffinity: foldAffinity(affinity.podAntiAffinity, labels) } : {}),
            },
          }
        : {}),
      ...(topologySpreadConstraints
        ? { topologySpreadConstraints: topologySpreadConstraints.map((one) => foldTerm(one, labels)) }
        : {}),
    },
  };
}

function foldAffinity(affinity: PodAffinity, labels: StringMap): PodAffinity {
  const { requiredDuringSchedulingIgnoredDuringExecution: required } = affinity;
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred } = affinity;
  return {
    ...affinity,
    ...(required
      ? { requiredDuringSchedulingIgnoredDuringExecution: required.map((term) => foldTerm(term, labels)) }
      : {}),
    ...(preferred
      ? {
          preferredDuringSchedulingIgnoredDuringExecution: preferred.map((one) =>
            one.podAffinityTerm ? { ...one, podAffinityTerm: foldTerm(one.podAffinityTerm, labels) } : one,
          ),
        }
      : {}),
  };
}

/** An affinity term or a spread constraint: what has a selector and names keys beside it. */
function foldTerm<T extends Pick<PodAffinityTerm, "labelSelector" | "matchLabelKeys" | "mismatchLabelKeys">>(
  term: T,
  labels: StringMap,
): T {
  const { labelSelector } = term;
  if (!labelSelector) return term;
  const added = [
    ...requirements(term.matchLabelKeys, "In", labels),
    ...requirements(term.mismatchLabelKeys, "NotIn", labels),
  ].filter((one) => !hasRequirement(labelSelector, one));
  if (added.length === 0) return term;
  const matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
  return { ...term, labelSelector: { ...labelSelector, matchExpressions } };
}

interface FoldedRequirement extends Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn";
  readonly values: readonly [string];
}

function requirements(
  keys: readonly string[] | null | undefined,
  operator: "In" | "NotIn",
  labels: StringMap,
): FoldedRequirement[] {
  return (keys ?? []).flatMap((key) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return value === undefined ? [] : [{ key, operator, values: [value] as const }];
  });
}

function hasRequirement(selector: LabelSelector, wanted: FoldedRequirement): boolean {
  return (selector.matchExpressions ?? []).some(
    ({ key, operator, values }) =>
      key === wanted.key && operator === wanted.operator && values?.length === 1 && values[0] === wanted.values[0],
  );
}
