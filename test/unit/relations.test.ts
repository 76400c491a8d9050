/**
 * Method: what is built for a pod's relations to others, by identity: the same while nothing it depends on has changed, then
 * another; what running pods' terms do to one that comes; and a cluster so large that what was built has gone when asked again.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Affinity, Node, Pod, PodSpec, StringMap } from "../../src/kube/objects.js";
import { VERSIONS } from "../../src/scheduler/compat.js";
import type { Fit } from "../../src/scheduler/decision.js";
import { readyProfiles } from "../../src/scheduler/profiles.js";
import { NO_RELATIONS, type PodRelations } from "../../src/scheduler/relations.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const HOSTNAME = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

function node(name: string, zone: string): Node {
  const allocatable = { cpu: 64, memory: "64Gi", pods: 110 };
  return { metadata: { name, labels: { [HOSTNAME]: name, [ZONE]: zone } }, status: { allocatable } };
}

function pod(name: string, labels: StringMap, spec: PodSpec = {}): Pod {
  return { metadata: { name, namespace: "default", labels }, spec };
}

const near = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: HOSTNAME };
const required = { requiredDuringSchedulingIgnoredDuringExecution: [near] };
const SHUNS_WEB: PodSpec = { affinity: { podAntiAffinity: required } };
const SPREADS: PodSpec = {
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: ZONE,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "web" } },
    },
  ],
};

interface Setting {
  readonly cluster: Cluster;
  readonly relationsOf: (pod: Pod) => PodRelations;
}

function setting(disabled: readonly string[] = []): Setting {
  const cluster = new Cluster();
  for (const name of ["n1", "n2", "n3"]) cluster.upsertNode(node(name, name === "n3" ? "b" : "a"));
  const plugins = { multiPoint: { disabled: disabled.map((name) => ({ name })) } };
  const ready = readyProfiles(cluster, { profiles: [{ plugins }] }, [], VERSIONS["1.36"]).get("default-scheduler")!;
  return { cluster, relationsOf: (asked) => ready.relations.of(asked) };
}

describe("a pod has no relations", () => {
  const service = {
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { app: "web" } },
  };
  const web = (spec?: PodSpec) => pod("asked", { app: "web" }, spec);

  test("while neither it nor anything here says so", () => {
    const { cluster, relationsOf } = setting();
    expect(relationsOf(web())).toBe(NO_RELATIONS);
    cluster.upsertPod(pod("there", { app: "web" }, { nodeName: "n1" }));
    expect(relationsOf(web())).toBe(NO_RELATIONS);
    cluster.upsertObject(service);
    expect(relationsOf(web()).spreadScore).not.toBe(0);
    cluster.removeObject("Service", "web", "default");
    expect(relationsOf(web())).toBe(NO_RELATIONS);
    cluster.upsertPod(pod("there", {}, { nodeName: "n1", ...SHUNS_WEB }));
    expect(relationsOf(web()).affinityFilter).not.toBe(0);
    cluster.removePod("default/there");
    expect(relationsOf(web())).toBe(NO_RELATIONS);
  });

  test("where the profile does not run the plugins that would ask", () => {
    expect(setting(["InterPodAffinity"]).relationsOf(web(SHUNS_WEB))).toBe(NO_RELATIONS);
    expect(setting(["PodTopologySpread"]).relationsOf(web(SPREADS))).toBe(NO_RELATIONS);
  });
});

describe("what is built for a pod", () => {
  test("serves every pod that agrees in what matters", () => {
    const { relationsOf } = setting();
    const first = relationsOf(pod("a", { app: "web" }, SHUNS_WEB));
    const requests = [{ name: "main", resources: { requests: { cpu: 3 } } }];
    expect(relationsOf(pod("b", { app: "web" }, { ...SHUNS_WEB, containers: requests }))).toBe(first);
    expect(relationsOf(pod("a", { app: "db" }, SHUNS_WEB))).not.toBe(first);
    expect(
      relationsOf({ ...pod("a", { app: "web" }, SHUNS_WEB), metadata: { name: "a", namespace: "other" } }),
    ).not.toBe(first);
  });

  test.each<[string, boolean, (cluster: Cluster) => unknown]>([
    ["a pod without terms comes", true, (cluster) => cluster.upsertPod(pod("p", { app: "web" }, { nodeName: "n1" }))],
    ["a pod with terms comes", false, (cluster) => cluster.upsertPod(pod("p", {}, { nodeName: "n1", ...SHUNS_WEB }))],
    ["a node comes", false, (cluster) => cluster.upsertNode(node("n4", "c"))],
    ["a node changes", false, (cluster) => cluster.upsertNode(node("n1", "b"))],
    ["a node goes", false, (cluster) => cluster.removeNode("n1")],
    [
      "a namespace comes",
      false,
      (cluster) => cluster.upsertObject({ kind: "Namespace", metadata: { name: "default" } }),
    ],
    [
      "an object comes that nobody here looks at",
      true,
      (cluster) => cluster.upsertObject({ kind: "StorageClass", metadata: { name: "fast" } }),
    ],
  ])("when %s is kept: %s", (_change, isKept, change) => {
    const { cluster, relationsOf } = setting();
    const asked = pod("asked", { app: "web" }, { ...SHUNS_WEB, ...SPREADS });
    const before = relationsOf(asked);
    expect(relationsOf(asked)).toBe(before);
    change(cluster);
    expect(relationsOf(asked) === before).toBe(isKept);
  });

  test("does not grow with each time that it is built anew", () => {
    const { cluster, relationsOf } = setting();
    const asked = pod("asked", { app: "web" }, { ...SHUNS_WEB, ...SPREADS });
    const turn = (index: number) => {
      cluster.upsertNode(node("n1", index % 2 === 0 ? "a" : "b"));
      relationsOf(asked);
      return cluster.state.engine.usedBytes;
    };
    const usedBytes = Array.from({ length: 50 }, (_, index) => turn(index));
    expect(new Set(usedBytes.slice(2)).size).toBe(1);
  });
});

describe("the terms of a pod that is here", () => {
  const preferred = {
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, podAffinityTerm: { ...near, labelSelector: {} } }],
  };
  const anti = (more: object): Affinity => ({
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...near, ...more }] },
  });

  /** The sentence that keeps a pod of label app=web off the node, or the raw score there. */
  function bearing(affinity: Affinity, namespace = "default"): string | number | undefined {
    const cluster = new Cluster();
    cluster.upsertNode(node("n1", "a"));
    cluster.upsertObject({ kind: "Namespace", metadata: { name: "default", labels: { team: "red" } } });
    const here = pod("here", {}, { nodeName: "n1", affinity });
    cluster.upsertPod({ ...here, metadata: { ...here.metadata, namespace } });
    const scheduler = new Scheduler(cluster);
    const web = pod("web", { app: "web" });
    const fit = scheduler.filter(web);
    if (fit.rejected[0] !== undefined) return fit.rejected[0].reasons[0];
    return scheduler.score(web, fit).nodes[0]?.parts.InterPodAffinity?.raw;
  }

  const KEPT_OFF = "node(s) didn't satisfy existing pods anti-affinity rules";
  const ofTeam = (team: string) => ({ namespaceSelector: { matchLabels: { team } } });

  test.each<[string, Affinity, string | number | undefined]>([
    ["by a selector that matches", anti({}), KEPT_OFF],
    ["by an empty selector", anti({ labelSelector: {} }), KEPT_OFF],
    ["not by a selector that does not match", anti({ labelSelector: { matchLabels: { app: "db" } } }), undefined],
    ["not without a selector", anti({ labelSelector: null }), undefined],
    ["not in another namespace", anti({ namespaces: ["elsewhere"] }), undefined],
    ["in its namespace by name", anti({ namespaces: ["elsewhere", "default"] }), KEPT_OFF],
    ["in its namespace by that one's labels", anti(ofTeam("red")), KEPT_OFF],
    ["not in a namespace of other labels", anti(ofTeam("blue")), undefined],
    ["in every namespace", anti({ namespaceSelector: {} }), KEPT_OFF],
    ["by a preference against it", { podAntiAffinity: preferred }, -5],
    ["by a preference for it", { podAffinity: preferred }, 5],
    ["by a need for it", { podAffinity: required }, 1],
  ])("bear upon one that comes %s", (_how, affinity, answer) => {
    expect(bearing(affinity)).toBe(answer);
  });

  test("mean its own namespace where they name none", () => {
    expect([bearing(anti({}), "shop"), bearing(anti({}), "default")]).toEqual([undefined, KEPT_OFF]);
  });
});

describe("a selector that does not parse", () => {
  const bad = { matchExpressions: [{ key: "app", operator: "Like", values: ["web"] }] };

  test("ends the cycle of a pod that spreads by it", () => {
    const { cluster } = setting();
    const hard = { ...SPREADS.topologySpreadConstraints![0]!, labelSelector: bad };
    const asked = pod("asked", {}, { topologySpreadConstraints: [hard] });
    expect(new Scheduler(cluster).schedule(asked)).toMatchObject({
      status: "error",
      message: expect.stringMatching(/^running PreFilter plugin "PodTopologySpread": /),
    });
  });

  test("rejects a pod that has it in an affinity term", () => {
    const { cluster } = setting();
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ ...near, labelSelector: bad }] };
    const decision = new Scheduler(cluster).schedule(pod("asked", {}, { affinity: { podAffinity } }));
    expect(decision).toMatchObject({ status: "unschedulable", message: expect.stringContaining("parsing pod: ") });
  });
});

describe("more pods than what is built for them has room for", () => {
  /** At this size that is enough for what is built for about 120 pods: 128 KiB at least, for each of 32,768 places of a column four bytes. */
  const CACHE_BYTES = 16 * 2 ** 20;
  const NODES = 20_000;
  const PODS = 500;

  /** No two of one class, and no two with the same relations. */
  const asked = (index: number) => {
    const containers = [{ name: "main", resources: { requests: { cpu: `${index}m` } } }];
    return pod(`asked-${index}`, { app: index % 2 === 0 ? "web" : "db", own: `${index}` }, { ...SPREADS, containers });
  };

  test("are decided as they were before it had gone, and by what has come since", () => {
    const cluster = new Cluster();
    for (let index = 0; index < NODES; index++) cluster.upsertNode(node(`n${index}`, `z${index % 3}`));
    cluster.upsertPod(pod("there", { app: "web" }, { nodeName: "n0" }));
    const scheduler = new Scheduler(cluster, { cacheBytes: CACHE_BYTES });
    const outcome = ({ feasible }: Fit) => [feasible.length, feasible[0]];
    const before = [0, 1].map((index) => outcome(scheduler.filter(asked(index))));
    expect(before).toEqual([
      [13_333, "n1"],
      [NODES, "n0"],
    ]);
    const usedBytes = Array.from({ length: PODS }, (_, index) => {
      expect(scheduler.schedule(asked(index)).status).toBe("placed");
      return cluster.state.engine.usedBytes;
    });
    // A byte for each node and pod would be five times as much.
    expect(usedBytes.at(-1)! - usedBytes[PODS / 2]!).toBeLessThan(2 ** 20);
    expect([0, 1].map((index) => outcome(scheduler.filter(asked(index))))).toEqual(before);
    cluster.upsertPod(pod("second", { app: "web" }, { nodeName: "n1" }));
    expect(outcome(scheduler.filter(asked(0)))).toEqual([6_666, "n2"]);
  });
});
