/** How full nodes are together, and what changes that in a what-if, without asking every node again. */

import type { Cluster } from "../cluster/cluster.js";
import type { Quantities } from "./quantities.js";
import { inOrder } from "./resource-order.js";

/** One resource over several nodes: milli for cpu, base units for the rest, `pods` a count. */
export interface Fill {
  readonly allocatable: number;
  readonly requested: number;
}

export type Fills = Readonly<Record<string, Fill>>;

interface Room {
  readonly allocatable: Quantities;
  readonly requested: Quantities;
}

/** The nodes of a cluster as they were when this was made. */
export class Fullness {
  readonly #cluster: Cluster;
  readonly #rooms = new Map<string, Room>();
  readonly #totals = new Map<string, { allocatable: number; requested: number }>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    for (const { name, allocatable, requested } of cluster.nodes()) {
      const room = { allocatable, requested };
      this.#rooms.set(name, room);
      for (const resource of Object.keys({ ...allocatable, ...requested })) {
        const total = this.#totals.get(resource) ?? { allocatable: 0, requested: 0 };
        total.allocatable += allocatable[resource] ?? 0;
        total.requested += requested[resource] ?? 0;
        this.#totals.set(resource, total);
      }
    }
  }

  /**
   * All nodes but some, as they are now.
   *
   * @param without names of nodes that do not count
   * @param touched names of nodes on which the pods have changed
   */
  now(without: readonly string[], touched: ReadonlySet<string>): Fills {
    const fills: Record<string, { allocatable: number; requested: number }> = {};
    for (const [resource, total] of this.#totals) fills[resource] = { ...total };
    const away = new Set(without);
    for (const name of away) {
      const { allocatable = {}, requested = {} } = this.#rooms.get(name) ?? {};
      for (const [resource, amount] of Object.entries(allocatable)) fills[resource]!.allocatable -= amount;
      for (const [resource, amount] of Object.entries(requested)) fills[resource]!.requested -= amount;
    }
    for (const name of touched) {
      if (away.has(name)) continue;
      const before = this.#rooms.get(name)?.requested ?? {};
      const after = this.#cluster.node(name)?.requested ?? {};
      for (const resource of Object.keys({ ...before, ...after })) {
        fills[resource] ??= { allocatable: 0, requested: 0 };
        fills[resource].requested += (after[resource] ?? 0) - (before[resource] ?? 0);
      }
    }
    return inOrder(fills);
  }
}

/** The largest share of a resource that is requested, of those that there are; 0 to 1, above where nodes hold too much. */
export function largestShare(fills: Fills): number {
  return Object.values(fills).reduce(
    (most, { allocatable, requested }) => (allocatable > 0 ? Math.max(most, requested / allocatable) : most),
    0,
  );
}
