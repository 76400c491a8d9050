/** How well a cluster is packed, resource by resource. */

import type { Cluster } from "../cluster/cluster.js";
import { BINDING_RESOURCES, freeOf, type Room, strandedOf, usableShare } from "../cluster/stranding.js";

/** Sums over all nodes: milli for cpu, base units for the rest. */
export interface Packing {
  readonly resource: string;
  readonly allocatable: number;
  /** Promised room included. */
  readonly requested: number;
  /** What is free and yet of no use: a node with no cpu left strands all of its free memory. */
  readonly stranded: number;
  /** The most that is free on one node. */
  readonly largestFree: number;
}

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
  const binding = columns.filter(({ name }) => BINDING_RESOURCES.includes(name));
  const usable = slots.map((_, index) => usableShare(binding.map((column) => roomAt(column, index))));
  return columns.map((column) => {
    const sums = { allocatable: 0, requested: 0, stranded: 0, largestFree: 0 };
    for (const [index, share] of usable.entries()) {
      const room = roomAt(column, index);
      sums.allocatable += room.allocatable;
      sums.requested += room.requested;
      sums.stranded += strandedOf(room, share);
      sums.largestFree = Math.max(sums.largestFree, freeOf(room));
    }
    return { resource: column.name, ...sums, stranded: Math.round(sums.stranded) };
  });
}

/** By node. */
interface Column {
  readonly allocatable: Float64Array;
  readonly requested: Float64Array;
}

function roomAt({ allocatable, requested }: Column, index: number): Room {
  return { allocatable: allocatable[index] ?? 0, requested: requested[index] ?? 0 };
}
