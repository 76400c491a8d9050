/** What the files of `-f` and the nodes of `--nodes` hold: taken into a cluster, and reported where it is bad. */

import type { Cluster } from "../cluster/cluster.js";
import { readObjects } from "../cluster/read.js";
import { formatIssue, type Issue, IssuesError } from "../errors.js";
import { daemonNodeOf } from "../kube/daemonset.js";
import { problemCount } from "../kube/issue-list.js";
import { isFinished, type KubeObject, type Node, type Pod } from "../kube/objects.js";
import {
  type AssumedObjects,
  type Manifests,
  type NotExpanded,
  type ParseOptions,
  parseManifests,
} from "../manifests.js";
import { collectGarbage, keepHeapSmall } from "./heap.js";
import { type Inputs, readInputs } from "./inputs.js";
import { makeNodes } from "./nodes-flag.js";
import type { Terminal } from "./terminal.js";

/** What the input holds, in the cluster and beside it. */
export interface World {
  /** Pods without a node. */
  readonly pending: readonly Pod[];
  /** Pods that have a node and have not finished. */
  readonly existing: readonly Pod[];
  readonly issues: readonly Issue[];
  /** Said to the user, but no problems. */
  readonly notes: readonly string[];
  readonly defaultedIn: Manifests["defaultedIn"];
  /** What DaemonSets would run on each sample node, by the node's name. */
  readonly sampled: ReadonlyMap<string, readonly Pod[]>;
}

export interface WorldSettings {
  readonly filename: readonly string[];
  readonly nodes?: readonly string[] | undefined;
  readonly assumeStorage: boolean;
  readonly maxYamlBytes: number | undefined;
  /** Nodes that are not there: only to see which pods DaemonSets would run on such. Their names are nobody else's. */
  readonly samples?: readonly Node[];
}

/** Reads all of it into the cluster. Throws for nothing that is in the input. */
export async function readWorld(settings: WorldSettings, cluster: Cluster, terminal: Terminal): Promise<World> {
  const { samples = [] } = settings;
  const { parsed, unreadable } = await readInput(settings, cluster, terminal);
  collectGarbage();
  const { objects, sampled } = withoutSamples(parsed.objects, samples);
  const read = readObjects(objects, cluster, { areChecked: true });
  const existing = objects.filter(isExisting);
  const notes = [...passedOver(parsed.notExpanded), ...takenToExist(parsed.assumed)];
  if (read.pending.length + existing.length === 0) notes.push("the input has no pods");
  return {
    pending: read.pending,
    existing,
    issues: [...unreadable, ...parsed.issues, ...read.issues],
    notes,
    defaultedIn: parsed.defaultedIn,
    sampled,
  };
}

/** A function of its own, so that the texts are gone when it ends. `unreadable`: what could not be opened. */
async function readInput(settings: WorldSettings, cluster: Cluster, terminal: Terminal) {
  const { filename, nodes = [], assumeStorage, maxYamlBytes, samples = [] } = settings;
  const inputs = await readInputs(filename, terminal.readStdin);
  keepHeapSmall();
  const parsed = parseInput(inputs.texts, nodes, samples, {
    isStorageAssumed: assumeStorage,
    compat: cluster.compat,
    ...(maxYamlBytes !== undefined && { maxYamlBytes }),
  });
  return { parsed, unreadable: inputs.issues };
}

/** Takes the sample nodes out again, and the pods that DaemonSets made for them. */
function withoutSamples(objects: readonly KubeObject[], samples: readonly Node[]) {
  const sampled = new Map(samples.map((node): [string, Pod[]] => [node.metadata?.name ?? "", []]));
  if (samples.length === 0) return { objects, sampled };
  const kept = objects.filter((object) => {
    if (object.kind === "Node") return !sampled.has(object.metadata?.name ?? "");
    const pods = object.kind === "Pod" ? sampled.get(daemonNodeOf((object as Pod).spec) ?? "") : undefined;
    pods?.push(object as Pod);
    return pods === undefined;
  });
  return { objects: kept, sampled };
}

/** Writes what was found. @returns whether some of it is an error. */
export function reportWorld({ issues, notes }: Pick<World, "issues" | "notes">, isQuiet: boolean, terminal: Terminal) {
  for (const issue of issues) {
    const isWarning = issue.severity === "warning";
    if (!isWarning || !isQuiet) terminal.err(`${isWarning ? "warning: " : ""}${formatIssue(issue)}\n`);
  }
  if (!isQuiet) for (const note of notes) terminal.err(`note: ${note}\n`);
  const errors = issues
    .filter((issue) => issue.severity === "error")
    .reduce((count, issue) => count + problemCount(issue), 0);
  if (errors > 0) terminal.err(`stowage: ${errors === 1 ? "1 problem" : `${errors} problems`} in the input\n`);
  return errors > 0;
}

/** @throws IssuesError ERR_INPUT where the cluster has no node */
export function requireNodes(cluster: Cluster): void {
  if (cluster.nodeCount > 0) return;
  const message = "the input has no Node objects; say which nodes there are, as in --nodes 3x4cpu,16Gi";
  throw new IssuesError("ERR_INPUT", [{ code: "no-nodes", severity: "error", path: "", message }]);
}

/** What made no pods: a line each where pods are missing because of it, one line for all that never make any. */
function passedOver(kinds: readonly NotExpanded[]): string[] {
  const named = ({ kind, count }: NotExpanded): string => (count === 1 ? kind : `${count} ${kind}`);
  const idle = kinds.filter(({ makesPods }) => !makesPods).map(named);
  return [
    ...kinds.filter(({ makesPods }) => makesPods).map((kind) => `${named(kind)}: ${kind.reason}`),
    ...(idle.length > 0 ? [`passed over: ${idle.join(", ")}`] : []),
  ];
}

/** A line a kind. */
function takenToExist(objects: readonly AssumedObjects[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const { kind, count, reason } of objects) kinds.set(kind, [...(kinds.get(kind) ?? []), `${count} ${reason}`]);
  return [...kinds].map(([kind, parts]) => `${kind} taken to exist: ${parts.join(", ")}`);
}

/** The manifests together with the nodes of `--nodes`, which are numbered again where the input has some of their names. */
function parseInput(
  texts: Inputs["texts"],
  nodeValues: readonly string[],
  samples: readonly Node[],
  options: ParseOptions,
): Manifests {
  const { nodes } = makeNodes(nodeValues);
  const parsed = parseManifests(texts, { ...options, nodes: [...nodes, ...samples] });
  const made = new Set(nodes.map((node) => node.metadata?.name ?? ""));
  const seen = new Set<string>();
  const taken = new Set<string>();
  for (const { kind, metadata } of parsed.objects) {
    const name = metadata?.name ?? "";
    if (kind !== "Node") continue;
    if (seen.has(name) || !made.has(name)) taken.add(name);
    seen.add(name);
  }
  if (![...taken].some((name) => made.has(name))) return parsed;
  return parseManifests(texts, { ...options, nodes: [...makeNodes(nodeValues, taken).nodes, ...samples] });
}

function isExisting(object: KubeObject): object is KubeObject & Pod {
  if (object.kind !== "Pod") return false;
  const pod = object as Pod;
  return Boolean(pod.spec?.nodeName) && !isFinished(pod);
}
