/**
 * Pod shapes: pods whose specs decide alike share what is computed from a spec. Found by identity of the spec object
 * first (so do not change a pod after it was given), then among the latest of the same owner or the same requests, then by the
 * content of the fields that scheduling reads.
 */

import { StowageError } from "../errors.js";
import type { PodRules } from "../kube/compat.js";
import { decidingIssues, refuseNegative } from "../kube/misread.js";
import type { Pod, PodSpec } from "../kube/objects.js";
import { isFromPlain, pathAsGiven } from "../kube/plain.js";
import { podRequest } from "../kube/pod-request.js";
import { AgingMap } from "./aging-map.js";
import { countedAmounts, type Occupancies, type Occupancy } from "./occupancies.js";
import { type HostPort, hostPortsOf } from "./ports.js";
import type { Amounts, Resources } from "./resources.js";
import { contentOf, hasResizeStatus, isSameContent } from "./shape-content.js";
import { Siblings } from "./siblings.js";

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
const NO_SPEC: PodSpec = {};

export class Shapes {
  readonly #resources: Resources;
  readonly #occupancies: Occupancies;
  readonly #rules: PodRules;
  readonly #byContent = new AgingMap<string, PodShape>();
  readonly #bySpec = new WeakMap<PodSpec, PodShape>();
  readonly #siblings = new Siblings<PodShape>();
  readonly #boundSiblings = new Siblings<PodShape>();

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
    return this.#amongSiblings(pod, spec, false);
  }

  /** Finds the shape of a pod by its spec from now on: many pods share that, and none of them is to be compared. */
  keep(pod: Pod): void {
    if (pod.spec !== undefined && !hasResizeStatus(pod)) this.#bySpec.set(pod.spec, this.of(pod));
  }

  /** The shape of a pod that has its node: which one it is makes no difference to what the pod takes. */
  ofBound(pod: Pod): PodShape {
    const spec = pod.spec ?? NO_SPEC;
    return hasResizeStatus(pod) ? this.#byKey(pod, spec, true) : this.#amongSiblings(pod, spec, true);
  }

  #amongSiblings(pod: Pod, spec: PodSpec, isBound: boolean): PodShape {
    // Two forms of one content are two shapes, and only the text of the content tells them apart.
    if (isFromPlain(pod)) return this.#keepBySpec(spec, this.#byKey(pod, spec, isBound), isBound);
    const siblings = isBound ? this.#boundSiblings : this.#siblings;
    const family = familyOf(pod, spec);
    const known = siblings.find(family, (shape) => !shape.isEvicted && isSameContent(shape.spec, spec, isBound));
    if (known !== undefined) return known;
    const shape = this.#byKey(pod, spec, isBound);
    siblings.note(family, shape);
    return this.#keepBySpec(spec, shape, isBound);
  }

  /** Keeps in mind what took long to find; to keep every spec would cost more than to compare it. */
  #keepBySpec(spec: PodSpec, shape: PodShape, isBound: boolean): PodShape {
    if (!isBound) this.#bySpec.set(spec, shape);
    return shape;
  }

  #byKey(pod: Pod, spec: PodSpec, isBound: boolean): PodShape {
    const key = contentOf(pod, spec, isBound);
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    if (this.#byContent.size >= MAX_SHAPES) this.#evictOldest();
    const shape = this.#newShape(pod, spec);
    this.#byContent.add(key, shape);
    return shape;
  }

  #newShape(pod: Pod, spec: PodSpec): PodShape {
    try {
      return this.#shapeOf(pod, spec);
    } catch (error) {
      if (!(error instanceof StowageError) || typeof error.details.path !== "string") throw error;
      throw new StowageError(error.code, { ...error.details, path: pathAsGiven(pod, error.details.path) });
    }
  }

  #shapeOf(pod: Pod, spec: PodSpec): PodShape {
    const issues = decidingIssues(spec);
    const { comparesSums } = this.#rules;
    const request = podRequest(pod);
    refuseNegative(issues);
    return {
      spec,
      fit: countedAmounts(pod, request, this.#resources),
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

/** What pods with equal specs have in common, quickly told: their owner, or what their first container asks for. */
function familyOf({ metadata }: Pod, { containers }: PodSpec): string {
  const owner = metadata?.ownerReferences?.[0]?.uid;
  if (owner) return owner;
  const { image, resources } = containers?.[0] ?? {};
  return `${image} ${resources?.requests?.cpu} ${resources?.requests?.memory}`;
}
