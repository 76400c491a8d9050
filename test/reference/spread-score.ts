/** PodTopologySpread's soft constraints: k8s 1.36 plugins/podtopologyspread/scoring.go. */

import { type NodeInfo, namespaceOf } from "./cluster.js";
import { type Cycle, SchedulerError, type ScorePlugin } from "./plugin.js";
import { type Constraint, constraintsOf, countPods, hasAllKeys, isIncluded } from "./spread-constraints.js";

const HOSTNAME = "kubernetes.io/hostname";
/** What upstream marks a node with that must not be scored; a true score of this value is taken for the mark. */
const IGNORED = -1n;

interface Weighed {
  readonly constraint: Constraint;
  readonly weight: number;
  /** Pods by domain; of domains that a feasible node is in. Empty for hostnames, which are counted node by node. */
  readonly counts: ReadonlyMap<string, number>;
}

function softConstraints(cycle: Cycle): Constraint[] {
  try {
    return constraintsOf(cycle, "ScheduleAnyway");
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    throw new SchedulerError(`calculating preScoreState: ${error.message}`);
  }
}

function weigh(
  cycle: Cycle,
  constraint: Constraint,
  scored: readonly NodeInfo[],
  counted: readonly NodeInfo[],
): Weighed {
  const { topologyKey } = constraint;
  if (topologyKey === HOSTNAME) return { constraint, weight: Math.log(scored.length + 2), counts: new Map() };
  const domainOf = ({ labels }: NodeInfo) => (Object.hasOwn(labels, topologyKey) ? labels[topologyKey]! : "");
  const counts = new Map<string, number>();
  for (const info of scored) counts.set(domainOf(info), 0);
  for (const info of counted) {
    const count = counts.get(domainOf(info));
    if (count === undefined || !isIncluded(constraint, cycle.pod, info)) continue;
    counts.set(domainOf(info), count + countPods(info, constraint.selector, namespaceOf(cycle.pod)));
  }
  return { constraint, weight: Math.log(counts.size + 2), counts };
}

function rawScore(cycle: Cycle, weighed: readonly Weighed[], info: NodeInfo): bigint {
  let score = 0;
  for (const { constraint, weight, counts } of weighed) {
    const { topologyKey, selector, maxSkew } = constraint;
    if (!Object.hasOwn(info.labels, topologyKey)) continue;
    const count =
      topologyKey === HOSTNAME
        ? countPods(info, selector, namespaceOf(cycle.pod))
        : counts.get(info.labels[topologyKey]!)!;
    score += count * weight + (maxSkew - 1);
  }
  return BigInt(Math.sign(score) * Math.round(Math.abs(score)));
}

/** Fewer pods are better: the least gets 100 where the scale starts at 0. */
function normalize(scores: readonly bigint[], isIgnored: readonly boolean[]): bigint[] {
  let min = 2n ** 63n - 1n;
  let max = 0n;
  const marked = scores.map((score, index) => (isIgnored[index] ? IGNORED : score));
  for (const [index, score] of scores.entries()) {
    if (isIgnored[index]) continue;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  return marked.map((score) => {
    if (score === IGNORED) return 0n;
    return max === 0n ? 100n : (100n * (max + min - score)) / max;
  });
}

export const SPREAD_SCORE: ScorePlugin = {
  name: "PodTopologySpread",
  without: { point: "preScore", error: 'error reading "PreScorePodTopologySpread" from cycleState: not found' },
  prepare(cycle, feasible) {
    const constraints = softConstraints(cycle);
    if (constraints.length === 0) return undefined;
    const hasOwn = (cycle.pod.spec?.topologySpreadConstraints ?? []).length > 0;
    const isEligible = (info: NodeInfo) => (!hasOwn && cycle.args.isSystemDefaulted) || hasAllKeys(info, constraints);
    const scored = feasible.filter(isEligible);
    const counted = cycle.nodes.filter(isEligible);
    const weighed = constraints.map((constraint) => weigh(cycle, constraint, scored, counted));
    return {
      score: (info) => (isEligible(info) ? rawScore(cycle, weighed, info) : 0n),
      normalize: (scores) =>
        normalize(
          scores,
          feasible.map((info) => !isEligible(info)),
        ),
    };
  },
};
