/** Objects of the same kind, namespace and name. */

import { isClusterScoped, readKindOf } from "./kinds.js";
import { type KubeObject, namespaceOf } from "./objects.js";

/** Kind, namespace and name. */
type Identity = readonly [string, string, string];

/** FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;
/** Of what has no name to be taken. */
const NO_HASH = 0;

/**
 * Each with the first that has its name; in the order of the input. Names are compared where their hashes meet: a map of
 * all names would weigh more than many an object.
 */
export function duplicateNames(
  objects: readonly KubeObject[],
): { readonly first: KubeObject; readonly again: KubeObject }[] {
  const hashes = new Uint32Array(objects.length);
  for (const [index, object] of objects.entries()) hashes[index] = hashOf(identityOf(object));
  const repeated = repeatedIn(hashes);
  const firsts = new Map<string, KubeObject>();
  const found: { first: KubeObject; again: KubeObject }[] = [];
  for (const [index, again] of objects.entries()) {
    if (!repeated.has(hashes[index]!)) continue;
    const key = JSON.stringify(identityOf(again));
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, again);
    else found.push({ first, again });
  }
  return found;
}

/** Undefined for what has no name, and for kinds that are not read. */
function identityOf(object: KubeObject): Identity | undefined {
  const kind = readKindOf(object);
  const name: unknown = object.metadata?.name;
  if (kind === undefined || typeof name !== "string" || name === "") return undefined;
  const namespace: unknown = isClusterScoped(kind) ? "" : namespaceOf(object);
  return [kind, typeof namespace === "string" ? namespace : "default", name];
}

function hashOf(identity: Identity | undefined): number {
  if (identity === undefined) return NO_HASH;
  let hash = HASH_START;
  for (const text of identity) {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), HASH_FACTOR);
  }
  return hash >>> 0 || 1;
}

/** The hashes that stand there more than once. */
function repeatedIn(hashes: Uint32Array): ReadonlySet<number> {
  const sorted = hashes.toSorted();
  const repeated = new Set<number>();
  for (let at = 1; at < sorted.length; at += 1) if (sorted[at] === sorted[at - 1]) repeated.add(sorted[at]!);
  repeated.delete(NO_HASH);
  return repeated;
}
