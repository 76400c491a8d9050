/**
 * Versions of Kubernetes, and what differs before a scheduler decides: what pods request, and what an API server fills in.
 * What the scheduler itself does differently is scheduler/compat.ts, which has a row for each row of this table.
 */

export interface PodRules {
  /**
   * Whether a pod that is being resized requests the most of three sums (what its containers ask for, were promised and
   * have), or the sum of what is the most for each container. Source: component-helpers resource/helpers.go,
   * AggregateContainerRequests.
   */
  readonly comparesSums: boolean;
  /**
   * Whether the resources of a pod as a whole are completed once, behind admission (gate PodLevelResourcesFixDefaulting), or
   * whenever the pod is read. Source: pkg/registry/core/pod/strategy.go, pkg/apis/core/v1/defaults.go.
   */
  readonly completesPodLevelOnce: boolean;
}

export const POD_RULES = {
  "1.36": { comparesSums: false, completesPodLevelOnce: false },
  "1.37": { comparesSums: true, completesPodLevelOnce: true },
} as const satisfies Record<string, PodRules>;

export type Compat = keyof typeof POD_RULES;

export const DEFAULT_COMPAT: Compat = "1.36";
