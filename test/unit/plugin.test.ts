/**
 * Method: plugins of a few lines in small clusters, their effect read off fits, scores and decisions; golden values are
 * worked out by hand. What a plugin must not do is done, and the error has to name it.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { StowageError } from "../../src/errors.js";
import { definePlugin, type Plugin } from "../../src/scheduler/plugin.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

function servers(count: number): Cluster {
  const cluster = new Cluster();
  for (let index = 1; index <= count; index++) {
    cluster.upsertNode({
      name: `s${index}`,
      allocatable: { cpu: 4, players: 10 * index },
      labels: { rack: `${index % 2}` },
    });
  }
  return cluster;
}

const POD = { name: "match", requests: { cpu: 1, players: 5 } };

/** Passes servers of rack 1. */
const rackOne = definePlugin({
  name: "RackOne",
  filter: (cycle) => cycle.eachNode((node) => (node.labels.rack === "1" ? undefined : "node(s) stood in rack 0")),
});

function scoring(score: (players: number) => number, more: Partial<Plugin> = {}): Plugin {
  return definePlugin({
    name: "Players",
    score: (cycle) => cycle.eachNode((node) => score(node.allocatable.players ?? 0)),
    ...more,
  });
}

/** A profile with these plugins, in this order, and nothing else. */
function configWith(...names: readonly (string | { name: string; weight: number })[]): object {
  const enabled = ["PrioritySort", "DefaultBinder", ...names].map((each) =>
    typeof each === "string" ? { name: each } : each,
  );
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [{ plugins: { multiPoint: { disabled: [{ name: "*" }], enabled } } }],
  };
}

function errorOf(act: () => unknown): StowageError {
  try {
    act();
  } catch (error) {
    if (error instanceof StowageError) return error;
  }
  throw new Error("no StowageError was thrown");
}

describe("a filter plugin", () => {
  test("takes nodes out with its own words, behind the built-in filters", () => {
    const cluster = servers(3);
    const scheduler = new Scheduler(cluster, { plugins: [rackOne] });
    expect(scheduler.filter(POD)).toEqual({
      feasible: ["s1", "s3"],
      rejected: [{ node: "s2", plugin: "RackOne", code: "Unschedulable", reasons: ["node(s) stood in rack 0"] }],
    });
    expect(scheduler.schedule({ ...POD, requests: { players: 31 } })).toMatchObject({
      status: "unschedulable",
      message: "0/3 nodes are available: 3 Insufficient players.",
      reasons: [{ plugin: "NodeResourcesFit", reason: "Insufficient players", nodes: 3 }],
    });
  });

  test("runs where the configuration puts it, and not at all where that does not name it", () => {
    const pod = { ...POD, requests: { players: 25 } };
    const losersOf = (...names: readonly string[]) => {
      const scheduler = new Scheduler(servers(3), { plugins: [rackOne], config: configWith(...names) });
      return scheduler.filter(pod).rejected.map(({ node, plugin }) => `${node} ${plugin}`);
    };
    expect(losersOf("RackOne", "NodeResourcesFit")).toEqual(["s1 NodeResourcesFit", "s2 RackOne"]);
    expect(losersOf("NodeResourcesFit", "RackOne")).toEqual(["s1 NodeResourcesFit", "s2 NodeResourcesFit"]);
    expect(losersOf("NodeResourcesFit")).toEqual(["s1 NodeResourcesFit", "s2 NodeResourcesFit"]);
    expect(losersOf("RackOne")).toEqual(["s2 RackOne"]);
  });

  test("sees only what the plugins before it let pass", () => {
    const seen: string[] = [];
    const watching = definePlugin({
      name: "Watching",
      filter: (cycle) => {
        for (const slot of cycle.slots) seen.push(cycle.node(slot).name);
      },
    });
    new Scheduler(servers(3), { plugins: [rackOne, watching] }).filter(POD);
    expect(seen).toEqual(["s1", "s3"]);
  });

  test("says whether taking other pods away would help", () => {
    const closed = definePlugin({
      name: "Closed",
      filter: (cycle) => {
        for (const slot of cycle.slots) cycle.reject(slot, "node(s) were closed", { unresolvable: true });
      },
    });
    const { rejected } = new Scheduler(servers(1), { plugins: [closed] }).filter(POD);
    expect(rejected.map(({ code }) => code)).toEqual(["UnschedulableAndUnresolvable"]);
  });
});

describe("a score plugin", () => {
  function partsOf(plugin: Plugin, config?: object) {
    const scheduler = new Scheduler(servers(4), { plugins: [plugin], ...(config === undefined ? {} : { config }) });
    const { nodes } = scheduler.score(POD, { feasible: ["s1", "s2", "s4"] });
    return nodes.map(({ parts }) => Object.values(parts.Players ?? {}));
  }

  test("is scaled to 100 by default normalizing, upside down by reverse, in whole numbers", () => {
    const score = (players: number) => players / 10 + 2;
    expect(partsOf(scoring(score, { normalize: "default" }))).toEqual([
      [3, 50, 50],
      [4, 66, 66],
      [6, 100, 100],
    ]);
    expect(partsOf(scoring(score, { normalize: "reverse" }))).toEqual([
      [3, 50, 50],
      [4, 34, 34],
      [6, 0, 0],
    ]);
  });

  test("of 0 everywhere stays 0, or becomes 100 in reverse", () => {
    expect(partsOf(scoring(() => 0, { normalize: "default" })).flat()).toEqual(Array(9).fill(0));
    expect(partsOf(scoring(() => 0, { normalize: "reverse" })).map(([, normalized]) => normalized)).toEqual([
      100, 100, 100,
    ]);
  });

  test("weighs 1, or its own weight, or what the configuration gives it", () => {
    const weighted = (plugin: Plugin, config?: object) => partsOf(plugin, config).map((parts) => parts[2]);
    expect(weighted(scoring(() => 7))).toEqual([7, 7, 7]);
    expect(weighted(scoring(() => 7, { weight: 5 }))).toEqual([35, 35, 35]);
    expect(
      weighted(
        scoring(() => 7, { weight: 5 }),
        configWith({ name: "Players", weight: 3 }),
      ),
    ).toEqual([21, 21, 21]);
  });

  test("decides between nodes, and adds up with the built-in scores", () => {
    const most = scoring((players) => players, { weight: 100 });
    expect(new Scheduler(servers(4), { plugins: [most] }).schedule(POD)).toMatchObject({ node: "s4" });
    const scheduler = new Scheduler(servers(4), { plugins: [most] });
    const { plugins, nodes } = scheduler.score(POD, scheduler.filter(POD));
    expect(plugins.at(-1)).toBe("Players");
    for (const { parts, total } of nodes) {
      expect(Object.values(parts).reduce((sum, { weighted }) => sum + weighted, 0)).toBe(total);
    }
  });

  test("gives 0 to nodes that it does not mention, and can read what it set", () => {
    const first = definePlugin({
      name: "Players",
      score: (cycle) => {
        const [slot] = cycle.slots;
        cycle.set(slot!, 40);
        cycle.set(slot!, cycle.get(slot!) + 2);
      },
    });
    expect(partsOf(first).map(([raw]) => raw)).toEqual([42, 0, 0]);
  });
});

describe("what a plugin prepares", () => {
  test("is made once for each pod, and given to filter, score, normalize and reserve", () => {
    const calls: string[] = [];
    const note = (phase: string, state: { readonly id: string }) => {
      calls.push(`${phase} ${state.id}`);
    };
    const plugin = definePlugin<{ readonly id: string }>({
      name: "Noting",
      prepare: ({ metadata }, cluster) => {
        calls.push("prepare");
        return { id: `${metadata?.name} of ${cluster.nodeCount}, ${cluster.node("s1")?.name}` };
      },
      filter: ({ state }) => note("filter", state),
      score: ({ state }) => note("score", state),
      normalize: ({ state }) => note("normalize", state),
      reserve: (_pod, node, state) => note(`reserve ${node.name}`, state),
    });
    new Scheduler(servers(2), { plugins: [plugin] }).place(POD);
    const id = "match of 2, s1";
    expect(calls).toEqual(["prepare", `filter ${id}`, `score ${id}`, `normalize ${id}`, `reserve s1 ${id}`]);
  });
});

describe("a plugin that the profile does not run", () => {
  test("is not called at all", () => {
    const silent = () => {
      throw new Error("called");
    };
    const plugin = definePlugin({ name: "Silent", prepare: silent, filter: silent, score: silent, reserve: silent });
    const scheduler = new Scheduler(servers(1), { plugins: [plugin], config: configWith("NodeResourcesFit") });
    expect(scheduler.place(POD)).toMatchObject({ status: "placed" });
  });
});

describe("reserve", () => {
  function reserving(reserve: NonNullable<Plugin["reserve"]>): { cluster: Cluster; scheduler: Scheduler } {
    const cluster = servers(1);
    return { cluster, scheduler: new Scheduler(cluster, { plugins: [definePlugin({ name: "Keeper", reserve })] }) };
  }

  test("runs when a pod is placed, not when one only asks, and sees the pod on its node", () => {
    const seen: string[] = [];
    const { scheduler } = reserving((pod, node) => {
      seen.push(`${pod.metadata?.name} ${node.name} ${node.pods}`);
    });
    scheduler.schedule(POD);
    expect(seen).toEqual([]);
    scheduler.place(POD);
    expect(seen).toEqual(["match s1 default/match"]);
  });

  test("takes the decision back by throwing", () => {
    const { cluster, scheduler } = reserving(() => {
      throw new Error("no licence left");
    });
    const error = errorOf(() => scheduler.place(POD));
    expect([error.code, error.message]).toEqual(["ERR_PLUGIN", "plugin Keeper: no licence left"]);
    expect(cluster.podCount).toBe(0);
    expect(cluster.node("s1")?.requested).toEqual({});
  });
});

describe("a plugin that reaches out of its callback", () => {
  test.each<[string, (cluster: Cluster, scheduler: Scheduler) => unknown]>([
    ["adds a node", (cluster) => cluster.upsertNode({ name: "s9", allocatable: {} })],
    ["removes a node", (cluster) => cluster.removeNode("s1")],
    ["adds a pod", (cluster) => cluster.upsertPod({ name: "p", nodeName: "s1" })],
    ["begins a what-if", (cluster) => cluster.begin()],
    ["assumes", (cluster) => cluster.assume({ name: "p" }, "s1")],
    ["schedules", (_, scheduler) => scheduler.schedule({ name: "p" })],
    ["places", (_, scheduler) => scheduler.place({ name: "p" })],
    ["filters", (_, scheduler) => scheduler.filter({ name: "p" })],
    ["scores", (_, scheduler) => scheduler.score({ name: "p" }, { feasible: ["s1"] })],
  ])("and %s is stopped by name, and the next decision is as if nothing had been", (_what, act) => {
    const cluster = servers(2);
    const other = new Scheduler(cluster);
    const reaching = definePlugin({
      name: "Reaching",
      filter: () => {
        act(cluster, other);
      },
    });
    const before = other.schedule(POD);
    const error = errorOf(() => new Scheduler(cluster, { plugins: [reaching] }).schedule(POD));
    expect(error.code).toBe("ERR_PLUGIN");
    expect(error.details.plugin).toBe("Reaching");
    expect(error.cause).toMatchObject({ code: "ERR_REENTRANT" });
    expect([...cluster.nodes()].map(({ name, pods }) => [name, pods])).toEqual([
      ["s1", []],
      ["s2", []],
    ]);
    expect(other.schedule(POD)).toEqual(before);
  });
});

describe("a plugin that is no plugin", () => {
  const refusal = (...plugins: readonly object[]) =>
    errorOf(() => new Scheduler(servers(1), { plugins: plugins as readonly Plugin[] })).message;

  test.each<[string, object[], string]>([
    ["has no name", [{}], "plugin (unnamed): a plugin needs a name"],
    ["has a name that is taken by another", [rackOne, { name: "RackOne" }], "plugin RackOne: the name is taken"],
    ["has a built-in plugin's name", [{ name: "NodeName" }], "plugin NodeName: the name is taken"],
    ["weighs nothing", [{ name: "P", weight: 0 }], "plugin P: weight must be an integer of 1..2147483647"],
    ["weighs half", [{ name: "P", weight: 0.5 }], "plugin P: weight must be an integer of 1..2147483647"],
  ])("is refused by name when it %s", (_how, plugins, message) => {
    expect(refusal(...plugins)).toBe(message);
  });

  test("is told of everything at once", () => {
    expect(refusal({ name: "P", weight: "2", normalize: "max", filter: "yes", reserve: 1 })).toBe(
      "plugin P: weight must be an integer of 1..2147483647; " +
        'normalize must be "default", "reverse" or a function; filter must be a function; reserve must be a function',
    );
  });

  test.each([undefined, null, 7, "RackOne"])("is refused when it is %j", (plugin) => {
    expect(refusal(plugin as unknown as object)).toBe("plugin (unnamed): a plugin is an object");
  });
});

describe("definePlugin", () => {
  test("returns the very object", () => {
    const plugin = { name: "Same" };
    expect(definePlugin(plugin)).toBe(plugin);
  });
});
