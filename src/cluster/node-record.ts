/** What a cluster keeps of a node and of a pod that occupies one. */

import type { Node, Pod } from "../kube/objects.js";
import type { Kin } from "./kin.js";
import type { Occupancy } from "./occupancies.js";
import type { HostPort } from "./ports.js";

/** A promise of room: given by `assume` and `place`, ended by `confirm`, `forget` or `expire`. */
export type Token = number & { readonly __brand: "Token" };

/** A node, or a name that only pods know: then `slot` is {@link NO_SLOT} and `node` is undefined. */
export interface NodeRecord {
  readonly name: string;
  slot: number;
  /** May be that of another node where nothing but the name tells them apart; see {@link nodeOf}. */
  node: Node | undefined;
  /** By namespace/name, in order of arrival. Changed by {@link putPod} and {@link takePod} alone. */
  pods: ReadonlyMap<string, PodRecord>;
}

/** Whether two nodes are the same but for their names, as nodes are of which nothing else is said. */
export function isSameButName(a: Node, b: Node): boolean {
  for (const field in a.metadata) if (field !== "name") return false;
  for (const field in b.metadata) if (field !== "name") return false;
  for (const field in a) if (!(field in b)) return false;
  for (const field in b) if (field !== "metadata" && a[field as keyof Node] !== b[field as keyof Node]) return false;
  return true;
}

/** The node of a record that has one, under its own name. */
export function nodeOf({ name }: NodeRecord, node: Node): Node {
  return node.metadata?.name === name ? node : { ...node, metadata: { name } };
}

/** Of all nodes that never had a pod: a map of its own weighs as much as all else that is kept of a bare node. */
export const NO_PODS: ReadonlyMap<string, PodRecord> = new Map();

export function putPod(node: NodeRecord, pod: PodRecord): void {
  if (node.pods === NO_PODS) node.pods = new Map();
  (node.pods as Map<string, PodRecord>).set(pod.key, pod);
}

/** Takes away a pod that is there. */
export function takePod(node: NodeRecord, key: string): void {
  (node.pods as Map<string, PodRecord>).delete(key);
}

export const NO_SLOT = -1;

export interface PodRecord {
  readonly key: string;
  readonly pod: Pod;
  readonly node: NodeRecord;
  readonly occupancy: Occupancy;
  readonly ports: readonly HostPort[];
  /** Set while the pod is counted by kinship. */
  kin: Kin | undefined;
  /** The live reservation this pod is here by; undefined when it is bound. */
  reservation: Reservation | undefined;
}

/** A pod with its `namespace/name`, which a map then has to hash once only. */
export interface KeyedPod {
  readonly key: string;
  readonly pod: Pod;
}

/** Room given to a pod until it is confirmed, forgotten or the deadline passes. */
export interface Reservation {
  readonly token: Token;
  /** On the caller's clock; undefined = never. */
  readonly deadlineMs: number | undefined;
  /** What else was promised with it, taken back when the promise is not kept. */
  readonly unreserve?: (() => void) | undefined;
}
