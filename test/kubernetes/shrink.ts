/** Cuts a world down to what a difference needs. */

import { smallerWorlds } from "../helpers/smaller-worlds.js";
import type { World } from "../helpers/world-types.js";
import { type JudgeOptions, judge } from "./judge.js";

/** Candidates that the oracle is asked about at once: starting it costs as much as a hundred small worlds. */
const BATCH = 64;

/** The smallest world in which the first of the given sides still differs, and how. */
export async function shrink(
  world: World,
  options: JudgeOptions,
): Promise<{ readonly world: World; readonly differences: readonly string[] }> {
  let smallest = world;
  let differences = (await failing([world], options)).get(0) ?? [];
  const kind = kindOf(differences[0] ?? "");
  for (let found = true; found; ) {
    found = false;
    for (const candidates of batches(smallerWorlds(smallest), BATCH)) {
      const similar = [...(await failing(candidates, options))].filter(([, lines]) =>
        lines.some((line) => kindOf(line) === kind),
      );
      const [first] = similar.sort(([a], [b]) => a - b);
      if (first === undefined) continue;
      smallest = candidates[first[0]]!;
      differences = first[1];
      found = true;
      break;
    }
  }
  return { world: smallest, differences };
}

/** By place in the list, the differences of those that differ. */
async function failing(
  worlds: readonly World[],
  options: JudgeOptions,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const named = worlds.map((world, index) => ({ name: String(index), world }));
  const { failures } = await judge(named, options);
  // A world that the oracle cannot read, or that it doubts, is another failure than the one looked for.
  const own = failures.filter(
    ({ differences }) => !differences.some((line) => /: (oracle|the oracle's check)/.test(line)),
  );
  return new Map(own.map(({ name, differences }) => [Number(name), differences]));
}

/** What a line is about, without the names in it: a world that differs in something else is no smaller case of this one. */
function kindOf(line: string): string {
  const [, what = line] = /^\S+: (.*?): kube-scheduler has /.exec(line) ?? [];
  return what.replace(/^node \S+|(?<= (?:on|of)) \S+$/, "");
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
