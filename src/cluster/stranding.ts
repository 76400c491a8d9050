/** Room that is free on a node and of no use, because the node runs out of something else first. */

/** What binds a node however its pods are shaped; where one of them is used up, all that is left of the others is stranded. */
export const BINDING_RESOURCES: readonly string[] = ["cpu", "memory", "pods"];

/** A resource of a node, in its unit: milli for cpu, base units for the rest. */
export interface Room {
  readonly allocatable: number;
  readonly requested: number;
}

/** The share of a node, 0 to 1, that pods can still take: what is free of its tightest binding resource. */
export function usableShare(binding: Iterable<Room>): number {
  let share = 1;
  for (const room of binding) {
    // A node that says nothing of a resource is not bound by it.
    if (room.allocatable > 0) share = Math.min(share, freeOf(room) / room.allocatable);
  }
  return share;
}

/** What is free of a resource beyond the usable share of the node; never below 0. */
export function strandedOf(room: Room, usable: number): number {
  return Math.max(0, freeOf(room) - usable * room.allocatable);
}

/** Forced pods may have taken more than there is. */
export function freeOf({ allocatable, requested }: Room): number {
  return Math.max(0, allocatable - requested);
}
