/**
 * Method: many objects that are as small as they can be are read into a cluster; what stays on the heap behind a collection is
 * held against the size of their text. Bytes are counted, nothing is timed. The peak of a run is about twice as much: the
 * text, what is read for a moment, and what waits for a collection.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { readObjects } from "../../src/cluster/read.js";
import type { Node } from "../../src/kube/objects.js";
import { parseManifests } from "../../src/manifests.js";

const COUNT = 20_000;
/** Of heap for each byte of text. */
const MOST_BYTES = 6;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** As `plan` reads: its text is gone when it returns. */
function readList(kind: string, fields: string, cluster: Cluster) {
  const items = Array.from({ length: COUNT }, (_, index) => {
    return `{"kind":"${kind}","metadata":{"name":"object-${index}"}${fields}}`;
  });
  const text = `{"kind":"List","items":[${items.join(",")}]}`;
  const { objects, issues } = parseManifests([{ text, file: "list.json" }]);
  const read = readObjects(objects, cluster, { areChecked: true });
  return { textBytes: text.length, objects, issues: [...issues, ...read.issues] };
}

test.each([
  ["Node", ""],
  ["ConfigMap", ""],
  ["Namespace", ""],
  ["Service", ""],
  ["PersistentVolume", ',"spec":{}'],
  ["PriorityClass", ',"value":1'],
])(`a %s weighs no more than ${MOST_BYTES} times its text`, (kind, fields) => {
  using cluster = new Cluster();
  const before = heapBytes();
  const { textBytes, objects, issues } = readList(kind, fields, cluster);
  const grown = heapBytes() - before;
  expect([objects.length, issues]).toEqual([COUNT, []]);
  expect(grown / textBytes).toBeLessThan(MOST_BYTES);
});

test("a cluster keeps no more than 3.5 times the text of nodes of which only the name is said", () => {
  using cluster = new Cluster();
  const before = heapBytes();
  // A function of its own, so that the objects are gone when it ends.
  const read = () => readList("Node", "", cluster).textBytes;
  const textBytes = read();
  expect((heapBytes() - before) / textBytes).toBeLessThan(3.5);
  expect(cluster.node("object-7")?.object).toEqual({
    kind: "Node",
    metadata: { name: "object-7" },
    spec: { taints: [] },
    status: {},
  });
});

test("columns that grow once take no more than three quarters of those that grow with each node", () => {
  using once = new Cluster();
  const { objects } = readList("Node", "", once);
  using bySteps = new Cluster();
  for (const node of objects) bySteps.upsertNode(node as Node);
  expect(once.nodeCount).toBe(bySteps.nodeCount);
  expect(once.state.engine.usedBytes / bySteps.state.engine.usedBytes).toBeLessThan(3 / 4);
});
