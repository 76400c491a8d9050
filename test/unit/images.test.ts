/**
 * Method: golden names, and the set of images driven by hand with letters for nodes: who holds an image, and whose size
 * counts (k8s 1.36 backend/cache/cache.go).
 */

import { describe, expect, test } from "vitest";
import { Images, normalizedImageName } from "../../src/cluster/images.js";
import type { Node } from "../../src/kube/objects.js";

function having(sizeBytes: number, ...names: string[]): Node {
  return { status: { images: [{ names, sizeBytes }] } };
}

describe("the name of an image", () => {
  test.each([
    ["shop", "shop:latest"],
    ["shop:1", "shop:1"],
    ["registry.example:5000/shop", "registry.example:5000/shop:latest"],
    ["registry.example:5000/shop:1", "registry.example:5000/shop:1"],
    ["shop@sha256:abc", "shop@sha256:abc"],
    ["", ":latest"],
  ])("%j is looked up as %j", (name, normalized) => {
    expect(normalizedImageName(name)).toBe(normalized);
  });
});

describe("the images of a cluster", () => {
  test("have the size that the first node reported, as long as any node has them", () => {
    const images = new Images<string>();
    images.add(having(100, "shop:1"), "a");
    images.add(having(200, "shop:1"), "b");
    images.remove(having(100, "shop:1"), "a");
    expect(images.find("shop:1")).toEqual({ size: 100, holders: new Set(["b"]) });
    images.remove(having(200, "shop:1"), "b");
    expect(images.find("shop:1")).toBeUndefined();
    expect(images.isEmpty).toBe(true);
    images.add(having(200, "shop:1"), "b");
    expect(images.find("shop:1")?.size).toBe(200);
  });

  test("are known by each of their names", () => {
    const images = new Images<string>();
    images.add(having(100, "shop:1", "shop@sha256:abc"), "a");
    expect(images.find("shop:1")?.size).toBe(100);
    expect(images.find("shop@sha256:abc")?.size).toBe(100);
    expect(images.find("shop")).toBeUndefined();
  });

  test("take 0 bytes where the node does not say", () => {
    const images = new Images<string>();
    images.add({ status: { images: [{ names: ["shop:1"] }, {}] } }, "a");
    images.add({}, "b");
    expect(images.find("shop:1")).toEqual({ size: 0, holders: new Set(["a"]) });
  });

  test("come back with the sizes that were noted", () => {
    const images = new Images<string>();
    images.add(having(100, "shop:1"), "a");
    images.add(having(200, "shop:1"), "b");
    images.remove(having(100, "shop:1"), "a");
    const noted = images.sizesOf(having(200, "shop:1"));
    images.remove(having(200, "shop:1"), "b");
    images.add(having(200, "shop:1"), "b", noted);
    expect(images.find("shop:1")?.size).toBe(100);
  });

  test("do not lose an image by a node that never had it", () => {
    const images = new Images<string>();
    images.add(having(100, "shop:1"), "a");
    images.remove(having(100, "shop:1", "other:1"), "b");
    expect(images.find("shop:1")?.holders).toEqual(new Set(["a"]));
  });
});
