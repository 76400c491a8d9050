/**
 * Method: the engine, in both binaries, and the boring reference scheduler decide the pods of random worlds as either version
 * of kube-scheduler, and must agree in all they say. STOWAGE_WORLDS sets how many worlds, STOWAGE_SEED which.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Compat, VERSIONS } from "../../src/scheduler/compat.js";
import { tries } from "../helpers/tries.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES, type World, type WorldOptions } from "../helpers/worlds.js";
import { engineVerdicts } from "../kubernetes/engine-verdicts.js";
import { REFERENCE } from "../kubernetes/reference-verdicts.js";
import type { Verdict } from "../kubernetes/verdict.js";

const WORLDS = Number(process.env.STOWAGE_WORLDS ?? tries(80, 200));
const SEED = Number(process.env.STOWAGE_SEED ?? 20_261_124);

/** The reference knows no volumes. */
const THEMES = ALL_THEMES.filter((theme) => theme !== "volumes");
const COMPATS = Object.keys(VERSIONS) as Compat[];

test(`the engine decides as the reference does on ${WORLDS} random worlds (STOWAGE_SEED=${SEED})`, {
  timeout: 3_600_000,
}, () => {
  const property = fc.property(worldArbitrary({ among: THEMES }), fc.constantFrom(...COMPATS), (world, compat) => {
    const reference = comparable(REFERENCE.decide(world, { compat }));
    expect(comparable(engineVerdicts(world, { compat }))).toEqual(reference);
    expect(comparable(engineVerdicts(world, { compat, scalar: true }))).toEqual(reference);
  });
  fc.assert(property, { numRuns: WORLDS, seed: SEED });
});

type Fault = (world: World) => World;

test.each<[string, WorldOptions, Fault]>([
  ["one node's room", { nodes: 3 }, withLessRoom],
  ["one pod's labels", { nodes: 3, themes: ["spread", "interPod"] }, withoutLabels],
])("a fault planted in %s is seen by the comparison", (_what, options, plant) => {
  const found = fc.check(
    fc.property(worldArbitrary(options), (world) => {
      const reference = comparable(REFERENCE.decide(world, { compat: "1.36" }));
      expect(comparable(engineVerdicts(plant(world)))).toEqual(reference);
    }),
    { numRuns: 200, seed: SEED, endOnFailure: true },
  );
  expect(found.failed).toBe(true);
});

/** The same world with one pod less allowed on its first node. */
function withLessRoom(world: World): World {
  const [first, ...others] = world.nodes;
  const { allocatable } = first?.status ?? {};
  const smaller = { ...first, status: { ...first?.status, allocatable: { ...allocatable, pods: 0 } } };
  return { ...world, nodes: [smaller, ...others] };
}

/** The same world with a first pod that no selector knows. */
function withoutLabels(world: World): World {
  const [first, ...others] = world.pods;
  return {
    ...world,
    pods: first === undefined ? [] : [{ ...first, metadata: { ...first.metadata, labels: {} } }, ...others],
  };
}

/**
 * What both sides say: integers as numbers; of an error no more than which plugin it is, for the rest is a parser's own
 * wording; nothing of a pod that was not decided but its status; and not what each filter says by itself, which only the engine tells.
 */
function comparable(verdicts: readonly Verdict[]): unknown {
  return verdicts.map(({ pod, status, message, scores, totals, preemption, filters, skipFilter, ...verdict }) => {
    if (status === "gated" || status === "ignored") return { pod, status };
    if (status === "error") return { pod, status, message: /^.*?plugin "[^"]*"/.exec(message ?? "")?.[0] };
    return {
      ...verdict,
      pod,
      status,
      message,
      scores: mapValues(scores, (parts) =>
        mapValues(parts, ({ raw, normalized, weighted }) => [raw, normalized, weighted].map(Number)),
      ),
      totals: mapValues(totals, Number),
      preemption: { statuses: {}, ...(preemption ?? { candidates: [] }) },
    };
  });
}

function mapValues<T, U>(record: Readonly<Record<string, T>> | undefined, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([key, value]) => [key, map(value)]));
}
