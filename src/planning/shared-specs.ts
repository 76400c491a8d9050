/** Pods whose specs say the same share one object: whoever has looked at it once knows it again without a look inside. */

import type { Pod, PodSpec } from "../kube/objects.js";
import { changedCopy, isFromPlain } from "../kube/plain.js";

/** The same pods, of which those with a spec like that of one before have that one's. */
export function sharingSpecs(pods: readonly Pod[]): Pod[] {
  const [byText, plainByText] = [new Map<string, PodSpec>(), new Map<string, PodSpec>()];
  // Copies of one workload come one after the other, and share their spec already.
  let [last, shared]: (PodSpec | undefined)[] = [];
  return pods.map((pod) => {
    const { spec } = pod;
    if (spec !== last && spec !== undefined) {
      // Of plain pods more names are resources, so that theirs is another spec.
      shared = firstLike(spec, isFromPlain(pod) ? plainByText : byText);
      last = spec;
    }
    return spec === undefined || spec === shared ? pod : changedCopy(pod, { ...pod, spec: shared! });
  });
}

function firstLike(spec: PodSpec, byText: Map<string, PodSpec>): PodSpec {
  const text = textOf(spec);
  const known = text === undefined ? undefined : byText.get(text);
  if (text !== undefined && known === undefined) byText.set(text, spec);
  return known ?? spec;
}

/** Undefined for what JSON cannot hold; whoever needs its content will say so. */
function textOf(spec: PodSpec): string | undefined {
  try {
    return JSON.stringify(spec);
  } catch {
    return undefined;
  }
}
