/** Names that someone may have meant. */

/** So many are suggested. */
const MOST_NAMES = 5;
/** Letters that two names must at least have in common. */
const LEAST_PART = 2;
/** Of a name's letters, this part may differ. */
const MOST_CHANGED_PART = 0.4;

/**
 * The names that are nearest to a word: those that contain it or are contained in it, and those that are a few letters
 * away; nearest first. What stands in front of a slash, a namespace or a kind, only decides between equals.
 */
export function nearNames(word: string, names: Iterable<string>): string[] {
  const meant = tailOf(word);
  const found: { readonly name: string; readonly near: number; readonly whole: number }[] = [];
  for (const name of new Set(names)) {
    const tail = tailOf(name);
    const near = distanceOf(meant, tail);
    const isInside =
      Math.min(meant.length, tail.length) >= LEAST_PART && (tail.includes(meant) || meant.includes(tail));
    if (isInside || near <= meant.length * MOST_CHANGED_PART) found.push({ name, near, whole: distanceOf(word, name) });
  }
  found.sort((a, b) => a.near - b.near || a.whole - b.whole || (a.name < b.name ? -1 : 1));
  return found.slice(0, MOST_NAMES).map(({ name }) => name);
}

function tailOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Letters to insert, delete, replace, or swap with their neighbour, none of them twice (optimal string alignment). */
function distanceOf(from: string, to: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + Number(from[i - 1] !== to[j - 1]);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwap ? before[j - 2]! + 1 : replaced;
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[to.length]!;
}
