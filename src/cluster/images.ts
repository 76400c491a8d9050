/**
 * Images on the nodes of one cluster. As in k8s 1.36 pkg/scheduler/backend/cache/cache.go, the size of an image is the one that
 * the first node to report it gave, for as long as any node has it.
 */

import type { Node } from "../kube/objects.js";

export interface ImageState<Holder> {
  /** Bytes. */
  readonly size: number;
  readonly holders: Set<Holder>;
}

/** Bytes by image name. */
export type ImageSizes = ReadonlyMap<string, number>;

export class Images<Holder> {
  readonly #states = new Map<string, ImageState<Holder>>();

  find(name: string): ImageState<Holder> | undefined {
    return this.#states.get(name);
  }

  get isEmpty(): boolean {
    return this.#states.size === 0;
  }

  /** The sizes that count now for the images of a node, for undoing exactly. */
  sizesOf(node: Node): ImageSizes {
    const names = (node.status?.images ?? []).flatMap((image) => image.names ?? []);
    return new Map(names.map((name) => [name, this.#states.get(name)?.size ?? 0]));
  }

  /** `sizes` go before what the node reports. */
  add(node: Node, holder: Holder, sizes?: ImageSizes): void {
    for (const image of node.status?.images ?? []) {
      for (const name of image.names ?? []) {
        const state = this.#states.get(name);
        if (state !== undefined) state.holders.add(holder);
        else {
          const size = sizes?.get(name) ?? image.sizeBytes ?? 0;
          this.#states.set(name, { size, holders: new Set([holder]) });
        }
      }
    }
  }

  remove(node: Node, holder: Holder): void {
    for (const image of node.status?.images ?? []) {
      for (const name of image.names ?? []) {
        const state = this.#states.get(name);
        state?.holders.delete(holder);
        if (state?.holders.size === 0) this.#states.delete(name);
      }
    }
  }
}

/** The name as nodes report it: only the implicit tag is added. k8s 1.36 plugins/imagelocality normalizedImageName. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}
