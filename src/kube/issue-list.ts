/** Problems of an input: the first of each kind one by one, the others as a number, however many there are. */

import type { Issue } from "../errors.js";

/** Problems of one kind that are listed; a hostile file has millions, and more of them say nothing new. */
export const MAX_LISTED = 10_000;

const TOO_MANY = "too-many-issues";
const MORE = /^and (\d+) more of this kind: /;

/** How many of a kind were found, and where in the list the first of them stands. */
interface Kind {
  readonly first: number;
  readonly count: number;
}

/** A state of a list to come back to. */
export interface ListMark {
  readonly length: number;
  readonly kinds: ReadonlyMap<string, Kind>;
}

/** `T` is what is known of a problem before its line is looked for. */
export class IssueList<T> {
  private readonly entries: T[] = [];
  private kinds = new Map<string, Kind>();

  /** In the order in which they were found. */
  get listed(): readonly T[] {
    return this.entries;
  }

  /** @param make is called for what is listed only */
  add(kind: string, make: () => T): void {
    const { first, count } = this.kinds.get(kind) ?? { first: this.entries.length, count: 0 };
    this.kinds.set(kind, { first, count: count + 1 });
    if (count < MAX_LISTED) this.entries.push(make());
  }

  mark(): ListMark {
    return { length: this.entries.length, kinds: new Map(this.kinds) };
  }

  /** Forgets what was found since the mark was made. */
  reset({ length, kinds }: ListMark): void {
    this.entries.length = length;
    this.kinds = new Map(kinds);
  }

  /** The issues that the entries have become, and one for each kind that has more. */
  withCounts(issues: readonly Issue[]): Issue[] {
    const counted = [...this.kinds.values()].filter(({ count }) => count > MAX_LISTED);
    return [
      ...issues,
      ...counted.flatMap(({ first, count }) => (issues[first] ? [summaryOf(issues[first], count - MAX_LISTED)] : [])),
    ];
  }
}

/** How many problems an issue tells of: one, or all of a kind that are too many to list. */
export function problemCount({ code, message }: Issue): number {
  return code === TOO_MANY ? Number(MORE.exec(message)?.[1] ?? 1) : 1;
}

/** Stands where the first of its kind does. */
function summaryOf({ severity, message, file, line }: Issue, count: number): Issue {
  return {
    code: TOO_MANY,
    severity,
    message: `and ${count} more of this kind: ${message}`,
    path: "",
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}
