/**
 * Everything that moves whom a pod may preempt, as commands for fast-check: two schedulers on one cluster, one that keeps
 * what it found out and one that does not, are asked the same. What an answer lists is read after the next step, too.
 */

import fc from "fast-check";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod, PodDisruptionBudget, Taint } from "../../src/kube/objects.js";
import type { Preemption } from "../../src/scheduler/decision.js";
import type { PreemptOptions } from "../../src/scheduler/options.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

export interface PreemptionReal {
  readonly cluster: Cluster;
  readonly keeping: Scheduler;
  readonly trying: Scheduler;
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

export function beginPreemption(
  { nodes, config, compat, cacheBytes }: PreemptionSetting,
  module?: WebAssembly.Module,
): PreemptionReal {
  const cluster = new Cluster({ compat, ...(module && { module }) });
  for (let index = 0; index < nodes; index++) {
    const name = nameOf(index);
    cluster.upsertNode(nodeOf(name, index % 7 === 6 ? "tainted" : index % 5 === 4 ? "small" : "usual"));
    const kinds: readonly Partial<Kind>[] = [{}, { priority: index % 3 }, { app: "db", hour: index % 4 }];
    for (const [at, kind] of kinds.entries()) {
      cluster.upsertPod(podOf(`first-${index}-${at}`, { ...USUAL, ...kind }, name));
    }
  }
  const common = { config: CONFIGS[config]!, ...(cacheBytes === undefined ? {} : { cacheBytes }) };
  const keeping = new Scheduler(cluster, common);
  const trying = new Scheduler(cluster, { ...common, isIndexed: false });
  return { cluster, keeping, trying, unread: undefined, open: 0, named: 0, differences: [] };
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
/** A few kinds again and again, so that what is kept of them grows old. */
const askingKind = kindOf([1, 10, 10, 10], [900, 2_500, 2_500]);

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

/** Asks both, and lets the victims go and the pod come where `isDone`. */
function preempt(kind: Kind, options: PreemptOptions, isDone: boolean): Run {
  return (real) => {
    const { cluster, keeping, trying } = real;
    const pod = podOf(`high-${real.named++}`, kind);
    const [expected, answer] = [trying.preempt(pod, options), keeping.preempt(pod, options)];
    compare(real, headOf(answer), headOf(expected));
    real.unread = { answer, whole: JSON.stringify(expected) };
    if (!isDone || answer.status !== "possible") return;
    for (const { key } of answer.victims) cluster.removePod(key);
    compare(real, keeping.place(pod).status, "placed");
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

/** The answer of the step before is read after this one. */
function step([words, run]: readonly [string, Run]): fc.Command<object, PreemptionReal> {
  return {
    check: () => true,
    run: (_, real) => {
      const { unread } = real;
      real.unread = undefined;
      run(real);
      if (unread !== undefined) compare(real, JSON.stringify(unread.answer), unread.whole);
    },
    toString: () => words,
  };
}

const options: fc.Arbitrary<PreemptOptions> = fc.constantFrom({}, {}, {}, { nowMs: NOW_MS }, { isSampled: true });
const nodeName = fc.nat(13).map(nameOf);
/** Of pods that are there at first. */
const podName = fc.tuple(fc.nat(11), fc.nat(2)).map(([node, pod]) => `first-${node}-${pod}`);

const asked = fc
  .tuple(askingKind, options, fc.boolean())
  .map(([kind, how, isDone]): [string, Run] => [
    `${isDone ? "preempt" : "ask"} ${JSON.stringify([kind, how])}`,
    preempt(kind, how, isDone),
  ]);

const comes = fc
  .tuple(runningKind, nodeName)
  .map(([kind, node]): [string, Run] => [
    `a pod comes to ${node} ${JSON.stringify(kind)}`,
    (real) => real.cluster.upsertPod(podOf(`bound-${real.named++}`, kind, node)),
  ]);

const budgetComes = fc
  .tuple(fc.constantFrom("a", "b"), fc.constantFrom("web", "db"), fc.nat(4), fc.constantFrom("", "first-0-0"))
  .map(([name, app, allowed, disrupted]): [string, Run] => [
    `budget ${name} lets ${allowed} of ${app} go${disrupted && `, without ${disrupted}`}`,
    ({ cluster }) => cluster.upsertObject(budgetOf(name, app, allowed, disrupted)),
  ]);

const budgetChanges = fc.tuple(fc.constantFrom("a", "b"), fc.nat(4)).map(([name, allowed]): [string, Run] => [
  `budget ${name} lets ${allowed} go now`,
  ({ cluster }) => {
    const known = cluster.state.objects.get("PodDisruptionBudget", name);
    const status = { ...known?.status, disruptionsAllowed: allowed };
    if (known !== undefined) cluster.upsertObject({ ...known, kind: "PodDisruptionBudget", status });
  },
]);

const others: readonly fc.Arbitrary<[string, Run]>[] = [
  fc
    .tuple(podName, runningKind, nodeName)
    .map(([name, kind, node]) => [
      `pod ${name} is on ${node} ${JSON.stringify(kind)}`,
      ({ cluster }) => cluster.upsertPod(podOf(name, kind, node)),
    ]),
  podName.map((name) => [`pod ${name} goes`, ({ cluster }) => void cluster.removePod(`default/${name}`)]),
  fc.tuple(runningKind, fc.integer({ min: 1, max: 9 })).map(([kind, count]) => [
    `place ${count} ${JSON.stringify(kind)}`,
    (real) => {
      const template = real.keeping.class(podOf(`many-${real.named++}`, kind));
      real.keeping.placeMany(template, count);
    },
  ]),
  fc
    .constantFrom("a", "b")
    .map((name) => [`no budget ${name}`, ({ cluster }) => void cluster.removeObject("PodDisruptionBudget", name)]),
  fc
    .tuple(nodeName, fc.constantFrom<NodeKind>("usual", "small", "tainted", "cordoned"))
    .map(([name, kind]) => [`node ${name} is ${kind}`, ({ cluster }) => cluster.upsertNode(nodeOf(name, kind))]),
  nodeName.map((name) => [`node ${name} goes`, ({ cluster }) => void cluster.removeNode(name)]),
  fc
    .tuple(askingKind, nodeName)
    .map(([kind, node]) => [
      `a pod waits for ${node} ${JSON.stringify(kind)}`,
      ({ cluster }) => cluster.upsertPod(podOf("waiting", kind, "", node)),
    ]),
  fc.constant([`nobody waits`, ({ cluster }) => void cluster.removePod("default/waiting")]),
];

const transactions: readonly [string, Run][] = [
  [
    "begin",
    (real) => {
      real.cluster.begin();
      real.open++;
    },
  ],
  ["rollback", (real) => end(real, "rollback")],
  ["commit", (real) => end(real, "commit")],
];

function end(real: PreemptionReal, verb: "rollback" | "commit"): void {
  if (real.open === 0) return;
  real.open--;
  real.cluster[verb]();
}

/** Questions stand there more than once, so that little happens between two of them. */
export function preemptionCommands(): fc.Arbitrary<fc.Command<object, PreemptionReal>>[] {
  return [
    ...Array<typeof asked>(8).fill(asked),
    ...[
      comes,
      comes,
      budgetComes,
      budgetChanges,
      budgetChanges,
      ...others,
      ...transactions.map((each) => fc.constant(each)),
    ],
  ].map((action) => action.map(step));
}
