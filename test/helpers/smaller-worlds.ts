/** Simpler variants of a world, for cutting a failure down to what it needs. */

import type { ObjectList, World } from "./world-types.js";

/** What an object is not itself without: taking one of these away gives a different failure, not a simpler one. */
const KEPT = new Set(["apiVersion", "kind", "metadata", "name", "spec", "containers", "key", "operator", "profiles"]);

const LISTS = ["nodes", "pods", "incoming"] as const;

/**
 * Worlds that lack one thing of this one, the largest losses first: the configuration, kinds of objects, halves of the
 * lists, single objects, then every optional field of every object and of the configuration.
 */
export function* smallerWorlds(world: World): Generator<World> {
  const { config, objects = {}, mode, ...rest } = world;
  if (config !== undefined) yield without(world, "config");
  if (Object.keys(objects).length > 0) yield without(world, "objects");
  if (mode !== undefined) yield without(world, "mode");
  if (rest.sampling !== undefined) yield without(world, "sampling");
  for (const kind of Object.keys(objects)) yield { ...world, objects: without(objects, kind) };
  for (const list of LISTS)
    for (const shorter of shorterLists<unknown>(world[list])) yield { ...world, [list]: shorter };
  for (const [kind, list] of Object.entries(objects)) {
    for (const shorter of shorterLists<unknown>(list)) yield { ...world, objects: { ...objects, [kind]: shorter } };
  }
  yield* smallerParts(world);
}

/** Worlds in which one object lacks one field. */
function* smallerParts(world: World): Generator<World> {
  const { config, objects = {} } = world;
  for (const list of LISTS) for (const smaller of smallerItems(world[list])) yield { ...world, [list]: smaller };
  for (const [kind, list] of Object.entries(objects) as [ObjectList, readonly unknown[]][]) {
    for (const smaller of smallerItems(list)) yield { ...world, objects: { ...objects, [kind]: smaller } };
  }
  if (config === undefined) return;
  for (const smaller of smallerValues(config)) yield { ...world, config: smaller as NonNullable<World["config"]> };
}

function* smallerItems(list: readonly unknown[]): Generator<unknown[]> {
  for (const [index, item] of list.entries()) {
    for (const smaller of smallerValues(item)) yield list.with(index, smaller);
  }
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
    yield* smallerItems(value);
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
