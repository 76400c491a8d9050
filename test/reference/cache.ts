/** Which nodes there are, in which order, and which pods are on them or promised to them: k8s 1.36 backend/cache. */

import type { Node } from "../../src/kube/objects.js";
import { type BoundPod, NodeInfo } from "./cluster.js";
import { ImageTable } from "./images.js";
import { NodeTree } from "./node-tree.js";

export class Cache {
  readonly images = new ImageTable();
  /** Nodes that exist or that pods are on. */
  readonly #infos = new Map<string, NodeInfo>();
  /** Nodes that exist, in the order in which they were added. */
  readonly #names = new Set<string>();
  readonly #tree = new NodeTree();
  /** The order that the tree had when the set of nodes last changed. */
  #treeOrder: readonly string[] = [];
  readonly #pods = new Map<string, BoundPod>();
  /** Pods that wait for a node that preemption has promised them. */
  readonly #nominated = new Map<string, BoundPod>();

  /** A node of the same name is replaced and keeps its place in the order in which nodes were added. */
  addNode(node: Node): void {
    const info = this.info(node.metadata?.name ?? "");
    if (info.exists) {
      this.images.remove(info.node);
      this.#tree.update(info.node, node);
    } else this.#tree.add(node);
    info.node = node;
    this.#names.add(info.name);
    this.images.add(node);
  }

  /** Pods on the node stay known, and count again when a node of that name is added. */
  removeNode(name: string): void {
    const info = this.info(name);
    if (!info.exists) return;
    this.images.remove(info.node);
    this.#tree.remove(info.node);
    info.node = undefined;
    this.#names.delete(name);
  }

  /** The pod is on its node now, promised or not. */
  addPod(pod: BoundPod): void {
    this.#nominated.delete(pod.key);
    this.#pods.set(pod.key, pod);
    this.info(pod.nodeName).add(pod);
  }

  nominate(pod: BoundPod): void {
    this.#nominated.set(pod.key, pod);
  }

  removePod(key: string): void {
    const pod = this.#pods.get(key);
    if (pod !== undefined) this.info(pod.nodeName).remove(pod);
    this.#pods.delete(key);
    this.#nominated.delete(key);
  }

  info(name: string): NodeInfo {
    const info = this.#infos.get(name) ?? new NodeInfo(name);
    this.#infos.set(name, info);
    return info;
  }

  /** In the order in which they were added. */
  get nodes(): NodeInfo[] {
    return [...this.#names].map((name) => this.info(name));
  }

  /** In upstream's order, which follows a change of zone only when a node comes or goes. */
  get nodesByTree(): NodeInfo[] {
    const isSame =
      this.#treeOrder.length === this.#names.size && this.#treeOrder.every((name) => this.#names.has(name));
    if (!isSame) this.#treeOrder = this.#tree.list();
    return this.#treeOrder.map((name) => this.info(name));
  }

  get nominated(): BoundPod[] {
    return [...this.#nominated.values()];
  }
}
