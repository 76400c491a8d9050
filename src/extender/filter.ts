/** The verb filter: which of the offered nodes the pod may go to. */

import type { ExtenderContext } from "./context.js";
import { judgeOffer, type Rejections } from "./judging.js";
import { type ExtenderArgs, nameAt, type Offer } from "./wire.js";

export const NONE_REJECTED: Rejections = new Map();

/** @throws Undecidable, BadRequest */
export function filter(context: ExtenderContext, { pod, offer }: ExtenderArgs): Rejections {
  context.recent.note(pod);
  return judgeOffer(context, pod, offer);
}

/** The ExtenderFilterResult as the parts of a body, in the order and the form of the offer. */
export function filterBody(offer: Offer, rejected: Rejections): (string | Uint8Array)[] {
  const { isWhole } = offer;
  const passing = passingOf(offer, rejected);
  const [nodes, names] = isWhole ? [passing, ["null"]] : [["null"], passing];
  const failed = reasonMap(offer, rejected, "Unschedulable");
  const unresolvable = reasonMap(offer, rejected, "UnschedulableAndUnresolvable");
  const end = `,"FailedNodes":${failed},"FailedAndUnresolvableNodes":${unresolvable},"Error":""}`;
  return ['{"Nodes":', ...nodes, ',"NodeNames":', ...names, end];
}

/** The list without what is rejected, in the bytes that came: neighbours that pass are one slice of them. */
function passingOf({ bytes, isWhole, list, items }: Offer, rejected: Rejections): (string | Uint8Array)[] {
  if (rejected.size === 0) return [bytes.subarray(list.start, list.end)];
  const parts: (string | Uint8Array)[] = [];
  for (let from = 0; from < items.length; from++) {
    if (rejected.has(from)) continue;
    let to = from;
    while (to + 1 < items.length && !rejected.has(to + 1)) to++;
    if (parts.length > 0) parts.push(",");
    parts.push(bytes.subarray(items[from]!.start, items[to]!.end));
    from = to;
  }
  return isWhole ? ['{"metadata":{},"items":[', ...parts, "]}"] : ["[", ...parts, "]"];
}

function reasonMap(offer: Offer, rejected: Rejections, code: string): string {
  const entries: string[] = [];
  for (const [index, verdict] of rejected) {
    if (verdict.code !== code) continue;
    entries.push(`${JSON.stringify(nameAt(offer, index))}:${JSON.stringify(verdict.reasons.join(", "))}`);
  }
  return `{${entries.join()}}`;
}
