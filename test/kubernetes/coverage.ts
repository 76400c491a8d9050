/**
 * What random worlds have made kube-scheduler do, counted against a listed set: every plugin accepting, skipping and
 * rejecting for each of its reasons, every tenth of every score, every way a decision and a preemption can end.
 */

import type { Compat } from "../../src/scheduler/compat.js";
import { configurationOf, type World } from "../helpers/world-types.js";
import { FILTERS, type Listed, listedFor, OUTCOME, PREEMPTION } from "./coverage-list.js";
import { decidingCriterion } from "./coverage-preemption.js";
import type { OracleAnswer, OracleWorldAnswer } from "./oracle.js";

export interface CoverageRow {
  /** A plugin, or what belongs to none: `(decision)`. */
  readonly plugin: string;
  readonly what: string;
  /** Of nodes, or of pods for what is decided once a pod. */
  readonly count: number;
}

export class Coverage {
  readonly #listed: readonly Listed[];
  /** By plugin, then by what it did. */
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(compat: Compat = "1.36") {
    this.#listed = listedFor(compat);
  }

  /** Counts what the oracle answered about a world's pods. */
  add(world: World, { results = [] }: OracleWorldAnswer): void {
    const isWhole = runsEveryPlugin(world);
    for (const answer of results) {
      this.#addDecision(answer, world.sampling === true);
      this.#addPreFilter(answer);
      this.#addFilter(answer, isWhole);
      this.#addScores(answer);
      this.#addPreemption(world, answer);
    }
  }

  /** The listed set in its order, then what was seen besides, in the order of its first appearance. */
  rows(): CoverageRow[] {
    const rows: CoverageRow[] = [];
    for (const { plugin, what } of this.#listed)
      rows.push({ plugin, what, count: this.#counts.get(plugin)?.get(what) ?? 0 });
    const listed = new Set(this.#listed.map(({ plugin, what }) => `${plugin}\0${what}`));
    for (const [plugin, counts] of this.#counts) {
      for (const [what, count] of counts) if (!listed.has(`${plugin}\0${what}`)) rows.push({ plugin, what, count });
    }
    return rows;
  }

  /** One line for everything listed that did not occur. */
  missing(): string[] {
    return this.#listed
      .filter(({ plugin, what }) => !this.#counts.get(plugin)?.has(what))
      .map(({ plugin, what }) => `${plugin}: ${what}`);
  }

  /** A Markdown table of {@link rows}. */
  table(): string {
    const lines = this.rows().map(
      ({ plugin, what, count }) => `| ${plugin} | ${what.replaceAll("|", "\\|")} | ${count} |`,
    );
    return ["| plugin | what | count |", "|---|---|---:|", ...lines].join("\n");
  }

  #count(plugin: string, what: string): void {
    const counts = this.#counts.get(plugin) ?? new Map<string, number>();
    this.#counts.set(plugin, counts);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }

  #addDecision(answer: OracleAnswer, isSampling: boolean): void {
    const { gated, upstream, filterMessage, feasible = [], totals = [] } = answer;
    if (gated !== undefined) {
      this.#count(OUTCOME, "gated");
      this.#count(gated.plugin ?? OUTCOME, `PreEnqueue ${gated.code}: ${normalReason(gated.reasons?.[0] ?? "")}`);
    } else if (upstream?.error !== undefined) this.#count(OUTCOME, "error");
    else if (filterMessage !== undefined) this.#count(OUTCOME, "unschedulable");
    else if (answer.nominatedPath === true) this.#count(OUTCOME, "placed on the nominated node");
    else if (feasible.length === 1) this.#count(OUTCOME, "placed on the only node that fits");
    else {
      const most = Math.max(...totals);
      const best = totals.filter((total) => total === most).length;
      this.#count(OUTCOME, best > 1 ? "placed on the first among equals" : "placed on the best node");
    }
    if (filterMessage === "no nodes available to schedule pods") this.#count(OUTCOME, "no nodes at all");
    if (isSampling && upstream?.host !== undefined) this.#addSampling(answer, upstream.host);
  }

  #addSampling({ upstream, feasible = [], totals = [] }: OracleAnswer, host: string): void {
    if (upstream?.feasible !== feasible.length) this.#count(OUTCOME, "sampled from a part of the nodes");
    else if (feasible[totals.indexOf(Math.max(...totals))] !== host) {
      this.#count(OUTCOME, "sampled, and not the first among equals");
    }
  }

  #addPreFilter({ preFilter = [], skipFilter = [] }: OracleAnswer): void {
    for (const { plugin = OUTCOME, code, reasons = [] } of preFilter) {
      if (code === "Success") this.#count(plugin, "PreFilter narrows the nodes");
      for (const reason of reasons) this.#count(plugin, `PreFilter ${code}: ${normalReason(reason)}`);
    }
    for (const plugin of skipFilter) this.#count(plugin, "PreFilter skip");
  }

  /** Of every plugin by itself, whatever the ones before it said. */
  #addFilter({ nodes = [], skipFilter = [] }: OracleAnswer, isWhole: boolean): void {
    const running = FILTERS.filter((plugin) => !skipFilter.includes(plugin));
    for (const { filters = {}, excluded } of nodes) {
      for (const [plugin, { code, reasons = [] }] of Object.entries(filters)) {
        for (const reason of reasons) this.#count(plugin, `Filter ${code}: ${normalReason(reason)}`);
      }
      if (excluded === true) this.#count("NodeAffinity", "Filter excluded by PreFilter");
      if (!isWhole) continue;
      for (const plugin of running) if (filters[plugin] === undefined) this.#count(plugin, "Filter accept");
    }
  }

  #addScores({ scores = [], skipScore = [], scoreError }: OracleAnswer): void {
    for (const plugin of skipScore) this.#count(plugin, "PreScore skip");
    const failed = scoreError === undefined ? null : /^running PreScore plugin "([^"]*)"/.exec(scoreError);
    if (failed !== null) this.#count(failed[1]!, "PreScore error");
    for (const { plugin, norm } of scores) for (const score of norm) this.#count(plugin, bandOf(score));
  }

  #addPreemption(world: World, { preemption, filterMessage }: OracleAnswer): void {
    if (preemption === undefined || filterMessage === undefined) return;
    const { candidates = [], statuses = {}, message = "" } = preemption;
    for (const { reasons = [] } of Object.values(statuses)) {
      const hasNone = reasons[0] === "No preemption victims found for incoming pod";
      this.#count(PREEMPTION, `${hasNone ? "no" : "rejected even without the"} potential victims on a node`);
    }
    const isViolating = candidates.some(({ pdbViolations = 0 }) => pdbViolations > 0);
    if (isViolating) this.#count(PREEMPTION, "victims violate a budget");
    if (candidates.some(({ victims }) => victims.length > 1)) this.#count(PREEMPTION, "several victims on a node");
    if (candidates.length > 0) this.#count(PREEMPTION, `decided by ${decidingCriterion(world, candidates)}`);
    else for (const part of messageParts(message)) this.#count(PREEMPTION, `message: ${part}`);
  }
}

function bandOf(score: number): string {
  if (score === 100) return "score 100";
  const least = Math.floor(score / 10) * 10;
  return `score ${least}-${least + 9}`;
}

/** Whether no plugin is switched off anywhere, so that one which says nothing about a node accepts it. */
function runsEveryPlugin(world: World): boolean {
  const { profiles = [] } = (configurationOf(world) ?? {}) as {
    profiles?: readonly { plugins?: Readonly<Record<string, { disabled?: readonly unknown[] }>> }[];
  };
  return profiles.every(({ plugins = {} }) =>
    Object.values(plugins).every(({ disabled = [] }) => disabled.length === 0),
  );
}

/** A reason without what differs from world to world: names in quotes, numbers, what a parser has to say. */
export function normalReason(reason: string): string {
  const [, cause] =
    /^(parsing pod|get constraints from pod|waiting for scheduling gates|could not translate pv): /.exec(reason) ?? [];
  if (cause !== undefined) return `${cause}: ...`;
  return reason
    .replace(/"[^"]*"/g, '"..."')
    .replace(/PVC \S+ was not created for pod \S+/, "PVC ... was not created for pod ...")
    .replace(/looking up PVC \S+:/, "looking up PVC ...:")
    .replace(/\d+/g, "N");
}

/** PostFilter's text cut at what its plugins say, and the node counts taken out. */
function messageParts(message: string): string[] {
  if (message === "") return ["nothing"];
  const parts = message.split(/, preemption: |^preemption: /).filter((part) => part !== "");
  return parts.flatMap((part) => {
    const [, reasons] = /^0\/\d+ nodes are available: (.*)\.$/.exec(part) ?? [];
    if (reasons === undefined) return [part];
    const known = /Preemption is not helpful for scheduling|No preemption victims found for incoming pod/g;
    return [...new Set(reasons.match(known) ?? ["other reasons"])];
  });
}
