/**
 * Method: the room `live` against the real API server, without a scheduler. What a source holds is compared with what the
 * API server lists; what a binding did is read off the pod.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { podBinder } from "../../../src/live/binder.js";
import { connect } from "../../../src/live/client.js";
import { type ClusterSource, type ClusterSourceOptions, watchCluster } from "../../../src/live/cluster-source.js";
import { randomOf } from "../../helpers/random.js";
import { type ApiNode, type ApiPod, eventually, NODES, PODS } from "./api.js";
import { Balancer } from "./balancer.js";
import { ControlPlane } from "./control-plane.js";
import { FaultyProxy } from "./faulty-proxy.js";
import { nodeOf, podOf } from "./objects.js";

const MERGE = "application/merge-patch+json";
const NODE_COUNT = 10;

let folder: string;
let plane: ControlPlane;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "stowage-e2e-"));
  plane = await ControlPlane.start(folder);
  for (let index = 0; index < NODE_COUNT; index++) await plane.api.create(NODES, nodeOf(`n${index}`));
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

afterAll(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true });
});

async function follow(server?: string, options: ClusterSourceOptions = {}): Promise<ClusterSource> {
  const client = await connect({ kubeconfig: plane.kubeconfig("stowage", server) });
  const source = watchCluster(client, options);
  closing.push(async () => {
    await source.stop();
    client.close();
  });
  await source.whenSynced(AbortSignal.timeout(60_000));
  return source;
}

/** What the source holds, line by line. */
function heldBy(source: ClusterSource): string[] {
  const nodes = [...source.cluster.nodes()].map(({ name, allocatable, requested, object }) => {
    const { uid, labels } = object.metadata ?? {};
    return `${name} ${uid} ${labels?.round ?? "-"} ${allocatable.cpu} ${requested.cpu ?? 0} ${requested.pods ?? 0}`;
  });
  return nodes.sort();
}

/** The same by the API server. */
async function heldByServer(): Promise<string[]> {
  const [nodes, pods] = await Promise.all([plane.api.list<ApiNode>(NODES), plane.api.list<ApiPod>(PODS)]);
  return nodes.items
    .map(({ metadata, status }) => {
      const here = pods.items.filter(({ spec }) => spec.nodeName === metadata.name);
      const milli = here.reduce(
        (sum, { spec }) => sum + Number.parseInt(spec.containers[0]?.resources?.requests?.cpu ?? "0", 10),
        0,
      );
      const cpu = Number(status.allocatable.cpu) * 1000;
      return `${metadata.name} ${metadata.uid} ${metadata.labels?.round ?? "-"} ${cpu} ${milli} ${here.length}`;
    })
    .sort();
}

async function expectAgreement(source: ClusterSource): Promise<void> {
  const served = (await heldByServer()).join("\n");
  await eventually("source and server agree", () => heldBy(source).join("\n") === served, 60_000).catch(() => {
    expect(heldBy(source).join("\n")).toBe(served);
  });
  const { items } = await plane.api.list<ApiPod>(PODS);
  for (const { metadata, spec } of items) {
    const pod = source.pod("default", metadata.name);
    expect([metadata.name, pod?.metadata?.uid, pod?.spec?.nodeName]).toEqual([
      metadata.name,
      metadata.uid,
      spec.nodeName,
    ]);
  }
}

let podsMade = 0;

/** Pods come, some on nodes and some waiting, and go; nodes change, go and come back under their names. */
async function churn(steps: number, seed: string): Promise<void> {
  const random = randomOf(seed);
  const alive: string[] = [];
  for (let step = 0; step < steps; step++) {
    const what = random.int(0, 9);
    const node = `n${random.int(0, NODE_COUNT - 1)}`;
    if (what < 5) {
      const name = `c${podsMade++}`;
      const pod = podOf(name, { requests: { cpu: `${100 + random.int(0, 4) * 50}m` } });
      await plane.api.create(PODS, random.chance(25) ? pod : { ...pod, spec: { ...pod.spec, nodeName: node } });
      alive.push(name);
    } else if (what < 8) {
      const [name] = alive.splice(random.int(0, Math.max(alive.length - 1, 0)), 1);
      if (name !== undefined) await plane.api.delete(`${PODS}/${name}`);
    } else if (what === 8) {
      await plane.api.call("PATCH", `${NODES}/${node}`, { metadata: { labels: { round: `${step}` } } }, MERGE);
    } else {
      await plane.api.delete(`${NODES}/${node}`);
      await plane.api.create(NODES, nodeOf(node));
    }
  }
}

describe("a source", () => {
  test("follows the API server through cuts, a compaction and a restart", async () => {
    const balancer = await Balancer.start([{ port: plane.apiPort }]);
    closing.push(() => balancer.stop());
    const source = await follow(`https://127.0.0.1:${balancer.port}`);
    await churn(60, "before");
    await expectAgreement(source);
    const listed = source.stats().map(({ lists }) => lists);
    balancer.cut();
    await churn(40, "while cut off");
    balancer.mend();
    await expectAgreement(source);
    expect(source.stats().map(({ lists }) => lists)).toEqual(listed);
    balancer.cut();
    await churn(40, "before a compaction");
    await plane.compact();
    await plane.killApiServer();
    await plane.startApiServer();
    balancer.mend();
    await churn(40, "after a restart");
    await expectAgreement(source);
    await eventually("the source is current again", () => source.isCurrent);
    expect(source.stats().every(({ skipped }) => skipped === 0)).toBe(true);
  });

  test("gives up watches in which nothing comes, and misses nothing by that", async () => {
    let isStalled = true;
    const proxy = await FaultyProxy.start({
      targets: [`https://127.0.0.1:${plane.apiPort}`],
      fateOf: ({ path }) => (path.includes("watch=1") && isStalled ? { lagMs: () => 3_600_000 } : {}),
    });
    closing.push(() => proxy.stop());
    const source = await follow(proxy.url, {
      resources: [],
      reflector: { timing: { idleTimeoutMs: 500, initialMs: 100 } },
    });
    await churn(30, "in silence");
    await eventually("the silence is noticed", () => source.stats().every(({ errors }) => errors > 0));
    isStalled = false;
    await expectAgreement(source);
  });

  test("reads a list of several pages as it was at one moment", async () => {
    await churn(60, "pages");
    const source = await follow(undefined, { resources: [], reflector: { pageSize: 7 } });
    await expectAgreement(source);
  });

  test("frees the room of a pod that has finished, and forgets it", async () => {
    const source = await follow(undefined, { resources: [] });
    await plane.api.create(PODS, { ...podOf("done"), spec: { ...podOf("done").spec, nodeName: "n0" } });
    await eventually("the pod is seen", () => source.cluster.pod("default/done"));
    await plane.api.call("PATCH", `${PODS}/done/status`, { status: { phase: "Succeeded" } }, MERGE);
    await eventually("its room is free", () => source.cluster.pod("default/done") === undefined);
    expect(source.pod("default", "done")).toBeUndefined();
    await plane.api.delete(`${PODS}/done`);
  });
});

describe("a binding", () => {
  async function bindingOf(name: string, node: string, spec: object = {}, metadata: object = {}) {
    const pod = podOf(name);
    await plane.api.create(PODS, {
      ...pod,
      metadata: { ...pod.metadata, ...metadata },
      spec: { ...pod.spec, ...spec },
    });
    const uid = (await plane.api.pod(name)).metadata.uid ?? "";
    return { pod: { namespace: "default", name, uid }, node };
  }

  async function binderFor(server?: string) {
    const client = await connect({ kubeconfig: plane.kubeconfig("stowage", server) });
    closing.push(() => client.close());
    return podBinder(client, { initialBackoffMs: 10 });
  }

  test("binds, finds what it bound, and says where a pod went otherwise", async () => {
    const bind = await binderFor();
    const binding = await bindingOf("b1", "n1");
    expect(await bind(binding)).toEqual({ wasBound: false, attempts: 1 });
    expect(await bind(binding)).toEqual({ wasBound: true, attempts: 1 });
    await expect(bind({ ...binding, node: "n2" })).rejects.toMatchObject({
      failure: "elsewhere",
      message: "pod default/b1 onto node n2: it is bound to n1 already",
    });
    expect((await plane.api.pod("b1")).spec.nodeName).toBe("n1");
  });

  test("does not bind the successor of a pod, nor one that goes or is gated", async () => {
    const bind = await binderFor();
    const old = await bindingOf("b2", "n1");
    await plane.api.delete(`${PODS}/b2`);
    await expect(bind(old)).rejects.toMatchObject({ failure: "gone" });
    await bindingOf("b2", "n1");
    await expect(bind(old)).rejects.toMatchObject({ failure: "gone" });
    const going = await bindingOf("b3", "n1", {}, { finalizers: ["example.com/wait"] });
    await plane.api.delete(`${PODS}/b3`);
    await expect(bind(going)).rejects.toMatchObject({ failure: "terminating" });
    const gated = await bindingOf("b4", "n1", { schedulingGates: [{ name: "example.com/gate" }] });
    await expect(bind(gated)).rejects.toMatchObject({ failure: "refused", isOutcomeUnknown: false });
    await plane.api.call("PATCH", `${PODS}/b3`, { metadata: { finalizers: null } }, MERGE);
  });

  test("whose answer is lost is found; twenty at once bind once", async () => {
    let losses = 2;
    const proxy = await FaultyProxy.start({
      targets: [`https://127.0.0.1:${plane.apiPort}`],
      fateOf: ({ method }) => ({ isAnswerLost: method === "POST" && losses-- > 0 }),
    });
    closing.push(() => proxy.stop());
    const bind = await binderFor(proxy.url);
    expect(await bind(await bindingOf("b5", "n1"))).toEqual({ wasBound: true, attempts: 1 });
    const binding = await bindingOf("b6", "n1");
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => bind(binding)));
    expect(outcomes.filter(({ wasBound }) => !wasBound).length).toBeLessThanOrEqual(1);
    expect((await plane.api.pod("b6")).spec.nodeName).toBe("n1");
  });

  test("is made while the API server is away, as soon as it is back", async () => {
    const bind = await binderFor();
    const binding = await bindingOf("b7", "n1");
    await plane.killApiServer();
    const bound = bind(binding);
    await sleep(500);
    await plane.startApiServer();
    expect((await bound).attempts).toBeGreaterThan(0);
    expect((await plane.api.pod("b7")).spec.nodeName).toBe("n1");
  });
});
