/** Method: seeded worlds of every theme are written as YAML and read back; smaller worlds lack exactly what they should. */

import { describe, expect, test } from "vitest";
import { smallerWorlds } from "../helpers/smaller-worlds.js";
import { tries } from "../helpers/tries.js";
import { drawWorld } from "./themes.js";
import { readWorld, writeWorld } from "./world-file.js";

const SEED = "world-file";

describe(`worlds of seed ${SEED}`, () => {
  const worlds = Array.from({ length: tries(80, 200) }, (_, index) => drawWorld(`${SEED}-${index}`));

  test("are the same after having been YAML", () => {
    for (const world of worlds) expect(readWorld(writeWorld(world))).toEqual(JSON.parse(JSON.stringify(world)));
  });

  test("become smaller object by object, down to nothing", () => {
    let world = worlds.find(({ objects, config, nodes }) => objects && config && nodes.length > 3)!;
    for (let steps = 0; steps < 10_000; steps++) {
      const [smaller] = smallerWorlds(world);
      if (smaller === undefined) break;
      expect(JSON.stringify(smaller).length).toBeLessThan(JSON.stringify(world).length);
      world = smaller;
    }
    expect(world).toEqual({ nodes: [], pods: [], incoming: [] });
  });

  test("a text that is no map is refused", () => {
    expect(() => readWorld("- nodes")).toThrow("a world is a map");
    expect(() => readWorld("")).toThrow("a world is a map");
  });
});
