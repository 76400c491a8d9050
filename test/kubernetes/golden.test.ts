/**
 * Method: worlds and the real kube-scheduler's answers to them, kept in `golden/`, are held against the engine (of versions
 * but the default one, some of the worlds) and some against the reference scheduler; no Go is needed. What a side cannot
 * decide is counted and printed.
 */

import { describe, expect, test } from "vitest";
import type { Compat } from "../../src/scheduler/compat.js";
import { tries } from "../helpers/tries.js";
import type { World } from "../helpers/world-types.js";
import { compareSide } from "./compare-side.js";
import { readCorpus } from "./corpus.js";
import { type GoldenWorld, readGoldenAnswers, readGoldenWorlds } from "./golden.js";
import { kubernetesVersion, MODULE_FILES } from "./oracle.js";
import { SIDES } from "./sides.js";
import type { Side } from "./verdict.js";

/** By side: of how many worlds one is replayed, of the default version and of the others. The whole corpus always is. */
const ONE_OF: Readonly<Record<string, readonly [number, number]>> = {
  engine: [tries(2, 1), tries(6, 3)],
  reference: [tries(16, 8), tries(16, 8)],
};
const LINES_SHOWN = 20;

const worlds = readGoldenWorlds();
const golden = new Map((Object.keys(MODULE_FILES) as Compat[]).map((compat) => [compat, readGoldenAnswers(compat)]));

test("the worlds that are kept include the corpus as it is", () => {
  const kept = new Map<string, World>();
  for (const { name, world } of everyWorld()) if (isOfCorpus(name)) kept.set(name, world);
  for (const { name, world } of readCorpus()) expect(kept.get(name), `${name}: npm run golden`).toEqual(world);
});

describe.each([...golden])("kube-scheduler %s, by its answers that are kept", (compat, { maker, answers }) => {
  test("answered all of at least 3,000 worlds, and is the version that the oracle is built from", () => {
    expect(answers.length).toBe(worlds.length);
    expect(answers.length).toBeGreaterThanOrEqual(3000);
    expect(maker.kubernetes).toBe(kubernetesVersion(compat));
    for (const { name, index } of everyWorld()) expect(answers.at(index).error, name).toBeUndefined();
  });

  test.each([...SIDES.values()])("decides as the $name does", { timeout: 240_000 }, (side) => {
    expect(differences(side, compat).slice(0, LINES_SHOWN)).toEqual([]);
  });
});

function* everyWorld(): Generator<GoldenWorld & { readonly index: number }> {
  for (let index = 0; index < worlds.length; index++) yield { ...worlds.at(index), index };
}

function isOfCorpus(name: string): boolean {
  return name.endsWith(".yaml");
}

/** One line a difference, with the world's name in front. */
function differences(side: Side, compat: Compat): string[] {
  const { answers } = golden.get(compat)!;
  const notJudged = new Map<string, number>();
  const lines: string[] = [];
  const nth = ONE_OF[side.name]![compat === "1.36" ? 0 : 1];
  let judged = 0;
  for (const { name, world, index } of everyWorld()) {
    if (!isOfCorpus(name) && index % nth !== 0) continue;
    const compared = compareSide(side, world, answers.at(index), { compat });
    judged += compared.judged;
    for (const [reason, pods] of compared.notJudged) notJudged.set(reason, (notJudged.get(reason) ?? 0) + pods);
    lines.push(...compared.lines.map((line) => `${name}: ${line}`));
  }
  console.log(`${side.name}, ${compat}: ${judged} pods compared`);
  for (const [reason, pods] of notJudged) console.log(`${side.name}, ${compat}: ${pods} pods not compared: ${reason}`);
  return lines;
}
