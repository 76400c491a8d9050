/** Wording what a cycle left in the core's columns: reasons per node, their histogram, and the FitError text. */

import type { ReasonCount, Rejection } from "./decision.js";

/** Who rejected a slot in the running cycle, and why. */
export interface SlotRejection {
  readonly plugin: string;
  readonly reasons: readonly string[];
}

/** The same with its code. */
export interface GivenRejection extends SlotRejection {
  readonly code: Rejection["code"];
}

/** What the values of the core's column of unresolvable rejections stand for. */
const CODES: readonly Rejection["code"][] = ["Unschedulable", "UnschedulableAndUnresolvable", "Error"];

export function codeOf(column: number): Rejection["code"] {
  return CODES[column] ?? "Error";
}

export function columnOf(code: Rejection["code"]): number {
  return CODES.indexOf(code);
}

/** Nodes that were rejected alike. */
export interface RejectionGroup extends SlotRejection {
  /** A count of nodes. Default 1. */
  readonly nodes?: number;
}

/** A key for all that the words of a slot's rejection depend on; `code` is from the verdict column. */
export type RejectionKeys = (code: number, slot: number) => number | string;

/** How many nodes gave each reason, by plugin; most nodes first, then by the words. */
export function countReasons(rejections: Iterable<RejectionGroup>): ReasonCount[] {
  const counts = new Map<string, { plugin: string; reason: string; nodes: number }>();
  for (const { plugin, reasons, nodes = 1 } of rejections) {
    for (const reason of reasons) {
      const key = `${plugin}\n${reason}`;
      const count = counts.get(key);
      if (count === undefined) counts.set(key, { plugin, reason, nodes });
      else count.nodes += nodes;
    }
  }
  return [...counts.values()].sort(
    (a, b) => b.nodes - a.nodes || compare(a.reason, b.reason) || compare(a.plugin, b.plugin),
  );
}

/**
 * kube-scheduler's FitError text without PostFilter's part (k8s 1.36 pkg/scheduler/framework/types.go FitError.Error): counts sort as text,
 * so "10 x" comes before "2 y".
 */
export function fitErrorText(nodeCount: number, reasons: readonly ReasonCount[]): string {
  const byReason = new Map<string, number>();
  for (const { reason, nodes } of reasons) byReason.set(reason, (byReason.get(reason) ?? 0) + nodes);
  const lines = [...byReason].map(([reason, nodes]) => `${nodes} ${reason}`).sort(compare);
  return `0/${nodeCount} nodes are available:${lines.length === 0 ? "" : ` ${lines.join(", ")}.`}`;
}

/** The same text where a PreFilter plugin rejected the pod as a whole. */
export function preFilterErrorText(nodeCount: number, reasons: readonly string[]): string {
  return `0/${nodeCount} nodes are available: ${reasons.join(", ")}.`;
}

/** Go's order of strings is by bytes; reasons are ASCII but for names in user plugins, where code units will do. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
