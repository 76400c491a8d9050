/**
 * Pod shapes: pods whose specs decide alike share what is computed from a spec. Found by identity of the spec object
 * first (so do not change a pod after it was given), then by the content of the fields that scheduling reads.
 */

import { StowageError } from "../errors.js";
import type { Container, Pod, PodSpec } from "../kube/objects.js";
import { isFromPlain } from "../kube/plain.js";
import { podRequest } from "../kube/pod-request.js";
import { AgingMap } from "./aging-map.js";
import { countedAmounts, type Occupancies, type Occupancy } from "./occupancies.js";
import { type HostPort, hostPortsOf } from "./ports.js";
import type { Amounts, Resources } from "./resources.js";

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
/** Stands for every node; no node has this name. */
const BOUND = 1;

export class Shapes {
  readonly #resources: Resources;
  readonly #occupancies: Occupancies;
  readonly #byContent = new AgingMap<string, PodShape>();
  readonly #bySpec = new WeakMap<PodSpec, PodShape>();

  constructor(resources: Resources, occupancies: Occupancies) {
    this.#resources = resources;
    this.#occupancies = occupancies;
  }

  /** The shape of a pod that looks for a node. Throws `ERR_QUANTITY` or `ERR_OBJECT` when its spec cannot be read. */
  of(pod: Pod): PodShape {
    const spec = pod.spec ?? NO_SPEC;
    if (hasResizeStatus(pod)) return this.#byKey(pod, spec, spec.nodeName);
    const known = this.#bySpec.get(spec);
    if (known !== undefined && !known.isEvicted) return known;
    const shape = this.#byKey(pod, spec, spec.nodeName);
    this.#bySpec.set(spec, shape);
    return shape;
  }

  /** The shape of a pod that has its node: which one it is makes no difference to what the pod takes. */
  ofBound(pod: Pod): PodShape {
    return this.#byKey(pod, pod.spec ?? NO_SPEC, BOUND);
  }

  #byKey(pod: Pod, spec: PodSpec, node: string | undefined | typeof BOUND): PodShape {
    const key = contentOf(pod, spec, node);
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    if (this.#byContent.size >= MAX_SHAPES) this.#evictOldest();
    const shape = this.#shapeOf(pod, spec);
    this.#byContent.add(key, shape);
    return shape;
  }

  #shapeOf(pod: Pod, spec: PodSpec): PodShape {
    return {
      spec,
      fit: countedAmounts(pod, podRequest(pod), this.#resources),
      score: podRequest(pod, { podLevel: false, assumeDefaults: true }),
      balance: podRequest(pod, { statusResources: true }),
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

/** Whether the status says anything about resources, so that the spec alone does not decide. */
function hasResizeStatus({ status }: Pod): boolean {
  if (status === undefined) return false;
  const containers = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  const isResized = containers.some((container) => container.resources ?? container.allocatedResources);
  return isResized || (status.resources ?? status.allocatedResources) !== undefined;
}

/** The fields of a pod that its shape is computed from, as one text. */
function contentOf(pod: Pod, spec: PodSpec, node: string | undefined | typeof BOUND): string {
  try {
    return JSON.stringify([
      isFromPlain(pod),
      spec.containers?.map(containerContent),
      spec.initContainers?.map(containerContent),
      spec.overhead,
      spec.resources?.requests,
      node,
      spec.nodeSelector,
      spec.affinity?.nodeAffinity,
      spec.tolerations,
      spec.volumes?.map((volume) => volume.image),
      hasResizeStatus(pod) ? [pod.status, pod.spec] : undefined,
    ]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StowageError("ERR_OBJECT", { path: "spec", reason }, { cause });
  }
}

function containerContent(container: Container): readonly unknown[] {
  return [container.name, container.image, container.restartPolicy, container.resources?.requests, container.ports];
}
