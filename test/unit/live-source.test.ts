// A cluster source against a small API server of real HTTP: the order of lists, promises and what the watch says of them,
// and when it is up to date. What a scheduler sees is read off the cluster.
import { afterEach, describe, expect, test } from "vitest";
import type { Node, Pod } from "../../src/kube/objects.js";
import { podBinder } from "../../src/live/binder.js";
import type { ApiClient } from "../../src/live/client.js";
import {
  type ClusterSource,
  type ClusterSourceOptions,
  type LogEntry,
  watchCluster,
} from "../../src/live/cluster-source.js";
import { policyRules, RESOURCE_NAMES, resourceOf, resourcesOf } from "../../src/live/resources.js";
import { defaultProfile } from "../../src/scheduler/profile.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { ApiServer, type ApiServerOptions } from "../helpers/api-server.js";
import { connectTo, eventually } from "../helpers/live-client.js";

const NODES = "/api/v1/nodes";
const PODS = "/api/v1/pods";
const TIMING = { initialMs: 1, maxMs: 4, requestTimeoutMs: 5_000 };

let server: ApiServer;
let client: ApiClient;
let source: ClusterSource;
let logged: LogEntry[];

async function start(
  fill: (server: ApiServer) => void = () => {},
  options: ClusterSourceOptions = {},
  faults: ApiServerOptions = {},
): Promise<void> {
  server = new ApiServer(faults);
  fill(server);
  logged = [];
  client = await connectTo(await server.start(), { token: "s3cret-t0ken" });
  source = watchCluster(client, {
    resources: [],
    reflector: { timing: TIMING },
    log: (entry) => logged.push(entry),
    ...options,
  });
}

afterEach(async () => {
  await source.stop();
  client.close();
  await server.stop();
});

const nodeOf = (name: string): Node => ({
  metadata: { name, uid: name },
  status: { allocatable: { cpu: 4, pods: 10 } },
});

function podOf(name: string, nodeName?: string, more: Partial<Pod> = {}): Pod {
  const containers = [{ name: "main", resources: { requests: { cpu: 1 } } }];
  return {
    ...more,
    metadata: { name, namespace: "default", uid: `uid-${name}`, ...more.metadata },
    spec: { containers, ...(nodeName === undefined ? {} : { nodeName }) },
  };
}

const requestedOn = (name: string): number => source.cluster.node(name)?.requested.cpu ?? 0;
const seen = (isTrue: () => boolean): Promise<void> => eventually(isTrue, () => JSON.stringify(source.stats()));

describe("a source", () => {
  test("is synced when every list is in, not before", async () => {
    let isHeld = true;
    const faults: ApiServerOptions = {
      nextFault: (request) => (isHeld && request === "list" ? { kind: "status", code: 503 } : { kind: "none" }),
    };
    await start((api) => void api.put(NODES, nodeOf("n1")), {}, faults);
    const synced = source.whenSynced();
    await seen(() => source.stats().every(({ errors }) => errors > 1));
    expect(source.isSynced).toBe(false);
    isHeld = false;
    await synced;
    expect([source.isSynced, source.cluster.nodeCount]).toEqual([true, 1]);
  });

  test("counts pods that were listed before their nodes", async () => {
    await start((api) => void api.put(PODS, podOf("a", "n1")));
    await source.whenSynced();
    server.put(NODES, nodeOf("n1"));
    await seen(() => source.cluster.nodeCount === 1);
    expect(requestedOn("n1")).toBe(1000);
  });

  test("knows pods that wait, and tells of changes once the cluster has them", async () => {
    await start((api) => void api.put(NODES, nodeOf("n1")));
    await source.whenSynced();
    const told: string[] = [];
    const end = source.subscribe(({ type, pod }) =>
      told.push(`${type} ${pod.spec?.nodeName ?? "-"} ${requestedOn("n1")}`),
    );
    server.put(PODS, podOf("a"));
    await seen(() => source.pod("default", "a") !== undefined);
    server.put(PODS, podOf("a", "n1"));
    await seen(() => source.pod("default", "a")?.spec?.nodeName === "n1");
    server.delete(PODS, "default/a");
    await seen(() => source.pod("default", "a") === undefined);
    end();
    server.put(PODS, podOf("b"));
    await seen(() => source.pod("default", "b") !== undefined);
    expect(told).toEqual(["upsert - 0", "upsert n1 1000", "delete n1 0"]);
  });

  test("is not stopped by a listener that throws", async () => {
    await start((api) => void api.put(PODS, podOf("a")));
    source.subscribe(() => {
      throw new Error("oh");
    });
    await source.whenSynced();
    server.put(PODS, podOf("b"));
    await seen(() => source.pod("default", "b") !== undefined);
    expect(logged).toContainEqual({ level: "error", resource: "pods", message: "a listener failed: oh" });
  });

  test("passes over what it cannot understand, and says what", async () => {
    await start((api) => {
      api.put(NODES, nodeOf("n1"));
      api.put(NODES, { metadata: { name: "n2" }, status: { allocatable: { cpu: "lots" } } } as Node);
    });
    await source.whenSynced();
    expect([...source.cluster.nodes()].map(({ name }) => name)).toEqual(["n1"]);
    expect(source.stats()[0]).toMatchObject({ objects: 1, skipped: 1, unreadable: 1 });
    expect(logged).toContainEqual(
      expect.objectContaining({
        level: "warn",
        object: "Node n2",
        message: expect.stringContaining("cannot be understood"),
      }),
    );
  });

  test("is current while its watches are open, and not while the server is away", async () => {
    let isAway = false;
    const away: ApiServerOptions = { nextFault: () => (isAway ? { kind: "status", code: 503 } : { kind: "none" }) };
    await start(undefined, {}, away);
    await source.whenSynced();
    await seen(() => source.isCurrent);
    isAway = true;
    server.cutAll();
    await seen(() => !source.isCurrent);
    expect(source.isSynced).toBe(true);
    isAway = false;
    await seen(() => source.isCurrent);
  });

  test("stops waiting when it is stopped, or when its caller does", async () => {
    await start(undefined, {}, { nextFault: () => ({ kind: "status", code: 503 }) });
    const caller = new AbortController();
    const waiting = source.whenSynced(caller.signal);
    caller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const other = source.whenSynced();
    const stopped = expect(other).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await source.stop();
    await stopped;
  });

  test("never logs a credential", async () => {
    const codes = [401, 403, 500];
    await start(undefined, {}, { nextFault: () => ({ kind: "status", code: codes.shift() ?? 503 }) });
    await seen(() => logged.length > 5);
    expect(JSON.stringify(logged)).not.toContain("s3cret");
  });
});

describe("a promise", () => {
  async function promised(): Promise<void> {
    await start((api) => {
      api.put(NODES, nodeOf("n1"));
      api.put(NODES, nodeOf("n2"));
      api.put(PODS, podOf("a"));
    });
    await source.whenSynced();
    source.cluster.assume(source.pod("default", "a") ?? podOf("a"), "n1");
  }

  test("is confirmed by the watch, its room taken once", async () => {
    await promised();
    server.put(PODS, podOf("a", "n1"));
    await seen(() => source.cluster.pod("default/a")?.token === undefined);
    expect(requestedOn("n1")).toBe(1000);
  });

  test("gives way when the pod is seen on another node", async () => {
    await promised();
    server.put(PODS, podOf("a", "n2"));
    await seen(() => source.cluster.pod("default/a")?.node === "n2");
    expect([requestedOn("n1"), requestedOn("n2")]).toEqual([0, 1000]);
  });

  test("outlives late news of the pod that had its name before", async () => {
    await start((api) => {
      api.put(NODES, nodeOf("n1"));
      api.put(NODES, nodeOf("n2"));
      api.put(PODS, podOf("a"));
    });
    await source.whenSynced();
    const { metadata } = podOf("a");
    source.cluster.assume({ ...podOf("a"), metadata: { ...metadata, uid: "the next" } }, "n1");
    const told: string[] = [];
    source.subscribe(({ type, pod }) => told.push(`${type} ${pod.spec?.nodeName ?? "-"}`));
    server.put(PODS, podOf("a", "n2"));
    server.delete(PODS, "default/a");
    await seen(() => told.length === 2);
    expect(told).toEqual(["upsert n2", "delete n2"]);
    expect([requestedOn("n1"), requestedOn("n2")]).toEqual([1000, 0]);
  });

  test("outlives news of a pod that still waits", async () => {
    await promised();
    server.put(PODS, podOf("a", undefined, { metadata: { labels: { x: "y" } } }));
    await seen(() => source.pod("default", "a")?.metadata?.labels?.x === "y");
    expect(source.cluster.pod("default/a")?.token).toBeDefined();
  });

  test("ends with its pod, deleted before it was seen bound, or made anew under its name", async () => {
    await promised();
    server.delete(PODS, "default/a");
    await seen(() => source.cluster.pod("default/a") === undefined);
    expect(requestedOn("n1")).toBe(0);
    server.put(PODS, podOf("a"));
    await seen(() => source.pod("default", "a") !== undefined);
    source.cluster.assume(podOf("a"), "n1");
    server.cutAll();
    server.delete(PODS, "default/a");
    server.put(PODS, podOf("a", undefined, { metadata: { uid: "another" } }));
    server.compact();
    await seen(() => source.pod("default", "a")?.metadata?.uid === "another");
    expect(requestedOn("n1")).toBe(0);
  });

  test("for a pod that is being deleted stays until it is gone; a finished one frees its room", async () => {
    await promised();
    server.put(PODS, podOf("a", "n1", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }));
    await seen(() => source.pod("default", "a")?.metadata?.deletionTimestamp !== undefined);
    expect(requestedOn("n1")).toBe(1000);
    server.put(PODS, podOf("a", "n1", { status: { phase: "Succeeded" } }));
    await seen(() => requestedOn("n1") === 0);
  });
});

test("a scheduler on a source binds pods as they come, whichever of answer and watch is first", async () => {
  await start((api) => {
    for (const name of ["n1", "n2", "n3"]) api.put(NODES, nodeOf(name));
  });
  await source.whenSynced();
  const scheduler = new Scheduler(source.cluster);
  const bind = podBinder(client);
  const binding: Promise<void>[] = [];
  const placeAndBind = (pod: Pod): void => {
    const decision = scheduler.place(pod);
    if (decision.status !== "placed" || decision.token === undefined) return;
    const { namespace = "", name = "", uid = "" } = pod.metadata ?? {};
    const binder = async ({ node }: { node: string }): Promise<void> => {
      await bind({ pod: { namespace, name, uid }, node });
    };
    binding.push(scheduler.bind(decision.token, binder));
  };
  source.subscribe(({ type, pod }) => {
    if (type === "upsert" && !pod.spec?.nodeName && source.cluster.pod(`default/${pod.metadata?.name}`) === undefined) {
      placeAndBind(pod);
    }
  });
  for (let index = 0; index < 14; index++) server.put(PODS, podOf(`p${index}`));
  await seen(() => source.cluster.podCount === 12 && binding.length === 12);
  await Promise.all(binding);
  await seen(() => [...server.objects(PODS).values()].filter(({ spec }: Pod) => spec?.nodeName).length === 12);
  expect([server.bindings, requestedOn("n1"), requestedOn("n2"), requestedOn("n3")]).toEqual([12, 4000, 4000, 4000]);
});

describe("what is listed and watched", () => {
  test("is what a profile's plugins look at; the default profile looks at everything", () => {
    const profile = defaultProfile();
    expect(resourcesOf([profile])).toEqual(RESOURCE_NAMES);
    const fit = {
      ...profile,
      preFilter: [],
      filter: ["NodeResourcesFit"],
      postFilter: [],
      preScore: [],
      score: [],
      reserve: [],
    };
    expect(resourcesOf([fit])).toEqual(["nodes", "pods"]);
    expect(resourcesOf([fit, { ...fit, postFilter: ["DefaultPreemption"] }])).toEqual([
      "nodes",
      "pods",
      "poddisruptionbudgets",
    ]);
  });

  test("has as its rights list and watch, by group, and for binding two more", () => {
    const rules = policyRules(["nodes", "pods", "replicasets", "poddisruptionbudgets"], true);
    expect(rules).toEqual([
      { apiGroups: [""], resources: ["nodes", "pods"], verbs: ["list", "watch"] },
      { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["list", "watch"] },
      { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list", "watch"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
      { apiGroups: [""], resources: ["pods/binding"], verbs: ["create"] },
    ]);
    for (const name of RESOURCE_NAMES) expect(resourceOf(name).path.endsWith(`/${name}`)).toBe(true);
  });

  test("leaves out finished pods, as kube-scheduler's informer does, and is read in consistent pages", async () => {
    await start(
      (api) => {
        for (let index = 0; index < 7; index++) api.put(PODS, podOf(`p${index}`));
      },
      { reflector: { timing: TIMING, pageSize: 3 } },
    );
    await source.whenSynced();
    const lists = server.requests.filter((line) => line.includes(PODS) && !line.includes("watch="));
    expect(lists).toHaveLength(3);
    for (const line of lists) {
      const query = new URLSearchParams(line.slice(line.indexOf("?")));
      expect(query.get("fieldSelector")).toBe("status.phase!=Succeeded,status.phase!=Failed");
      expect([query.get("limit"), query.get("resourceVersion")]).toEqual(["3", null]);
    }
  });
});
