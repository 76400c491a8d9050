/** Has a side decide a world and holds it against the real scheduler's answer. */

import type { Compat } from "../../src/scheduler/compat.js";
import type { World } from "../helpers/world-types.js";
import { judgeWorld } from "./compare.js";
import { describe } from "./difference.js";
import type { OracleWorldAnswer } from "./oracle.js";
import type { Side, Verdict } from "./verdict.js";

export interface SideOptions {
  readonly compat: Compat;
  /** A plugin: only what it says is compared, and every pod is judged against the world as it is. */
  readonly only?: string;
}

export interface SideComparison {
  /** One readable line a difference. */
  readonly lines: readonly string[];
  /** Counts of pods: those that were compared, and why the others were not. */
  readonly judged: number;
  readonly notJudged: ReadonlyMap<string, number>;
}

/** A side that falls over differs too. */
export type Decided = readonly Verdict[] | Error;

export function decide(side: Side, world: World, { compat, only }: SideOptions): Decided {
  try {
    return side.decide(world, { compat, diagnose: only !== undefined });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

export function compareDecided(
  side: Side,
  world: World,
  answer: OracleWorldAnswer | undefined,
  decided: Decided,
  { only }: SideOptions,
): SideComparison {
  if (decided instanceof Error) {
    const where = decided.stack?.split("\n").find((line) => /\/(src|test\/reference)\//.test(line)) ?? "";
    return { lines: [`${decided.message} ${where.trim()}`], judged: 0, notJudged: new Map() };
  }
  const { differences, ...counts } = judgeWorld(answer, decided, {
    missing: side.missing,
    diagnose: only !== undefined,
    sampling: world.sampling === true,
    ...(only === undefined ? {} : { only }),
  });
  return { lines: differences.map(describe), ...counts };
}

export function compareSide(
  side: Side,
  world: World,
  answer: OracleWorldAnswer | undefined,
  options: SideOptions,
): SideComparison {
  return compareDecided(side, world, answer, decide(side, world, options), options);
}
