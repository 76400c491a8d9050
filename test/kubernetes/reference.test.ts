/**
 * Method: the real kube-scheduler's plugins and the reference scheduler place the pods of seeded worlds, drawn for every
 * theme that the reference knows and mixed; rejections, scores, totals, choices, messages and preemption must be equal.
 * Skipped, saying why, where the oracle is not built.
 */

import { describe, expect, test } from "vitest";
import { tries } from "../helpers/tries.js";
import { ALL_THEMES, type Theme, type World, worldOf } from "../helpers/worlds.js";
import type { Compat } from "../reference/compat.js";
import { compareWorld } from "./compare.js";
import { askOracle, oracleAvailable } from "./oracle.js";
import { REFERENCE } from "./reference-verdicts.js";

const SEED = "reference";
const THEMES = ALL_THEMES.filter((theme) => theme !== "volumes");

for (const compat of ["1.36", "1.37"] as const) {
  const unavailable = oracleAvailable(compat);
  if (unavailable !== undefined) console.warn(`skipped: ${unavailable}`);

  describe.skipIf(unavailable !== undefined)(`the reference scheduler and kube-scheduler ${compat}`, () => {
    test("agree on random worlds that mix everything", async () => {
      expect(await differences(compat, draw("mixed", tries(80, 200), { among: THEMES }))).toEqual([]);
    });

    test.each([
      ["spread", "defaultSpread"],
      ["interPod", "spread"],
      ["preempt", "spread", "interPod", "ports", "nominated"],
      ["nominated", "tight", "ports", "gates", "affinity"],
      ["resize", "podLevel", "containers"],
      ["declaredFeatures", "nodeName", "images"],
    ] as const)("agree on worlds about %s and what goes with it", async (...themes) => {
      expect(await differences(compat, draw(themes[0], tries(25, 60), { themes }))).toEqual([]);
    });

    test("agree on the choice from a share of a large cluster", async () => {
      expect(
        await differences(compat, draw("share", tries(5, 12), { themes: ["sampling", "spread"], nodes: 180 })),
      ).toEqual([]);
    });

    test("agree that a score which leaves 0 to 100 by overflow is an error", async () => {
      const allocatable = { memory: "950Pi", pods: 9 };
      const requests = { memory: "1Gi" };
      const world: World = {
        nodes: ["a", "b"].map((name) => ({ metadata: { name }, status: { allocatable } })),
        pods: [],
        incoming: [{ metadata: { name: "p" }, spec: { containers: [{ name: "c", resources: { requests } }] } }],
      };
      expect(REFERENCE.decide(world, { compat })[0]?.status).toBe("error");
      expect(await differences(compat, [world])).toEqual([]);
    });
  });
}

interface DrawOptions {
  readonly themes?: readonly Theme[];
  readonly among?: readonly Theme[];
  readonly nodes?: number;
}

function draw(name: string, count: number, options: DrawOptions): World[] {
  return Array.from({ length: count }, (_, index) => worldOf(`${SEED}-${name}-${index}`, options));
}

/** One line a difference, named after the world's place in the list. */
async function differences(compat: Compat, worlds: readonly World[]): Promise<string[]> {
  const answers = await askOracle(worlds, { compat });
  return worlds.flatMap((world, index) => {
    const options = { missing: REFERENCE.missing, sampling: world.sampling === true };
    const lines = compareWorld(answers[index], REFERENCE.decide(world, { compat }), options);
    return lines.map((line) => `world ${index}: ${line}`);
  });
}
