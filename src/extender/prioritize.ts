/** The verb prioritize: how well each of the offered nodes suits the pod. */

import { copied, viewOf } from "./bytes.js";
import { type ExtenderContext, profileOf, Undecidable, underProfile } from "./context.js";
import { withoutOwn, withSlots } from "./judging.js";
import { mapScores } from "./score-map.js";
import type { ExtenderArgs, Offer } from "./wire.js";

/** A score of 0..10 for each node of the offer, in its order. @throws Undecidable, BadRequest */
export function prioritize(context: ExtenderContext, { pod, offer }: ExtenderArgs): Uint8Array {
  context.recent.note(pod);
  const profile = profileOf(context, pod);
  const totals = withoutOwn(context, pod, () =>
    withSlots(context, offer, (slots) => context.scheduler.offers(underProfile(pod, profile)).totals(slots)),
  );
  if (typeof totals === "string") throw new Undecidable(totals);
  return mapScores(totals, context.scoreMap, context.weightSums.get(profile) ?? 0);
}

const encoder = new TextEncoder();
const HOST = viewOf(encoder.encode('{"Host":'));
const SCORES = Array.from({ length: 11 }, (_, score) => viewOf(encoder.encode(`,"Score":${score}},`)));
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * The HostPriorityList, with the names as they came. kube-scheduler adds nothing for a node that the list leaves out, so nodes of
 * score 0 are left out where others have more: in a packed cluster those are most of the list. Where nobody has more, all are
 * named, for an empty list looks like a fault.
 */
export function priorityBody({ bytes, names }: Offer, scores: Uint8Array): Uint8Array {
  const least = scores.some((score) => score > 0) ? 1 : 0;
  let length = 2;
  for (let index = 0; index < names.length; index++) {
    const { start, end } = names[index]!;
    if (scores[index]! >= least) length += end - start + HOST.byteLength + SCORES[10]!.byteLength;
  }
  const body = new Uint8Array(length);
  const [from, to] = [viewOf(bytes), viewOf(body)];
  body[0] = OPEN_BRACKET;
  let at = 1;
  for (let index = 0; index < names.length; index++) {
    if (scores[index]! < least) continue;
    const { start, end } = names[index]!;
    const score = SCORES[scores[index]!]!;
    at = copied(to, at, HOST, 0, HOST.byteLength);
    at = copied(to, at, from, start, end);
    at = copied(to, at, score, 0, score.byteLength);
  }
  // The last one has no comma behind it.
  if (at > 1) at--;
  body[at++] = CLOSE_BRACKET;
  return body.subarray(0, at);
}
