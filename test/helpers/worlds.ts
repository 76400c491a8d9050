/**
 * Random clusters for comparing schedulers: a seed gives the same world on every machine. Objects are what a scheduler
 * sees, not what a user writes: nothing is defaulted, and odd values that an API server would refuse occur on purpose.
 */

import { type Random, randomOf } from "./random.js";
import { configOf } from "./world-configs.js";
import { nodeOf } from "./world-nodes.js";
import { boundPodOf, incomingPodOf } from "./world-pods.js";
import { THEMES, type Theme, type World, type WorldContext, type WorldOptions } from "./world-types.js";

export type { Theme, World, WorldOptions };

export function worldOf(seed: string, options: WorldOptions = {}): World {
  const random = randomOf(seed);
  const themes = new Set<Theme>(options.themes ?? drawThemes(random));
  const nodeCount = options.nodes ?? drawNodeCount(random);
  const nodeNames = Array.from({ length: nodeCount }, (_, index) => `n${index}`);
  const context: WorldContext = { random, nodeNames, has: (theme) => themes.has(theme) };
  const world = {
    nodes: nodeNames.map((name) => nodeOf(name, context)),
    pods: random.list(0, Math.min(3 * nodeCount, 100), (index) => boundPodOf(`b${index}`, context)),
    incoming: Array.from({ length: options.incoming ?? random.int(1, 10) }, (_, index) =>
      incomingPodOf(`p${index}`, context),
    ),
  };
  return context.has("config") ? { ...world, config: configOf(context) } : world;
}

function drawThemes(random: Random): Theme[] {
  if (random.chance(35)) return [random.pick(THEMES)];
  return random.some(THEMES, random.pick([20, 40, 60]));
}

function drawNodeCount(random: Random): number {
  if (random.chance(90)) return random.pick([0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20]);
  return random.int(21, 200);
}
