/**
 * One pod, phase by phase, for one profile: every filter in order, then every score plugin. This is the path of profiles
 * with plugins in TypeScript, and of everything that wants to know why.
 */

import type { Cluster } from "../cluster/cluster.js";
import type { ClusterState } from "../cluster/state.js";
import {
  BUILTIN_FILTERS,
  BUILTIN_SCORES,
  type BuiltinFilter,
  type Details,
  lackingDetails,
  NO_DETAILS,
  NODE_SET_FILTER,
  type ScoreSetting,
} from "./builtin.js";
import type { Version } from "./compat.js";
import type { PluginScore, Scores } from "./decision.js";
import {
  codeOf,
  columnOf,
  type GivenRejection,
  type RejectionGroup,
  type RejectionKeys,
  type SlotRejection,
} from "./explain.js";
import { filterErrors, isBroken } from "./missing-state.js";
import type { NodeFilter } from "./node-filters.js";
import type { Plugin } from "./plugin.js";
import type { Profile, ScoreEntry } from "./profile.js";
import type { Subject } from "./subject.js";
import { UserPlugins } from "./user-plugins.js";

/** A verdict code that no filter of a profile has: the caller took the node out. */
export const CODE_EXCLUDED = 254;
/** The code of the nodes outside the set that PreFilter restricts to. */
const CODE_NODE_SET = 1;
/** Rejected in words that were given. */
const CODE_GIVEN = 253;
/** The first filter of the profile has this code, the next one more. */
const FIRST_CODE = 2;
const DOUBLE_SHIFT = 3;

export interface ScoredPlugin {
  readonly name: string;
  readonly weight: number;
  readonly raw: Float64Array;
  readonly normalized: Float64Array;
}

export class Phases {
  readonly #state: ClusterState;
  readonly #profile: Profile;
  /** The TypeScript plugins that this profile runs. */
  readonly users: UserPlugins;
  /** Rejections of the running cycle that have words of their own, by slot: those of TypeScript filters, and given ones. */
  readonly #given = new Map<number, SlotRejection>();
  /** Filters that lack what their PreFilter would have prepared, with the error that this makes. */
  readonly #filterErrors: ReadonlyMap<string, string>;
  /** Plugins that upstream names as those which left nodes out before Filter. */
  #leavingOut = new Set<string>();
  /** The only slot that the running cycle judges, when it is not all of them. */
  #onlySlot: number | undefined;
  readonly #setting: ScoreSetting;
  /** A scratch column of doubles for scores. */
  readonly #scores: number;

  /** Whether the fused cycle of the core can decide for this profile: no filter or score of it is outside. */
  readonly isCore: boolean;

  constructor(cluster: Cluster, profile: Profile, plugins: ReadonlyMap<string, Plugin>, version: Version) {
    this.#state = cluster.state;
    this.#profile = profile;
    const scores = this.#state.engine.check(this.#state.engine.core.columnAdd(DOUBLE_SHIFT));
    this.#scores = scores;
    this.users = new UserPlugins(cluster, profile, plugins, {
      scores,
      feasibleSlots: () => this.#feasibleSlots(),
      give: (slot, rejection) => this.give(slot, rejection),
    });
    this.#setting = { profile, version, feasible: () => this.#feasibleNodes() };
    this.#filterErrors = filterErrors(profile);
    this.isCore = !isBroken(profile, version) && !this.users.takePart;
  }

  /** Runs every filter. Returns a count of feasible nodes; verdicts lie in the core's columns until the next cycle. */
  filter(subject: Subject): number {
    this.#onlySlot = undefined;
    this.#state.engine.core.cycleBegin();
    this.#given.clear();
    const { nodeSet } = subject.podClass.statics;
    this.#leavingOut = new Set(nodeSet?.by);
    if (nodeSet !== undefined) NODE_SET_FILTER.reject(this.#state.engine, subject, CODE_NODE_SET);
    this.#runFilters(subject);
    return this.feasible();
  }

  /** Runs one filter by itself on all nodes, also on those that PreFilter or a filter before it leaves out. */
  filterBy(subject: Subject, plugin: string): void {
    this.#onlySlot = undefined;
    this.#state.engine.core.cycleBegin();
    this.#given.clear();
    this.#runFilters(subject, plugin);
  }

  /**
   * Runs the filters on one node alone. Undefined when it passes; otherwise who rejects it. What the running cycle knows of
   * other nodes stays, but the node set of PreFilter is not looked at.
   */
  filterOne(subject: Subject, slot: number): GivenRejection | undefined {
    const { engine } = this.#state;
    this.#onlySlot = slot;
    engine.core.cycleBeginOne(slot);
    this.#given.delete(slot);
    this.#runFilters(subject);
    this.#onlySlot = undefined;
    const code = engine.bytesOf(engine.ids.COLUMN_VERDICT)[slot] ?? 0;
    if (code === 0) return undefined;
    const column = engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE)[slot] ?? 0;
    return { ...this.rejectionOf(subject, code, slot), code: codeOf(column) };
  }

  /**
   * The plugin that refused the pod's nominated node before all nodes were filtered. Upstream notes it in the set of plugins
   * which restricted the nodes, and so names it as one of them.
   */
  noteRefusal(plugin: string): void {
    this.#leavingOut.add(plugin);
  }

  /** Rejects a slot of the running cycle in these words, whatever its filters said. */
  give(slot: number, { plugin, reasons, code }: GivenRejection): void {
    const { engine } = this.#state;
    engine.bytesOf(engine.ids.COLUMN_VERDICT)[slot] = CODE_GIVEN;
    engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE)[slot] = columnOf(code);
    this.#given.set(slot, { plugin, reasons });
  }

  #runFilters(subject: Subject, only?: string): void {
    const { engine } = this.#state;
    for (const [index, name] of this.#profile.filter.entries()) {
      if (only !== undefined && name !== only) continue;
      const error = this.#filterErrors.get(name);
      const isAsked = error !== undefined || this.users.filter(name, subject);
      if (!isAsked) BUILTIN_FILTERS.get(name)?.reject(engine, subject, FIRST_CODE + index);
      const nodeFilter = subject.nodeFilters.filters.get(name);
      if (nodeFilter !== undefined) this.#filterNodes(name, nodeFilter);
      // A filter notices that nothing was prepared for it when it comes to need that.
      if (error !== undefined) this.#failAll(name, error);
    }
  }

  #filterNodes(plugin: string, filter: NodeFilter): void {
    for (const slot of this.#feasibleSlots()) {
      const record = this.#state.bySlot[slot];
      const status = record && filter(record);
      if (status === undefined) continue;
      const { code, reasons } = status;
      const words = code === "Error" ? [`running "${plugin}" filter plugin: ${reasons.join(", ")}`] : reasons;
      this.give(slot, { plugin, reasons: words, code });
    }
  }

  /** A filter that cannot do its work ends the cycle on every node that it is asked about. */
  #failAll(plugin: string, reason: string): void {
    for (const slot of this.#feasibleSlots()) this.give(slot, { plugin, reasons: [reason], code: "Error" });
  }

  /** The error that a filter ended the running cycle with: on the first node, in the order in which they were added. */
  filterError(): string | undefined {
    const { engine } = this.#state;
    if (this.#given.size === 0) return undefined;
    const slot = engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE).findIndex((column) => codeOf(column) === "Error");
    return slot < 0 ? undefined : this.#given.get(slot)?.reasons.join(", ");
  }

  /** Why the running cycle rejected a slot. */
  rejectionOf(subject: Subject, code: number, slot: number): SlotRejection {
    const given = this.#given.get(slot);
    if (given !== undefined) return given;
    const by = code === CODE_NODE_SET ? undefined : BUILTIN_FILTERS.get(this.#filterOf(code));
    const details = by === undefined ? NO_DETAILS : this.#detailsOf(subject, by)(slot);
    return this.rejectionBy(subject, code, details, this.#leavingOut);
  }

  /**
   * The words for a rejection with a code, by what the filter noted of the node.
   *
   * @param leavingOut the plugins that upstream names for nodes which were left out before Filter
   */
  rejectionBy(
    { podClass }: Subject,
    code: number,
    details: Details,
    leavingOut: Iterable<string> = podClass.statics.nodeSet?.by ?? [],
  ): SlotRejection {
    if (code === CODE_NODE_SET) {
      return {
        plugin: podClass.statics.nodeSet?.by.join(" ") ?? "",
        reasons: [`node(s) didn't satisfy plugin(s) [${[...leavingOut].sort().join(" ")}]`],
      };
    }
    const plugin = this.#filterOf(code);
    return { plugin, reasons: BUILTIN_FILTERS.get(plugin)?.reasons(this.#state, details) ?? [] };
  }

  /** The filters that look at each node by itself, in order, and the codes of their rejections. */
  steps(): (NonNullable<BuiltinFilter["step"]> & { readonly code: number })[] {
    const codes = [CODE_NODE_SET, ...this.#profile.filter.map((_, index) => FIRST_CODE + index)];
    return codes.flatMap((code) => {
      const { step } = (code === CODE_NODE_SET ? NODE_SET_FILTER : BUILTIN_FILTERS.get(this.#filterOf(code))) ?? {};
      return step === undefined ? [] : [{ ...step, code }];
    });
  }

  #filterOf(code: number): string {
    return this.#profile.filter[code - FIRST_CODE] ?? "";
  }

  /** The rejections of the running cycle, equal ones counted together: words are made once a group, not once a node. */
  rejectionGroups(subject: Subject): Iterable<RejectionGroup> {
    const { engine, bySlot } = this.#state;
    const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT);
    const keyOf = this.rejectionKeys(subject);
    const groups = new Map<number | string, { slot: number; code: number; nodes: number }>();
    for (let slot = 0; slot < verdicts.length; slot++) {
      const code = verdicts[slot] ?? 0;
      if (code === 0 || bySlot[slot] === undefined) continue;
      const key = keyOf(code, slot);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { slot, code, nodes: 1 });
      else group.nodes++;
    }
    return [...groups.values()].map(({ slot, code, nodes }) => ({ ...this.rejectionOf(subject, code, slot), nodes }));
  }

  /** A key for all that the words of a rejection depend on. */
  rejectionKeys(subject: Subject): RejectionKeys {
    const detailsBy = this.#profile.filter.map((name) => {
      const filter = this.users.has(name) ? undefined : BUILTIN_FILTERS.get(name);
      return filter && this.#detailsOf(subject, filter);
    });
    return (code, slot) => {
      const given = this.#given.get(slot);
      if (given !== undefined) return JSON.stringify(given);
      const { low, high } = detailsBy[code - FIRST_CODE]?.(slot) ?? NO_DETAILS;
      return high === 0 ? code + 256 * low : `${code} ${low} ${high}`;
    };
  }

  /** Where the running cycle left what a filter noted of the nodes that it rejected. */
  #detailsOf({ podClass }: Subject, { detailsIn }: BuiltinFilter): (slot: number) => Details {
    const { engine } = this.#state;
    if (detailsIn === "lacking") return lackingDetails(this.#state);
    if (detailsIn === "nothing") return () => NO_DETAILS;
    const column = detailsIn === "static" ? podClass.statics.verdict : engine.ids.COLUMN_DETAIL;
    if (column < 0) return () => NO_DETAILS;
    const bytes = engine.bytesOf(column);
    return (slot) => ({ low: bytes[slot] ?? 0, high: 0 });
  }

  /** How many nodes are feasible in the running cycle. */
  feasible(): number {
    return this.#state.engine.core.cycleFeasible();
  }

  /** What became of a slot in the running cycle. */
  verdictOf(slot: number): "feasible" | "rejected" | "failed" {
    const { engine } = this.#state;
    if (engine.bytesOf(engine.ids.COLUMN_VERDICT)[slot] === 0) return "feasible";
    const column = engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE)[slot] ?? 0;
    return codeOf(column) === "Error" ? "failed" : "rejected";
  }

  /** Whether PreFilter restricted the nodes, and not to this one. */
  isOutsideNodeSet(slot: number): boolean {
    const { engine } = this.#state;
    return engine.bytesOf(engine.ids.COLUMN_VERDICT)[slot] === CODE_NODE_SET;
  }

  /** Takes a slot out of the running cycle without a word, as a node that was not looked at. */
  exclude(slot: number): void {
    const { engine } = this.#state;
    engine.bytesOf(engine.ids.COLUMN_VERDICT)[slot] = CODE_EXCLUDED;
    engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE)[slot] = 0;
    this.#given.delete(slot);
  }

  /** Takes out every node but the named ones, instead of {@link filter}. */
  restrictTo(names: ReadonlySet<string>): void {
    const { engine, bySlot } = this.#state;
    this.#onlySlot = undefined;
    engine.core.cycleBegin();
    const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT);
    for (const [slot, record] of bySlot.entries()) {
      if (record !== undefined && !names.has(record.name)) verdicts[slot] = CODE_EXCLUDED;
    }
  }

  /** The same by slots; negative ones stand for no node. */
  restrictToSlots(slots: Int32Array): void {
    const { engine } = this.#state;
    this.#onlySlot = undefined;
    engine.core.cycleBegin();
    const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT).fill(CODE_EXCLUDED);
    for (const slot of slots) if (slot >= 0) verdicts[slot] = 0;
  }

  /** Takes out every node but one that has just passed {@link filterOne}, instead of {@link filter}. */
  restrictToOne({ relations }: Subject, slot: number): void {
    // Scores by domain look at the verdicts of all nodes.
    if (relations.spreadScore !== 0 || relations.affinityScore !== 0) this.restrictToSlots(Int32Array.of(slot));
    else this.#onlySlot = slot;
  }

  /** Runs every score plugin over the feasible nodes and adds up their totals. `onPlugin` sees each one's part. */
  score(subject: Subject, onPlugin?: (part: ScoredPlugin) => void): void {
    const { engine } = this.#state;
    engine.core.cycleTotalsBegin(this.#onlySlot ?? -1);
    for (const entry of this.#profile.score) {
      if (!this.#scoreOne(entry, subject, onPlugin)) continue;
      engine.core.cycleWeigh(this.#scores, entry.weight);
    }
  }

  /** The total of a slot, after {@link score}. */
  total(slot: number): number {
    const { engine } = this.#state;
    return engine.doublesOf(engine.ids.COLUMN_TOTAL)[slot] ?? 0;
  }

  /** The chosen slot by the totals, and its total; undefined when no node is feasible. */
  select(isRandom: boolean, seed: number, decision: number): { slot: number; total: number } | undefined {
    const { engine } = this.#state;
    const slot = engine.core.cycleSelect(Number(isRandom), seed, decision);
    if (slot < 0) return undefined;
    return { slot, total: this.total(slot) };
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

  /** Writes one plugin's normalized scores into the scratch column. False when its PreScore skips. */
  #scoreOne({ name, weight }: ScoreEntry, subject: Subject, onPlugin?: (part: ScoredPlugin) => void): boolean {
    const { engine } = this.#state;
    const builtin = BUILTIN_SCORES.get(name);
    let raw: Float64Array | undefined;
    if (this.users.score(name, subject)) {
      if (onPlugin) raw = engine.doublesOf(this.#scores).slice();
      this.users.normalize(name, subject);
    } else if (builtin?.raw(engine, subject, this.#scores, this.#setting) === true) {
      if (onPlugin) raw = engine.doublesOf(this.#scores).slice();
      builtin.normalize?.(engine, this.#scores);
    } else {
      return false;
    }
    if (raw !== undefined) onPlugin?.({ name, weight, raw, normalized: engine.doublesOf(this.#scores).slice() });
    return true;
  }

  #feasibleSlots(): number[] {
    const { engine } = this.#state;
    const only = this.#onlySlot;
    if (only !== undefined) return engine.bytesOf(engine.ids.COLUMN_VERDICT)[only] === 0 ? [only] : [];
    const slots: number[] = [];
    for (const [slot, code] of engine.bytesOf(engine.ids.COLUMN_VERDICT).entries()) if (code === 0) slots.push(slot);
    return slots;
  }

  *#feasibleNodes(): Iterable<readonly [number, string]> {
    for (const slot of this.#feasibleSlots()) yield [slot, this.#state.bySlot[slot]?.name ?? ""];
  }
}

function partAt({ raw, normalized, weight }: ScoredPlugin, slot: number): PluginScore {
  const score = normalized[slot] ?? 0;
  return { raw: raw[slot] ?? 0, normalized: score, weighted: score * weight };
}
