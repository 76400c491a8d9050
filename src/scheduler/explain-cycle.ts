/**
 * Runs one pod's cycle for an explanation: every filter by itself, then the search and the scores of the decision. What it
 * finds is copied out of the core's columns, a few bytes a node and plugin, so that words are made when they are asked for.
 */

import { codeOf, type GivenRejection } from "./explain.js";
import { CODE_EXCLUDED, type Phases, type ScoredPlugin } from "./phases.js";
import { type PreFilterVerdict, preFilterStory } from "./pre-filter-story.js";
import { preScoreError } from "./pre-phases.js";
import { filterAll, findFeasible, type SearchContext } from "./search.js";
import type { Subject } from "./subject.js";

/** Which nodes were rejected, and why: equal rejections are one group. */
export interface RejectionTable {
  readonly groups: readonly GivenRejection[];
  /** By slot: 0 = not rejected, otherwise 1 + index of the group. */
  readonly groupOf: Uint32Array;
}

export interface Findings {
  /** Names of the nodes by slot; undefined where a slot has none. */
  readonly names: readonly (string | undefined)[];
  /** Whether the filters were run: the pod was not rejected as a whole, or ignored, before. */
  readonly isJudged: boolean;
  readonly preFilter: readonly PreFilterVerdict[];
  /** By filter plugin that was asked, in the profile's order: what it says by itself, undefined when every node passes. */
  readonly filters: ReadonlyMap<string, RejectionTable | undefined>;
  /** What the cycle says, with nominated pods; undefined when every node is feasible. */
  readonly cycle?: RejectionTable | undefined;
  /** Slots of nodes that the search did not come to. */
  readonly unvisited: ReadonlySet<number>;
  /** Taken because the pod was nominated to it, without a look at scores. */
  readonly isNominated: boolean;
  readonly scores: readonly ScoredPlugin[];
  /** By slot; empty where no node was scored. */
  readonly totals: Float64Array;
  /** Why there are no scores although a node is feasible. */
  readonly scoreError?: string;
}

/** What an explanation holds of a pod that no cycle was run for. */
export function noFindings(names: Findings["names"]): Findings {
  return {
    names,
    isJudged: false,
    preFilter: [],
    filters: new Map(),
    unvisited: new Set(),
    isNominated: false,
    scores: [],
    totals: new Float64Array(0),
  };
}

/** @param cursor where the search of the decision begins */
export function runExplainCycle(search: SearchContext, subject: Subject, cursor: number): Findings {
  const { state, phases, profile } = search;
  const names = state.bySlot.map((record) => record?.name);
  const preFilter = preFilterStory(state, subject, profile);
  const base = { ...noFindings(names), preFilter };
  if (preFilter.some(({ code }) => code !== "Success" && code !== "Skip")) return base;
  const skipped = new Set(preFilter.filter(({ code }) => code === "Skip").map(({ plugin }) => plugin));
  const filters = new Map<string, RejectionTable | undefined>();
  for (const plugin of profile.filter) {
    if (skipped.has(plugin)) continue;
    phases.filterBy(subject, plugin);
    filters.set(plugin, inOwnWords(plugin, readRejections(search, subject).table));
  }
  const { isNominated } = findFeasible(search, subject, cursor);
  // The nominated node is taken alone; what could be said of the others is of interest all the same.
  if (isNominated) filterAll(search, subject);
  const { table: cycle, unvisited } = readRejections(search, subject);
  return { ...base, isJudged: true, filters, cycle, unvisited, isNominated, ...runScores(search, subject) };
}

/** Errors without what the framework puts in front of them. */
function inOwnWords(plugin: string, table: RejectionTable | undefined): RejectionTable | undefined {
  const prefix = `running "${plugin}" filter plugin: `;
  const strip = (reason: string) => (reason.startsWith(prefix) ? reason.slice(prefix.length) : reason);
  return table && { ...table, groups: table.groups.map((group) => ({ ...group, reasons: group.reasons.map(strip) })) };
}

function runScores(
  { state: { engine }, phases, profile, version }: SearchContext,
  subject: Subject,
): Pick<Findings, "scores" | "totals" | "scoreError"> {
  const none = { scores: [], totals: new Float64Array(0) };
  if (phases.feasible() === 0 || phases.filterError() !== undefined) return none;
  const scoreError = preScoreError(subject, profile, version);
  if (scoreError !== undefined) return { ...none, scoreError };
  const scores: ScoredPlugin[] = [];
  phases.score(subject, (part) => scores.push(part));
  return { scores, totals: engine.doublesOf(engine.ids.COLUMN_TOTAL).slice() };
}

interface ReadRejections {
  readonly table: RejectionTable | undefined;
  readonly unvisited: ReadonlySet<number>;
}

/** The rejections of the running cycle. */
function readRejections({ state, phases }: SearchContext, subject: Subject): ReadRejections {
  const { engine, bySlot, nodeCount } = state;
  if (phases.feasible() === nodeCount) return { table: undefined, unvisited: new Set() };
  const verdicts = engine.bytesOf(engine.ids.COLUMN_VERDICT);
  const columns = engine.bytesOf(engine.ids.COLUMN_UNRESOLVABLE);
  const keyOf = phases.rejectionKeys(subject);
  const groups = new Groups(phases, subject);
  const unvisited = new Set<number>();
  let groupOf: Uint32Array | undefined;
  for (let slot = 0; slot < verdicts.length; slot++) {
    const verdict = verdicts[slot]!;
    if (verdict === 0 || bySlot[slot] === undefined) continue;
    if (verdict === CODE_EXCLUDED) {
      unvisited.add(slot);
      continue;
    }
    groupOf ??= new Uint32Array(verdicts.length);
    groupOf[slot] = groups.of(keyOf(verdict, slot), verdict, columns[slot]!, slot);
  }
  return { table: groupOf && { groups: groups.list, groupOf }, unvisited };
}

/** Rejections that read the same, found by their keys. */
class Groups {
  readonly list: GivenRejection[] = [];
  readonly #phases: Phases;
  readonly #subject: Subject;
  /** By the value of the column that says how final a rejection is. */
  readonly #byKey: Map<number | string, number>[] = [];

  constructor(phases: Phases, subject: Subject) {
    this.#phases = phases;
    this.#subject = subject;
  }

  /** 1 + index of the group. */
  of(key: number | string, verdict: number, column: number, slot: number): number {
    this.#byKey[column] ??= new Map();
    const byKey = this.#byKey[column];
    const known = byKey.get(key);
    if (known !== undefined) return known;
    this.list.push({ ...this.#phases.rejectionOf(this.#subject, verdict, slot), code: codeOf(column) });
    byKey.set(key, this.list.length);
    return this.list.length;
  }
}
