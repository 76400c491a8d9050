/** The nearest miss of a pod that no node could take: which nodes lack least, and what. */

import type { Rejection } from "../scheduler/decision.js";
import type { Quantities } from "./quantities.js";

/** A node that only lacks room. */
export interface NearestMiss {
  readonly node: string;
  /** Per resource how much is missing, all greater than 0: milli for cpu, base units for the rest, `pods` a count. */
  readonly lacks: Quantities;
}

/** What a node has and has given away. */
export interface NodeRoom {
  readonly allocatable: Quantities;
  readonly requested: Quantities;
}

/** So many nodes are named for a pod. */
const MOST_NODES = 3;
const TOO_MANY_PODS = "Too many pods";
const INSUFFICIENT = "Insufficient ";

/**
 * Up to three nodes that lack least of what the pod asks for, least first. Only nodes that NodeResourcesFit turned away
 * qualify, for on others room would not help. How much a node lacks is measured as the largest part of any one request
 * that it cannot give (1: nothing of it is free); equals by the sum of these parts, then in the order of the nodes.
 *
 * @param rejections answers of the filters for this pod, in the order of the nodes.
 * @param request the pod's request by resource name.
 * @param roomOf asked in the order of the rejections; a node that it does not know is passed over.
 */
export function nearestMisses(
  rejections: Iterable<Rejection>,
  request: ReadonlyMap<string, number>,
  roomOf: (node: string) => NodeRoom | undefined,
): NearestMiss[] {
  const best: Candidate[] = [];
  for (const { node, plugin, reasons } of rejections) {
    const room = roomOf(node);
    if (plugin !== "NodeResourcesFit" || room === undefined) continue;
    const candidate = measure(node, reasons, request, room);
    if (candidate === undefined || (best.length === MOST_NODES && !isLess(candidate, best.at(-1)!))) continue;
    const place = best.findIndex((other) => isLess(candidate, other));
    best.splice(place < 0 ? best.length : place, 0, candidate);
    best.length = Math.min(best.length, MOST_NODES);
  }
  return best.map(({ node, reasons, room }) => ({ node, lacks: lacksOf(reasons, request, room) }));
}

interface Candidate {
  readonly node: string;
  readonly reasons: readonly string[];
  readonly room: NodeRoom;
  /** Parts of requests that are missing: the largest, and all together. */
  readonly largest: number;
  readonly sum: number;
}

function isLess(a: Candidate, b: Candidate): boolean {
  return a.largest !== b.largest ? a.largest < b.largest : a.sum < b.sum;
}

/** Undefined when a reason is not about room. */
function measure(
  node: string,
  reasons: readonly string[],
  request: ReadonlyMap<string, number>,
  room: NodeRoom,
): Candidate | undefined {
  let largest = 0;
  let sum = 0;
  for (const reason of reasons) {
    const name = resourceOf(reason);
    if (name === undefined) return undefined;
    const part = lackOf(name, request, room) / wantedOf(name, request);
    if (!(part > 0)) return undefined;
    largest = Math.max(largest, part);
    sum += part;
  }
  return largest > 0 ? { node, reasons, room, largest, sum } : undefined;
}

function lacksOf(reasons: readonly string[], request: ReadonlyMap<string, number>, room: NodeRoom): Quantities {
  const names = reasons.flatMap((reason) => resourceOf(reason) ?? []);
  return Object.fromEntries(names.map((name) => [name, lackOf(name, request, room)]));
}

/** What a reason says is missing; undefined when it is not about room. */
function resourceOf(reason: string): string | undefined {
  if (reason === TOO_MANY_PODS) return "pods";
  return reason.startsWith(INSUFFICIENT) ? reason.slice(INSUFFICIENT.length) : undefined;
}

function lackOf(name: string, request: ReadonlyMap<string, number>, { allocatable, requested }: NodeRoom): number {
  return wantedOf(name, request) - ((allocatable[name] ?? 0) - (requested[name] ?? 0));
}

/** Every pod takes up one of `pods`, whatever it says. */
function wantedOf(name: string, request: ReadonlyMap<string, number>): number {
  return name === "pods" ? 1 : (request.get(name) ?? 0);
}
