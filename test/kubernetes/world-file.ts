/** Worlds as YAML: what a difference is printed as, and what the corpus is made of. */

import { readFileSync } from "node:fs";
import { dump, JSON_SCHEMA, load } from "js-yaml";
import type { World } from "../helpers/world-types.js";

const LISTS = ["nodes", "pods", "incoming"] as const;

export function writeWorld(world: World): string {
  const filled = Object.entries(world).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return dump(Object.fromEntries(filled), { noRefs: true, lineWidth: 120, schema: JSON_SCHEMA });
}

/** @throws Error when the text is not a world */
export function readWorld(text: string): World {
  const document = text.trim() === "" ? undefined : load(text, { schema: JSON_SCHEMA });
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw new Error("a world is a map of nodes, pods, incoming, ...");
  const lists = Object.fromEntries(LISTS.map((list) => [list, []]));
  return { ...lists, ...document } as unknown as World;
}

export function readWorldFile(path: string): World {
  try {
    return readWorld(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
