/** Simpler variants of a world, for cutting a failure down to what it needs. */

import type { World } from "./world-types.js";

/** What an object is not itself without: taking one of these away gives a different failure, not a simpler one. */
const KEPT = new Set(["metadata", "name", "spec", "containers", "key", "operator"]);

/**
 * Worlds that lack one thing of this one, the largest losses first: halves of the lists, single objects, the
 * configuration, then every optional field of every object.
 */
export function* smallerWorlds(world: World): Generator<World> {
  const { config, ...rest } = world;
  if (config !== undefined) yield rest;
  for (const list of ["nodes", "pods", "incoming"] as const) {
    for (const shorter of shorterLists<unknown>(world[list])) yield { ...world, [list]: shorter };
  }
  for (const list of ["nodes", "pods", "incoming"] as const) {
    for (const [index, object] of world[list].entries()) {
      for (const smaller of smallerValues(object))
        yield { ...world, [list]: world[list].with(index, smaller as never) };
    }
  }
  if (config === undefined) return;
  for (const key of Object.keys(config)) yield { ...world, config: without(config, key) };
}

function* shorterLists<T>(list: readonly T[]): Generator<T[]> {
  const half = Math.ceil(list.length / 2);
  if (half > 1) {
    yield list.slice(0, half);
    yield list.slice(half);
  }
  for (let index = list.length - 1; index >= 0; index--) yield list.toSpliced(index, 1);
}

function* smallerValues(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    yield* shorterLists<unknown>(value);
    for (const [index, item] of value.entries()) {
      for (const smaller of smallerValues(item)) yield value.with(index, smaller);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) if (!KEPT.has(key)) yield without(value, key);
    for (const [key, field] of Object.entries(value)) {
      for (const smaller of smallerValues(field)) yield { ...value, [key]: smaller };
    }
  }
}

function without<T extends object>(object: T, key: string): T {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as T;
}
