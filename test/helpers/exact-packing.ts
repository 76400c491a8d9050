/** The least cost of a small packing problem by trying everything: boring, exponential, and sharing no code with the packer. */

import type { Problem } from "../../src/packing/problem.js";

/** Undefined where not everything fits. At most some nine items. */
export function leastCost({ kinds, types }: Problem): number | undefined {
  const items = kinds.flatMap(({ count }, kind) => Array.from({ length: count }, () => kind));
  let best = Number.POSITIVE_INFINITY;
  const bins: { type: number; held: number[] }[] = [];
  const fits = (type: number, held: readonly number[]): boolean => {
    const { capacity, admits } = types[type]!;
    return (
      capacity.every((room, d) => held.reduce((sum, kind) => sum + (kinds[kind]!.sizes[d] ?? 0), 0) <= room) &&
      held.every((kind) => admits?.(kind) !== false) &&
      kinds.every(({ mostPerBin }, kind) => held.filter((one) => one === kind).length <= (mostPerBin ?? items.length))
    );
  };
  const place = (at: number, cost: number): void => {
    if (cost >= best) return;
    const kind = items[at];
    if (kind === undefined) {
      best = cost;
      return;
    }
    for (const bin of [...bins]) {
      if (!fits(bin.type, [...bin.held, kind])) continue;
      bin.held.push(kind);
      place(at + 1, cost);
      bin.held.pop();
    }
    for (const [type, { cost: price, most = items.length }] of types.entries()) {
      if (bins.filter((bin) => bin.type === type).length >= most || !fits(type, [kind])) continue;
      bins.push({ type, held: [kind] });
      place(at + 1, cost + price);
      bins.pop();
    }
  };
  place(0, 0);
  return Number.isFinite(best) ? best : undefined;
}
