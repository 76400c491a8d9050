/** What can fail: nodes one by one, all of a topology domain, pairs; and nodes that are drained. */

import type { NodeView } from "../cluster/node-view.js";
import { StowageError } from "../errors.js";

/**
 * `node`: each node is gone. `domain`: all nodes with the same value of the label `key` are gone. `drain`: each node is
 * cordoned and its pods are evicted as far as PodDisruptionBudgets let them go. `pair`: every two nodes are gone at once.
 */
export interface Level {
  readonly level: "node" | "domain" | "drain" | "pair";
  /** Of a `domain`. */
  readonly key?: string;
}

/** One thing that fails. */
export interface Failure extends Level {
  /** The node, the label's value, or "a + b". */
  readonly name: string;
  /** Names of the nodes that are gone or drained. */
  readonly nodes: readonly string[];
}

export const ZONE_LABEL = "topology.kubernetes.io/zone";
/** Pairs grow with the square of the nodes. */
export const MOST_NODES_FOR_PAIRS = 200;

/**
 * Every failure of a level: nodes in their order, domains in the order in which their first node comes.
 *
 * @throws StowageError ERR_OBJECT for a level that there is not, which code without types may ask for
 */
export function failuresOf(level: Level, nodes: readonly NodeView[]): Failure[] {
  const names = nodes.map(({ name }) => name);
  switch (level.level) {
    case "domain":
      return [...domainsOf(level.key ?? "", nodes)].map(([name, members]) => ({ ...level, name, nodes: members }));
    case "pair":
      return names.flatMap((one, index) =>
        names.slice(index + 1).map((other) => ({ ...level, name: `${one} + ${other}`, nodes: [one, other] })),
      );
    case "node":
    case "drain":
      return names.map((name) => ({ ...level, name, nodes: [name] }));
    default:
      throw new StowageError("ERR_OBJECT", { path: "levels", reason: `there is no level ${JSON.stringify(level)}` });
  }
}

/** Names of the nodes by their label's value; nodes without it are in no domain. */
export function domainsOf(key: string, nodes: readonly NodeView[]): Map<string, string[]> {
  const domains = new Map<string, string[]>();
  for (const { name, labels } of nodes) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (value === undefined) continue;
    const members = domains.get(value);
    if (members === undefined) domains.set(value, [name]);
    else members.push(name);
  }
  return domains;
}
