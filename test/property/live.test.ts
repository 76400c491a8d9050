/**
 * Method: an API server that misbehaves as drawn by fast-check, while objects come, change and go. Once it behaves again,
 * source and server must hold the same; and the changes that were told on the way must add up to it.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NamedObject, Node, Pod } from "../../src/kube/objects.js";
import { type ClusterSource, type PodChange, watchCluster } from "../../src/live/cluster-source.js";
import { ApiServer, type Fault } from "../helpers/api-server.js";
import { connectTo, eventually } from "../helpers/live-client.js";

const NODES = "/api/v1/nodes";
const PODS = "/api/v1/pods";
const RUNS = Number(process.env.STOWAGE_LIVE_RUNS ?? 40);
const SEED = Number(process.env.STOWAGE_LIVE_SEED ?? 20_260);

/** A run that takes longer hangs. */
const MAX_RUN_MS = 5_000;

/** Everything happens soon, so that a run is short. */
const TIMING = { initialMs: 1, maxMs: 4, idleTimeoutMs: 60, requestTimeoutMs: 250, watchTimeoutMs: 60_000 };

const names = ["a", "b", "c", "d"] as const;
const name = fc.constantFrom(...names);
const command = fc.oneof(
  fc.record({ do: fc.constant("pod" as const), name, cpu: fc.integer({ min: 1, max: 9 }), node: fc.option(name) }),
  fc.record({ do: fc.constant("node" as const), name, cpu: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ do: fc.constant("heartbeat" as const), name }),
  fc.record({ do: fc.constant("deletePod" as const), name }),
  fc.record({ do: fc.constant("recreatePod" as const), name }),
  fc.record({ do: fc.constant("deleteNode" as const), name }),
  fc.constant({ do: "compact" as const }),
  fc.constant({ do: "cutAll" as const }),
  { weight: 4, arbitrary: fc.constant({ do: "wait" as const }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const after = fc.integer({ min: 0, max: 2 });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "none" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("cut", "end", "garbage", "nameless", "huge", "expired", "unversioned", "twice", "swapped"),
      after,
    }) as fc.Arbitrary<Fault>,
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("silence" as const), after }) },
  { weight: 1, arbitrary: fc.constant({ kind: "drip" as const }) },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant("status" as const), code: fc.constantFrom(410, 500, 503, 504, 403, 404) }),
      fc.constant({ kind: "status" as const, code: 429, retryAfter: 0 }),
    ),
  },
);

describe(`a cluster source and an API server that misbehaves, ${RUNS} runs from seed ${SEED}`, () => {
  test(
    "hold the same once the server behaves, and what was told adds up to it",
    async () => {
      const commands = fc.array(command, { minLength: 10, maxLength: 60, size: "max" });
      const faults = fc.array(fault, { minLength: 5, maxLength: 40, size: "max" });
      await fc.assert(fc.asyncProperty(commands, faults, run), { seed: SEED, numRuns: RUNS });
    },
    RUNS * MAX_RUN_MS,
  );
});

async function run(commands: readonly Command[], faults: readonly Fault[]): Promise<void> {
  const drawn = [...faults];
  const server = new ApiServer({ nextFault: () => drawn.shift() ?? { kind: "none" }, bookmarkMs: 10 });
  const client = await connectTo(await server.start());
  const reflector = { timing: TIMING, pageSize: 3, maxObjectBytes: 16 * 1024 };
  const source = watchCluster(client, { resources: [], reflector });
  const told = new Map<string, Pod>();
  const problems: string[] = [];
  source.subscribe((change) => replay(change, told, problems));
  try {
    for (const each of commands) await obey(each, server);
    await eventually(
      () => source.isSynced && stateOf(source) === modelOf(server),
      () => `source:\n${stateOf(source)}\nserver:\n${modelOf(server)}\n${JSON.stringify(source.stats(), null, 1)}`,
    );
    expect(problems).toEqual([]);
    expect([...told.values()].map(podLine).sort()).toEqual(podsOf(server).map(podLine).sort());
  } finally {
    await source.stop();
    client.close();
    await server.stop();
  }
}

let uids = 0;

async function obey(one: Command, server: ApiServer): Promise<void> {
  if (one.do === "node") server.put(NODES, nodeOf(one.name, one.cpu));
  else if (one.do === "deleteNode") server.delete(NODES, one.name);
  else if (one.do === "pod") {
    const known = server.objects(PODS).get(`default/${one.name}`) as Pod | undefined;
    const uid = known?.metadata?.uid ?? `uid-${++uids}`;
    server.put(PODS, podOf(one.name, uid, one.cpu, known?.spec?.nodeName ?? one.node ?? undefined));
  } else if (one.do === "heartbeat") {
    const node = server.objects(NODES).get(one.name);
    if (node !== undefined) server.put(NODES, node);
  } else if (one.do === "deletePod") server.delete(PODS, `default/${one.name}`);
  else if (one.do === "recreatePod") {
    server.delete(PODS, `default/${one.name}`);
    server.put(PODS, podOf(one.name, `uid-${++uids}`, 1));
  } else if (one.do === "compact") server.compact();
  else if (one.do === "cutAll") server.cutAll();
  else await new Promise((resolve) => setTimeout(resolve, 5));
}

function nodeOf(nodeName: string, cpu: number): Node {
  return { metadata: { name: nodeName, uid: `node-${nodeName}` }, status: { allocatable: { cpu, pods: 110 } } };
}

function podOf(podName: string, uid: string, cpu: number, nodeName?: string): Pod {
  const containers = [{ name: "main", resources: { requests: { cpu } } }];
  return {
    metadata: { name: podName, namespace: "default", uid },
    spec: { containers, ...(nodeName === undefined ? {} : { nodeName }) },
  };
}

/** Changes must follow from one another: what is said to have been there was there. */
function replay(change: PodChange, told: Map<string, Pod>, problems: string[]): void {
  const key = change.pod.metadata?.name ?? "";
  const known = told.get(key);
  const said = change.type === "upsert" ? change.previous : change.pod;
  if (said !== known) problems.push(`${change.type} ${key}: the pod before is another`);
  if (change.type === "delete") told.delete(key);
  else told.set(key, change.pod);
}

/** What can be read off the source: nodes and what they hold, and pods, waiting ones too. */
function stateOf(source: ClusterSource): string {
  const nodes = [...source.cluster.nodes()].map(
    (node) => `${node.name} ${JSON.stringify(node.object.status?.allocatable)} requested ${node.requested.cpu ?? 0}`,
  );
  const pods = names.flatMap((each) => source.pod("default", each) ?? []);
  const bound = pods.flatMap(({ metadata }) => {
    const found = source.cluster.pod(`default/${metadata?.name}`);
    return found === undefined ? [] : [`${podLine(found.pod)} on ${found.node}`];
  });
  return [...nodes.sort(), ...pods.map(podLine).sort(), ...bound.sort(), `${source.cluster.podCount} bound`].join("\n");
}

function modelOf(server: ApiServer): string {
  const pods = podsOf(server);
  const bound = pods.filter(({ spec }) => spec?.nodeName);
  const nodes = [...(server.objects(NODES).values() as Iterable<Node>)].map(({ metadata, status }) => {
    const here = bound.filter(({ spec }) => spec?.nodeName === metadata?.name);
    const milli = here.reduce(
      (sum, { spec }) => sum + 1000 * Number(spec?.containers?.[0]?.resources?.requests?.cpu),
      0,
    );
    return `${metadata?.name} ${JSON.stringify(status?.allocatable)} requested ${milli}`;
  });
  const places = bound.map((pod) => `${podLine(pod)} on ${pod.spec?.nodeName}`);
  return [...nodes.sort(), ...pods.map(podLine).sort(), ...places.sort(), `${bound.length} bound`].join("\n");
}

function podsOf(server: ApiServer): Pod[] {
  return [...(server.objects(PODS).values() as Iterable<NamedObject>)];
}

function podLine({ metadata, spec }: Pod): string {
  return `${metadata?.name} ${metadata?.uid} ${JSON.stringify(spec?.containers)} ${spec?.nodeName ?? "waits"}`;
}
