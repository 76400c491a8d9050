/** Nodes like those that are there, as offers: for who has no list of prices. */

import type { Cluster } from "../cluster/cluster.js";
import type { NodeView } from "../cluster/node-view.js";
import { podsOn } from "./mover.js";
import { HOSTNAME_LABEL, INSTANCE_TYPE_LABEL, type Offer, ZONE_LABEL } from "./offers.js";
import type { Quantities } from "./quantities.js";
import { isOfNode, recreated } from "./recreation.js";

/** So many kinds of nodes at most, those of which there are most. */
const MOST_KINDS = 64;
/** What the largest node costs beyond 1: of equally many nodes the smaller ones are to be added. */
const SIZE_PRICE = 0.001;
/** The node controller's words on what is wrong with a node, which a new one does not have. */
const CONDITION_TAINT = "node.kubernetes.io/";

interface Kind {
  readonly first: NodeView;
  readonly zones: Set<string>;
  count: number;
}

/**
 * One offer for all nodes of equal size, labels and taints, in any of their zones, with the DaemonSets' pods of the first of
 * them. It is called by the instance type, or by the first node. A node costs 1 and a little for its size.
 */
export function likeNodes(cluster: Cluster): Offer[] {
  const kinds = new Map<string, Kind>();
  for (const node of cluster.nodes()) {
    const { [HOSTNAME_LABEL]: _, [ZONE_LABEL]: zone, ...labels } = node.labels;
    const key = JSON.stringify([sorted(node.allocatable), sorted(labels), lastingTaints(node)]);
    const kind = kinds.get(key) ?? { first: node, zones: new Set(), count: 0 };
    kinds.set(key, kind);
    kind.count++;
    if (zone !== undefined) kind.zones.add(zone);
  }
  const chosen = [...kinds.values()].sort((a, b) => b.count - a.count).slice(0, MOST_KINDS);
  const largest = chosen.map(({ first }) => first.allocatable);
  const names = new Set<string>();
  return chosen.map((kind) => offerOf(cluster, kind, names, largest));
}

function offerOf(cluster: Cluster, { first, zones }: Kind, names: Set<string>, all: readonly Quantities[]): Offer {
  const { [HOSTNAME_LABEL]: _, [ZONE_LABEL]: _zone, ...labels } = first.labels;
  const type = labels[INSTANCE_TYPE_LABEL];
  const name = type === undefined || names.has(type) ? first.name : type;
  names.add(name);
  return {
    name,
    price: 1 + SIZE_PRICE * sizeAmong(first.allocatable, all),
    allocatable: Object.fromEntries(
      Object.entries(first.allocatable).map(([resource, amount]) => [
        resource,
        resource === "cpu" ? `${amount}m` : String(amount),
      ]),
    ),
    labels,
    taints: lastingTaints(first),
    ...(zones.size > 0 && { zones: [...zones] }),
    daemons: podsOn(cluster, first.name).filter(isOfNode).map(recreated),
  };
}

/** Of cpu and memory, as a part of the most that any has; 0 to 1. */
function sizeAmong(allocatable: Quantities, all: readonly Quantities[]): number {
  const parts = ["cpu", "memory"].map((name) => {
    const most = all.reduce((largest, one) => Math.max(largest, one[name] ?? 0), 0);
    return most === 0 ? 0 : (allocatable[name] ?? 0) / most;
  });
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

function lastingTaints({ object }: NodeView) {
  return (object.spec?.taints ?? []).filter(({ key = "" }) => !key.startsWith(CONDITION_TAINT));
}

function sorted(map: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
