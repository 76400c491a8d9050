/** PodTopologySpread's hard constraints: k8s 1.36 plugins/podtopologyspread/filtering.go. */

import type { Pod } from "../../src/kube/objects.js";
import { type BoundPod, labelsOf, type NodeInfo, namespaceOf } from "./cluster.js";
import { selects } from "./label-selector.js";
import {
  type Cycle,
  type FilterPlugin,
  type FilterStatus,
  type NodeFilter,
  PASS,
  SchedulerError,
  unresolvable,
  unschedulable,
} from "./plugin.js";
import { type Constraint, constraintsOf, countPods, hasAllKeys, isIncluded } from "./spread-constraints.js";

const NO_DOMAIN_MINIMUM = 2 ** 31 - 1;
const REASON = "node(s) didn't match pod topology spread constraints";

/** A constraint, and how many pods match it in each of its domains. */
interface Counted {
  readonly constraint: Constraint;
  readonly counts: Map<string, number>;
}

class SpreadFilter implements NodeFilter {
  readonly #pod: Pod;
  readonly #counted: readonly Counted[];

  constructor(pod: Pod, counted: readonly Counted[]) {
    this.#pod = pod;
    this.#counted = counted;
  }

  filter(info: NodeInfo): FilterStatus | undefined {
    for (const { constraint, counts } of this.#counted) {
      const { topologyKey, selector, maxSkew, minDomains } = constraint;
      if (!Object.hasOwn(info.labels, topologyKey)) return unresolvable(`${REASON} (missing required label)`);
      const self = selects(selector, labelsOf(this.#pod)) ? 1 : 0;
      const minimum = counts.size < minDomains ? 0 : Math.min(NO_DOMAIN_MINIMUM, ...counts.values());
      const skew = (counts.get(info.labels[topologyKey]!) ?? 0) + self - minimum;
      if (skew > maxSkew) return unschedulable(REASON);
    }
    return undefined;
  }

  /** Here pods count that PreFilter leaves out: those that are going away, and all where everything is selected. */
  update(other: BoundPod, info: NodeInfo, change: 1 | -1): void {
    const constraints = this.#counted.map(({ constraint }) => constraint);
    if (other.namespace !== namespaceOf(this.#pod) || !hasAllKeys(info, constraints)) return;
    for (const { constraint, counts } of this.#counted) {
      if (!selects(constraint.selector, other.labels) || !isIncluded(constraint, this.#pod, info)) continue;
      const value = info.labels[constraint.topologyKey]!;
      counts.set(value, (counts.get(value) ?? 0) + change);
    }
  }

  copy(): SpreadFilter {
    return new SpreadFilter(
      this.#pod,
      this.#counted.map(({ constraint, counts }) => ({ constraint, counts: new Map(counts) })),
    );
  }
}

function hardConstraints(cycle: Cycle): Constraint[] {
  try {
    return constraintsOf(cycle, "DoNotSchedule");
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    throw new SchedulerError(`get constraints from pod: ${error.message}`);
  }
}

function countDomains({ pod, nodes }: Cycle, constraints: readonly Constraint[]): Counted[] {
  const eligible = nodes.filter((info) => hasAllKeys(info, constraints));
  return constraints.map((constraint) => {
    const counts = new Map<string, number>();
    for (const info of eligible) {
      if (!isIncluded(constraint, pod, info)) continue;
      const value = info.labels[constraint.topologyKey]!;
      counts.set(value, (counts.get(value) ?? 0) + countPods(info, constraint.selector, namespaceOf(pod)));
    }
    return { constraint, counts };
  });
}

export const SPREAD_FILTER: FilterPlugin = {
  name: "PodTopologySpread",
  withoutPreFilter: 'reading "PreFilterPodTopologySpread" from cycleState: not found',
  prepare(cycle) {
    const constraints = hardConstraints(cycle);
    if (constraints.length === 0) return { skip: true, nodeFilter: PASS };
    return { nodeFilter: new SpreadFilter(cycle.pod, countDomains(cycle, constraints)) };
  },
};
