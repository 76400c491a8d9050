/**
 * Method: tallies of a small cluster, read node by node while pods come, change, move and go, in what-ifs too; each reading
 * is what counting the pods by hand gives. Then which pods are of one kin, and which terms the pods here carry.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Kin } from "../../src/cluster/kin.js";
import type { Tally } from "../../src/cluster/kinship.js";
import type { Affinity, Pod, PodAffinityTerm, StringMap } from "../../src/kube/objects.js";

const HOSTNAME = "kubernetes.io/hostname";

interface Kind {
  readonly labels?: StringMap | undefined;
  readonly namespace?: string;
  readonly affinity?: Affinity;
  readonly isTerminating?: boolean;
}

const WEB: Kind = { labels: { app: "web" } };

function pod(name: string, nodeName: string, kind: Kind = WEB): Pod {
  const { labels, namespace = "default", affinity, isTerminating = false } = kind;
  return {
    metadata: {
      name,
      namespace,
      ...(labels && { labels }),
      ...(isTerminating ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {}),
    },
    spec: { ...(nodeName === "" ? {} : { nodeName }), ...(affinity && { affinity }) },
  };
}

function threeNodes(): Cluster {
  const cluster = new Cluster();
  for (const name of ["n1", "n2", "n3"]) cluster.upsertNode({ name, allocatable: { cpu: 4, pods: 10 } });
  return cluster;
}

const isWeb = ({ labels }: Kin) => Number(labels?.app === "web");

function webTally(cluster: Cluster): Tally {
  return cluster.state.kinship.hold("web", isWeb);
}

function counts(cluster: Cluster, tally: Tally): number[] {
  return [...cluster.state.engine.wordsOf(tally.column)];
}

describe("a tally", () => {
  test("counts the pods that were here before it was asked for", () => {
    const cluster = threeNodes();
    for (const [name, node] of [
      ["a", "n1"],
      ["b", "n3"],
      ["c", "n3"],
    ] as const)
      cluster.upsertPod(pod(name, node));
    cluster.upsertPod(pod("d", "n1", { labels: { app: "db" } }));
    expect(counts(cluster, webTally(cluster))).toEqual([1, 0, 2]);
  });

  test("moves with pods that come, change, move and go", () => {
    const cluster = threeNodes();
    const tally = webTally(cluster);
    const countsAfter = (change: () => unknown) => {
      change();
      return counts(cluster, tally);
    };
    expect(countsAfter(() => cluster.upsertPod(pod("a", "n1")))).toEqual([1, 0, 0]);
    expect(countsAfter(() => cluster.upsertPod(pod("b", "n1")))).toEqual([2, 0, 0]);
    expect(countsAfter(() => cluster.upsertPod(pod("a", "n2")))).toEqual([1, 1, 0]);
    expect(countsAfter(() => cluster.upsertPod(pod("b", "n1", { labels: { app: "db" } })))).toEqual([0, 1, 0]);
    expect(countsAfter(() => cluster.upsertPod(pod("b", "n1")))).toEqual([1, 1, 0]);
    expect(countsAfter(() => cluster.removePod("default/a"))).toEqual([1, 0, 0]);
    const token = cluster.assume(pod("c", ""), "n3");
    expect(countsAfter(() => undefined)).toEqual([1, 0, 1]);
    expect(countsAfter(() => cluster.confirm(token))).toEqual([1, 0, 1]);
    expect(countsAfter(() => cluster.upsertPod({ ...pod("c", "n3"), status: { phase: "Succeeded" } }))).toEqual([
      1, 0, 0,
    ]);
  });

  test("moves with nodes: pods count while their node is here, on whatever slot", () => {
    const cluster = threeNodes();
    const tally = webTally(cluster);
    for (const [name, node] of [
      ["a", "n1"],
      ["b", "n4"],
      ["c", "n4"],
    ] as const)
      cluster.upsertPod(pod(name, node));
    expect(counts(cluster, tally)).toEqual([1, 0, 0]);
    cluster.upsertNode({ name: "n4", allocatable: { cpu: 4 } });
    expect(counts(cluster, tally)).toEqual([1, 0, 0, 2]);
    cluster.removeNode("n4");
    cluster.removePod("default/b");
    expect(counts(cluster, tally)).toEqual([1, 0, 0, 0]);
    cluster.upsertNode({ name: "n4", allocatable: { cpu: 4 } });
    expect(counts(cluster, tally)).toEqual([1, 0, 0, 0, 1]);
  });

  test("comes back with a rollback, whatever happened, and whenever it was first asked for", () => {
    const cluster = threeNodes();
    for (const [name, node] of [
      ["a", "n1"],
      ["b", "n2"],
      ["c", "n2"],
    ] as const)
      cluster.upsertPod(pod(name, node));
    cluster.begin();
    cluster.removePod("default/b");
    cluster.removeNode("n2");
    cluster.upsertPod(pod("d", "n3"));
    const tally = webTally(cluster);
    expect(counts(cluster, tally)).toEqual([1, 0, 1]);
    cluster.begin();
    cluster.upsertPod(pod("c", "n1"));
    cluster.upsertNode({ name: "n2", allocatable: { cpu: 4 } });
    expect(counts(cluster, tally)).toEqual([2, 0, 1, 0]);
    cluster.rollback();
    expect(counts(cluster, tally).slice(0, 3)).toEqual([1, 0, 1]);
    cluster.rollback();
    expect(counts(cluster, tally).slice(0, 3)).toEqual([1, 2, 0]);
  });

  test("keeps its place when holes between the nodes are squeezed out", () => {
    const cluster = new Cluster();
    const names = Array.from({ length: 600 }, (_, index) => `n${index}`);
    for (const name of names) cluster.upsertNode({ name, allocatable: { cpu: 4 } });
    for (const name of names) cluster.upsertPod(pod(`p-${name}`, name));
    const tally = webTally(cluster);
    for (const [index, name] of names.entries()) {
      if (index % 3 !== 0) cluster.removeNode(name);
      else if (index % 2 === 0) cluster.removePod(`default/p-${name}`);
    }
    cluster.upsertNode({ name: "last", allocatable: { cpu: 4 } });
    const kept = names.filter((_, index) => index % 3 === 0);
    expect(cluster.state.bySlot.map((record) => record?.name)).toEqual([...kept, "last"]);
    expect(counts(cluster, tally)).toEqual([...kept.map((_, index) => index % 2), 0]);
  });

  test("is one for all who hold it, and free once the last has let go", () => {
    const cluster = threeNodes();
    cluster.upsertPod(pod("a", "n1"));
    const { kinship } = cluster.state;
    const first = webTally(cluster);
    expect(webTally(cluster)).toBe(first);
    kinship.release(first);
    cluster.upsertPod(pod("b", "n1"));
    expect(counts(cluster, first)).toEqual([2, 0, 0]);
    kinship.release(first);
    // Its column goes to the next one, which pods of the old one's list must not move.
    const none = kinship.hold("none", () => 0);
    expect(none.column).toBe(first.column);
    cluster.upsertPod(pod("c", "n1"));
    cluster.removePod("default/a");
    expect(counts(cluster, none)).toEqual([0, 0, 0]);
    expect(counts(cluster, webTally(cluster))).toEqual([2, 0, 0]);
  });
});

const required = (...terms: PodAffinityTerm[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const near = (app: string): PodAffinityTerm => ({ labelSelector: { matchLabels: { app } }, topologyKey: HOSTNAME });
const shunning = (...apps: string[]): Kind => ({ ...WEB, affinity: { podAntiAffinity: required(...apps.map(near)) } });

describe("pods of one kin", () => {
  test("are those that no selector tells apart; names and requests make no difference", () => {
    const cluster = threeNodes();
    webTally(cluster);
    const kinds: Kind[] = [
      WEB,
      { labels: { app: "web", tier: "front" } },
      { ...WEB, namespace: "other" },
      { ...WEB, isTerminating: true },
      {},
      shunning("db"),
    ];
    for (const [index, kind] of kinds.entries()) {
      for (const node of ["n1", "n2"]) cluster.upsertPod(pod(`p${index}-${node}`, node, kind));
    }
    const kins = [...cluster.state.pods.values()].map(({ kin }) => kin);
    expect(new Set(kins).size).toBe(kinds.length);
    for (const kin of kins) expect(kin?.holders).toBe(2);
  });
});

describe("the terms that pods carry", () => {
  const carried = (cluster: Cluster) =>
    [...cluster.state.kinship.terms].map(({ kind, term, carriers }) => [kind, term.topologyKey, carriers]);

  test("are noted from the first pod that has one, for the pods before it too", () => {
    const cluster = threeNodes();
    cluster.upsertPod(pod("a", "n1"));
    expect(cluster.state.kinship.hasTerms).toBe(false);
    cluster.upsertPod(pod("b", "n1", shunning("db")));
    expect(carried(cluster)).toEqual([["requiredAntiAffinity", HOSTNAME, 1]]);
    expect(counts(cluster, webTally(cluster))).toEqual([2, 0, 0]);
  });

  test("are one where they are equal, whichever kins carry them, and end with the last", () => {
    const cluster = threeNodes();
    const { kinship } = cluster.state;
    const versions: number[] = [];
    const step = (change: () => unknown) => {
      change();
      versions.push(kinship.termsVersion);
      return carried(cluster).length;
    };
    expect(step(() => cluster.upsertPod(pod("a", "n1", shunning("db"))))).toBe(1);
    expect(step(() => cluster.upsertPod(pod("b", "n2", shunning("db"))))).toBe(1);
    expect(step(() => cluster.upsertPod(pod("c", "n3", { ...shunning("db"), labels: {} })))).toBe(1);
    expect(step(() => cluster.removePod("default/a"))).toBe(1);
    expect(step(() => cluster.removePod("default/b"))).toBe(1);
    expect(step(() => cluster.removePod("default/c"))).toBe(0);
    expect(versions).toEqual([1, 1, 1, 1, 1, 2]);
  });

  test("differ by the namespace of their pod where they name none", () => {
    const cluster = threeNodes();
    cluster.upsertPod(pod("a", "n1", shunning("db")));
    cluster.upsertPod(pod("b", "n1", { ...shunning("db"), namespace: "other" }));
    expect(carried(cluster)).toHaveLength(2);
  });

  test("are counted on a node once for each time that a pod names them", () => {
    const cluster = threeNodes();
    cluster.upsertPod(pod("a", "n1", shunning("db", "db")));
    cluster.upsertPod(pod("b", "n1", shunning("db")));
    cluster.upsertPod(pod("c", "n2", shunning("db", "web")));
    const { kinship } = cluster.state;
    const [db] = [...kinship.terms];
    const tally = kinship.holdCarriers(db!);
    expect(counts(cluster, tally)).toEqual([3, 1, 0]);
    cluster.removePod("default/a");
    expect(counts(cluster, tally)).toEqual([1, 1, 0]);
  });

  test("are none where one of a list does not parse, and those of the other lists remain", () => {
    const cluster = threeNodes();
    const bad = { labelSelector: { matchExpressions: [{ key: "app", operator: "Like" }] }, topologyKey: HOSTNAME };
    const affinity = { podAffinity: required(near("db"), bad), podAntiAffinity: required(near("db")) };
    cluster.upsertPod(pod("a", "n1", { ...WEB, affinity }));
    expect(carried(cluster)).toEqual([["requiredAntiAffinity", HOSTNAME, 1]]);
  });
});
