/** Runs plugins in their order and keeps to the rules between them: k8s 1.36 pkg/scheduler/framework/runtime. */

import { namespacedName } from "../../src/kube/objects.js";
import { AFFINITY_FILTER } from "./affinity-filter.js";
import { AFFINITY_SCORE } from "./affinity-score.js";
import { type BoundPod, type NodeInfo, priorityOf } from "./cluster.js";
import type { RefNodeScore, RefPluginScore, RefRejection } from "./decision.js";
import { DECLARED_FEATURES } from "./declared-features.js";
import { NODE_FILTERS } from "./filters.js";
import {
  type Cycle,
  type FilterPlugin,
  type NodeFilter,
  type NodeScorer,
  PASS,
  type Prepared,
  SchedulerError,
  type ScorePlugin,
  unresolvable,
} from "./plugin.js";
import { NODE_SCORES } from "./scores.js";
import { SPREAD_FILTER } from "./spread-filter.js";
import { SPREAD_SCORE } from "./spread-score.js";
import { VOLUME_FILTERS, VOLUME_SCORE } from "./volumes.js";

/** Pods without claims are all that this scheduler knows. */
const DYNAMIC_RESOURCES: FilterPlugin = {
  name: "DynamicResources",
  withoutPreFilter: "not found",
  prepare: () => ({ skip: true, nodeFilter: PASS }),
};

const FILTER_PLUGINS = byName([
  ...NODE_FILTERS,
  ...VOLUME_FILTERS,
  SPREAD_FILTER,
  AFFINITY_FILTER,
  DYNAMIC_RESOURCES,
  DECLARED_FEATURES,
]);
const SCORE_PLUGINS = byName([...NODE_SCORES, VOLUME_SCORE, SPREAD_SCORE, AFFINITY_SCORE]);

function byName<T extends { readonly name: string }>(plugins: readonly T[]): Map<string, T> {
  return new Map(plugins.map((plugin) => [plugin.name, plugin]));
}

/** What Filter works with: one entry a plugin that has something to say, in the order of Filter. */
export class FilterRun {
  readonly #filters: readonly { readonly plugin: string; readonly nodeFilter: NodeFilter }[];

  constructor(filters: readonly { readonly plugin: string; readonly nodeFilter: NodeFilter }[]) {
    this.#filters = filters;
  }

  /** @throws SchedulerError */
  firstRejection(info: NodeInfo): RefRejection | undefined {
    for (const { plugin, nodeFilter } of this.#filters) {
      const status = nodeFilter.filter(info);
      if (status !== undefined) return { plugin, ...status };
    }
    return undefined;
  }

  /** The pod comes to the node, in this run and on it. */
  add(pod: BoundPod, info: NodeInfo): void {
    info.add(pod);
    for (const { nodeFilter } of this.#filters) nodeFilter.update?.(pod, info, 1);
  }

  /** The pod goes away from the node, in this run and on it. */
  remove(pod: BoundPod, info: NodeInfo): void {
    info.remove(pod);
    for (const { nodeFilter } of this.#filters) nodeFilter.update?.(pod, info, -1);
  }

  copy(): FilterRun {
    return new FilterRun(
      this.#filters.map(({ plugin, nodeFilter }) => ({ plugin, nodeFilter: nodeFilter.copy?.() ?? nodeFilter })),
    );
  }
}

export interface PreFilterResult {
  /** The pod is rejected as a whole. `plugin` is empty where several plugins together leave no node. */
  readonly rejection?: RefRejection;
  /** DynamicResources had its turn, before which a pod may have been rejected. */
  readonly knowsClaims: boolean;
  /** The only nodes worth looking at. */
  readonly nodeNames?: ReadonlySet<string>;
  /** Plugins that name such nodes. */
  readonly restrictedBy: Set<string>;
  readonly run: FilterRun;
}

/** @throws SchedulerError */
export function runPreFilter(cycle: Cycle): PreFilterResult {
  const prepared = new Map<string, Prepared>();
  const restrictedBy = new Set<string>();
  let nodeNames: Set<string> | undefined;
  let rejection: RefRejection | undefined;
  const result = () => ({
    knowsClaims: prepared.has("DynamicResources"),
    restrictedBy,
    run: filterRun(cycle, prepared),
  });
  for (const plugin of cycle.profile.points.preFilter) {
    const answer = prepare(plugin, cycle);
    if (answer === undefined) continue;
    prepared.set(plugin, answer);
    if (answer.rejection !== undefined) {
      rejection = { plugin, ...answer.rejection };
      if (rejection.code === "UnschedulableAndUnresolvable") return { rejection, ...result() };
    } else if (answer.nodeNames !== undefined) {
      const { nodeNames: names } = answer;
      restrictedBy.add(plugin);
      nodeNames = new Set([...(nodeNames ?? names)].filter((name) => names.has(name)));
      if (nodeNames.size === 0) return { rejection: noNodeLeft(restrictedBy), ...result() };
    }
  }
  return { ...(rejection && { rejection }), ...(nodeNames && { nodeNames }), ...result() };
}

function noNodeLeft(plugins: ReadonlySet<string>): RefRejection {
  const names = [...plugins].sort();
  const who = names.length === 1 ? `plugin ${names[0]}` : `plugin(s) [${names.join(" ")}] simultaneously`;
  return { plugin: "", ...unresolvable(`node(s) didn't satisfy ${who}`) };
}

/** Undefined for a plugin that this scheduler does not know. */
function prepare(plugin: string, cycle: Cycle): Prepared | undefined {
  return wrapErrors(`running PreFilter plugin "${plugin}"`, () => FILTER_PLUGINS.get(plugin)?.prepare(cycle));
}

function filterRun(cycle: Cycle, prepared: ReadonlyMap<string, Prepared>): FilterRun {
  const filters: { plugin: string; nodeFilter: NodeFilter }[] = [];
  for (const name of cycle.profile.points.filter) {
    const plugin = FILTER_PLUGINS.get(name);
    if (plugin === undefined || prepared.get(name)?.skip) continue;
    const { nodeFilter } = prepared.get(name) ?? unprepared(plugin, cycle);
    filters.push({ plugin: name, nodeFilter });
  }
  return new FilterRun(filters);
}

function unprepared(plugin: FilterPlugin, cycle: Cycle): Pick<Prepared, "nodeFilter"> {
  const { name, withoutPreFilter } = plugin;
  if (withoutPreFilter === undefined) return plugin.prepare(cycle);
  const filter = (): never => {
    throw new SchedulerError(`running "${name}" filter plugin: ${withoutPreFilter}`);
  };
  return { nodeFilter: { filter } };
}

function wrapErrors<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SchedulerError) throw new SchedulerError(`${what}: ${error.message}`);
    throw error;
  }
}

/**
 * A node must pass with the pods on it that are promised to it and rank no lower than this one, and, if there are any,
 * without them.
 */
export function rejectionOf(
  cycle: Cycle,
  run: FilterRun,
  info: NodeInfo,
  nominated: readonly BoundPod[],
): RefRejection | undefined {
  const self = namespacedName(cycle.pod);
  const promised = nominated.filter(
    ({ key, nodeName, pod }) => nodeName === info.name && key !== self && priorityOf(pod) >= priorityOf(cycle.pod),
  );
  if (promised.length > 0) {
    const crowdedRun = run.copy();
    const crowded = info.copy();
    for (const pod of promised) crowdedRun.add(pod, crowded);
    const rejection = crowdedRun.firstRejection(crowded);
    if (rejection !== undefined) return rejection;
  }
  return run.firstRejection(info);
}

/** Raw, normalized and weighted scores of the feasible nodes; none of plugins that have nothing to say.
 * @throws SchedulerError
 */
export function runScore(cycle: Cycle, feasible: readonly NodeInfo[]): Map<string, RefNodeScore> {
  const { points, weights } = cycle.profile;
  const scorers = new Map<string, NodeScorer | undefined>();
  for (const name of points.preScore) {
    const plugin = SCORE_PLUGINS.get(name);
    if (plugin === undefined) continue;
    scorers.set(
      name,
      wrapErrors(`running PreScore plugin "${name}"`, () => plugin.prepare(cycle, feasible)),
    );
  }
  const nodes = feasible.map(({ name }) => ({ name, parts: new Map<string, RefPluginScore>(), total: 0n }));
  for (const name of points.score) {
    const plugin = SCORE_PLUGINS.get(name);
    if (plugin === undefined) continue;
    const scorer = scorers.has(name) ? scorers.get(name) : scorerAlone(plugin, cycle, feasible);
    if (scorer === undefined) continue;
    const raw = feasible.map((info) => scorer.score(info));
    const normalized = scorer.normalize?.(raw) ?? raw;
    for (const [index, node] of nodes.entries()) {
      const score = checked(name, normalized[index]!);
      const weighted = score * weights.get(name)!;
      node.parts.set(name, { raw: raw[index]!, normalized: score, weighted });
      node.total += weighted;
    }
  }
  return new Map(nodes.map(({ name, parts, total }) => [name, { parts, total }]));
}

/** Reserve of the plugins that need what PreFilter found out.
 * @throws SchedulerError
 */
export function runReserve({ profile: { points } }: Cycle): void {
  for (const name of points.reserve) {
    if (!points.preFilter.includes(name)) throw new SchedulerError(`running Reserve plugin "${name}": not found`);
  }
}

/** A plugin that has no PreScore, or whose PreScore is switched off: what it would skip it scores 0. */
function scorerAlone(plugin: ScorePlugin, cycle: Cycle, feasible: readonly NodeInfo[]): NodeScorer {
  return wrapErrors(`running Score plugins: plugin "${plugin.name}" failed with`, () => {
    const { without } = plugin;
    const isMissing = without !== undefined && !cycle.profile.points[without.point].includes(plugin.name);
    if (isMissing && feasible.length > 0) throw new SchedulerError(without.error);
    return plugin.prepare(cycle, feasible) ?? { score: () => 0n };
  });
}

function checked(plugin: string, score: bigint): bigint {
  if (score >= 0n && score <= 100n) return score;
  const what = `plugin "${plugin}" returns an invalid score ${score}, it should in the range of [0, 100] after normalizing`;
  throw new SchedulerError(`applying score defaultWeights on Score plugins: ${what}`);
}
