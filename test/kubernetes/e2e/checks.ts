/** What is asked of the cluster when a case is over. Everything that is wrong is said, each in a line. */

import { type Api, type ApiNode, type ApiPod, NODES, PODS } from "./api.js";
import type { Binding, ControlPlane } from "./control-plane.js";
import { POD_SECRET } from "./objects.js";
import { amountsOf, type Observer, requestOf, scheduledMessage } from "./observer.js";
import { roomOn, SLOTS } from "./slots.js";
import type { Stowage } from "./stowage.js";

const CREATED = 201;
const TIMEOUT = 504;

/** What is expected of the cluster when a case is over. */
export interface Outcome {
  /** How many pods there are, each of them on a node unless it is named in `pending`. */
  readonly pods: number;
  readonly pending?: readonly string[];
  /** Whose Bindings put the pods onto their nodes. */
  readonly binder: "stowage" | "system:kube-scheduler" | "either";
  /** The API server was killed, perhaps before it could write down a Binding that it had carried out. */
  readonly mayMissBindings?: boolean;
  /** What must be found wrong; for the case that tries these checks. */
  readonly problems?: readonly string[];
}

export interface Checked {
  readonly api: Api;
  readonly replicas: readonly Stowage[];
  readonly plane: ControlPlane;
  readonly observer: Observer;
}

export async function problemsOf({ api, plane, observer, replicas }: Checked, outcome: Outcome): Promise<string[]> {
  const { items: pods } = await api.list<ApiPod>(PODS);
  const { items: nodes } = await api.list<ApiNode>(NODES);
  const count = pods.length === outcome.pods ? [] : [`there are ${pods.length} pods, not ${outcome.pods}`];
  const bindings = plane.bindings();
  return [
    ...count,
    ...placeProblems(pods, outcome),
    ...bindingProblems(pods, bindings, outcome),
    ...observer.violations(nodes),
    ...replicas.flatMap((replica) => secretProblems(replica, plane.secrets)),
    ...(await Promise.all(replicas.map((replica) => metricsProblems(replica, nodes, pods)))).flat(),
  ];
}

/** Pods that wait and should not, or the other way round. */
function placeProblems(pods: readonly ApiPod[], { pending = [] }: Outcome): string[] {
  return pods
    .filter(({ metadata, spec }) => (spec.nodeName === undefined) !== pending.includes(metadata.name))
    .map(({ metadata, spec, status }) =>
      spec.nodeName === undefined
        ? `${metadata.name} is on no node: ${scheduledMessage(status)}`
        : `${metadata.name} is on ${spec.nodeName}, and should be on none`,
    );
}

/** Pods that were not bound exactly once, or not to where they are, or by somebody else. */
function bindingProblems(pods: readonly ApiPod[], bindings: readonly Binding[], outcome: Outcome): string[] {
  return pods
    .filter(({ spec }) => spec.nodeName !== undefined)
    .flatMap(({ metadata, spec }) => {
      const all = bindings.filter(({ pod }) => pod === metadata.name);
      const own = all.filter(({ code }) => code === CREATED);
      const told = all.map(({ user, node, code }) => `to ${node} by ${user}: ${code}`).join(", ");
      const isRight = ({ user, node }: Binding): boolean =>
        node === spec.nodeName && (outcome.binder === "either" || outcome.binder === user);
      // Carried out all the same, it may be, when its caller went away.
      const isUnclear = all.some((binding) => binding.code === TIMEOUT && isRight(binding));
      const isOnce = own.length === 1 || (own.length === 0 && (isUnclear || outcome.mayMissBindings === true));
      if (isOnce && own.every(isRight)) return [];
      return [`${metadata.name} is on ${spec.nodeName}, and was bound ${own.length} times (${told})`];
    });
}

/** Neither tokens, nor keys, nor what stands in the pods' environment may be logged. */
function secretProblems({ child, secrets: own }: Stowage, secrets: readonly string[]): string[] {
  const log = child.log();
  return [...secrets, ...own, POD_SECRET]
    .filter((secret) => log.includes(secret))
    .map((secret) => `${child.name} has written a secret into its log: ${secret}`);
}

/** Sums that a replica tells of the cluster, against what is there. */
async function metricsProblems(
  replica: Stowage,
  nodes: readonly ApiNode[],
  pods: readonly ApiPod[],
): Promise<string[]> {
  if (!replica.child.isRunning) return [];
  const bound = pods.filter(({ spec }) => spec.nodeName !== undefined);
  const rows: [string, Readonly<Record<string, string>>, number][] = [
    ["stowage_cache_size", { type: "nodes" }, nodes.length],
    ["stowage_cache_size", { type: "pods" }, bound.length],
    ["stowage_cache_size", { type: "assumed_pods" }, 0],
  ];
  // Kubernetes counts cpu in thousandths and all else in whole units.
  for (const [resource, unit] of [
    ["cpu", 1],
    ["memory", 1000],
    [SLOTS, 1000],
  ] as const) {
    const sumOf = (all: ReadonlyMap<string, number>[]): number =>
      all.reduce((sum, amounts) => sum + (amounts.get(resource) ?? 0), 0) / unit;
    const allocatable = sumOf(nodes.map((node) => amountsOf(roomOn(node))));
    rows.push(["stowage_node_resources_allocatable", { resource }, allocatable]);
    rows.push(["stowage_node_resources_requested", { resource }, sumOf(bound.map(requestOf))]);
  }
  const metrics = await replica.metrics();
  return rows
    .map(([name, labels, expected]) => ({ name, labels, expected, told: metrics.sum(name, labels) }))
    .filter(({ expected, told }) => expected !== told)
    .map(
      ({ name, labels, expected, told }) =>
        `${replica.child.name}: ${name}${JSON.stringify(labels)} is ${told}, not ${expected}`,
    );
}
