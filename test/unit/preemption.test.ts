/**
 * Method: clusters of two or three full nodes on which kube-scheduler's rules leave one answer: who goes, who may stay, which
 * of several nodes is best and by which criterion, and why a pod may not preempt at all; a question changes nothing.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, PodDisruptionBudget, PodSpec } from "../../src/kube/objects.js";
import type { Preemption } from "../../src/scheduler/decision.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const HOSTNAME = "kubernetes.io/hostname";
const PRIORITY = 100;

function node(name: string, cpu = 4, more: Node["spec"] = {}): Node {
  return {
    metadata: { name, labels: { [HOSTNAME]: name } },
    spec: more,
    status: { allocatable: { cpu, memory: "32Gi", pods: 20 } },
  };
}

function containers(cpu: number): NonNullable<PodSpec["containers"]> {
  return [{ name: "main", resources: { requests: { cpu } } }];
}

interface Running {
  readonly on: string;
  readonly cpu: number;
  readonly priority?: number;
  /** The hour at which it started. */
  readonly hour?: number;
  readonly app?: string;
}

function running(name: string, { on, cpu, priority = 0, hour = 8, app = name }: Running): Pod {
  return {
    metadata: { name, namespace: "default", labels: { app } },
    spec: { nodeName: on, priority, containers: containers(cpu) },
    status: { startTime: `2029-12-31T${String(hour).padStart(2, "0")}:00:00Z` },
  };
}

function preemptor(cpu: number, more: PodSpec = {}, status: Pod["status"] = {}): Pod {
  const spec = { priority: PRIORITY, containers: containers(cpu), ...more };
  return { metadata: { name: "preemptor", namespace: "default" }, spec, status };
}

function clusterOf(nodes: readonly Node[], pods: Readonly<Record<string, Running>>): Cluster {
  const cluster = new Cluster();
  for (const each of nodes) cluster.upsertNode(each);
  for (const [name, each] of Object.entries(pods)) cluster.upsertPod(running(name, each));
  return cluster;
}

const NODES = ["n1", "n2"].map((name) => node(name));

/** "node: victims", a victim that breaks a budget with an exclamation mark. */
function said({ node: name, victims }: Preemption): string {
  const names = victims.map(({ pod, violatesBudget }) => `${pod.metadata?.name}${violatesBudget ? "!" : ""}`);
  return `${name}: ${names.join(" ")}`;
}

function askedOf(cluster: Cluster, pod: Pod = preemptor(3)): Preemption {
  return new Scheduler(cluster).preempt(pod);
}

function budget(app: string, disruptionsAllowed: number): PodDisruptionBudget {
  return {
    kind: "PodDisruptionBudget",
    metadata: { name: app, namespace: "default" },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed },
  };
}

describe("the victims on a node", () => {
  test("are as few as possible: the most important may stay where there is room for them", () => {
    const cluster = clusterOf([node("n1")], {
      low: { on: "n1", cpu: 1, priority: 1 },
      middle: { on: "n1", cpu: 2, priority: 2 },
      high: { on: "n1", cpu: 1, priority: 3 },
    });
    expect(said(askedOf(cluster, preemptor(2)))).toBe("n1: middle");
    expect(said(askedOf(cluster, preemptor(3)))).toBe("n1: middle low");
    expect(said(askedOf(cluster, preemptor(1)))).toBe("n1: low");
  });

  test("are never of the same priority or a higher one", () => {
    const cluster = clusterOf([node("n1")], {
      equal: { on: "n1", cpu: 2, priority: PRIORITY },
      higher: { on: "n1", cpu: 1, priority: PRIORITY + 1 },
      lower: { on: "n1", cpu: 1, priority: PRIORITY - 1 },
    });
    expect(said(askedOf(cluster, preemptor(1)))).toBe("n1: lower");
    expect(askedOf(cluster, preemptor(2))).toMatchObject({ status: "unhelpful", victims: [] });
  });

  test("that would break a budget are the first who may stay", () => {
    const cluster = clusterOf([node("n1")], {
      kept: { on: "n1", cpu: 2, priority: 1 },
      loose: { on: "n1", cpu: 2, priority: 2 },
    });
    expect(said(askedOf(cluster, preemptor(2)))).toBe("n1: kept");
    cluster.upsertObject(budget("kept", 0));
    expect(said(askedOf(cluster, preemptor(2)))).toBe("n1: loose");
    expect(said(askedOf(cluster, preemptor(4)))).toBe("n1: loose kept!");
  });

  test("are those whose anti-affinity keeps the pod away, although there is room", () => {
    const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: HOSTNAME };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    const cluster = clusterOf([node("n1")], { other: { on: "n1", cpu: 1 }, web: { on: "n1", cpu: 1 } });
    expect(said(askedOf(cluster, preemptor(1, { affinity: { podAntiAffinity } })))).toBe("n1: web");
  });

  test("are those that make the pod's spreading uneven", () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: HOSTNAME,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "web" } },
    };
    const cluster = clusterOf([node("n1"), node("n2", 1)], {
      a: { on: "n1", cpu: 1, app: "web", hour: 8 },
      b: { on: "n1", cpu: 1, app: "web", hour: 9 },
    });
    const web = preemptor(2, { topologySpreadConstraints: [constraint] });
    const asked = askedOf(cluster, { ...web, metadata: { ...web.metadata, labels: { app: "web" } } });
    expect(said(asked)).toBe("n1: a b");
  });

  test("are not the pods that it wants to be with", () => {
    const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: HOSTNAME };
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    const cluster = clusterOf([node("n1", 2)], { web: { on: "n1", cpu: 2 } });
    const asked = askedOf(cluster, preemptor(1, { affinity: { podAffinity } }));
    expect(asked).toMatchObject({ status: "unhelpful", victims: [] });
    expect(asked.rejected).toEqual([
      {
        node: "n1",
        code: "UnschedulableAndUnresolvable",
        reasons: ["node(s) didn't match pod affinity rules"],
      },
    ]);
  });
});

describe("the best of several nodes", () => {
  test.each<[string, Readonly<Record<string, Running>>, string]>([
    [
      "is the one that breaks fewer budgets",
      { kept: { on: "n1", cpu: 4 }, b: { on: "n2", cpu: 4, priority: 9 } },
      "n2: b",
    ],
    [
      "then the one whose most important victim is less important",
      {
        a: { on: "n1", cpu: 4, priority: 2 },
        b: { on: "n2", cpu: 2, priority: 1 },
        c: { on: "n2", cpu: 2, priority: 1 },
      },
      "n2: b c",
    ],
    [
      "then the one whose victims are less important together",
      {
        a: { on: "n1", cpu: 2, priority: 2 },
        b: { on: "n1", cpu: 2, priority: 1 },
        c: { on: "n2", cpu: 2, priority: 2 },
        d: { on: "n2", cpu: 2, priority: 0 },
      },
      "n2: c d",
    ],
    [
      "then the one with fewer victims, where the least of priorities adds nothing",
      { a: { on: "n1", cpu: 2 }, b: { on: "n1", cpu: 2, priority: -(2 ** 31) }, c: { on: "n2", cpu: 4 } },
      "n2: c",
    ],
    [
      "then the one whose most important victims started later, by the oldest of them",
      {
        a: { on: "n1", cpu: 2, hour: 7 },
        b: { on: "n1", cpu: 2, hour: 23 },
        c: { on: "n2", cpu: 2, hour: 8 },
        d: { on: "n2", cpu: 2, hour: 9 },
      },
      "n2: c d",
    ],
    ["then the one that was added first", { a: { on: "n1", cpu: 4 }, b: { on: "n2", cpu: 4 } }, "n1: a"],
  ])("%s", (_rule, pods, answer) => {
    const cluster = clusterOf(NODES, pods);
    cluster.upsertObject(budget("kept", 0));
    expect(said(askedOf(cluster))).toBe(answer);
  });

  test("is told together with its equals and with all candidates, those without violations first", () => {
    const cluster = clusterOf([...NODES, node("n3"), node("n4", 4, { unschedulable: true })], {
      kept: { on: "n1", cpu: 4 },
      b: { on: "n2", cpu: 4 },
      c: { on: "n3", cpu: 4 },
    });
    cluster.upsertObject(budget("kept", 0));
    const { best, candidates, message, node: chosen, pdbViolations, status } = askedOf(cluster);
    expect({ best, chosen, message, pdbViolations, status }).toEqual({
      best: ["n2", "n3"],
      chosen: "n2",
      message: "",
      pdbViolations: 0,
      status: "possible",
    });
    expect(candidates.map((each) => [each.node, each.pdbViolations])).toEqual([
      ["n2", 0],
      ["n3", 0],
      ["n1", 1],
    ]);
  });
});

describe("a pod that preempts nobody", () => {
  const full = () =>
    clusterOf([...NODES, node("n3", 1)], { a: { on: "n1", cpu: 4 }, b: { on: "n2", cpu: 4, priority: 500 } });
  const prefix = "no new claims to deallocate, preemption: ";

  test("because its policy forbids it says so", () => {
    expect(askedOf(full(), preemptor(3, { preemptionPolicy: "Never" }))).toMatchObject({
      status: "ineligible",
      message: `${prefix}not eligible due to preemptionPolicy=Never.`,
    });
  });

  test("because a victim on its nominated node is still going says so", () => {
    const cluster = full();
    const going = running("a", { on: "n1", cpu: 4 });
    const nominated = preemptor(3, {}, { nominatedNodeName: "n1" });
    const condition = { type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" };
    const deletionTimestamp = "2030-01-01T00:00:00Z";
    cluster.upsertPod({ ...going, metadata: { ...going.metadata, deletionTimestamp } });
    expect(askedOf(cluster, nominated)).toMatchObject({ status: "possible", node: "n1" });
    const status = { ...going.status, conditions: [condition] };
    cluster.upsertPod({ ...going, metadata: { ...going.metadata, deletionTimestamp }, status });
    expect(askedOf(cluster, nominated)).toMatchObject({
      status: "ineligible",
      message: `${prefix}not eligible due to a terminating pod on the nominated node.`,
    });
  });

  test("because none of it helps counts why, over all nodes", () => {
    const asked = askedOf(full(), preemptor(5));
    expect(asked).toMatchObject({
      status: "unhelpful",
      candidates: [],
      message: `${prefix}0/3 nodes are available: 3 Preemption is not helpful for scheduling.`,
    });
    const tight = clusterOf([node("n1", 4), node("n2", 4)], {
      a: { on: "n1", cpu: 2, priority: 500 },
      b: { on: "n1", cpu: 2 },
    });
    tight.upsertPod(running("c", { on: "n2", cpu: 4, priority: 500 }));
    expect(askedOf(tight).message).toBe(
      `${prefix}0/2 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod.`,
    );
  });

  test("because a filter fails wherever pods could go says that, and only that", () => {
    const volumes = (claimName: string) => ({ volumes: [{ name: "v", persistentVolumeClaim: { claimName } }] });
    const clusterWith = (nodes: readonly Node[]) => {
      const cluster = clusterOf(nodes, { small: { on: "n1", cpu: 4 }, other: { on: "n2", cpu: 4 } });
      const claim = { storageClassName: "s", resources: { requests: { storage: "1Gi" } } };
      const later = { provisioner: "csi.example.com", volumeBindingMode: "WaitForFirstConsumer" };
      const drivers = [{ name: "csi.example.com", nodeID: "n", allocatable: { count: 5 } }];
      cluster.upsertObject({ kind: "StorageClass", metadata: { name: "s" }, ...later });
      cluster.upsertObject({ kind: "PersistentVolumeClaim", metadata: { name: "q" }, spec: claim });
      cluster.upsertObject({ kind: "CSINode", metadata: { name: "n1" }, spec: { drivers } });
      // NodeVolumeLimits cannot count the volumes of a pod that is too important to go.
      const nameless = running("nameless", { on: "n1", cpu: 0, priority: 2 * PRIORITY });
      cluster.upsertPod({ ...nameless, spec: { ...nameless.spec, ...volumes("") } });
      return cluster;
    };
    const pod = preemptor(3, volumes("q"));
    const failure = 'running "NodeVolumeLimits" filter plugin: PersistentVolumeClaim had no name';
    expect(askedOf(clusterWith(NODES.slice(0, 1)), pod)).toMatchObject({
      status: "unhelpful",
      message: `preemption: ${failure}`,
      rejected: [{ node: "n1", code: "Error", reasons: [failure] }],
    });
    expect(said(askedOf(clusterWith(NODES), pod))).toBe("n2: other");
  });

  test("because it fits, is gated, or has nowhere to go says which", () => {
    expect(askedOf(full(), preemptor(1))).toMatchObject({ status: "needless", message: "", victims: [] });
    expect(askedOf(full(), preemptor(3, { schedulingGates: [{ name: "later" }] }))).toMatchObject({
      status: "undecided",
      message: "waiting for scheduling gates: [later]",
    });
    expect(askedOf(full(), preemptor(3, { schedulerName: "other" }))).toMatchObject({ status: "undecided" });
    expect(askedOf(new Cluster())).toMatchObject({ status: "unhelpful", message: "", rejected: [] });
  });
});

describe("a question of preemption", () => {
  const pods = {
    a: { on: "n1", cpu: 1, priority: 1 },
    b: { on: "n1", cpu: 3, priority: 2 },
    c: { on: "n2", cpu: 4, priority: 3 },
  };
  const state = (cluster: Cluster) =>
    JSON.stringify([...cluster.nodes()].map(({ name, requested, pods: names }) => [name, requested, names]));

  test("changes nothing, inside a what-if neither", () => {
    const cluster = clusterOf(NODES, pods);
    const scheduler = new Scheduler(cluster);
    const before = state(cluster);
    const answer = scheduler.preempt(preemptor(3));
    expect(said(answer)).toBe("n1: b");
    expect(state(cluster)).toBe(before);
    cluster.begin();
    cluster.removePod("default/c");
    cluster.upsertPod(running("c", { on: "n2", cpu: 2, priority: 1 }));
    const inside = state(cluster);
    expect(said(scheduler.preempt(preemptor(3)))).toBe("n2: c");
    expect(state(cluster)).toBe(inside);
    cluster.rollback();
    expect(state(cluster)).toBe(before);
    expect(scheduler.preempt(preemptor(3))).toEqual(answer);
  });

  test("stops at as many candidates as the profile's arguments ask for, when it is to sample", () => {
    const nodes = Array.from({ length: 30 }, (_, index) => node(`n${index}`));
    const many = Object.fromEntries(
      nodes.map((_, index) => [`p${index}`, { on: `n${index}`, cpu: 4, hour: index % 24 }]),
    );
    const args = { minCandidateNodesPercentage: 20, minCandidateNodesAbsolute: 4 };
    const config = { profiles: [{ pluginConfig: [{ name: "DefaultPreemption", args }] }] };
    const scheduler = new Scheduler(clusterOf(nodes, many), { config });
    expect(scheduler.preempt(preemptor(3), { isSampled: true }).candidates).toHaveLength(6);
    expect(scheduler.preempt(preemptor(3)).candidates).toHaveLength(30);
    expect(scheduler.preempt(preemptor(3), { isSampled: true }).node).toBe("n5");
    expect(scheduler.preempt(preemptor(3)).node).toBe("n23");
  });
});
