/**
 * What of a pod its shape is computed from: the one list of fields that scheduling reads of a spec, behind both ways to
 * find a shape. A field that plugins begin to read is added to this list and nowhere else.
 */

import { StowageError } from "../errors.js";
import { blamed } from "../kube/misread.js";
import type { Container, Pod, PodSpec } from "../kube/objects.js";
import { isFromPlain } from "../kube/plain.js";
import { isResizeInfeasible } from "../kube/pod-request.js";

/** Beside `nodeName`, which says nothing about a pod that has its node, and the containers. */
const SPEC_FIELDS: readonly ((spec: PodSpec) => unknown)[] = [
  (spec) => spec.overhead,
  (spec) => spec.resources?.requests,
  (spec) => spec.nodeSelector,
  (spec) => spec.affinity?.nodeAffinity,
  (spec) => spec.tolerations,
  (spec) => (spec.volumes?.some(({ image }) => image) === true ? spec.volumes.map(({ image }) => image) : undefined),
];

const CONTAINER_FIELDS: readonly ((container: Container) => unknown)[] = [
  (container) => container.name,
  (container) => container.image,
  (container) => container.restartPolicy,
  (container) => container.resources?.requests,
  (container) => container.ports,
];

/** Whether the status says anything about resources, so that the spec alone does not decide. */
export function hasResizeStatus(pod: Pod): boolean {
  const { status } = pod;
  if (status === undefined) return false;
  if (isResizeInfeasible(pod)) return true;
  const { containerStatuses, initContainerStatuses } = status;
  const isResized = [containerStatuses, initContainerStatuses].some((containers) =>
    containers?.some((container) => container.resources ?? container.allocatedResources),
  );
  return isResized || (status.resources ?? status.allocatedResources) !== undefined;
}

/**
 * The content of a pod as one text.
 *
 * @param isBound whether the pod has its node, so that which one it is makes no difference
 * @throws StowageError ERR_OBJECT for a spec that JSON cannot hold, or with fields of the wrong type
 */
export function contentOf(pod: Pod, spec: PodSpec, isBound: boolean): string {
  try {
    return JSON.stringify([
      isFromPlain(pod),
      isBound,
      isBound ? undefined : spec.nodeName,
      spec.containers?.map(containerContent),
      spec.initContainers?.map(containerContent),
      SPEC_FIELDS.map((read) => read(spec)),
      hasResizeStatus(pod) ? [pod.status, pod.spec] : undefined,
    ]);
  } catch (cause) {
    const told = blamed(cause, pod);
    if (told instanceof StowageError) throw told;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StowageError("ERR_OBJECT", { path: "spec", reason }, { cause });
  }
}

function containerContent(container: Container): readonly unknown[] {
  return CONTAINER_FIELDS.map((read) => read(container));
}

/**
 * Whether {@link contentOf} of two pods of the Kubernetes kind is the same text, for specs from which such texts were made
 * or could be. False may also stand for "not sure": where data is not plain, or keys come in another order.
 */
export function isSameContent(a: PodSpec, b: PodSpec, isBound: boolean): boolean {
  if (a === b) return true;
  if (!isBound && a.nodeName !== b.nodeName) return false;
  if (!areSameContainers(a.containers, b.containers)) return false;
  if (!areSameContainers(a.initContainers, b.initContainers)) return false;
  // Loops here and below: with closures and lists of keys, comparing was a quarter of what placing a pod allocates.
  for (const read of SPEC_FIELDS) if (!isEqual(read(a), read(b))) return false;
  return true;
}

function areSameContainers(a: PodSpec["containers"], b: PodSpec["containers"]): boolean {
  if (!a || !b) return a === b;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!isSameContainer(a[index]!, b[index]!)) return false;
  return true;
}

function isSameContainer(a: Container, b: Container): boolean {
  if (a === b) return true;
  for (const read of CONTAINER_FIELDS) if (!isEqual(read(a), read(b))) return false;
  return true;
}

/** Equality of plain data with keys in one order; false may also stand for "not sure". */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!isEqual(a[index], b[index])) return false;
    return true;
  }
  if (!isPlain(a) || !isPlain(b)) return false;
  const others = Object.keys(b);
  let index = 0;
  for (const key in a) if (key !== others[index++] || !isEqual(a[key], b[key])) return false;
  return index === others.length;
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
