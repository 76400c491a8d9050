/** A node as users and plugins see it: read-only, computed when asked. */

import type { Node } from "../kube/objects.js";
import { type NodeRecord, nodeOf } from "./node-record.js";
import type { ClusterState } from "./state.js";

export interface NodeView {
  readonly name: string;
  /** The object as given. */
  readonly object: Node;
  readonly labels: Readonly<Record<string, string>>;
  /** By resource name, `pods` included: milli for cpu, base units for the rest. Only resources that are not 0. */
  readonly allocatable: Readonly<Record<string, number>>;
  /** What the pods here request, by resource name; `pods` is their count. */
  readonly requested: Readonly<Record<string, number>>;
  /** `namespace/name` of the pods here, in order of arrival. */
  readonly pods: readonly string[];
}

export class RecordView implements NodeView {
  readonly #state: ClusterState;
  readonly #record: NodeRecord;
  readonly #node: Node;

  /** `record` has a slot. */
  constructor(state: ClusterState, record: NodeRecord, node: Node) {
    this.#state = state;
    this.#record = record;
    this.#node = node;
  }

  get object(): Node {
    return nodeOf(this.#record, this.#node);
  }

  get name(): string {
    return this.#record.name;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#node.metadata?.labels ?? {};
  }

  get allocatable(): Readonly<Record<string, number>> {
    return this.#amounts((resource) => this.#state.engine.core.allocatableColumn(resource));
  }

  get requested(): Readonly<Record<string, number>> {
    return this.#amounts((resource) => this.#state.engine.core.requestedColumn(resource));
  }

  get pods(): readonly string[] {
    return [...this.#record.pods.keys()];
  }

  #amounts(columnOf: (resource: number) => number): Record<string, number> {
    const { core } = this.#state.engine;
    const amounts: Record<string, number> = {};
    for (const [resource, name] of this.#state.resources.names.entries()) {
      const amount = core.f64At(columnOf(resource), this.#record.slot);
      if (amount !== 0) amounts[name] = amount;
    }
    return amounts;
  }
}
