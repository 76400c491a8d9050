/** Asks the real scheduler and the sides about worlds, and says where they differ. */

import type { Compat } from "../../src/scheduler/compat.js";
import type { World } from "../helpers/world-types.js";
import { compareDecided, decide } from "./compare-side.js";
import { Coverage, type CoverageRow } from "./coverage.js";
import { askOracle, type OracleWorldAnswer } from "./oracle.js";
import { SIDES } from "./sides.js";
import type { Side } from "./verdict.js";

export interface JudgeOptions {
  readonly compat: Compat;
  /** Names of {@link SIDES}. */
  readonly sides: readonly string[];
  /** A plugin: only what it says is compared, and every pod is judged against the world as it is. */
  readonly only?: string;
  /** How many worlds the oracle runs at a time. */
  readonly jobs?: number;
}

export interface NamedWorld {
  readonly name: string;
  readonly world: World;
}

export interface Failure {
  readonly name: string;
  readonly side: string;
  readonly differences: readonly string[];
}

/** Counts, which can be sent to another process and added up. */
export interface Judgement {
  readonly worlds: number;
  readonly failures: readonly Failure[];
  /** By side, counts of pods. */
  readonly judged: Readonly<Record<string, number>>;
  /** By side and reason, counts of pods that could not be compared. */
  readonly notJudged: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly coverage: readonly CoverageRow[];
}

/** @throws Error when a side is unknown or the oracle is not built */
export async function judge(list: readonly NamedWorld[], options: JudgeOptions): Promise<Judgement> {
  const { compat, only, jobs } = options;
  const asking = { compat, diagnose: only !== undefined, ...(jobs === undefined ? {} : { jobs }) };
  const asked = askOracle(
    list.map(({ world }) => world),
    asking,
  );
  const judgement = await judgeAnswers(list, asked, options);
  const coverage = new Coverage();
  for (const [index, answer] of (await asked).entries()) coverage.add(list[index]!.world, answer);
  return { ...judgement, coverage: coverage.rows() };
}

/** The sides decide while the oracle is still at work. */
async function judgeAnswers(
  list: readonly NamedWorld[],
  asked: Promise<readonly OracleWorldAnswer[]>,
  options: JudgeOptions,
): Promise<Omit<Judgement, "coverage">> {
  const sides = options.sides.map(sideOf);
  const verdicts = sides.map((side) => list.map(({ world }) => decide(side, world, options)));
  const answers = await asked;
  const failures: Failure[] = [];
  const judged: Record<string, number> = {};
  const notJudged: Record<string, Record<string, number>> = {};
  for (const [place, side] of sides.entries()) {
    for (const [index, { name, world }] of list.entries()) {
      const decided = verdicts[place]![index]!;
      const { lines: differences, ...counts } = compareDecided(side, world, answers[index], decided, options);
      if (differences.length > 0) failures.push({ name, side: side.name, differences });
      judged[side.name] = (judged[side.name] ?? 0) + counts.judged;
      const reasons = notJudged[side.name] ?? {};
      notJudged[side.name] = reasons;
      for (const [reason, pods] of counts.notJudged) reasons[reason] = (reasons[reason] ?? 0) + pods;
    }
  }
  return { worlds: list.length, failures, judged, notJudged };
}

function sideOf(name: string): Side {
  const side = SIDES.get(name);
  if (side === undefined) throw new Error(`--side is one of ${[...SIDES.keys()].join(", ")}`);
  return side;
}

/** Everything that was counted, together. */
export function sum(parts: readonly Judgement[]): Judgement {
  const judged: Record<string, number> = {};
  const notJudged: Record<string, Record<string, number>> = {};
  const coverage = new Map<string, CoverageRow>();
  for (const part of parts) {
    addCounts(judged, part.judged);
    for (const [side, reasons] of Object.entries(part.notJudged)) {
      notJudged[side] ??= {};
      addCounts(notJudged[side], reasons);
    }
    for (const row of part.coverage) {
      const key = `${row.plugin}\0${row.what}`;
      coverage.set(key, { ...row, count: row.count + (coverage.get(key)?.count ?? 0) });
    }
  }
  return {
    worlds: parts.reduce((total, { worlds }) => total + worlds, 0),
    failures: parts.flatMap(({ failures }) => failures),
    judged,
    notJudged,
    coverage: [...coverage.values()],
  };
}

function addCounts(to: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(counts)) to[key] = (to[key] ?? 0) + count;
}
