/** Lists of pods in a cell: by namespace and workload, so that thirty pods of a node stay readable. */

import type { Look } from "../terminal.js";
import { factsOf, type PodNames } from "./view.js";

/** Lines that a list may take up in a cell. */
const MOST_LINES = 3;
/** Part of a line that wrapping between words leaves empty, over all lines. */
const WRAP_LOSS = 0.4;

/**
 * "shop: api×2, web; monitoring: agent", sorted; without the namespace where the whole plan has only one. What does not
 * fit in three lines of the given width is counted: "+12 more".
 */
export function workloadList(pods: readonly string[], view: PodNames, width: number, look: Look): string {
  const counts = new Map<string, Map<string, number>>();
  for (const pod of pods) {
    const { namespace, workload } = factsOf(view, pod);
    const ofNamespace = counts.get(namespace) ?? new Map<string, number>();
    counts.set(namespace, ofNamespace.set(workload, (ofNamespace.get(workload) ?? 0) + 1));
  }
  const items = [...counts].sort(byFirst).flatMap(([namespace, workloads]) =>
    [...workloads].sort(byFirst).map(([workload, count]) => ({
      text: count === 1 ? workload : `${workload}${look.unicode ? "×" : "*"}${count}`,
      namespace,
      count,
    })),
  );
  return joined(items, view.hasManyNamespaces, width * (MOST_LINES - WRAP_LOSS));
}

interface Item {
  readonly text: string;
  readonly namespace: string;
  /** Pods. */
  readonly count: number;
}

function joined(items: readonly Item[], withNamespace: boolean, most: number): string {
  let text = "";
  let left = items.reduce((sum, item) => sum + item.count, 0);
  let namespace: string | undefined;
  for (const item of items) {
    const isNew = item.namespace !== namespace;
    const separator = text === "" ? "" : isNew && withNamespace ? "; " : ", ";
    const next = `${text}${separator}${isNew && withNamespace ? `${item.namespace}: ` : ""}${item.text}`;
    const more = `, +${left - item.count} more`;
    if (text !== "" && next.length + (left === item.count ? 0 : more.length) > most) return `${text}, +${left} more`;
    text = next;
    left -= item.count;
    namespace = item.namespace;
  }
  return text;
}

function byFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
