/** Repeatable choices from a seed: sfc32 (Chris Doty-Humphrey's generator) seeded by a hash of a text. */

export interface Random {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Each item is taken in `percent` of 100 cases; order is kept. */
  some<T>(items: readonly T[], percent: number): T[];
  /** As many results of `make` as a number from `min` to `max` says. */
  list<T>(min: number, max: number, make: (index: number) => T): T[];
}

export function randomOf(seed: string): Random {
  const next = sfc32(seed);
  const int = (min: number, max: number): number => min + Math.floor((next() / 2 ** 32) * (max - min + 1));
  const chance = (percent: number): boolean => int(1, 100) <= percent;
  return {
    int,
    chance,
    pick: (items) => items[int(0, items.length - 1)]!,
    some: (items, percent) => {
      const taken: (typeof items)[number][] = [];
      for (const item of items) if (chance(percent)) taken.push(item);
      return taken;
    },
    list: (min, max, make) => {
      const made: ReturnType<typeof make>[] = [];
      const length = int(min, max);
      for (let index = 0; index < length; index++) made.push(make(index));
      return made;
    },
  };
}

/** Unsigned 32-bit numbers. */
function sfc32(seed: string): () => number {
  let [a, b, c] = [hash(seed, 1), hash(seed, 2), hash(seed, 3)];
  let counter = 1;
  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** FNV-1a over the text's UTF-16 units, started differently for every `variant`. */
function hash(text: string, variant: number): number {
  let state = Math.imul(0x811c9dc5, variant) | 0;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return state;
}
