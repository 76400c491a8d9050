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

const LIST = `
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata: { name: web, namespace: shop }
    spec: { selector: { app: web } }
  - apiVersion: v1
    kind: PersistentVolume
    metadata: { name: pv }
    spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteOnce] }
  - apiVersion: apps/v1
    kind: StatefulSet
    metadata: { name: db, namespace: shop }
    spec:
      replicas: 2
      selector: { matchLabels: { app: db } }
      template:
        metadata: { labels: { app: db } }
        spec: { containers: [{ name: c, image: db }] }
      volumeClaimTemplates:
        - metadata: { name: data }
          spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: conf }
`;

test("a list as kubectl prints it is read whole: what plugins look at is in the cluster, and what was added is named", () => {
  using cluster = new Cluster();
  const { pending, issues, notExpanded, assumed } = readManifests(LIST, cluster);
  expect(issues).toEqual([]);
  expect(pending.map(({ metadata }) => metadata?.name)).toEqual(["db-0", "db-1"]);
  const { objects } = cluster.state;
  expect(objects.get("Service", "web", "shop")?.spec?.selector).toEqual({ app: "web" });
  expect(objects.get("PersistentVolume", "pv")?.spec?.capacity).toEqual({ storage: "1Gi" });
  expect(objects.get("StatefulSet", "db", "shop")?.spec?.selector?.matchLabels).toEqual({ app: "db" });
  expect([...objects.list("PersistentVolumeClaim")].map(({ metadata }) => metadata?.name)).toEqual([
    "data-db-0",
    "data-db-1",
  ]);
  expect(notExpanded.map(({ kind }) => kind)).toEqual(["ConfigMap"]);
  expect(assumed.map(({ kind, count }) => `${count} ${kind}`)).toEqual(["2 PersistentVolumeClaim"]);
});

test("a mistake in an object that plugins look at has its line, and the others of its list are read", () => {
  using cluster = new Cluster();
  const { issues } = readManifests(LIST.replace("storage: 1Gi }, access", "storage: 1Xi }, access"), cluster);
  expect(issues.map(({ line, path, object }) => `${line} ${object} ${path}`)).toEqual([
    "12 PersistentVolume pv spec.capacity.storage",
  ]);
  expect(cluster.state.objects.count("Service")).toBe(1);
});

test("what was parsed makes no second set of pods when it is read with or without being checked again", () => {
  for (const areChecked of [true, false]) {
    using cluster = new Cluster();
    const { objects } = parseManifests([{ text: LIST, file: "list.yaml" }]);
    const { pending, issues } = readObjects(objects, cluster, { areChecked });
    expect([pending.length, issues]).toEqual([2, []]);
    expect(cluster.state.objects.count("PersistentVolumeClaim")).toBe(2);
  }
});

test("a quantity of a claim that defaulting would stumble over is an issue, not an exception", () => {
  using cluster = new Cluster();
  const { issues } = readManifests(LIST.replaceAll("requests: { storage: 1Gi }", "limits: { storage: 1Xi }"), cluster);
  expect(issues.map(({ path }) => path)).toEqual(["spec.volumeClaimTemplates[0].spec.resources.limits.storage"]);
});
