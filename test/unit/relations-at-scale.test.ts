/**
 * Method: pods whose constraints and terms go into the thousands, and clusters of ten thousand domains, laid out so that every
 * answer can be told by counting. That work grows no faster than what there is, is told by calls into the core (each of which
 * goes over the nodes at most once) and by the bytes it holds, at one size and at twice that.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, PodSpec, StringMap } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

const HOSTNAME = "kubernetes.io/hostname";
const THOUSAND = 1_000;
/** Twice, and a little for what is there at any size. */
const MOST_GROWTH = 2.1;

function nodeOf(index: number, labels: StringMap = {}): Node {
  const name = `n${index}`;
  const allocatable = { cpu: 64, memory: "256Gi", pods: 200 };
  return { metadata: { name, labels: { [HOSTNAME]: name, ...labels } }, status: { allocatable } };
}

function podOf(name: string, app: string, more: PodSpec = {}): Pod {
  return { metadata: { name, namespace: "n", labels: { app } }, spec: { containers: [{ name: "c" }], ...more } };
}

function listOf<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function names(count: number, isIn: (index: number) => boolean): string[] {
  return listOf(count, (index) => index)
    .filter(isIn)
    .map((index) => `n${index}`);
}

const selecting = (app: string) => ({ labelSelector: { matchLabels: { app } } });
const termOf = (app: string, topologyKey = HOSTNAME) => ({ ...selecting(app), topologyKey });

function clusterOf(nodes: readonly Node[], pods: readonly Pod[]): Cluster {
  const cluster = new Cluster();
  for (const node of nodes) cluster.upsertNode(node);
  for (const pod of pods) cluster.upsertPod(pod);
  return cluster;
}

/** Calls into the core while a pod is decided for the first time, and the bytes that this adds. */
function workOf(cluster: Cluster, pod: Pod): { readonly calls: number; readonly bytes: number } {
  const { engine } = cluster.state;
  const scheduler = new Scheduler(cluster);
  const core = engine.core as unknown as Record<string, (...args: number[]) => number>;
  const before = engine.usedBytes;
  let calls = 0;
  for (const [name, call] of Object.entries(core)) {
    core[name] = (...args) => {
      calls++;
      return call(...args);
    };
  }
  expect(scheduler.schedule(pod).status).toBe("placed");
  return { calls, bytes: engine.usedBytes - before };
}

/** @param make the cluster and the pod of a size */
function expectLinear(size: number, make: (size: number) => readonly [Cluster, Pod]): void {
  const [one, twice] = [size, 2 * size].map((each) => {
    const [cluster, pod] = make(each);
    using _ = cluster;
    return workOf(cluster, pod);
  });
  expect(twice!.calls / one!.calls).toBeLessThan(MOST_GROWTH);
  expect(twice!.bytes / one!.bytes).toBeLessThan(MOST_GROWTH);
}

describe("ten thousand domains", () => {
  const racks = (count: number) => {
    const nodes = listOf(count, (index) => nodeOf(index, { rack: `r${index}` }));
    return clusterOf(
      nodes,
      listOf(count / 10, (index) => podOf(`b${index}`, "x", { nodeName: `n${10 * index}` })),
    );
  };
  const constraint = { ...selecting("x"), maxSkew: 1, topologyKey: "rack" };
  const pod = podOf("p", "x", {
    topologySpreadConstraints: [{ ...constraint, whenUnsatisfiable: "DoNotSchedule" }],
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [termOf("x", "rack")] } },
  });

  test("are counted each by itself", () => {
    using cluster = racks(10 * THOUSAND);
    const scheduler = new Scheduler(cluster);
    expect(scheduler.filter(pod).feasible).toEqual(names(10 * THOUSAND, (index) => index % 10 !== 0));
    expect(scheduler.place(pod)).toMatchObject({ node: "n1" });
    const plugins = scheduler.explain({ ...pod, metadata: { ...pod.metadata, name: "q" } }).node("n1")?.failures;
    expect(plugins?.map(({ plugin }) => plugin)).toEqual(["PodTopologySpread", "InterPodAffinity"]);
  });

  test("are twice the work of five thousand, and as many calls", () => {
    expectLinear(5 * THOUSAND, (count) => [racks(count), pod]);
  });
});

describe("a thousand terms of a pod", () => {
  /** Every app has a pod, `away` on the first 250 nodes and `near` on the others. */
  const apps = (count: number) =>
    clusterOf(
      listOf(500, (index) => nodeOf(index)),
      listOf(count, (index) => index).flatMap((index) => [
        podOf(`away-${index}`, `away-${index}`, { nodeName: `n${index % 250}` }),
        podOf(`near-${index}`, `near-${index}`, { nodeName: `n${250 + (index % 250)}` }),
      ]),
    );
  const weightOf = (index: number) => 1 + (index % 100);
  const podWith = (count: number) => {
    const preferred = listOf(count, (index) => ({ weight: weightOf(index), podAffinityTerm: termOf(`near-${index}`) }));
    const required = listOf(count, (index) => termOf(`away-${index}`));
    return podOf("p", "x", {
      affinity: {
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred },
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required },
      },
    });
  };

  test("all count, required and preferred", () => {
    using cluster = apps(THOUSAND);
    const scheduler = new Scheduler(cluster);
    const pod = podWith(THOUSAND);
    const fit = scheduler.filter(pod);
    expect(fit.feasible).toEqual(names(500, (index) => index >= 250));
    const raws = scheduler.score(pod, fit).nodes.map(({ parts }) => parts.InterPodAffinity?.raw);
    const sums = listOf(250, (node) => [0, 250, 500, 750].reduce((sum, more) => sum + weightOf(node + more), 0));
    expect(raws).toEqual(sums);
  });

  test("are twice the work of five hundred", () => {
    expectLinear(THOUSAND / 2, (count) => [apps(count), podWith(count)]);
  });
});

describe("a thousand pods with a term of their own each", () => {
  const bound = (count: number) =>
    clusterOf(
      listOf(500, (index) => nodeOf(index)),
      listOf(count, (index) => {
        const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [termOf(`app-${index}`)] };
        return podOf(`b${index}`, "y", { nodeName: `n${index % 500}`, affinity: { podAntiAffinity } });
      }),
    );

  test("keep away the pods that they name, and no others", () => {
    using cluster = bound(THOUSAND);
    const scheduler = new Scheduler(cluster);
    for (const index of [0, 7, 507, 999]) {
      const { rejected } = scheduler.filter(podOf("p", `app-${index}`));
      expect(rejected).toMatchObject([{ node: `n${index % 500}`, plugin: "InterPodAffinity" }]);
    }
  });

  test("are no more work for a pod than five hundred", () => {
    expectLinear(THOUSAND / 2, (count) => [bound(count), podOf("p", "app-7")]);
  });
});

describe("a thousand topology keys", () => {
  /** By every key 100 nodes are in seven domains, with 15 pods in the first two and 14 in the others. */
  const keyed = (count: number) =>
    clusterOf(
      listOf(100, (node) => nodeOf(node, Object.fromEntries(listOf(count, (key) => [`k${key}`, `v${node % 7}`])))),
      listOf(100, (index) => podOf(`b${index}`, "x", { nodeName: `n${index}` })),
    );
  const spreadOver = (count: number) => {
    const whenUnsatisfiable = (key: number) => (key % 2 === 0 ? "DoNotSchedule" : "ScheduleAnyway");
    const constraint = { ...selecting("x"), maxSkew: 1 };
    return podOf("p", "x", {
      topologySpreadConstraints: listOf(count, (key) => ({
        ...constraint,
        topologyKey: `k${key}`,
        whenUnsatisfiable: whenUnsatisfiable(key),
      })),
    });
  };

  test("of constraints are all kept to", () => {
    using cluster = keyed(THOUSAND);
    const scheduler = new Scheduler(cluster);
    expect(scheduler.filter(spreadOver(THOUSAND)).feasible).toEqual(names(100, (index) => index % 7 > 1));
  });

  test("of constraints are twice the work of five hundred", () => {
    expectLinear(THOUSAND / 2, (count) => [keyed(count), spreadOver(count)]);
  });

  test("of terms are twice the work of five hundred", () => {
    const near = (count: number) => {
      const terms = listOf(count, (key) => termOf("x", `k${key}`));
      const preferred = terms.map((podAffinityTerm) => ({ weight: 1, podAffinityTerm }));
      return podOf("p", "z", {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: terms,
            preferredDuringSchedulingIgnoredDuringExecution: preferred,
          },
        },
      });
    };
    expectLinear(THOUSAND / 2, (count) => [keyed(count), near(count)]);
  });
});

/** Kinds of pods that keep apart on hosts, each of its own kind, placed three times in turns, with so much for what is kept. */
function askInTurns(kinds: number, cacheBytes: number): { readonly madeAgain: number; readonly kept: number } {
  using cluster = clusterOf(
    listOf(200, (index) => nodeOf(index)),
    [],
  );
  const { core } = cluster.state.engine;
  const scheduler = new Scheduler(cluster, { cacheBytes });
  const place = (turn: number) => {
    for (const kind of listOf(kinds, (index) => index)) {
      const required = [termOf(`a${kind}`)];
      const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
      expect(scheduler.place(podOf(`p${kind}-${turn}`, `a${kind}`, { affinity })).status).toBe("placed");
    }
  };
  const before = core.arenaBytes();
  place(0);
  // The first ones brought terms about the others of their kind.
  place(1);
  let madeAgain = 0;
  const { indexAdd } = core;
  core.indexAdd = (request) => {
    madeAgain++;
    return indexAdd(request);
  };
  place(2);
  return { madeAgain, kept: core.arenaBytes() - before };
}

test("relations are kept as long as what they take fits the budget, and no longer", () => {
  // 256 places a node's column, some 10 bytes each, and as many again for the index.
  const roomy = askInTurns(60, 60 * 256 * 20);
  expect(roomy.madeAgain).toBe(0);
  const tight = askInTurns(60, 10 * 256 * 20);
  expect(tight.madeAgain).toBe(60);
  expect(roomy.kept - tight.kept).toBeGreaterThan(50 * 256 * 10);
});
