/** Which images are where, as the real scheduler's cache keeps it: k8s 1.36 pkg/scheduler/backend/cache. */

import type { Node } from "../../src/kube/objects.js";

interface ImageState {
  /** What the first node to list the name said; other nodes' sizes for it are not looked at. */
  readonly sizeBytes: number;
  readonly nodes: Set<string>;
}

export class ImageTable {
  readonly #states = new Map<string, ImageState>();

  add(node: Node): void {
    const nodeName = node.metadata?.name ?? "";
    for (const image of node.status?.images ?? []) {
      for (const name of image.names ?? []) {
        const state = this.#states.get(name);
        if (state !== undefined) state.nodes.add(nodeName);
        else this.#states.set(name, { sizeBytes: image.sizeBytes ?? 0, nodes: new Set([nodeName]) });
      }
    }
  }

  /** A name that no node lists any more is forgotten, size included. */
  remove(node: Node): void {
    for (const image of node.status?.images ?? []) {
      for (const name of image.names ?? []) {
        const state = this.#states.get(name);
        state?.nodes.delete(node.metadata?.name ?? "");
        if (state?.nodes.size === 0) this.#states.delete(name);
      }
    }
  }

  /** The image of exactly this name, if the node has it; `holders` is a count of nodes. */
  find(name: string, nodeName: string): { sizeBytes: number; holders: number } | undefined {
    const state = this.#states.get(name);
    if (state === undefined || !state.nodes.has(nodeName)) return undefined;
    return { sizeBytes: state.sizeBytes, holders: state.nodes.size };
  }
}
