/** What one object has that another, from which it was made, has not. */

import { formatPath, type Segment } from "./path.js";

/** One value that was added or changed. */
export interface Change {
  /** Such as `spec.containers[0].resources.requests.cpu`. */
  readonly path: string;
  readonly value: unknown;
  /** What stood there before; missing when nothing did, or null. */
  readonly was?: unknown;
}

/**
 * Every added or changed value in the order of `after`: fields down to single values, while a new entry of a list is
 * one value as a whole. What was taken away is not told.
 */
export function changesOf(before: unknown, after: unknown): Change[] {
  const changes: Change[] = [];
  collect(before, after, [], changes);
  return changes;
}

function collect(before: unknown, after: unknown, path: readonly Segment[], changes: Change[]): void {
  if (before === after || after === undefined) return;
  if (Array.isArray(after)) {
    const known: readonly unknown[] = Array.isArray(before) ? before : [];
    after.forEach((entry, index) => {
      if (index < known.length) collect(known[index], entry, [...path, index], changes);
      else changes.push({ path: formatPath([...path, index]), value: entry });
    });
    return;
  }
  if (isMap(after)) {
    const known = isMap(before) ? before : {};
    for (const key of Object.keys(after)) {
      collect(Object.hasOwn(known, key) ? known[key] : undefined, after[key], [...path, key], changes);
    }
    return;
  }
  const was = before === undefined || before === null ? {} : { was: before };
  changes.push({ path: formatPath(path), value: after, ...was });
}

/** Fields to look into; a Date is a value. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
