/**
 * Pod shapes: pods whose specs decide alike share what is computed from a spec. Found by identity of the spec object
 * first (so do not change a pod after it was given), then among the latest of the same owner, then by the content of the
 * fields that scheduling reads.
 */

import type { PodRules } from "../kube/compat.js";
import type { Pod, PodSpec } from "../kube/objects.js";
import { podRequest } from "../kube/pod-request.js";
import { AgingMap } from "./aging-map.js";
import { countedAmounts, type Occupancies, type Occupancy } from "./occupancies.js";
import { type HostPort, hostPortsOf } from "./ports.js";
import type { Amounts, Resources } from "./resources.js";
import { contentOf, hasResizeStatus, isSameContent } from "./shape-content.js";

export interface PodShape {
  readonly spec: PodSpec;
  /** What the filter of NodeResourcesFit asks for. */
  readonly fit: Amounts;
  /** What its score counts: containers alone, with defaults for a missing cpu and memory. By resource name. */
  readonly score: ReadonlyMap<string, number>;
  /** What NodeResourcesBalancedAllocation counts. By resource name. */
  readonly balance: ReadonlyMap<string, number>;
  readonly occupancy: Occupancy;
  readonly ports: readonly HostPort[];
  /** Set when the table let go of it: it must not be used for another pod. */
  isEvicted: boolean;
}

/** Distinct specs kept at most; beyond it the oldest goes. */
const MAX_SHAPES = 65_536;
/** Owners whose pods' shapes are kept in mind. */
const MAX_OWNERS = 16_384;
/** Shapes of one owner: webhooks and rollouts make its pods differ, but seldom much. */
const MAX_SIBLINGS = 4;
const NO_SPEC: PodSpec = {};

export class Shapes {
  readonly #resources: Resources;
  readonly #occupancies: Occupancies;
  readonly #rules: PodRules;
  readonly #byContent = new AgingMap<string, PodShape>();
  readonly #bySpec = new WeakMap<PodSpec, PodShape>();
  /** By the owner's uid guesses, the latest first; each is compared field by field, which is faster than by content. */
  readonly #byOwner = new AgingMap<string, PodShape[]>();
  readonly #boundByOwner = new AgingMap<string, PodShape[]>();

  constructor(resources: Resources, occupancies: Occupancies, rules: PodRules) {
    this.#resources = resources;
    this.#occupancies = occupancies;
    this.#rules = rules;
  }

  /** The shape of a pod that looks for a node. Throws `ERR_QUANTITY` or `ERR_OBJECT` when its spec cannot be read. */
  of(pod: Pod): PodShape {
    const spec = pod.spec ?? NO_SPEC;
    if (hasResizeStatus(pod)) return this.#byKey(pod, spec, false);
    const known = this.#bySpec.get(spec);
    if (known !== undefined && !known.isEvicted) return known;
    const shape = this.#amongSiblings(pod, spec, false);
    this.#bySpec.set(spec, shape);
    return shape;
  }

  /** The shape of a pod that has its node: which one it is makes no difference to what the pod takes. */
  ofBound(pod: Pod): PodShape {
    const spec = pod.spec ?? NO_SPEC;
    return hasResizeStatus(pod) ? this.#byKey(pod, spec, true) : this.#amongSiblings(pod, spec, true);
  }

  /** Pods in plain form have no owners. */
  #amongSiblings(pod: Pod, spec: PodSpec, isBound: boolean): PodShape {
    const owner = pod.metadata?.ownerReferences?.[0]?.uid;
    if (!owner) return this.#byKey(pod, spec, isBound);
    const siblings = this.#siblingsOf(owner, isBound ? this.#boundByOwner : this.#byOwner);
    const known = siblings.find((shape) => !shape.isEvicted && isSameContent(shape.spec, spec, isBound));
    if (known !== undefined) return known;
    const shape = this.#byKey(pod, spec, isBound);
    siblings.unshift(shape);
    if (siblings.length > MAX_SIBLINGS) siblings.pop();
    return shape;
  }

  #siblingsOf(owner: string, byOwner: AgingMap<string, PodShape[]>): PodShape[] {
    const known = byOwner.get(owner);
    if (known !== undefined) return known;
    if (byOwner.size >= MAX_OWNERS) byOwner.takeOldest();
    const siblings: PodShape[] = [];
    byOwner.add(owner, siblings);
    return siblings;
  }

  #byKey(pod: Pod, spec: PodSpec, isBound: boolean): PodShape {
    const key = contentOf(pod, spec, isBound);
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    if (this.#byContent.size >= MAX_SHAPES) this.#evictOldest();
    const shape = this.#shapeOf(pod, spec);
    this.#byContent.add(key, shape);
    return shape;
  }

  #shapeOf(pod: Pod, spec: PodSpec): PodShape {
    const { comparesSums } = this.#rules;
    return {
      spec,
      fit: countedAmounts(pod, podRequest(pod), this.#resources),
      score: podRequest(pod, { podLevel: false, assumeDefaults: true }),
      balance: podRequest(pod, { statusResources: true, comparesSums }),
      occupancy: this.#occupancies.hold(pod),
      ports: hostPortsOf(pod),
      isEvicted: false,
    };
  }

  #evictOldest(): void {
    const shape = this.#byContent.takeOldest();
    if (shape === undefined) return;
    shape.isEvicted = true;
    this.#occupancies.release(shape.occupancy);
  }
}
