/** Method: volumes of several drivers come and go, against a map; a node whose record gives way to another. */

import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { NO_PODS, NO_SLOT, type NodeRecord } from "../../src/cluster/node-record.js";
import { NodeTally } from "../../src/scheduler/volumes/node-tally.js";

const DRIVERS = ["a", "b", "c"];

property.prop([fc.array(fc.tuple(fc.constantFrom(...DRIVERS), fc.boolean()), { maxLength: 40 })])(
  "counts what a map counts",
  (moves) => {
    const tally = new NodeTally("node");
    const counts = new Map<string, number>();
    for (const [driver, comes] of moves) {
      const before = counts.get(driver) ?? 0;
      if (!comes && before === 0) continue;
      tally.add(driver, comes ? 1 : -1);
      counts.set(driver, before + (comes ? 1 : -1));
      expect(DRIVERS.map((each) => tally.of(each))).toEqual(DRIVERS.map((each) => counts.get(each) ?? 0));
      expect(tally.isEmpty).toBe([...counts.values()].every((count) => count === 0));
    }
  },
);

test("finds the slot of a node that went and came back", () => {
  const nodes = new Map<string, NodeRecord>();
  const put = (slot: number): NodeRecord => {
    const record = { name: "node", slot, node: undefined, pods: NO_PODS };
    nodes.set("node", record);
    return record;
  };
  const tally = new NodeTally("node");
  expect(tally.slotAmong(nodes)).toBe(NO_SLOT);
  const first = put(3);
  expect(tally.slotAmong(nodes)).toBe(3);
  first.slot = 2;
  expect(tally.slotAmong(nodes)).toBe(2);
  first.slot = NO_SLOT;
  put(7);
  expect(tally.slotAmong(nodes)).toBe(7);
});
