/** Method: the text of manifests goes into a cluster through the published entry, and what is then pending is placed. */

import { expect, test } from "vitest";
import { Cluster, readObjects, Scheduler } from "../../src/index.js";
import { parseManifests, readManifests } from "../../src/manifests.js";

const TEXT = `
apiVersion: v1
kind: Node
metadata: { name: a }
status: { capacity: { cpu: "2", memory: 4Gi, pods: "9" } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: c, image: nginx, resources: { limits: { cpu: 900m } } }
`;

test("manifests are placed as an API server would have stored them: limits are requests, capacity is allocatable", async () => {
  using cluster = new Cluster();
  const { pending, issues } = readManifests(TEXT, cluster);
  expect(issues).toEqual([]);
  const decisions = await new Scheduler(cluster).placeAll(pending);
  expect(decisions.map(({ status }) => status)).toEqual(["placed", "placed", "unschedulable"]);
  expect(cluster.node("a")?.requested.cpu).toBe(1800);
});

test("a problem has the file, line and path of the text, and nothing else is lost", () => {
  using cluster = new Cluster();
  const { pending, issues } = readManifests(TEXT.replace("900m", "900q"), cluster, { file: "shop.yaml" });
  expect([cluster.nodeCount, pending.length]).toEqual([1, 0]);
  expect(issues.map(({ file, line, path }) => `${file}:${line} ${path}`)).toEqual([
    "shop.yaml:16 spec.template.spec.containers[0].resources.limits.cpu",
  ]);
});

test("objects that were parsed and defaulted can be read by readObjects as well", () => {
  using cluster = new Cluster();
  const { objects } = parseManifests([{ text: TEXT, file: "shop.yaml" }]);
  expect(readObjects(objects, cluster).pending).toHaveLength(3);
});
