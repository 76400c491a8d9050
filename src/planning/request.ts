/** What pods ask for, where one that cannot be read must not stop the others. */

import { StowageError } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import { podRequest } from "../kube/pod-request.js";

/** {@link podRequest}; nothing for a pod whose request is not a quantity, for the scheduler says so in its decision. */
export function readableRequest(pod: Pod): ReadonlyMap<string, number> {
  try {
    return podRequest(pod);
  } catch (error) {
    if (error instanceof StowageError && error.code === "ERR_QUANTITY") return new Map();
    throw error;
  }
}
