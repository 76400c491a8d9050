/**
 * Plugins written in TypeScript: objects with a name and any of filter, score, normalize, reserve. Filter and score see
 * all nodes that are still feasible at once, and run in the profile's order among the built-in plugins.
 */

import type { NodeView } from "../cluster/node-view.js";
import type { Pod } from "../kube/objects.js";
import type { PluginRegistry } from "./default-plugins.js";

/** What a filter may do: look at the nodes that every plugin before it let pass, and reject some. */
export interface FilterCycle<State = unknown> {
  readonly pod: Pod;
  /** What `prepare` returned. */
  readonly state: State;
  /** The nodes that are still feasible, by slot: a small integer that is valid during this call. */
  readonly slots: Iterable<number>;
  node(slot: number): NodeView;
  /**
   * Takes a node out. `reason` becomes part of the message as it is; kube-scheduler's own begin with "node(s)".
   * `unresolvable`: taking other pods away would not help.
   */
  reject(slot: number, reason: string, options?: { readonly unresolvable?: boolean }): void;
  /** For simple filters: the reason to reject a node, or undefined to let it pass. */
  eachNode(verdict: (node: NodeView) => string | undefined): void;
}

/** What a score may do: look at the feasible nodes and give each an integer. */
export interface ScoreCycle<State = unknown> {
  readonly pod: Pod;
  readonly state: State;
  readonly slots: Iterable<number>;
  node(slot: number): NodeView;
  /** Nodes without a score get 0. */
  set(slot: number, score: number): void;
  get(slot: number): number;
  /** For simple scores: the integer of each node. */
  eachNode(score: (node: NodeView) => number): void;
}

/** What a plugin sees of the cluster when it prepares: read-only. */
export interface ClusterView {
  readonly nodeCount: number;
  nodes(): Iterable<NodeView>;
  node(name: string): NodeView | undefined;
}

/**
 * A plugin. Everything is called synchronously and must return at once; a promise, a score that is not an integer of
 * 0..100 after normalizing, or an attempt to change the cluster is an error that names the plugin.
 */
export interface Plugin<State = unknown> {
  /** As written in a KubeSchedulerConfiguration; unique, and not the name of a built-in plugin. */
  readonly name: string;
  /** Weight of the score where no configuration gives one. Default 1. */
  readonly weight?: number;
  /** Runs once per pod, first; its result is the `state` of the other calls. */
  prepare?(pod: Pod, cluster: ClusterView): State;
  filter?(cycle: FilterCycle<State>): void;
  score?(cycle: ScoreCycle<State>): void;
  /**
   * Brings scores to 0..100: "default" scales the largest to 100, "reverse" the same upside down (upstream's
   * DefaultNormalizeScore), a function does it itself. Without it scores must be 0..100 as they are.
   */
  readonly normalize?: "default" | "reverse" | ((cycle: ScoreCycle<State>) => void);
  /** Runs when a pod was given a node, before anyone hears of it; throwing takes the decision back. */
  reserve?(pod: Pod, node: NodeView, state: State): void;
}

/** Returns the plugin as it is; infers the type of its state. */
export function definePlugin<State = undefined>(plugin: Plugin<State>): Plugin {
  return plugin as Plugin;
}

const POINTS = ["filter", "score", "reserve"] as const;

/** Which extension points each plugin implements, as a configuration is checked against. */
export function registryOf(plugins: readonly Plugin[]): PluginRegistry {
  return new Map(plugins.map((plugin) => [plugin.name, POINTS.filter((point) => plugin[point] !== undefined)]));
}

const CALLBACKS = ["prepare", "filter", "score", "reserve"] as const;
/** Kubernetes has weights of 32 bits. */
const MAX_WEIGHT = 2 ** 31 - 1;

/** What is wrong with an object that should be a plugin; none means that a scheduler takes it. */
export function pluginProblems(plugin: unknown): readonly string[] {
  if (typeof plugin !== "object" || plugin === null) return ["a plugin is an object"];
  const { name, weight, normalize, ...rest } = plugin as { readonly [field: string]: unknown };
  const problems: string[] = [];
  if (typeof name !== "string" || name === "") problems.push("a plugin needs a name");
  if (weight !== undefined && !(Number.isInteger(weight) && Number(weight) >= 1 && Number(weight) <= MAX_WEIGHT)) {
    problems.push(`weight must be an integer of 1..${MAX_WEIGHT}`);
  }
  const isMode = normalize === undefined || normalize === "default" || normalize === "reverse";
  if (!isMode && typeof normalize !== "function") {
    problems.push('normalize must be "default", "reverse" or a function');
  }
  for (const callback of CALLBACKS) {
    const given = rest[callback];
    if (given !== undefined && typeof given !== "function") problems.push(`${callback} must be a function`);
  }
  return problems;
}
