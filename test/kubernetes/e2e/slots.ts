/** A resource that nodes have and kube-scheduler does not count: stowage alone sees to it that there is enough. */

import { type ApiNode, PODS } from "./api.js";
import { type ExtenderOptions, extenderAt } from "./scheduler-config.js";
import type { Stage } from "./stage.js";

export const SLOTS = "example.com/slots";

/** Flags of a stowage that manages slots. */
export const SLOT_FLAGS = [`--managed-resource=${SLOTS}`] as const;

/** Quantities that give a node slots, or request them for a pod. */
export function slots(count: number): Readonly<Record<string, string>> {
  return { [SLOTS]: String(count) };
}

/** Where a node may say how many slots it has, instead of in its allocatable. */
export const SLOTS_ANNOTATION = "example.com/slot-count";

/** What a node has, by whichever way it says it. */
export function roomOn({ metadata, status }: ApiNode): Readonly<Record<string, string>> {
  const count = metadata.annotations?.[SLOTS_ANNOTATION];
  return count === undefined ? status.allocatable : { ...status.allocatable, [SLOTS]: count };
}

/** A scheduler that leaves slots and binding to the extender at `url`, and does not wait long before it tries again. */
export async function startSlotScheduler({ plane }: Stage, url: string, options: ExtenderOptions = {}): Promise<void> {
  const managedResources = [{ name: SLOTS, ignoredByScheduler: true }];
  const extenders = [extenderAt(url, { bindVerb: "bind", managedResources, ...options })];
  await plane.startScheduler({ podMaxBackoffSeconds: 1, extenders });
}

/** Takes away the first pods that have a node. */
export async function deleteBound({ api, observer }: Stage, count: number): Promise<void> {
  const names = observer.boundPods.slice(0, count).map(({ metadata }) => metadata.name);
  for (const name of names) await api.delete(`${PODS}/${name}`);
}
