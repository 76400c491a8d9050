/**
 * What was found for objects like one that comes again as a fresh copy: by a family, which is quickly told, then field by
 * field among the latest of it. That is faster than to make a text of the whole object and look for that.
 */

import { AgingMap } from "./aging-map.js";

const MAX_FAMILIES = 16_384;
/** Of one family: webhooks and rollouts make an owner's pods differ, but seldom much. */
const MAX_SIBLINGS = 4;

export class Siblings<T> {
  readonly #families = new AgingMap<string, T[]>();

  /** The latest of a family that `isMatch`. */
  find(family: string, isMatch: (sibling: T) => boolean): T | undefined {
    return this.#families.get(family)?.find(isMatch);
  }

  /** Takes note of one that was not found; the oldest of a large family is forgotten. */
  note(family: string, sibling: T): void {
    const siblings = this.#families.get(family);
    if (siblings === undefined) {
      if (this.#families.size >= MAX_FAMILIES) this.#families.takeOldest();
      this.#families.add(family, [sibling]);
      return;
    }
    siblings.unshift(sibling);
    if (siblings.length > MAX_SIBLINGS) siblings.pop();
  }
}
