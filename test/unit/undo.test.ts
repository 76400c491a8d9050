/**
 * Method: the log alone, with a list of words that changes write to; then what-ifs on small clusters whose answers hang
 * on an order or a size that a careless inverse would lose.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { UndoLog } from "../../src/cluster/undo.js";
import { StowageError } from "../../src/errors.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

describe("the undo log", () => {
  function logged(): { log: UndoLog; words: string[]; change: (word: string) => void } {
    const log = new UndoLog();
    const words: string[] = [];
    const change = (word: string) => {
      if (log.isOpen) {
        log.record(
          () => words.push(`un${word}`),
          () => words.push(`${word} for good`),
        );
      }
    };
    return { log, words, change };
  }

  test("is closed until the first begin and after the last end", () => {
    const log = new UndoLog();
    expect(log.isOpen).toBe(false);
    log.begin();
    log.begin();
    log.commit();
    expect(log.isOpen).toBe(true);
    log.rollback();
    expect(log.isOpen).toBe(false);
  });

  test("takes changes back newest first", () => {
    const { log, words, change } = logged();
    log.begin();
    change("a");
    change("b");
    log.rollback();
    expect(words).toEqual(["unb", "una"]);
  });

  test("takes back only what came after the innermost begin", () => {
    const { log, words, change } = logged();
    log.begin();
    change("a");
    log.begin();
    change("b");
    log.rollback();
    expect(words).toEqual(["unb"]);
    log.commit();
    expect(words).toEqual(["unb", "a for good"]);
  });

  test("lets an outer rollback take back what an inner commit kept", () => {
    const { log, words, change } = logged();
    log.begin();
    log.begin();
    change("a");
    log.commit();
    expect(words).toEqual([]);
    log.rollback();
    expect(words).toEqual(["una"]);
  });

  test("does not record what inverses do, in an outer transaction either", () => {
    const log = new UndoLog();
    const open: boolean[] = [];
    log.begin();
    log.begin();
    log.record(() => open.push(log.isOpen));
    log.rollback();
    expect(open).toEqual([false]);
    expect(log.isOpen).toBe(true);
  });

  test.each(["rollback", "commit"] as const)("refuses a %s without begin", (verb) => {
    const log = new UndoLog();
    expect(() => log[verb]()).toThrow(new StowageError("ERR_TRANSACTION", { reason: `${verb} without begin` }));
  });
});

function node(name: string, imageBytes?: number): Node {
  const images = imageBytes === undefined ? [] : [{ names: ["shop:1"], sizeBytes: imageBytes }];
  const labels = { "kubernetes.io/hostname": name };
  return { metadata: { name, labels }, status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10 }, images } };
}

function avoiding(name: string): Pod {
  const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "kubernetes.io/hostname" };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  return { metadata: { name, namespace: "default" }, spec: { nodeName: "n1", affinity } };
}

describe("a rollback", () => {
  test("brings back the size of an image that its first node, gone since, reported", () => {
    const cluster = new Cluster();
    const scheduler = new Scheduler(cluster);
    const pod = { metadata: { name: "p" }, spec: { containers: [{ name: "main", image: "shop:1" }] } };
    const scoreOf = () => scheduler.score(pod, { feasible: ["n2"] }).nodes[0]?.parts.ImageLocality;
    cluster.upsertNode(node("n1", 2 ** 29));
    cluster.upsertNode(node("n2", 2 ** 28));
    cluster.upsertNode(node("n1"));
    const before = scoreOf();
    expect(before?.raw).toBe(23);
    for (const change of [() => cluster.removeNode("n2"), () => cluster.upsertNode(node("n2"))]) {
      cluster.begin();
      change();
      cluster.rollback();
      expect(scoreOf()).toEqual(before);
    }
  });

  test("brings back pods in their order of arrival", () => {
    const cluster = new Cluster();
    cluster.upsertNode({ name: "n1", allocatable: { cpu: 4 } });
    for (const name of ["a", "b", "c"]) cluster.upsertPod({ name, nodeName: "n1" });
    cluster.begin();
    cluster.removePod("default/a");
    cluster.upsertPod({ name: "b", nodeName: "n1", requests: { cpu: 1 } });
    expect(cluster.node("n1")?.pods).toEqual(["default/c", "default/b"]);
    cluster.rollback();
    expect(cluster.node("n1")?.pods).toEqual(["default/a", "default/b", "default/c"]);
  });

  test("brings back whom running pods' anti-affinity keeps away", () => {
    const cluster = new Cluster();
    const scheduler = new Scheduler(cluster);
    cluster.upsertNode(node("n1"));
    for (const name of ["a", "b"]) cluster.upsertPod(avoiding(name));
    const web = { metadata: { name: "web", labels: { app: "web" } } };
    const before = scheduler.schedule(web);
    const message = "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.";
    expect(before).toMatchObject({ status: "unschedulable", message });
    cluster.begin();
    cluster.removePod("default/a");
    expect(scheduler.schedule(web)).toEqual(before);
    cluster.removePod("default/b");
    expect(scheduler.schedule(web)).toMatchObject({ status: "placed", node: "n1" });
    cluster.rollback();
    expect(scheduler.schedule(web)).toEqual(before);
  });
});

describe("a pod that cannot move", () => {
  const huge = Number.MAX_SAFE_INTEGER;
  const bound = (name: string, nodeName: string, bytes: number | string) => {
    return { name, nodeName, requests: { memory: bytes } };
  };

  test.each([
    ["because a sum would not be exact", huge],
    ["because its request cannot be read", "much"],
  ])("stays where it is, %s", (_why, bytes) => {
    const cluster = new Cluster();
    for (const name of ["n1", "n2"]) cluster.upsertNode({ name, allocatable: { memory: huge } });
    cluster.upsertPod(bound("first", "n2", 1));
    const token = cluster.assume(bound("second", "", 2), "n1");
    expect(() => cluster.upsertPod(bound("second", "n2", bytes))).toThrow(StowageError);
    expect(cluster.pod("default/second")).toMatchObject({ node: "n1", token });
    expect(cluster.node("n1")?.requested).toEqual({ memory: 2, pods: 1 });
    expect(cluster.node("n2")?.requested).toEqual({ memory: 1, pods: 1 });
    cluster.confirm(token);
  });

  test("is not kept from growing by what it took itself", () => {
    const cluster = new Cluster();
    cluster.upsertNode({ name: "n1", allocatable: { memory: huge } });
    for (const bytes of [huge - 1, huge, 1]) cluster.upsertPod(bound("only", "n1", bytes));
    expect(cluster.node("n1")?.requested).toEqual({ memory: 1, pods: 1 });
  });
});
