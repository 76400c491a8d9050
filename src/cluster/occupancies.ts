/**
 * Occupancy blocks: what a pod takes from its node, in the module's memory, shared by all pods that take the same and
 * freed with the last of them.
 */

import type { Engine } from "../core/engine.js";
import { StowageError } from "../errors.js";
import type { PodRules } from "../kube/compat.js";
import type { Pod } from "../kube/objects.js";
import { isFromPlain } from "../kube/plain.js";
import { isSchedulerResource, podRequest } from "../kube/pod-request.js";
import type { Amounts, Resources } from "./resources.js";

/** What a pod takes from its node. cpu in milli, the rest in base units. */
export interface Occupancy {
  readonly amounts: Amounts;
  /** cpu and memory with the defaults that scoring assumes for containers that name none. */
  readonly nonzeroCpuMilli: number;
  readonly nonzeroMemoryBytes: number;
  /** Where its block lies. */
  readonly block: number;
}

interface Shared extends Occupancy {
  readonly key: string;
  holders: number;
}

/** A request without what the scheduler does not count, by resource id; `pods` is counted apart. */
export function countedAmounts(pod: Pod, request: ReadonlyMap<string, number>, resources: Resources): Amounts {
  const anyName = isFromPlain(pod);
  const amounts: [number, number][] = [];
  for (const [name, amount] of request) {
    if (name !== "pods" && (anyName || isSchedulerResource(name))) amounts.push([resources.id(name), amount]);
  }
  return amounts;
}

export class Occupancies {
  readonly #engine: Engine;
  readonly #resources: Resources;
  readonly #rules: PodRules;
  readonly #byKey = new Map<string, Shared>();

  constructor(engine: Engine, resources: Resources, rules: PodRules) {
    this.#engine = engine;
    this.#resources = resources;
    this.#rules = rules;
  }

  /** The occupancy of a pod, held until {@link release}. */
  hold(pod: Pod): Occupancy {
    const options = { statusResources: true, comparesSums: this.#rules.comparesSums };
    const amounts = countedAmounts(pod, podRequest(pod, options), this.#resources);
    const nonzero = podRequest(pod, { ...options, assumeDefaults: true });
    return this.#share(amounts, nonzero.get("cpu") ?? 0, nonzero.get("memory") ?? 0);
  }

  /** One more holder of an occupancy that is held already. */
  holdAgain(occupancy: Occupancy): Occupancy {
    (occupancy as Shared).holders++;
    return occupancy;
  }

  release(occupancy: Occupancy): void {
    const shared = occupancy as Shared;
    if (--shared.holders > 0) return;
    this.#byKey.delete(shared.key);
    this.#engine.core.arenaFree(shared.block);
  }

  #share(amounts: Amounts, nonzeroCpuMilli: number, nonzeroMemoryBytes: number): Occupancy {
    const key = `${nonzeroCpuMilli} ${nonzeroMemoryBytes} ${amounts.join(" ")}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.holders++;
      return known;
    }
    const block = this.#write(amounts, nonzeroCpuMilli, nonzeroMemoryBytes);
    const shared: Shared = { amounts, nonzeroCpuMilli, nonzeroMemoryBytes, block, key, holders: 1 };
    this.#byKey.set(key, shared);
    return shared;
  }

  #write(amounts: Amounts, nonzeroCpuMilli: number, nonzeroMemoryBytes: number): number {
    const { ids } = this.#engine;
    const extras = amounts.filter(([id]) => id !== ids.RESOURCE_CPU && id !== ids.RESOURCE_MEMORY);
    const length = ids.POD_EXTRAS + 2 * extras.length;
    const block = this.#engine.alloc(length * Float64Array.BYTES_PER_ELEMENT);
    const fields = this.#engine.doublesAt(block, length);
    fields[ids.POD_CPU] = amountIn(amounts, ids.RESOURCE_CPU);
    fields[ids.POD_MEMORY] = amountIn(amounts, ids.RESOURCE_MEMORY);
    fields[ids.POD_NONZERO_CPU] = nonzeroCpuMilli;
    fields[ids.POD_NONZERO_MEMORY] = nonzeroMemoryBytes;
    fields[ids.POD_EXTRA_COUNT] = extras.length;
    fields.set(extras.flat(), ids.POD_EXTRAS);
    return block;
  }
}

/** The amount of one resource; 0 when it is not in the list. */
export function amountIn(amounts: Amounts, resource: number): number {
  return amounts.find(([id]) => id === resource)?.[1] ?? 0;
}

/** Sums of what pods request on one node stay below 2^53, where every integer is exact. */
export function checkSum(sum: number, resource: string, node: string): void {
  if (sum <= Number.MAX_SAFE_INTEGER) return;
  throw new StowageError("ERR_CAPACITY", { limit: `sum of ${resource} requested on node ${node}`, max: "2^53 - 1" });
}
