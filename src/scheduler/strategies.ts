/** Configurations with a short name, for those who do not want to write one. */

import { API_VERSION, KIND } from "./type-meta.js";

export type StrategyName = "least" | "most" | "balanced";

/** Each is a KubeSchedulerConfiguration as an object, ready for decodeConfig or to be printed as a file to start from. */
export const STRATEGIES: Readonly<Record<StrategyName, object>> = {
  /** kube-scheduler's default: the emptiest node that fits. */
  least: configuration({}),
  /** Bin packing: the fullest node that fits. */
  most: configuration({
    pluginConfig: [
      {
        name: "NodeResourcesFit",
        args: {
          scoringStrategy: {
            type: "MostAllocated",
            resources: [
              { name: "cpu", weight: 1 },
              { name: "memory", weight: 1 },
            ],
          },
        },
      },
    ],
  }),
  /**
   * The node whose cpu and memory become most equally used, so that neither is stranded. One placement moves
   * NodeResourcesBalancedAllocation by a few points where it moves LeastAllocated by tens, so at the default weight of 1
   * the emptiest node nearly always wins; at 10 the two weigh about the same. Without LeastAllocated the first node that
   * is in balance would be filled up, which unbalances it in the end.
   */
  balanced: configuration({
    plugins: { multiPoint: { enabled: [{ name: "NodeResourcesBalancedAllocation", weight: 10 }] } },
  }),
};

function configuration(profile: object): object {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    profiles: [{ schedulerName: "default-scheduler", ...profile }],
  };
}
