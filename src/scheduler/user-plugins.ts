/**
 * The plugins in TypeScript that a profile runs, called and checked: the cluster is closed to changes meanwhile, and what a
 * plugin throws, promises or gets wrong becomes an error that names it.
 */

import type { Cluster } from "../cluster/cluster.js";
import { RecordView } from "../cluster/node-view.js";
import type { ClusterState } from "../cluster/state.js";
import { StowageError, shown } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import type { GivenRejection } from "./explain.js";
import type { ClusterView, FilterCycle, Plugin, ScoreCycle } from "./plugin.js";
import type { Profile } from "./profile.js";
import type { Subject } from "./subject.js";

/** What plugins see of the running cycle and leave in it. */
export interface RunningCycle {
  /** A column of doubles: the scores of the plugin that runs. */
  readonly scores: number;
  feasibleSlots(): readonly number[];
  give(slot: number, rejection: GivenRejection): void;
}

const NO_STATES: ReadonlyMap<string, unknown> = new Map();

export class UserPlugins {
  readonly #cluster: Cluster;
  /** All of the cluster that a plugin is given. */
  readonly #clusterView: ClusterView;
  readonly #state: ClusterState;
  readonly #reserving: readonly string[];
  readonly #plugins: ReadonlyMap<string, Plugin>;
  readonly #cycle: RunningCycle;

  constructor(cluster: Cluster, profile: Profile, plugins: ReadonlyMap<string, Plugin>, cycle: RunningCycle) {
    const used = new Set([...profile.filter, ...profile.score.map(({ name }) => name), ...profile.reserve]);
    this.#cluster = cluster;
    this.#clusterView = readOnlyView(cluster);
    this.#state = cluster.state;
    this.#reserving = profile.reserve;
    this.#plugins = new Map([...plugins].filter(([name]) => used.has(name)));
    this.#cycle = cycle;
  }

  /** Whether one of them filters or scores. */
  get takePart(): boolean {
    return [...this.#plugins.values()].some((plugin) => plugin.filter ?? plugin.score);
  }

  has(name: string): boolean {
    return this.#plugins.has(name);
  }

  /** What they prepare for a pod, by name. */
  prepare(pod: Pod): ReadonlyMap<string, unknown> {
    // A cycle inside a plugin's callback would write over the columns of the cycle that runs.
    this.#cluster.change("the scheduler");
    if (this.#plugins.size === 0) return NO_STATES;
    const states = new Map<string, unknown>();
    for (const plugin of this.#plugins.values()) {
      if (plugin.prepare === undefined) continue;
      const state = this.#call(plugin, () => plugin.prepare?.(pod, this.#clusterView));
      states.set(plugin.name, state);
    }
    return states;
  }

  /** Runs a filter. False when no plugin of this name has one. */
  filter(name: string, subject: Subject): boolean {
    const plugin = this.#plugins.get(name);
    if (plugin?.filter === undefined) return false;
    const slots = this.#cycle.feasibleSlots();
    const reject: FilterCycle["reject"] = (slot, reason, options) => {
      this.#requireFeasible(plugin, slot);
      refusePromise(plugin, reason);
      if (typeof reason !== "string" || reason.trim() === "") {
        const node = this.#view(slot).name;
        throw pluginError(plugin, `the reason to reject node ${node} is ${shown(reason)}, not a sentence`);
      }
      const code = options?.unresolvable === true ? "UnschedulableAndUnresolvable" : "Unschedulable";
      this.#cycle.give(slot, { plugin: name, reasons: [reason], code });
    };
    const cycle: FilterCycle = {
      pod: subject.pod,
      state: subject.states.get(name),
      slots,
      node: (slot) => this.#view(slot),
      reject,
      eachNode: (verdict) => {
        for (const slot of slots) {
          const reason = verdict(this.#view(slot));
          if (reason !== undefined) reject(slot, reason);
        }
      },
    };
    this.#call(plugin, () => plugin.filter?.(cycle));
    return true;
  }

  /** Writes raw scores into the cycle's column. False when no plugin of this name scores. */
  score(name: string, subject: Subject): boolean {
    const plugin = this.#plugins.get(name);
    if (plugin?.score === undefined) return false;
    this.#state.engine.core.doublesClear(this.#cycle.scores);
    this.#call(plugin, () => plugin.score?.(this.#scoreCycle(plugin, subject)));
    return true;
  }

  /** Brings what {@link score} wrote to 0..100. */
  normalize(name: string, subject: Subject): void {
    const plugin = this.#plugins.get(name);
    if (plugin === undefined) return;
    const { engine } = this.#state;
    const { normalize } = plugin;
    if (typeof normalize === "function") this.#call(plugin, () => normalize(this.#scoreCycle(plugin, subject)));
    else if (normalize !== undefined) engine.core.cycleNormalize(this.#cycle.scores, Number(normalize === "reverse"));
    const scores = engine.doublesOf(this.#cycle.scores);
    for (const slot of this.#cycle.feasibleSlots()) {
      const score = scores[slot] ?? 0;
      if (score >= 0 && score <= 100) continue;
      throw pluginError(plugin, `score ${score} of node ${this.#view(slot).name} is outside 0..100 after normalizing`);
    }
  }

  /** Lets them take note of a choice. */
  reserve(subject: Subject, slot: number): void {
    for (const name of this.#reserving) {
      const plugin = this.#plugins.get(name);
      if (plugin?.reserve === undefined) continue;
      this.#call(plugin, () => plugin.reserve?.(subject.pod, this.#view(slot), subject.states.get(name)));
    }
  }

  #scoreCycle(plugin: Plugin, subject: Subject): ScoreCycle {
    const { engine } = this.#state;
    const { scores } = this.#cycle;
    const slots = this.#cycle.feasibleSlots();
    const set: ScoreCycle["set"] = (slot, score) => {
      this.#requireFeasible(plugin, slot);
      refusePromise(plugin, score);
      if (!Number.isSafeInteger(score)) {
        throw pluginError(plugin, `score ${shown(score)} of node ${this.#view(slot).name} is not an integer`);
      }
      engine.doublesOf(scores)[slot] = score;
    };
    return {
      pod: subject.pod,
      state: subject.states.get(plugin.name),
      slots,
      node: (slot) => this.#view(slot),
      set,
      get: (slot) => engine.doublesOf(scores)[slot] ?? 0,
      eachNode: (score) => {
        for (const slot of slots) set(slot, score(this.#view(slot)));
      },
    };
  }

  #view(slot: number): RecordView {
    const record = this.#state.bySlot[slot];
    if (record?.node === undefined) throw new StowageError("ERR_UNKNOWN_NODE", { name: `slot ${slot}` });
    return new RecordView(this.#state, record, record.node);
  }

  #call<T>(plugin: Plugin, callback: () => T): T {
    let result: T;
    try {
      result = this.#cluster.whileReading(callback);
    } catch (cause) {
      if (cause instanceof StowageError && cause.code === "ERR_PLUGIN") throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw pluginError(plugin, reason, cause);
    }
    refusePromise(plugin, result);
    return result;
  }

  #requireFeasible(plugin: Plugin, slot: number): void {
    const { engine } = this.#state;
    if (engine.bytesOf(engine.ids.COLUMN_VERDICT)[slot] === 0) return;
    throw pluginError(plugin, `slot ${shown(slot)} is not feasible`);
  }
}

function readOnlyView(cluster: Cluster): ClusterView {
  return {
    get nodeCount() {
      return cluster.nodeCount;
    },
    nodes: () => cluster.nodes(),
    node: (name) => cluster.node(name),
  };
}

function pluginError({ name }: Plugin, reason: string, cause?: unknown): StowageError {
  return new StowageError("ERR_PLUGIN", { plugin: name, reason }, cause === undefined ? {} : { cause });
}

/** Names the plugin that promised; its promise may still fail, which must not end the process. */
function refusePromise(plugin: Plugin, value: unknown): void {
  if (typeof value !== "object" || value === null || !("then" in value) || typeof value.then !== "function") return;
  Promise.resolve(value).catch(() => undefined);
  throw pluginError(plugin, "returned a promise; plugins are synchronous");
}
