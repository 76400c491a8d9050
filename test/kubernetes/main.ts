/**
 * Builds the oracle when there is none and holds the engine and the reference scheduler against the real one:
 *
 *     npm run test:kubernetes -- --worlds 2000 --seed abc [--side engine|reference]
 *
 * Exit code 1 on a difference; the first world that differs is cut down and printed with the command that repeats it.
 * Without Go, and without a binary, it says so and exits 0.
 */

import { parseArgs } from "node:util";
import { smallerWorlds } from "../helpers/smaller-worlds.js";
import { type World, worldOf } from "../helpers/worlds.js";
import { compareWorld, type Verdict } from "./compare.js";
import { engineVerdicts } from "./engine-verdicts.js";
import { askOracle, buildOracle, oracleAvailable } from "./oracle.js";
import { referenceVerdicts } from "./reference-verdicts.js";

const WORLDS_A_CHUNK = 200;

const SIDES: Readonly<Record<string, (world: World) => Verdict[]>> = {
  engine: (world) => engineVerdicts(world),
  reference: referenceVerdicts,
};

interface Failure {
  readonly seed: string;
  readonly side: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      worlds: { type: "string", default: "2000" },
      seed: { type: "string", default: "worlds" },
      side: { type: "string" },
    },
  });
  const missing = await prepareOracle();
  if (missing !== undefined) {
    console.log(`skipped: ${missing}`);
    return;
  }
  const sides = values.side === undefined ? Object.keys(SIDES) : [values.side];
  const failures = await compareAll(Number(values.worlds), values.seed, sides);
  const [first] = failures;
  if (first === undefined) return;
  process.exitCode = 1;
  await printSmallest(first, values.seed);
}

/** Why there is no oracle, or undefined when it answers. */
async function prepareOracle(): Promise<string | undefined> {
  try {
    console.log(`oracle: ${await buildOracle()}`);
    return undefined;
  } catch (error) {
    const reason = oracleAvailable();
    return reason === undefined ? undefined : `${reason} (${error instanceof Error ? error.message : String(error)})`;
  }
}

async function compareAll(count: number, seed: string, sides: readonly string[]): Promise<Failure[]> {
  const seeds = Array.from({ length: count }, (_, index) => `${seed}-${index}`);
  const statuses = new Map<string, number>();
  const failures: Failure[] = [];
  for (let start = 0; start < seeds.length; start += WORLDS_A_CHUNK) {
    const chunk = seeds.slice(start, start + WORLDS_A_CHUNK);
    const worlds = chunk.map((name) => worldOf(name));
    const answers = await askOracle(worlds);
    for (const [index, world] of worlds.entries()) {
      for (const side of sides) {
        const verdicts = verdictsOf(side, world);
        if (side === sides[0]) for (const { status } of verdicts) statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (compareWorld(answers[index], verdicts).length > 0) failures.push({ seed: chunk[index]!, side });
      }
    }
  }
  console.log(
    `${count} worlds of seed ${seed}, ${sides.join(" and ")} against kube-scheduler; pods:`,
    Object.fromEntries(statuses),
  );
  console.log(
    `${failures.length} with differences ${failures
      .slice(0, 20)
      .map(({ seed, side }) => `${side} ${seed}`)
      .join(", ")}`,
  );
  return failures;
}

function verdictsOf(side: string, world: World): Verdict[] {
  const decide = SIDES[side];
  if (decide === undefined) throw new Error(`--side is one of ${Object.keys(SIDES).join(", ")}`);
  return decide(world);
}

async function differences(side: string, world: World): Promise<string[]> {
  const [answer] = await askOracle([world]);
  return compareWorld(answer, verdictsOf(side, world));
}

async function printSmallest({ seed, side }: Failure, allSeeds: string): Promise<void> {
  let smallest = worldOf(seed);
  for (let next: World | undefined = smallest; next !== undefined; next = await firstFailing(side, smallest)) {
    smallest = next;
  }
  for (const [list, objects] of Object.entries(smallest)) {
    for (const object of [objects].flat()) console.log(`${list}: ${JSON.stringify(object)}`);
  }
  console.log((await differences(side, smallest)).join("\n"));
  console.log(`npm run test:kubernetes -- --seed ${allSeeds} --side ${side}  # world ${seed}`);
}

async function firstFailing(side: string, world: World): Promise<World | undefined> {
  for (const smaller of smallerWorlds(world)) if ((await differences(side, smaller)).length > 0) return smaller;
  return undefined;
}

await main();
