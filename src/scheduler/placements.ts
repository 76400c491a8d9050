/** Many pods of one kind: what to place, and where they went. */

import type { KeyedPod, Token } from "../cluster/node-record.js";
import { MAX_PODS } from "../cluster/state.js";
import { StowageError } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import { namespaceOf } from "../kube/objects.js";
import type { Decision } from "./decision.js";

/** A kind of pod, from `scheduler.class`. Its pods share everything but the name. */
export class PodTemplate {
  readonly pod: Pod;
  #next = 0;

  constructor(pod: Pod) {
    this.pod = pod;
  }

  /** @internal The next pod of this kind, by a name (`namespace/name`) that is not taken. */
  next(taken: { has(key: string): boolean }): KeyedPod {
    const { metadata } = this.pod;
    const namespace = namespaceOf(this.pod);
    let name = "";
    let key = "";
    do {
      name = `${metadata?.name}-${this.#next++}`;
      key = `${namespace}/${name}`;
    } while (taken.has(key));
    return { key, pod: { ...this.pod, metadata: { ...metadata, name } } };
  }
}

/** Where the pods of one call of `scheduler.placeMany` went, in order, one element a pod. */
export class Placements {
  readonly template: PodTemplate;
  readonly #count: number;
  readonly #slots: Uint32Array;
  readonly #scores: Float64Array;
  readonly #tokens: Float64Array;
  #placed = 0;
  #unplaced: Exclude<Decision, { status: "placed" }> | undefined;

  /** @throws StowageError ERR_OBJECT for what is no count */
  constructor(template: PodTemplate, count: number) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new StowageError("ERR_OBJECT", { path: "count", reason: `${count} is not a count of pods` });
    }
    this.template = template;
    this.#count = count;
    const most = Math.min(count, MAX_PODS);
    this.#slots = new Uint32Array(most);
    this.#scores = new Float64Array(most);
    this.#tokens = new Float64Array(most);
  }

  /** A count of pods. */
  get placed(): number {
    return this.#placed;
  }

  /** A count of pods that are not placed. */
  get left(): number {
    return this.#count - this.#placed;
  }

  /** The number of each pod's node, for `cluster.nodeAt`; it holds until a node is added or removed. */
  get slots(): Uint32Array {
    return this.#slots.subarray(0, this.#placed);
  }

  /** The total that each pod was chosen by. */
  get scores(): Float64Array {
    return this.#scores.subarray(0, this.#placed);
  }

  /** Why the first pod that is not placed is not. */
  get unplaced(): Exclude<Decision, { status: "placed" }> | undefined {
    return this.#unplaced;
  }

  /** The token of the pod at an index, to confirm or to forget it. */
  token(index: number): Token {
    return this.slots.length > index ? (this.#tokens[index] as Token) : (0 as Token);
  }

  /** @internal The tokens count on from `first`. */
  add(slots: ArrayLike<number>, scores: ArrayLike<number>, first: Token): void {
    this.#slots.set(slots, this.#placed);
    this.#scores.set(scores, this.#placed);
    for (let i = 0; i < slots.length; i++) this.#tokens[this.#placed + i] = first + i;
    this.#placed += slots.length;
  }

  /** @internal */
  end(unplaced: Exclude<Decision, { status: "placed" }>): this {
    this.#unplaced = unplaced;
    return this;
  }
}
