/** Resource names of one cluster and the columns they live in. */

import type { Engine } from "../core/engine.js";
import { StowageError } from "../errors.js";
import type { ResourceList } from "../kube/objects.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import { amountOf } from "../kube/quantity.js";

/** Amounts by resource id: milli for cpu, base units for the rest. */
export type Amounts = readonly (readonly [resource: number, amount: number])[];

export class Resources {
  readonly #engine: Engine;
  readonly #ids: Map<string, number>;
  readonly #names: string[];

  constructor(engine: Engine) {
    this.#engine = engine;
    const { RESOURCE_CPU, RESOURCE_MEMORY, RESOURCE_EPHEMERAL_STORAGE, RESOURCE_PODS } = engine.ids;
    this.#ids = new Map([
      ["cpu", RESOURCE_CPU],
      ["memory", RESOURCE_MEMORY],
      ["ephemeral-storage", RESOURCE_EPHEMERAL_STORAGE],
      ["pods", RESOURCE_PODS],
    ]);
    this.#names = [];
    for (const [name, id] of this.#ids) this.#names[id] = name;
  }

  /** Names by id. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The id of a name that was mentioned before. */
  find(name: string): number | undefined {
    return this.#ids.get(name);
  }

  /** The id of a name, new or not. Throws `ERR_CAPACITY` for the 65th. */
  id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const { MAX_RESOURCES } = this.#engine.ids;
    if (this.#names.length === MAX_RESOURCES) {
      throw new StowageError("ERR_CAPACITY", { limit: `resource names in a cluster, at ${name}`, max: MAX_RESOURCES });
    }
    const id = this.#engine.check(this.#engine.core.resourceAdd());
    this.#ids.set(name, id);
    this.#names[id] = name;
    return id;
  }

  /** A node's allocatable. Names that the scheduler does not know are left out, as upstream does, unless `anyName`. */
  allocatableOf(list: ResourceList | undefined, anyName: boolean): Amounts {
    const amounts: [number, number][] = [];
    for (const [name, text] of Object.entries(list ?? {})) {
      if (!anyName && !isSchedulerResource(name)) continue;
      amounts.push([this.id(name), amountOf(name, text, `${anyName ? "" : "status."}allocatable.${name}`)]);
    }
    return amounts;
  }
}
