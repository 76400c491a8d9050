/** How well a cluster is packed, resource by resource. */

import type { Cluster } from "../cluster/cluster.js";

/** Sums over all nodes: milli for cpu, base units for the rest. */
export interface Packing {
  readonly resource: string;
  readonly allocatable: number;
  /** Promised room included. */
  readonly requested: number;
  /**
   * What is free and yet of no use: on each node the part of what is free beyond the share that is free of the node's tightest
   * resource among cpu, memory and pods. A node with no cpu left strands all of its free memory.
   */
  readonly stranded: number;
  /** The most that is free on one node. */
  readonly largestFree: number;
}

/** What binds a node however its pods are shaped. */
const TIGHT: readonly string[] = ["cpu", "memory", "pods"];

/** One row a resource that some node has, in the order of first mention. */
export function packingOf({ state }: Cluster): Packing[] {
  const { resources } = state;
  const { core } = state.engine;
  const slots = [...state.bySlot.keys()].filter((slot) => state.bySlot[slot] !== undefined);
  // Cpu and memory stand in tiles, so no column can be read as a whole.
  const read = (column: number): Float64Array => Float64Array.from(slots, (slot) => core.f64At(column, slot));
  const columns = resources.names.map((name, resource) => ({
    name,
    allocatable: read(core.allocatableColumn(resource)),
    requested: read(core.requestedColumn(resource)),
  }));
  const tight = columns.filter(({ name }) => TIGHT.includes(name));
  const usable = slots.map((_, index) => Math.min(1, ...tight.map((column) => freeShare(column, index))));
  return columns.map(({ name, allocatable, requested }) => {
    const sums = { allocatable: 0, requested: 0, stranded: 0, largestFree: 0 };
    for (const [index, share] of usable.entries()) {
      const [has, gave] = [allocatable[index] ?? 0, requested[index] ?? 0];
      const free = Math.max(0, has - gave);
      sums.allocatable += has;
      sums.requested += gave;
      sums.stranded += Math.max(0, free - share * has);
      sums.largestFree = Math.max(sums.largestFree, free);
    }
    return { resource: name, ...sums, stranded: Math.round(sums.stranded) };
  });
}

/** By node. */
interface Column {
  readonly allocatable: Float64Array;
  readonly requested: Float64Array;
}

/** Free of what there is; a node that says nothing of a resource is not bound by it. */
function freeShare({ allocatable, requested }: Column, index: number): number {
  const has = allocatable[index] ?? 0;
  return has === 0 ? 1 : Math.max(0, has - (requested[index] ?? 0)) / has;
}
