/** The order in which nodes are looked at: k8s 1.36 pkg/scheduler/backend/cache/node_tree.go. */

import type { Node, StringMap } from "../../src/kube/objects.js";

/** Zones in the order in which they were first seen, each with its nodes in the order in which they came. */
export class NodeTree {
  readonly #zones = new Map<string, string[]>();

  add(node: Node): void {
    const zone = zoneOf(node);
    const names = this.#zones.get(zone) ?? [];
    const name = node.metadata?.name ?? "";
    if (!names.includes(name)) names.push(name);
    this.#zones.set(zone, names);
  }

  remove(node: Node): void {
    const zone = zoneOf(node);
    const names = (this.#zones.get(zone) ?? []).filter((name) => name !== node.metadata?.name);
    if (names.length === 0) this.#zones.delete(zone);
    else this.#zones.set(zone, names);
  }

  update(old: Node, node: Node): void {
    if (zoneOf(old) === zoneOf(node)) return;
    this.remove(old);
    this.add(node);
  }

  /** The first node of each zone, then the second of each, and so on. */
  list(): string[] {
    const zones = [...this.#zones.values()];
    const depth = Math.max(0, ...zones.map((names) => names.length));
    const order: string[] = [];
    for (let index = 0; index < depth; index++) {
      for (const names of zones) if (index < names.length) order.push(names[index]!);
    }
    return order;
  }
}

/** Region and zone; the beta label counts where it is there at all, even empty. */
function zoneOf(node: Node): string {
  const labels = node.metadata?.labels ?? {};
  const region = firstOf(labels, "failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region");
  const zone = firstOf(labels, "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone");
  return region === "" && zone === "" ? "" : `${region}:\0:${zone}`;
}

function firstOf(labels: StringMap, ...keys: string[]): string {
  const key = keys.find((one) => Object.hasOwn(labels, one));
  return key === undefined ? "" : labels[key]!;
}
