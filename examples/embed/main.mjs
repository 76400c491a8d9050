// A small orchestrator for game servers: 40 machines, workloads that need players' seats beside cpu and memory, one
// policy of its own, agents that sometimes refuse or do not answer, and the question what happens when a machine fails.
import Table from "cli-table3";
import { Cluster, definePlugin, Scheduler } from "stowage";

const PROMISE_TTL_MS = 30_000;

/** Lobbies hold everybody's session: they stay off machines that may be taken away. */
const noLobbyOnSpot = definePlugin({
  name: "NoLobbyOnSpot",
  filter: (cycle) =>
    cycle.eachNode(({ labels }) =>
      cycle.pod.metadata.labels.kind === "lobby" && labels.lease === "spot" ? "node(s) are on a spot lease" : undefined,
    ),
});

const SIZES = [
  { cpu: 4, memory: "8Gi", players: 80 },
  { cpu: 8, memory: "16Gi", players: 200 },
  { cpu: 16, memory: "64Gi", players: 320 },
];

const KINDS = {
  lobby: { cpu: 2, memory: "4Gi", players: 60 },
  arena: { cpu: "1500m", memory: "2Gi", players: 40 },
  duel: { cpu: "250m", memory: "512Mi", players: 2 },
};

function servers() {
  return Array.from({ length: 40 }, (_, index) => ({
    name: `server-${String(index + 1).padStart(2, "0")}`,
    allocatable: SIZES[index % SIZES.length],
    labels: { lease: index % 4 === 3 ? "spot" : "fixed" },
  }));
}

function workloads() {
  const make = (kind, count) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${kind}-${index + 1}`,
      requests: KINDS[kind],
      labels: { kind },
      priority: kind === "lobby" ? 10 : 0,
    }));
  return [...make("arena", 30), ...make("duel", 60), ...make("lobby", 93)];
}

/** What the agent of a machine does with a workload: a seed stands for the world. */
function agents(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const percent = (state >>> 16) % 100;
    if (percent < 8) return "refuses";
    return percent < 14 ? "is silent" : "starts it";
  };
}

const cluster = new Cluster();
const scheduler = new Scheduler(cluster, { plugins: [noLobbyOnSpot] });

/** Promises, binds and expires until every workload runs or has no room. Returns those without room, and why. */
async function settle(all, nextAnswer) {
  let queue = scheduler.sort(all);
  let leftOver = new Map();
  for (let round = 1; queue.length > leftOver.size; round++) {
    const { tokens, ...rest } = promise(queue, round * PROMISE_TTL_MS);
    leftOver = rest.leftOver;
    const answers = { "starts it": 0, refuses: 0, "is silent": 0 };
    await Promise.allSettled(tokens.map((token) => deliver(token, nextAnswer(), answers)));
    const expired = cluster.expire((round + 1) * PROMISE_TTL_MS);
    console.log(
      `round ${round}: ${tokens.length} promised, ${answers["starts it"]} started, ${answers.refuses} refused, ` +
        `${expired.length} expired, ${leftOver.size} without room`,
    );
    queue = queue.filter(({ metadata }) => cluster.pod(`default/${metadata.name}`) === undefined);
  }
  return leftOver;
}

/** Promises room to what fits, for a limited time. */
function promise(queue, nowMs) {
  const tokens = [];
  const leftOver = new Map();
  for (const pod of queue) {
    const decision = scheduler.schedule(pod);
    if (decision.status === "placed") {
      tokens.push(cluster.assume(pod, decision.node, { nowMs, ttlMs: PROMISE_TTL_MS }));
    } else leftOver.set(pod.metadata.name, decision.message);
  }
  return { tokens, leftOver };
}

/** A silent agent leaves the promise as it is; it will expire. */
async function deliver(token, answer, answers) {
  answers[answer]++;
  if (answer === "is silent") return;
  await scheduler.bind(token, async ({ pod, node }) => {
    await Promise.resolve();
    if (answer === "refuses") throw new Error(`the agent of ${node} refused ${pod.metadata.name}`);
  });
}

/** Fails a machine, places its workloads elsewhere, reports, and takes it all back. */
function whatIfFails(name) {
  const before = JSON.stringify([...cluster.nodes()].map(({ requested, pods }) => [requested, pods]));
  const victims = cluster.node(name).pods.map((key) => cluster.pod(key).pod);
  cluster.begin();
  cluster.removeNode(name);
  for (const pod of victims) cluster.removePod(pod);
  const decisions = scheduler.sort(victims).map((pod) => scheduler.place(pod));
  const moved = decisions.filter(({ status }) => status === "placed");
  console.log(`\nIf ${name} failed, ${moved.length} of its ${victims.length} workloads would find room:`);
  for (const { key, status, node, message } of decisions) {
    console.log(`  ${key.replace("default/", "")} ${status === "placed" ? `-> ${node}` : `has none: ${message}`}`);
  }
  cluster.rollback();
  const after = JSON.stringify([...cluster.nodes()].map(({ requested, pods }) => [requested, pods]));
  console.log(`Taken back: the cluster is ${after === before ? "as it was" : "NOT as it was"}.`);
}

function report(leftOver, total) {
  const gib = (bytes) => (bytes ?? 0) / 2 ** 30;
  const table = new Table({
    head: ["server", "lease", "workloads", "cpu", "memory GiB", "players"],
    colAligns: ["left", "left", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, labels, requested, allocatable, pods } of cluster.nodes()) {
    table.push([
      name,
      labels.lease,
      pods.length,
      `${(requested.cpu ?? 0) / 1000} / ${allocatable.cpu / 1000}`,
      `${gib(requested.memory)} / ${gib(allocatable.memory)}`,
      `${requested.players ?? 0} / ${allocatable.players}`,
    ]);
  }
  console.log(`\n${table}\n`);
  for (const [name, message] of leftOver) console.log(`${name} has no room: ${message}`);
  console.log(`${total} workloads: ${cluster.podCount} run, ${leftOver.size} have no room`);
}

for (const server of servers()) cluster.upsertNode(server);
const all = workloads();
const leftOver = await settle(all, agents(2026));
report(leftOver, all.length);
whatIfFails("server-03");
cluster.dispose();
