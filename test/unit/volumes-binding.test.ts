/**
 * Method: golden cases, whose expected lines and scores were written by kube-scheduler 1.36.3 and 1.37.2 themselves; what is
 * assumed of volumes is then taken back in every way there is, and the next pod is asked.
 */

import { describe, expect, test } from "vitest";
import { nodeVolumeLimits } from "../../src/scheduler/volumes/node-volume-limits.js";
import { volumeBindingScore } from "../../src/scheduler/volumes/storage-scores.js";
import { reserveVolumes } from "../../src/scheduler/volumes/volume-binding.js";
import { BINDING, CLAIMS, MISSING_DRIVERS, RESERVING, SCORES } from "./volumes-binding-cases.js";
import { LIMITS } from "./volumes-cases.js";
import { claim, claimed, node, pod, storageClass, VolumeCluster, verdictOf, volume } from "./volumes-world.js";

describe("NodeVolumeLimits", () => {
  test.each(LIMITS)("$name", ({ world, expected }) => {
    expect(verdictOf(world)).toEqual(expected);
  });

  test.each(MISSING_DRIVERS)("$name, since 1.37", ({ world, expected }) => {
    const [incoming] = world.incoming;
    expect(new VolumeCluster(world).verdict(incoming!)).toEqual([]);
    expect(new VolumeCluster(world, true).verdict(incoming!)).toEqual(expected);
  });

  test("has nothing to look at when no volume can be attached", () => {
    const cycle = new VolumeCluster({ nodes: [] }).cycle(pod("p", [{ emptyDir: {} }]));
    expect(nodeVolumeLimits.preFilter(cycle)).toEqual({ skip: true });
  });
});

describe("VolumeBinding", () => {
  test.each(CLAIMS)("$name", ({ world, expected }) => {
    expect(verdictOf(world)).toEqual(expected);
  });

  test.each(BINDING)("$name", ({ world, expected }) => {
    expect(verdictOf(world)).toEqual(expected);
  });

  test.each(RESERVING)("$name", ({ world, expected }) => {
    expect(verdictOf(world)).toEqual(expected);
  });

  test.each(SCORES)("$name", ({ world, shape, expected }) => {
    const { state } = new VolumeCluster(world).bind(world.incoming[0]!);
    const scores = Object.keys(expected).map((name) => [name, volumeBindingScore(state, name, shape)]);
    expect(Object.fromEntries(scores)).toEqual(expected);
  });

  test("gives 0 to every node when the pod has no claims", () => {
    expect(volumeBindingScore(undefined, "n0")).toBe(0);
  });

  test("names the object and the field of a size that cannot be read", () => {
    const objects = [storageClass("slow"), claim("data"), volume("v", { capacity: { storage: "much" } })];
    const cluster = new VolumeCluster({ nodes: [node("n0")], objects });
    expect(() => cluster.verdict(pod("p", [claimed("data")]))).toThrow(
      expect.objectContaining({
        code: "ERR_QUANTITY",
        details: expect.objectContaining({ path: "PersistentVolume v: spec.capacity.storage" }),
      }),
    );
  });
});

describe("what is assumed of volumes", () => {
  const first = pod("first", [claimed("a"), claimed("made")]);
  const second = pod("second", [claimed("b")]);
  const third = pod("third", [claimed("made")]);
  const none = ["n0", "n1"].map((name) => {
    return `${name} VolumeBinding UnschedulableAndUnresolvable: node(s) didn't find available persistent volumes to bind`;
  });

  function newCluster(): VolumeCluster {
    const objects = [
      storageClass("slow"),
      storageClass("fast", { provisioner: "csi.example.com" }),
      claim("a"),
      claim("b"),
      claim("made", { storageClassName: "fast" }),
      volume("v"),
    ];
    return new VolumeCluster({ nodes: [node("n0"), node("n1")], objects });
  }

  test("is seen by the pods that come later", () => {
    const cluster = newCluster();
    expect([cluster.verdict(second), cluster.verdict(third)]).toEqual([[], []]);
    cluster.place(first, "n0");
    expect([cluster.verdict(second), cluster.verdict(third)]).toEqual([none, [none[1]]]);
  });

  test("ends with what reserving returned, more than once", () => {
    const cluster = newCluster();
    const unreserve = cluster.place(first, "n0");
    unreserve();
    unreserve();
    expect([cluster.verdict(second), cluster.verdict(third)]).toEqual([[], []]);
  });

  test("comes and goes with what-ifs", () => {
    const cluster = newCluster();
    cluster.undo.begin();
    const unreserve = cluster.place(first, "n0");
    cluster.undo.begin();
    unreserve();
    expect(cluster.verdict(second)).toEqual([]);
    cluster.undo.rollback();
    expect([cluster.verdict(second), cluster.verdict(third)]).toEqual([none, [none[1]]]);
    cluster.undo.rollback();
    expect([cluster.verdict(second), cluster.verdict(third)]).toEqual([[], []]);
  });

  test("ends when the object is changed, and comes back with the object", () => {
    const cluster = newCluster();
    cluster.place(first, "n0");
    cluster.undo.begin();
    cluster.objects.put(volume("v"));
    expect(cluster.verdict(second)).toEqual([]);
    cluster.undo.rollback();
    expect(cluster.verdict(second)).toEqual(none);
  });

  test("leaves out what went away between the filter and the choice", () => {
    const cluster = newCluster();
    const { cycle, state } = cluster.bind(first);
    cluster.objects.remove("PersistentVolume", "v");
    cluster.objects.remove("PersistentVolumeClaim", "made");
    reserveVolumes(cycle, state!, "n0")();
    expect(cluster.verdict(second)).toEqual(none);
  });
});
