/** What happens in a family's world, as data: a turn a pod. */

import type { Node, ObjectKind, ObjectOf, Pod } from "../kube/objects.js";

export type AnyObject = ObjectOf<ObjectKind>;

/** What happens beside decisions. A node goes with its pods; what is not there is not removed. */
export type Change =
  | { readonly kind: "removePod"; readonly key: string }
  | { readonly kind: "putNode"; readonly node: Node }
  | { readonly kind: "removeNode"; readonly name: string }
  | { readonly kind: "putObject"; readonly object: AnyObject }
  | { readonly kind: "removeObject"; readonly of: ObjectKind; readonly name: string; readonly namespace: string };

/** First the changes, then the pod is placed. */
export interface Turn {
  readonly changes: readonly Change[];
  readonly pod: Pod;
  /** Where the pod fits nowhere, the pods that it preempts are removed and it is placed again, nominated to their node. */
  readonly preempts: boolean;
  /** Whether the pod is meant to get no node. */
  readonly isHopeless: boolean;
}

/** What a family makes a turn of. */
export interface TurnPlan {
  /** From 0. */
  readonly index: number;
  /** How many the world began with. */
  readonly nodes: number;
  /** A pod of the class whose turn it is, called `pod-INDEX`. */
  readonly pod: Pod;
  /** From the seed: at least 0, below 1. */
  readonly random: () => number;
}
