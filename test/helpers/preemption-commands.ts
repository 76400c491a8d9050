/**
 * Everything that moves whom a pod may preempt, as commands for fast-check: on two clusters in step, a scheduler that keeps what
 * it found out and one that does not are asked the same. What an answer lists is read when the next one is there. On one cluster
 * the one that tries nodes would move pods on all of them, and the other hear of changes everywhere.
 */

import fc from "fast-check";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, PodDisruptionBudget, Taint } from "../../src/kube/objects.js";
import type { Preemption } from "../../src/scheduler/decision.js";
import type { PreemptOptions } from "../../src/scheduler/options.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

interface World {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
}

export interface PreemptionReal {
  readonly kept: World;
  readonly tried: World;
  /** An answer whose lists nobody has read, and all that it must say. */
  unread: { readonly answer: Preemption; readonly whole: string } | undefined;
  open: number;
  named: number;
  readonly differences: string[];
}

export interface PreemptionSetting {
  readonly nodes: number;
  readonly config: number;
  readonly compat: "1.36" | "1.37";
  /** So little that there is one index at a time, or undefined. */
  readonly cacheBytes: number | undefined;
}

const GPU = "example.com/gpu";
const NOW_MS = Date.UTC(2030, 0, 1, 9);

const CONFIGS: readonly object[] = [
  {},
  {
    profiles: [
      {
        pluginConfig: [
          {
            name: "DefaultPreemption",
            args: { minCandidateNodesPercentage: 20, minCandidateNodesAbsolute: 2 },
          },
        ],
      },
    ],
  },
  // NodeResourcesFit in front of the filters that look at specs.
  {
    profiles: [
      {
        plugins: {
          filter: { disabled: [{ name: "TaintToleration" }], enabled: [{ name: "TaintToleration" }] },
        },
      },
    ],
  },
];

export const preemptionSetting: fc.Arbitrary<PreemptionSetting> = fc.record({
  nodes: fc.constantFrom(1, 3, 3, 12, 140),
  config: fc.nat(CONFIGS.length - 1),
  compat: fc.constantFrom("1.36", "1.37"),
  cacheBytes: fc.constantFrom(undefined, undefined, 1),
});

export function beginPreemption(setting: PreemptionSetting, module?: WebAssembly.Module): PreemptionReal {
  const kept = worldOf(setting, true, module);
  const tried = worldOf(setting, false, module);
  return { kept, tried, unread: undefined, open: 0, named: 0, differences: [] };
}

function worldOf(
  { nodes, config, compat, cacheBytes }: PreemptionSetting,
  isIndexed: boolean,
  module?: WebAssembly.Module,
): World {
  const cluster = new Cluster({ compat, ...(module && { module }) });
  for (let index = 0; index < nodes; index++) {
    const name = nameOf(index);
    cluster.upsertNode(nodeOf(name, index % 7 === 6 ? "tainted" : index % 5 === 4 ? "small" : "usual"));
    const kinds: readonly Partial<Kind>[] = [{}, { priority: index % 3 }, { app: "db", hour: index % 4 }];
    for (const [at, kind] of kinds.entries()) {
      cluster.upsertPod(podOf(`first-${index}-${at}`, { ...USUAL, ...kind }, name));
    }
  }
  cluster.upsertObject(budgetOf("a", "web", 1, ""));
  cluster.upsertObject(budgetOf("b", "db", 0, ""));
  const options = { config: CONFIGS[config]!, isIndexed, ...(cacheBytes === undefined ? {} : { cacheBytes }) };
  return { cluster, scheduler: new Scheduler(cluster, options) };
}

type NodeKind = "usual" | "small" | "tainted" | "cordoned";

function nodeOf(name: string, kind: NodeKind): Node {
  const taints: Taint[] = kind === "tainted" ? [{ key: "dedicated", effect: "NoSchedule" }] : [];
  const cpu = kind === "small" ? 2 : 3;
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    spec: { taints, unschedulable: kind === "cordoned" },
    status: { allocatable: { cpu, memory: "8Gi", pods: kind === "small" ? 3 : 6, [GPU]: 1 } },
  };
}

interface Kind {
  readonly cpuMilli: number;
  readonly gpu: number;
  readonly priority: number;
  readonly app: "web" | "db" | "";
  /** At which hour it started; undefined = not yet. */
  readonly hour: number | undefined;
  readonly hostPort: number;
  readonly shunsDb: boolean;
  readonly spreads: boolean;
  readonly isNever: boolean;
}

const USUAL: Kind = {
  cpuMilli: 900,
  gpu: 0,
  priority: 0,
  app: "web",
  hour: 8,
  hostPort: 0,
  shunsDb: false,
  spreads: false,
  isNever: false,
};

const seldom = fc.constantFrom(...Array<boolean>(11).fill(false), true);

function kindOf(priorities: readonly number[], cpus: readonly number[]): fc.Arbitrary<Kind> {
  return fc.record({
    cpuMilli: fc.constantFrom(...cpus),
    gpu: fc.constantFrom(0, 0, 0, 1),
    priority: fc.constantFrom(...priorities),
    app: fc.constantFrom("web", "web", "db", ""),
    hour: fc.constantFrom(8, 8, 9, 10, undefined),
    hostPort: fc.constantFrom(0, 0, 0, 0, 0, 0, 8_080),
    shunsDb: seldom,
    spreads: seldom,
    isNever: seldom,
  });
}

const runningKind = kindOf([0, 0, 1, 2, -5], [0, 300, 900, 1_500]);
/** Two kinds again and again, so that what is kept of them grows old; now and then another. */
const askingKind = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom<Kind>({ ...USUAL, priority: 10 }, { ...USUAL, priority: 10, cpuMilli: 2_500 }),
  },
  { weight: 1, arbitrary: kindOf([1, 10], [900, 2_500]) },
);

function podOf(name: string, kind: Kind, nodeName = "", nominatedNodeName = ""): Pod {
  const { cpuMilli, gpu, priority, app, hour, hostPort, shunsDb, spreads, isNever } = kind;
  const requests = { cpu: `${cpuMilli}m`, memory: "64Mi", ...(gpu === 0 ? {} : { [GPU]: gpu }) };
  const topologyKey = "kubernetes.io/hostname";
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: "db" } }, topologyKey }],
  };
  const constraint = { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule" as const };
  return {
    metadata: { name, namespace: "default", labels: app === "" ? {} : { app } },
    spec: {
      ...(nodeName === "" ? {} : { nodeName }),
      ...(isNever ? { preemptionPolicy: "Never" as const } : {}),
      ...(shunsDb ? { affinity: { podAntiAffinity } } : {}),
      topologySpreadConstraints: spreads ? [{ ...constraint, labelSelector: { matchLabels: { app: "web" } } }] : [],
      priority,
      containers: [
        { name: "main", resources: { requests }, ports: hostPort === 0 ? [] : [{ containerPort: 80, hostPort }] },
      ],
    },
    status: {
      ...(hour === undefined ? {} : { startTime: new Date(Date.UTC(2030, 0, 1, hour)).toISOString() }),
      ...(nominatedNodeName === "" ? {} : { nominatedNodeName }),
    },
  };
}

/** What an answer says without making its lists. */
function headOf({ status, node, victims, pdbViolations, message }: Omit<Preemption, "best">): string {
  return JSON.stringify([status, node, victims, pdbViolations, message]);
}

function compare({ differences }: PreemptionReal, found: string, expected: string): void {
  if (found !== expected) differences.push(`${found}\ninstead of\n${expected}`);
}

type Run = (real: PreemptionReal) => void;

/** Changes both clusters; `name` is one that no pod has had. */
function both(change: (world: World, name: string) => void): Run {
  return (real) => {
    const name = `pod-${real.named++}`;
    for (const world of [real.kept, real.tried]) change(world, name);
  };
}

/** Asks both, and lets the victims go and the pod come where `isDone`. */
function preempt(kind: Kind, options: PreemptOptions, isDone: boolean): Run {
  return (real) => {
    const { kept, tried, unread } = real;
    const pod = podOf(`high-${real.named++}`, kind);
    const [answer, expected] = [kept.scheduler.preempt(pod, options), tried.scheduler.preempt(pod, options)];
    compare(real, headOf(answer), headOf(expected));
    if (unread !== undefined) compare(real, JSON.stringify(unread.answer), unread.whole);
    real.unread = { answer, whole: JSON.stringify(expected) };
    if (!isDone || expected.status !== "possible") return;
    both(({ cluster, scheduler }) => {
      for (const { key } of expected.victims) cluster.removePod(key);
      compare(real, scheduler.place(pod).status, "placed");
    })(real);
  };
}

function budgetOf(name: string, app: string, disruptionsAllowed: number, disrupted: string): PodDisruptionBudget {
  return {
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "default" },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed, disruptedPods: disrupted === "" ? {} : { [disrupted]: "2030-01-01T00:00:00Z" } },
  };
}

function nameOf(index: number): string {
  return `n${index}`;
}

function step([words, run]: readonly [string, Run]): fc.Command<object, PreemptionReal> {
  return { check: () => true, run: (_, real) => run(real), toString: () => words };
}

/** Often asks before a change and after it, so that it is the only one in between. */
function around(change: fc.Arbitrary<[string, Run]>): fc.Arbitrary<[string, Run]> {
  return fc.tuple(change, fc.option(askingKind)).map(([[words, run], kind]) => {
    if (kind === null) return [words, run];
    const ask = preempt(kind, {}, false);
    const thrice: Run = (real) => {
      for (const each of [ask, run, ask]) each(real);
    };
    return [`${words}; ask before and after ${JSON.stringify(kind)}`, thrice];
  });
}

const options: fc.Arbitrary<PreemptOptions> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constantFrom({ nowMs: NOW_MS }, { isSampled: true }) },
);
const nodeName = fc.nat(13).map(nameOf);
/** Of pods that are there at first. */
const podName = fc.tuple(fc.nat(11), fc.nat(2)).map(([node, pod]) => `first-${node}-${pod}`);

const asked = fc
  .tuple(askingKind, options, fc.constantFrom(true, false, false))
  .map(([kind, how, isDone]): [string, Run] => [
    `${isDone ? "preempt" : "ask"} ${JSON.stringify([kind, how])}`,
    preempt(kind, how, isDone),
  ]);

const comes = fc
  .tuple(runningKind, nodeName)
  .map(([kind, node]): [string, Run] => [
    `a pod comes to ${node} ${JSON.stringify(kind)}`,
    both(({ cluster }, name) => cluster.upsertPod(podOf(name, kind, node))),
  ]);

const budgetComes = fc
  .tuple(fc.constantFrom("a", "b"), fc.constantFrom("web", "db"), fc.nat(4), fc.constantFrom("", "first-0-0"))
  .map(([name, app, allowed, disrupted]): [string, Run] => [
    `budget ${name} lets ${allowed} of ${app} go${disrupted && `, without ${disrupted}`}`,
    both(({ cluster }) => cluster.upsertObject(budgetOf(name, app, allowed, disrupted))),
  ]);

/** As controllers change a budget that is there: it lets more or fewer pods go, or one of its pods is going. */
const budgetChanges = fc
  .tuple(fc.constantFrom("a", "b"), fc.nat(4), fc.constantFrom("", "", "first-0-0", "first-1-0"))
  .map(([name, allowed, disrupted]): [string, Run] => [
    `budget ${name} lets ${allowed} go now${disrupted && `, ${disrupted} is going`}`,
    both(({ cluster }) => {
      const known = cluster.state.objects.get("PodDisruptionBudget", name);
      const app = known?.spec?.selector?.matchLabels?.app;
      if (app !== undefined) cluster.upsertObject(budgetOf(name, app, allowed, disrupted));
    }),
  ]);

const others: readonly fc.Arbitrary<[string, Run]>[] = [
  fc
    .tuple(podName, runningKind, nodeName)
    .map(([name, kind, node]) => [
      `pod ${name} is on ${node} ${JSON.stringify(kind)}`,
      both(({ cluster }) => cluster.upsertPod(podOf(name, kind, node))),
    ]),
  podName.map((name) => [`pod ${name} goes`, both(({ cluster }) => void cluster.removePod(`default/${name}`))]),
  fc
    .tuple(runningKind, fc.integer({ min: 1, max: 9 }))
    .map(([kind, count]) => [
      `place ${count} ${JSON.stringify(kind)}`,
      both(({ scheduler }, name) => void scheduler.placeMany(scheduler.class(podOf(name, kind)), count)),
    ]),
  fc
    .constantFrom("a", "b")
    .map((name) => [
      `no budget ${name}`,
      both(({ cluster }) => void cluster.removeObject("PodDisruptionBudget", name)),
    ]),
  fc
    .tuple(nodeName, fc.constantFrom<NodeKind>("usual", "small", "tainted", "cordoned"))
    .map(([name, kind]) => [`node ${name} is ${kind}`, both(({ cluster }) => cluster.upsertNode(nodeOf(name, kind)))]),
  nodeName.map((name) => [`node ${name} goes`, both(({ cluster }) => void cluster.removeNode(name))]),
  fc.tuple(askingKind, nodeName, asked).map(([kind, node, [words, ask]]) => [
    `while a pod waits for ${node} ${JSON.stringify(kind)}, ${words}`,
    (real) => {
      both(({ cluster }) => cluster.upsertPod(podOf("waiting", kind, "", node)))(real);
      ask(real);
      both(({ cluster }) => void cluster.removePod("default/waiting"))(real);
    },
  ]),
];

const transactions: readonly [string, Run][] = [
  [
    "begin",
    (real) => {
      both(({ cluster }) => cluster.begin())(real);
      real.open++;
    },
  ],
  ["rollback", (real) => end(real, "rollback")],
  ["commit", (real) => end(real, "commit")],
];

function end(real: PreemptionReal, verb: "rollback" | "commit"): void {
  if (real.open === 0) return;
  real.open--;
  both(({ cluster }) => cluster[verb]())(real);
}

/** Questions stand there more than once, so that little happens between two of them. */
export function preemptionCommands(): fc.Arbitrary<fc.Command<object, PreemptionReal>>[] {
  const changes = [comes, comes, budgetComes, budgetChanges, budgetChanges, ...others].map(around);
  const questions = Array<typeof asked>(6).fill(asked);
  const all = [...questions, ...changes, ...transactions.map((each) => fc.constant(each))];
  return all.map((action) => action.map(step));
}
