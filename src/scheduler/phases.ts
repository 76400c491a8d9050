/**
 * One pod, phase by phase, for one profile: every filter in order, then every score plugin. This is the path of profiles
 * with plugins in TypeScript, and of everything that wants to know why.
 */

import type { Cluster } from "../cluster/cluster.js";
import { RecordView } from "../cluster/node-view.js";
import type { ClusterState } from "../cluster/state.js";
import { StowageError } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import { BUILTIN_FILTERS, BUILTIN_SCORES, type BuiltinScore, NODE_SET_FILTER } from "./builtin.js";
import type { PluginScore, Scores } from "./decision.js";
import type { RejectionGroup, SlotRejection } from "./explain.js";
import type { ClusterView, FilterCycle, Plugin, ScoreCycle } from "./plugin.js";
import type { PodClass } from "./pod-class.js";
import type { Profile, ScoreEntry } from "./profile.js";

/** A verdict code that no filter of a profile has: the caller took the node out. */
const CODE_EXCLUDED = 254;
/** The code of the node set that NodeAffinity's PreFilter restricts to. */
const CODE_NODE_SET = 1;
/** The first filter of the profile has this code, the next one more. */
const FIRST_CODE = 2;
const DOUBLE_SHIFT = 3;
const NODE_SET = { plugin: "NodeAffinity", filter: NODE_SET_FILTER };

/** One pod on its way through the phases. */
export interface Subject {
  readonly pod: Pod;
  readonly podClass: PodClass;
  /** What each TypeScript plugin prepared, by name. */
  readonly states: ReadonlyMap<string, unknown>;
}

interface ScoredPlugin {
  readonly name: string;
  readonly weight: number;
  readonly raw: Float64Array;
  readonly normalized: Float64Array;
}

export class Phases {
  readonly #cluster: Cluster;
  /** All of the cluster that a plugin is given. */
  readonly #clusterView: ClusterView;
  readonly #state: ClusterState;
  readonly #profile: Profile;
  /** The TypeScript plugins that this profile runs, by name. */
  readonly #plugins: ReadonlyMap<string, Plugin>;
  /** Reasons that TypeScript filters gave in the running cycle, by slot. */
  readonly #userReasons = new Map<number, string>();
  /** A scratch column of doubles for scores. */
  readonly #scores: number;

  /** Whether the fused cycle of the core can decide for this profile: no filter or score of it is outside. */
  readonly isCore: boolean;

  constructor(cluster: Cluster, profile: Profile, plugins: ReadonlyMap<string, Plugin>) {
    this.#cluster = cluster;
    this.#clusterView = readOnlyView(cluster);
    this.#state = cluster.state;
    this.#profile = profile;
    const used = new Set([...profile.filter, ...profile.score.map(({ name }) => name), ...profile.reserve]);
    this.#plugins = new Map([...plugins].filter(([name]) => used.has(name)));
    this.isCore = ![...this.#plugins.values()].some((plugin) => plugin.filter ?? plugin.score);
    this.#scores = this.#state.engine.check(this.#state.engine.core.columnAdd(DOUBLE_SHIFT));
  }

  /** What the TypeScript plugins prepare for a pod. */
  prepare(pod: Pod): ReadonlyMap<string, unknown> {
    // A cycle inside a plugin's callback would write over the columns of the cycle that runs.
    this.#cluster.change("the scheduler");
    const states = new Map<string, unknown>();
    for (const plugin of this.#plugins.values()) {
      if (plugin.prepare !== undefined) {
        states.set(
          plugin.name,
          this.#call(plugin, () => plugin.prepare?.(pod, this.#clusterView)),
        );
      }
    }
    return states;
  }

  /** Runs every filter. Returns a count of feasible nodes; verdicts lie in the core's columns until the next cycle. */
  filter(subject: Subject): number {
    const { engine } = this.#state;
    engine.core.cycleBegin();
    this.#userReasons.clear();
    NODE_SET.filter.reject(engine, subject.podClass, CODE_NODE_SET);
    for (const [index, name] of this.#profile.filter.entries()) {
      const plugin = this.#plugins.get(name);
      if (plugin?.filter !== undefined) this.#filterByUser(plugin, subject, FIRST_CODE + index);
      else BUILTIN_FILTERS.get(name)?.reject(engine, subject.podClass, FIRST_CODE + index);
    }
    return engine.core.cycleFeasible();
  }

  /** Why the running cycle rejected a slot. */
  rejectionOf(podClass: PodClass, code: number, slot: number): SlotRejection {
    if (code === CODE_NODE_SET)
      return this.#worded(NODE_SET.plugin, NODE_SET.filter.reasons(this.#state, podClass, slot));
    const plugin = this.#profile.filter[code - FIRST_CODE] ?? "";
    const given = this.#userReasons.get(slot);
    if (given !== undefined) return this.#worded(plugin, [given]);
    return this.#worded(plugin, BUILTIN_FILTERS.get(plugin)?.reasons(this.#state, podClass, slot) ?? []);
  }

  /** The rejections of the running cycle, equal ones counted together: words are made once a group, not once a node. */
  rejectionGroups(podClass: PodClass): Iterable<RejectionGroup> {
    const { engine, bySlot } = this.#state;
    const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT);
    const keyOf = this.#groupKeys(podClass);
    const groups = new Map<number | string, { slot: number; code: number; nodes: number }>();
    for (let slot = 0; slot < verdicts.length; slot++) {
      const code = verdicts[slot] ?? 0;
      if (code === 0 || bySlot[slot] === undefined) continue;
      const key = keyOf(code, slot);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { slot, code, nodes: 1 });
      else group.nodes++;
    }
    return [...groups.values()].map(({ slot, code, nodes }) => ({ ...this.rejectionOf(podClass, code, slot), nodes }));
  }

  /** A key for all that the words of a rejection depend on. */
  #groupKeys(podClass: PodClass): (code: number, slot: number) => number | string {
    const { engine } = this.#state;
    const { verdict } = podClass.statics;
    const bits = verdict < 0 ? undefined : engine.bytesOf(verdict);
    const low = engine.wordsOf(engine.ids.COLUMN_LACKING_LOW);
    const high = engine.wordsOf(engine.ids.COLUMN_LACKING_HIGH);
    const filters = this.#profile.filter.map((name) =>
      this.#plugins.has(name) ? undefined : BUILTIN_FILTERS.get(name),
    );
    return (code, slot) => {
      const by = code === CODE_NODE_SET ? "nothing" : filters[code - FIRST_CODE]?.reasonsBy;
      if (by === "static") return code + 256 * (bits?.[slot] ?? 0);
      if (by === "lacking" && high[slot] === 0) return code + 65_536 * (low[slot] ?? 0);
      if (by === "lacking") return `${code} ${low[slot]} ${high[slot]}`;
      return by === "nothing" ? code : `${code} ${this.#userReasons.get(slot)}`;
    };
  }

  /** Takes out every node but the named ones, after {@link filter} or instead of it. */
  restrictTo(names: ReadonlySet<string>): void {
    const { engine, bySlot } = this.#state;
    engine.core.cycleBegin();
    const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT);
    for (const [slot, record] of bySlot.entries()) {
      if (record !== undefined && !names.has(record.name)) verdicts[slot] = CODE_EXCLUDED;
    }
  }

  /** Runs every score plugin over the feasible nodes and adds up their totals. `onPlugin` sees each one's part. */
  score(subject: Subject, onPlugin?: (part: ScoredPlugin) => void): void {
    const { engine } = this.#state;
    engine.core.cycleTotalsBegin();
    for (const entry of this.#profile.score) {
      if (!this.#scoreOne(entry, subject, onPlugin)) continue;
      engine.core.cycleWeigh(this.#scores, entry.weight);
    }
  }

  /** The chosen slot by the totals, and its total; undefined when no node is feasible. */
  select(isRandom: boolean, seed: number, decision: number): { slot: number; total: number } | undefined {
    const { engine } = this.#state;
    const slot = engine.core.cycleSelect(Number(isRandom), seed, decision);
    if (slot < 0) return undefined;
    return { slot, total: engine.doublesOf(engine.ids.COLUMN_TOTAL)[slot] ?? 0 };
  }

  /** Scores with all of their parts. */
  scores(subject: Subject): Scores {
    const { engine, bySlot } = this.#state;
    const plugins: ScoredPlugin[] = [];
    this.score(subject, (part) => plugins.push(part));
    const totals = engine.doublesOf(engine.ids.COLUMN_TOTAL);
    const slots = this.#feasibleSlots();
    return {
      plugins: plugins.map(({ name }) => name),
      nodes: slots.map((slot) => ({
        node: bySlot[slot]?.name ?? "",
        parts: Object.fromEntries(plugins.map((plugin) => [plugin.name, partAt(plugin, slot)])),
        total: totals[slot] ?? 0,
      })),
    };
  }

  /** Lets the TypeScript plugins take note of a choice. */
  reserve(subject: Subject, slot: number): void {
    for (const name of this.#profile.reserve) {
      const plugin = this.#plugins.get(name);
      if (plugin?.reserve === undefined) continue;
      this.#call(plugin, () => plugin.reserve?.(subject.pod, this.#view(slot), subject.states.get(name)));
    }
  }

  #worded(plugin: string, reasons: readonly string[]): SlotRejection {
    return { plugin, reasons };
  }

  /** Writes one plugin's normalized scores into the scratch column. False when its PreScore skips. */
  #scoreOne({ name, weight }: ScoreEntry, subject: Subject, onPlugin?: (part: ScoredPlugin) => void): boolean {
    const { engine } = this.#state;
    const plugin = this.#plugins.get(name);
    const builtin = BUILTIN_SCORES.get(name);
    let raw: Float64Array | undefined;
    if (plugin?.score !== undefined) {
      engine.core.doublesClear(this.#scores);
      this.#call(plugin, () => plugin.score?.(this.#scoreCycle(plugin, subject)));
      if (onPlugin) raw = engine.doublesOf(this.#scores).slice();
      this.#normalizeByUser(plugin, subject);
    } else if (builtin !== undefined && !builtin.skips(subject.podClass)) {
      engine.core.cycleRaw(subject.podClass.block, engine.ids[builtin.kernel], this.#scores);
      if (onPlugin) raw = engine.doublesOf(this.#scores).slice();
      this.#normalize(builtin.normalize);
    } else {
      return false;
    }
    if (raw !== undefined) onPlugin?.({ name, weight, raw, normalized: engine.doublesOf(this.#scores).slice() });
    return true;
  }

  #normalize(mode: BuiltinScore["normalize"]): void {
    if (mode !== undefined) this.#state.engine.core.cycleNormalize(this.#scores, Number(mode === "reverse"));
  }

  #normalizeByUser(plugin: Plugin, subject: Subject): void {
    const { normalize } = plugin;
    if (typeof normalize === "function") this.#call(plugin, () => normalize(this.#scoreCycle(plugin, subject)));
    else this.#normalize(normalize);
    const scores = this.#state.engine.doublesOf(this.#scores);
    for (const slot of this.#feasibleSlots()) {
      const score = scores[slot] ?? 0;
      if (score >= 0 && score <= 100) continue;
      throw pluginError(plugin, `score ${score} of node ${this.#view(slot).name} is outside 0..100 after normalizing`);
    }
  }

  #filterByUser(plugin: Plugin, subject: Subject, code: number): void {
    const { engine } = this.#state;
    const slots = this.#feasibleSlots();
    const reject: FilterCycle["reject"] = (slot, reason, options) => {
      this.#requireFeasible(plugin, slot);
      refusePromise(plugin, reason);
      if (typeof reason !== "string" || reason.trim() === "") {
        const { name } = this.#view(slot);
        throw pluginError(plugin, `the reason to reject node ${name} is ${shown(reason)}, not a sentence`);
      }
      engine.bytesOf(engine.ids.COLUMN_VERDICT)[slot] = code;
      engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE)[slot] = options?.unresolvable === true ? 1 : 0;
      this.#userReasons.set(slot, reason);
    };
    const cycle: FilterCycle = {
      pod: subject.pod,
      state: subject.states.get(plugin.name),
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
  }

  #scoreCycle(plugin: Plugin, subject: Subject): ScoreCycle {
    const { engine } = this.#state;
    const slots = this.#feasibleSlots();
    const set: ScoreCycle["set"] = (slot, score) => {
      this.#requireFeasible(plugin, slot);
      refusePromise(plugin, score);
      if (!Number.isSafeInteger(score)) {
        throw pluginError(plugin, `score ${shown(score)} of node ${this.#view(slot).name} is not an integer`);
      }
      engine.doublesOf(this.#scores)[slot] = score;
    };
    return {
      pod: subject.pod,
      state: subject.states.get(plugin.name),
      slots,
      node: (slot) => this.#view(slot),
      set,
      get: (slot) => engine.doublesOf(this.#scores)[slot] ?? 0,
      eachNode: (score) => {
        for (const slot of slots) set(slot, score(this.#view(slot)));
      },
    };
  }

  #feasibleSlots(): number[] {
    const { engine } = this.#state;
    const slots: number[] = [];
    for (const [slot, code] of engine.bytesOf(engine.ids.COLUMN_VERDICT).entries()) if (code === 0) slots.push(slot);
    return slots;
  }

  #view(slot: number): RecordView {
    const record = this.#state.bySlot[slot];
    if (record?.node === undefined) throw new StowageError("ERR_UNKNOWN_NODE", { name: `slot ${slot}` });
    return new RecordView(this.#state, record, record.node);
  }

  /** Runs a callback of a plugin: the cluster is closed to changes, and what is thrown or promised names the plugin. */
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

function partAt({ raw, normalized, weight }: ScoredPlugin, slot: number): PluginScore {
  const score = normalized[slot] ?? 0;
  return { raw: raw[slot] ?? 0, normalized: score, weighted: score * weight };
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

/** A value that a plugin should not have given, in an error. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
