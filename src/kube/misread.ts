/**
 * Objects of code without types, where a field is not what Kubernetes says it is. Checking every object for that would take
 * longer than deciding about it, so it is looked for where specs of a kind are first read, and where reading has failed.
 */

import { type Issue, StowageError } from "../errors.js";
import type { Pod, PodSpec } from "./objects.js";
import { checkDecidingFields, validateObject } from "./validate.js";

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
  const first = issues.find(({ code }) => code === "wrong-type");
  if (first !== undefined) throw errorOf(first);
  return issues;
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
