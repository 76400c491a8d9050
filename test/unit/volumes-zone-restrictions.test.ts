/**
 * Method: golden cases. Each is a small cluster whose expected lines were written by kube-scheduler 1.36.3 itself; a
 * counter that only a what-if of preemption moves is followed by hand.
 */

import { describe, expect, test } from "vitest";
import { volumeRestrictions, withPodMoved } from "../../src/scheduler/volumes/volume-restrictions.js";
import { RESTRICTIONS, ZONES } from "./volumes-cases.js";
import { boundClaim, claimed, node, pod, VolumeCluster, verdictOf } from "./volumes-world.js";

describe("VolumeRestrictions", () => {
  test.each(RESTRICTIONS)("$name", ({ world, expected }) => {
    expect(verdictOf(world)).toEqual(expected);
  });

  test("has nothing to look at when the pod has neither a disk of its own nor an exclusive claim in use", () => {
    const cluster = new VolumeCluster({
      nodes: [node("n0")],
      objects: [boundClaim("data", "v", { accessModes: ["ReadWriteOncePod"] })],
    });
    expect(volumeRestrictions.preFilter(cluster.cycle(pod("p", [claimed("data")])))).toEqual({ skip: true });
  });

  test("counts the volumes of a pod that is taken away by the bare name of their claim", () => {
    const world = {
      nodes: [node("n0")],
      pods: [pod("old", [claimed("data")], { nodeName: "n0" })],
      objects: [boundClaim("data", "v", { accessModes: ["ReadWriteOncePod"] })],
    };
    const cycle = new VolumeCluster(world).cycle(pod("new", [claimed("data")]));
    const outcome = volumeRestrictions.preFilter(cycle);
    if (!("state" in outcome)) throw new Error("nothing to look at");
    const { state } = outcome;
    const stranger = pod("stranger", [claimed("data"), claimed("data")], {}, { namespace: "elsewhere" });
    expect(state.uses).toBe(1);
    expect(withPodMoved(state, pod("other", [claimed("other")]), "removed")).toBe(state);
    expect(withPodMoved(state, stranger, "removed").uses).toBe(-1);
    expect(withPodMoved(withPodMoved(state, stranger, "removed"), stranger, "added")).toEqual(state);
  });
});

describe("VolumeZone", () => {
  test.each(ZONES)("$name", ({ world, expected }) => {
    expect(verdictOf(world)).toEqual(expected);
  });
});
