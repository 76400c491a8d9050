/** One pod and a cluster: why it goes where it goes, and what it would need to go elsewhere. */

import type { Cluster } from "../cluster/cluster.js";
import { type Node, namespacedName, type Pod } from "../kube/objects.js";
import { findUntoleratedTaint } from "../kube/toleration.js";
import type { Rejection } from "../scheduler/decision.js";
import type { Explanation, RejectedNodes } from "../scheduler/explanation.js";
import type { PreemptOptions } from "../scheduler/options.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { type NearestMiss, type NodeRoom, nearestMisses } from "./nearest.js";
import { readableRequest } from "./request.js";
import { type RequestStory, requestStory } from "./request-story.js";

export interface ExplainPodOptions extends PreemptOptions {
  /** Pods that are placed before the question is asked; nothing of it remains. Default none. */
  readonly before?: readonly Pod[];
  /** Names of nodes whose room is to be told. */
  readonly rooms?: readonly string[];
}

export interface PodStory {
  readonly explanation: Explanation;
  /** The node that the pod runs on; it was taken away from there for the question. */
  readonly runsOn?: string;
  /** Where pods were placed before: counts of them. */
  readonly before?: { readonly placed: number; readonly leftOver: number };
  readonly request: RequestStory;
  /** The nodes that lack nothing but room, and what they lack; the one that lacks least first. */
  readonly nearest: readonly NearestMiss[];
  /** Nodes that cannot take the pod, those with the same reasons together; most nodes first. */
  readonly rejected: readonly RejectedGroup[];
  /** Of the nodes asked for and the nearest ones, as they are without the pod. */
  readonly rooms: ReadonlyMap<string, NodeRoom>;
}

export interface RejectedGroup extends RejectedNodes {
  /** `key=value:effect` of the first taint of each node that the pod does not tolerate, each once, some at most. */
  readonly taints: readonly string[];
}

const MOST_TAINTS = 3;

/**
 * Asks about a pod, in a what-if that leaves cluster and nominations as they were. One that occupies a node is asked about
 * as if it had none.
 *
 * @throws StowageError as the scheduler's explain and placeAll do
 */
export async function explainPod(
  cluster: Cluster,
  scheduler: Scheduler,
  pod: Pod,
  options: ExplainPodOptions = {},
): Promise<PodStory> {
  const { before, rooms = [], ...preemptOptions } = options;
  cluster.begin();
  try {
    const decisions = await scheduler.placeAll(before ?? []);
    const placed = decisions.filter(({ status }) => status === "placed").length;
    const runsOn = cluster.pod(namespacedName(pod))?.node;
    if (runsOn !== undefined) cluster.removePod(pod);
    const explanation = scheduler.explain(runsOn === undefined ? pod : withoutNode(pod), preemptOptions);
    explanation.preemption();
    const rejected = explanation.rejections();
    const nearest = nearestOf(cluster, pod, rejected);
    return {
      explanation,
      ...(runsOn !== undefined && { runsOn }),
      ...(before && { before: { placed, leftOver: decisions.length - placed } }),
      request: requestStory(pod),
      nearest,
      rejected: rejected.map((group) => ({ ...group, taints: taintsOf(cluster, pod, group) })),
      rooms: new Map(
        [...rooms, ...nearest.map(({ node }) => node)].flatMap((name) => {
          const node = cluster.node(name);
          return node === undefined ? [] : [[name, { allocatable: node.allocatable, requested: node.requested }]];
        }),
      ),
    };
  } finally {
    cluster.rollback();
  }
}

/** The pod as it was before it was bound. */
function withoutNode({ status, ...pod }: Pod): Pod {
  const { nodeName: _, ...spec } = pod.spec ?? {};
  const { nominatedNodeName: __, ...rest } = status ?? {};
  return { ...pod, spec, ...(status && { status: rest }) };
}

/** More room helps where nothing but NodeResourcesFit rejects. */
function nearestOf(cluster: Cluster, pod: Pod, groups: readonly RejectedNodes[]): NearestMiss[] {
  const rejected = groups.flatMap(({ nodes, failures }): Rejection[] => {
    const [only] = failures;
    if (only?.plugin !== "NodeResourcesFit" || failures.length > 1) return [];
    return nodes.map((node) => ({ node, ...only }));
  });
  if (rejected.length === 0) return [];
  const rank = new Map([...cluster.nodes()].map(({ name }, index) => [name, index]));
  rejected.sort((a, b) => rank.get(a.node)! - rank.get(b.node)!);
  return nearestMisses(rejected, readableRequest(pod), (node) => cluster.node(node));
}

function taintsOf(cluster: Cluster, { spec }: Pod, { nodes, failures }: RejectedNodes): string[] {
  if (!failures.some(({ plugin }) => plugin === "TaintToleration")) return [];
  const texts = new Set<string>();
  for (const name of nodes) {
    if (texts.size === MOST_TAINTS) break;
    const text = untoleratedText(cluster.node(name)?.object, spec?.tolerations);
    if (text !== undefined) texts.add(text);
  }
  return [...texts];
}

function untoleratedText(node: Node | undefined, tolerations: NonNullable<Pod["spec"]>["tolerations"]) {
  const taint = findUntoleratedTaint(node?.spec?.taints, tolerations, ["NoSchedule", "NoExecute"]);
  if (taint === undefined) return undefined;
  return `${taint.key ?? ""}${taint.value ? `=${taint.value}` : ""}:${taint.effect ?? ""}`;
}
