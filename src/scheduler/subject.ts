/** One pod on its way through the phases, with all that was prepared for it. */

import type { Pod } from "../kube/objects.js";
import type { NodeFilters } from "./node-filters.js";
import type { PodClass } from "./pod-class.js";
import type { PodRelations } from "./relations.js";

export interface Subject {
  readonly pod: Pod;
  /** What lies in the core's memory for the pod; made anew when the cluster changes, as in a what-if. */
  podClass: PodClass;
  relations: PodRelations;
  /** Plugins that are asked node by node. */
  nodeFilters: NodeFilters;
  /** In a what-if: whether InterPodAffinity's PreFilter skipped the pod before it. */
  skipsAffinity?: boolean | undefined;
  /** Pods that are taken away in a what-if; otherwise none. */
  removed: readonly Pod[];
  /** What each TypeScript plugin prepared, by name. */
  readonly states: ReadonlyMap<string, unknown>;
}
