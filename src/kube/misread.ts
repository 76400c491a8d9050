/**
 * Objects of code without types, where a field is not what Kubernetes says it is. Checking every object for that would take
 * longer than deciding about it, so it is looked for where specs of a kind are first read, and where reading has failed.
 */

import { type Issue, StowageError } from "../errors.js";
import type { Node, Pod, PodSpec, StringMap } from "./objects.js";
import { pathAsGiven } from "./plain.js";
import { checkDecidingFields, checkRelatingFields, validateObject } from "./validate.js";

/** Where what a pod takes is said. */
const REQUEST = /\.requests\b|^spec\.overhead\b/;

/**
 * What is wrong with those fields of a pod that its shape is made of.
 *
 * @throws StowageError ERR_OBJECT for the first field of the wrong type
 */
export function decidingIssues(spec: PodSpec): readonly Issue[] {
  const issues: Issue[] = [];
  checkDecidingFields(spec, issues);
  refuseWrongTypes(issues);
  return issues;
}

/** @throws StowageError ERR_OBJECT for the first field of the wrong type among those that say what a pod has to do with others */
export function checkRelations({ spec = {} }: Pod): void {
  const issues: Issue[] = [];
  checkRelatingFields(spec, issues);
  refuseWrongTypes(issues);
}

function refuseWrongTypes(issues: readonly Issue[]): void {
  const first = issues.find(({ code }) => code === "wrong-type");
  if (first !== undefined) throw errorOf(first);
}

/** Whether that of a pod which its copies do not share is of the right type: namespace, labels and priority. */
export function hasOwnTypes({ metadata, spec }: Pod): boolean {
  const namespace: unknown = metadata?.namespace;
  const priority: unknown = spec?.priority;
  return (
    (namespace === undefined || namespace === null || typeof namespace === "string") &&
    areTexts(metadata?.labels) &&
    (priority === undefined || priority === null || (typeof priority === "number" && (priority | 0) === priority))
  );
}

/** @throws StowageError ERR_OBJECT for a pod that has not {@link hasOwnTypes} */
export function checkOwnTypes(pod: Pod): void {
  if (!hasOwnTypes(pod)) throw ownError(pod, "Pod");
}

/** @throws StowageError ERR_OBJECT for labels of a node that are no texts */
export function checkNodeLabels(node: Node): void {
  if (!areTexts(node.metadata?.labels)) throw ownError(node, "Node");
}

/** Null is what a template leaves that has nothing to say. */
function areTexts(labels: StringMap | null | undefined): boolean {
  if (labels === undefined || labels === null) return true;
  if (typeof labels !== "object" || Array.isArray(labels)) return false;
  for (const key in labels) if (typeof labels[key] !== "string" && labels[key] !== null) return false;
  return true;
}

function ownError(object: Pod | Node, kind: "Pod" | "Node"): StowageError {
  const issues: Issue[] = [];
  validateObject({ ...object, apiVersion: "v1", kind }, issues);
  const first = issues.find(({ path }) => /^(?:metadata\.(?:namespace|labels)|spec\.priority)\b/.test(path));
  const { path = "metadata", message = "has fields that are no texts" } = first ?? {};
  return new StowageError("ERR_OBJECT", { path: pathAsGiven(object, path), reason: message });
}

/** @throws StowageError ERR_QUANTITY for the first request that can be counted and is less than nothing */
export function refuseNegative(issues: readonly Issue[]): void {
  const first = issues.find(({ code, path }) => code === "bad-quantity" && REQUEST.test(path));
  if (first !== undefined) throw new StowageError("ERR_QUANTITY", { path: first.path, reason: first.message });
}

/**
 * What to throw in the place of an error that reading a pod ended in: where the pod is to blame, an error that says
 * which field; otherwise the error itself.
 */
export function blamed(error: unknown, pod: Pod): unknown {
  if (!(error instanceof TypeError)) return error;
  const issues: Issue[] = [];
  validateObject({ ...pod, apiVersion: "v1", kind: "Pod" }, issues);
  const first = issues.find(({ severity, code }) => severity === "error" && code !== "missing-field");
  return first === undefined ? error : errorOf(first, error);
}

function errorOf({ path, message }: Issue, cause?: unknown): StowageError {
  return new StowageError("ERR_OBJECT", { path, reason: message }, cause === undefined ? undefined : { cause });
}
