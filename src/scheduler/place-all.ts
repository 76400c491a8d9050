/**
 * Many pods one after the other, with turns for others in between. Pods that follow one like them are placed with it in one
 * call of the core: where they share their spec that is seen at once.
 */

import type { KeyedPod, NodeRecord, PodRecord, Token } from "../cluster/node-record.js";
import { isEqual } from "../cluster/shape-content.js";
import { StowageError } from "../errors.js";
import { hasOwnTypes } from "../kube/misread.js";
import { namespacedName, namespaceOf, type Pod } from "../kube/objects.js";
import type { Decision } from "./decision.js";
import type { PlaceAllOptions } from "./options.js";
import { nameless } from "./pre-enqueue.js";
import { queueOrder } from "./queue.js";
import type { Relations } from "./relations.js";
import { pause } from "./slices.js";

/** Pods decided between two yields to the event loop. */
const SLICE = 256;
/** What a call for many takes beside the pods pays off from so many on. */
const FEWEST_ALIKE = 3;

/** Is given a decision, and which of the pods given it is about. */
export type TakeDecision = (decision: Decision, index: number) => void;

/**
 * Decides about the pods, in the order asked for.
 *
 * @param place places the first of the pods, and those that follow it and are alike, as far as it can
 * @throws StowageError ERR_ABORTED when the signal fires; what was placed until then stays placed
 */
export async function placeInSlices(
  pods: readonly Pod[],
  { signal, onProgress, order = "queue" }: PlaceAllOptions,
  place: (pods: readonly Pod[]) => readonly Decision[],
  take: TakeDecision,
): Promise<void> {
  const sequence = order === "queue" ? queueOrder(pods) : undefined;
  for (let begun = 0; begun < pods.length; begun += SLICE) {
    onProgress?.(begun, pods.length);
    if (begun > 0) await pause();
    if (signal?.aborted === true) throw new StowageError("ERR_ABORTED", { done: begun, total: pods.length });
    const end = Math.min(begun + SLICE, pods.length);
    const indexOf = (at: number): number => sequence?.[at] ?? at;
    for (let done = begun; done < end; ) {
      const first = pods[indexOf(done)]!;
      const run = [first];
      while (done + run.length < end && areAlikeBySpec(first, pods[indexOf(done + run.length)]!)) {
        run.push(pods[indexOf(done + run.length)]!);
      }
      while (run.length > 0) {
        const placed = place(run);
        for (const decision of placed) take(decision, indexOf(done++));
        run.splice(0, placed.length);
      }
    }
  }
  onProgress?.(pods.length, pods.length);
}

/** Copies of one workload share their spec; what a status or volumes of its own add to a pod is not looked at. */
function areAlikeBySpec(first: Pod, { spec, status }: Pod): boolean {
  return (
    spec !== undefined && spec === first.spec && status === undefined && first.status === undefined && !spec.volumes
  );
}

/**
 * Of pods that share the spec of the first, which has its node, those after it that differ from it in nothing which decides;
 * none where there are few.
 *
 * @param taken who has a node already, by key
 */
export function alikeFirst(
  pods: readonly Pod[],
  { kin }: PodRecord,
  relations: Relations,
  taken: { has(key: string): boolean },
): KeyedPod[] {
  const first = pods[0]!;
  const isFree = kin === undefined && relations.isFree(first);
  const alike: KeyedPod[] = [];
  const keys = new Set<string>();
  for (let at = 1; at < pods.length; at++) {
    const pod = pods[at]!;
    const key = namespacedName(pod);
    if (nameless(pod) || !hasOwnTypes(pod)) break;
    if (pod.metadata?.deletionTimestamp || taken.has(key) || keys.has(key)) break;
    if (!(isFree && relations.isFree(pod)) && !areAlikeToOthers(first, pod)) break;
    keys.add(key);
    alike.push({ key, pod });
  }
  return alike.length < FEWEST_ALIKE ? [] : alike;
}

/** Whether all is equal that rules about pods and objects that select them see, beside the spec. */
function areAlikeToOthers(one: Pod, other: Pod): boolean {
  return (
    namespaceOf(one) === namespaceOf(other) &&
    isEqual(one.metadata?.labels, other.metadata?.labels) &&
    isEqual(one.metadata?.ownerReferences, other.metadata?.ownerReferences)
  );
}

/** Of pods that were placed on the nodes at `slots`; their tokens count on from `first`. */
export function decisionsOf(
  pods: readonly KeyedPod[],
  bySlot: readonly (NodeRecord | undefined)[],
  slots: Uint32Array,
  scores: Float64Array,
  first: Token,
): Decision[] {
  return Array.from(slots, (slot, at) => {
    const { pod, key } = pods[at]!;
    return { status: "placed", pod, key, node: bySlot[slot]!.name, score: scores[at]!, token: (first + at) as Token };
  });
}
