/** Writes the golden vectors anew: `npm run golden -- [--worlds N] [--seed S]`. */

import { parseArgs } from "node:util";
import type { Compat } from "../../src/scheduler/compat.js";
import { readCorpus } from "./corpus.js";
import { writeGoldenAnswers, writeGoldenWorlds } from "./golden.js";
import type { NamedWorld } from "./judge.js";
import { askOracle, buildOracle, kubernetesVersion, MODULE_FILES, type OracleWorldAnswer } from "./oracle.js";
import { drawWorld } from "./themes.js";

/** Characters of JSON. Larger worlds say little more and cost most of the room, so only some are kept. */
const LARGE = 16_000;
const LARGE_KEPT_OF = 25;
const MOST_MEGABYTES = 5;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { worlds: { type: "string", default: "3200" }, seed: { type: "string", default: "golden" } },
  });
  const worlds = [...readCorpus(), ...drawSmall(values.seed, Number(values.worlds))];
  const maker = { seed: values.seed, worlds: worlds.length };
  let bytes = writeGoldenWorlds(maker, worlds);
  let base: readonly OracleWorldAnswer[] = [];
  for (const compat of Object.keys(MODULE_FILES) as Compat[]) {
    await buildOracle(compat);
    const answers = await askOracle(
      worlds.map(({ world }) => world),
      { compat },
    );
    if (base.length === 0) base = answers;
    const kubernetes = kubernetesVersion(compat);
    bytes += writeGoldenAnswers(compat, { maker: { kubernetes, ...maker }, answers }, base);
    console.log(`${kubernetes}: ${answers.length} answers`);
  }
  const megabytes = bytes / 1e6;
  console.log(`${worlds.length} worlds and their answers in ${megabytes.toFixed(2)} MB`);
  if (megabytes > MOST_MEGABYTES) throw new Error(`more than ${MOST_MEGABYTES} MB`);
}

function drawSmall(seed: string, count: number): NamedWorld[] {
  const kept: NamedWorld[] = [];
  for (let index = 0; kept.length < count; index++) {
    const name = `${seed}-${index}`;
    const world = drawWorld(name);
    const isLarge = JSON.stringify(world).length > LARGE;
    if (!isLarge || index % LARGE_KEPT_OF === 0) kept.push({ name, world });
  }
  return kept;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
