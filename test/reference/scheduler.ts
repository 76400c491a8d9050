/**
 * A boring kube-scheduler to hold the real one and the engine against: plain objects, loops, Maps and BigInt, every
 * question answered from the lists of nodes and pods. It shares no code with the package.
 */

import { type Node, namespacedName, type Pod } from "../../src/kube/objects.js";
import { type BoundPod, bind, type NodeInfo, snapshot } from "./cluster.js";
import { type RefConfig, weightOf } from "./config.js";
import type { RefDecision, RefFit, RefNodeScore, RefPluginScore, RefRejection } from "./decision.js";
import { affinityNodeSet, FILTER_PLUGINS } from "./filters.js";
import { ImageTable } from "./images.js";
import { fitErrorMessage } from "./messages.js";
import { SCORE_PLUGINS, SchedulerError, type ScoreQuestion } from "./scores.js";

export { type RefConfig, toKubeSchedulerConfiguration } from "./config.js";
export type { RefDecision, RefFit, RefNodeScore } from "./decision.js";

export interface RefWorld {
  readonly nodes: readonly Node[];
  /**
   * Pods with `spec.nodeName` occupy their node; those with `status.nominatedNodeName` alone keep room on theirs from
   * pods of no higher priority. Finished pods and the others change nothing.
   */
  readonly pods: readonly Pod[];
  readonly config?: RefConfig;
  /** Among equal totals the node added first wins. */
  readonly tieBreak: "first";
}

export class ReferenceScheduler {
  readonly #nodes = new Map<string, Node>();
  readonly #pods = new Map<string, BoundPod>();
  /** Pods that wait for a node that preemption has promised them. */
  readonly #nominated = new Map<string, BoundPod>();
  readonly #images = new ImageTable();
  readonly #config: RefConfig;

  constructor(world: RefWorld) {
    this.#config = world.config ?? {};
    for (const node of world.nodes) this.addNode(node);
    for (const pod of world.pods) {
      const isFinished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
      if (!isFinished) this.#addPod(pod);
    }
  }

  /** A node of the same name is replaced. */
  addNode(node: Node): void {
    const name = node.metadata?.name ?? "";
    const old = this.#nodes.get(name);
    if (old !== undefined) this.#images.remove(old);
    this.#nodes.set(name, node);
    this.#images.add(node);
  }

  /** The node keeps its place in the order. */
  updateNode(node: Node): void {
    this.addNode(node);
  }

  /** Pods on the node stay known, and count again when a node of that name is added. */
  removeNode(name: string): void {
    const old = this.#nodes.get(name);
    if (old !== undefined) this.#images.remove(old);
    this.#nodes.delete(name);
  }

  /** `key` is `namespace/name`. */
  removePod(key: string): void {
    this.#pods.delete(key);
    this.#nominated.delete(key);
  }

  filter(pod: Pod): RefFit {
    return filterNodes(pod, this.#candidates(pod), this.#config);
  }

  /** @throws SchedulerError where the real scheduler would end the cycle with an error */
  score(pod: Pod, feasible: readonly string[]): Map<string, RefNodeScore> {
    const question = { pod, config: this.#config, nodes: this.#snapshot(), images: this.#images };
    return scoreNodes(question, feasible);
  }

  /** Decides and changes nothing. */
  schedule(pod: Pod): RefDecision {
    const message = gateMessage(pod, this.#config);
    if (message !== undefined) return { status: "gated", message };
    if (this.#nodes.size === 0) return { status: "unschedulable", message: "no nodes available to schedule pods" };
    const fit = this.filter(pod);
    const [only] = fit.feasible;
    if (only === undefined) return { status: "unschedulable", message: this.#explain(pod, fit) };
    if (fit.feasible.length === 1) return { status: "placed", node: only };
    const nominated = pod.status?.nominatedNodeName ?? "";
    if (fit.feasible.includes(nominated)) return { status: "placed", node: nominated };
    try {
      return chooseBest(fit.feasible, this.score(pod, fit.feasible));
    } catch (error) {
      if (error instanceof SchedulerError) return { status: "error", message: error.message };
      throw error;
    }
  }

  /** Decides and, when a node was found, puts the pod there. */
  place(pod: Pod): RefDecision {
    const decision = this.schedule(pod);
    if (decision.status === "placed") {
      this.#pods.set(namespacedName(pod), bind(pod, decision.node));
      this.#nominated.delete(namespacedName(pod));
    }
    return decision;
  }

  #addPod(pod: Pod): void {
    const node = pod.spec?.nodeName;
    const nominated = pod.status?.nominatedNodeName;
    if (node) this.#pods.set(namespacedName(pod), bind(pod, node));
    else if (nominated && gateMessage(pod, this.#config) === undefined) {
      this.#nominated.set(namespacedName(pod), bind(pod, nominated));
    }
  }

  /** The nominated node was tried by itself first, and what it said then stays in the message. */
  #explain(pod: Pod, fit: RefFit): string {
    const nominated = pod.status?.nominatedNodeName;
    const candidate = this.#candidates(pod).find(({ plain }) => plain.name === nominated);
    const first = candidate && candidateRejection(pod, candidate, this.#config);
    if (first === undefined || fit.preFilter !== undefined) return fitErrorMessage(fit);
    const plugins = [...new Set(["NodeAffinity", first.plugin])].sort().join(" ");
    const others = { ...EXCLUDED, reasons: [`node(s) didn't satisfy plugin(s) [${plugins}]`] };
    const rejected = new Map<string, RefRejection>();
    for (const [name, rejection] of fit.rejected) {
      const isExcluded = rejection === EXCLUDED;
      rejected.set(name, !isExcluded ? rejection : name === nominated ? first : others);
    }
    return fitErrorMessage({ ...fit, rejected });
  }

  #candidates(pod: Pod): Candidate[] {
    const more = [...this.#nominated.values()].filter((other) => outranks(other.pod, pod));
    const crowded = snapshot(this.#nodes.values(), [...this.#pods.values(), ...more]);
    return this.#snapshot().map((plain, index) => ({ plain, crowded: crowded[index]! }));
  }

  #snapshot(): NodeInfo[] {
    return snapshot(this.#nodes.values(), this.#pods.values());
  }
}

function isEnabled(config: RefConfig, plugin: string): boolean {
  return !(config.disabled?.includes(plugin) ?? false);
}

/** Why the pod must not be looked at yet. */
function gateMessage(pod: Pod, config: RefConfig): string | undefined {
  const gates = (pod.spec?.schedulingGates ?? []).map((gate) => gate.name ?? "");
  if (gates.length === 0 || !isEnabled(config, "SchedulingGates")) return undefined;
  return `waiting for scheduling gates: [${gates.join(" ")}]`;
}

/** A nominated pod counts for pods of no higher priority, and not for itself. */
function outranks(nominated: Pod, pod: Pod): boolean {
  if (namespacedName(nominated) === namespacedName(pod)) return false;
  return (nominated.spec?.priority ?? 0) >= (pod.spec?.priority ?? 0);
}

/** A node as it is, and as it would be with the pods on it that are nominated to it; it must pass both ways. */
interface Candidate {
  readonly plain: NodeInfo;
  readonly crowded: NodeInfo;
}

function candidateRejection(pod: Pod, { plain, crowded }: Candidate, config: RefConfig): RefRejection | undefined {
  return firstRejection(pod, crowded, config) ?? firstRejection(pod, plain, config);
}

function filterNodes(pod: Pod, candidates: readonly Candidate[], config: RefConfig): RefFit {
  const feasible: string[] = [];
  const rejected = new Map<string, RefRejection>();
  const nodeSet = isEnabled(config, "NodeAffinity") ? affinityNodeSet(pod) : {};
  if (nodeSet.rejection !== undefined) {
    const preFilter = { plugin: "NodeAffinity", ...nodeSet.rejection };
    for (const { plain } of candidates) rejected.set(plain.name, preFilter);
    return { feasible, rejected, preFilter };
  }
  for (const candidate of candidates) {
    const { name } = candidate.plain;
    const isExcluded = nodeSet.names !== undefined && !nodeSet.names.has(name);
    const rejection = isExcluded ? EXCLUDED : candidateRejection(pod, candidate, config);
    if (rejection === undefined) feasible.push(name);
    else rejected.set(name, rejection);
  }
  return { feasible, rejected };
}

/** What a node gets that NodeAffinity's PreFilter left out. */
const EXCLUDED: RefRejection = {
  plugin: "NodeAffinity",
  code: "UnschedulableAndUnresolvable",
  reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"],
};

function firstRejection(pod: Pod, info: NodeInfo, config: RefConfig): RefRejection | undefined {
  for (const plugin of FILTER_PLUGINS) {
    if (!isEnabled(config, plugin.name)) continue;
    const status = plugin.filter(pod, info, config);
    if (status !== undefined) return { plugin: plugin.name, ...status };
  }
  return undefined;
}

function scoreNodes(question: ScoreQuestion, feasible: readonly string[]): Map<string, RefNodeScore> {
  const { config, nodes } = question;
  const candidates = nodes.filter((info) => feasible.includes(info.name));
  const result = new Map(
    candidates.map((info) => [info.name, { parts: new Map<string, RefPluginScore>(), total: 0n }]),
  );
  const running = SCORE_PLUGINS.filter((plugin) => isEnabled(config, plugin.name) && plugin.preScore(question));
  for (const plugin of running) {
    if (config.disabledScores?.includes(plugin.name)) continue;
    const raw = candidates.map((info) => plugin.score(question, info));
    const normalized = plugin.normalize(raw);
    for (const [index, info] of candidates.entries()) {
      const score = normalized[index]!;
      if (score < 0n || score > 100n) throw new SchedulerError(invalidScore(plugin.name, score));
      const weighted = score * weightOf(config, plugin.name);
      const node = result.get(info.name)!;
      node.parts.set(plugin.name, { raw: raw[index]!, normalized: score, weighted });
      node.total += weighted;
    }
  }
  return result;
}

function invalidScore(plugin: string, score: bigint): string {
  const what = `plugin "${plugin}" returns an invalid score ${score}, it should in the range of [0, 100] after normalizing`;
  return `applying score defaultWeights on Score plugins: ${what}`;
}

function chooseBest(feasible: readonly string[], scores: ReadonlyMap<string, RefNodeScore>): RefDecision {
  let node = feasible[0]!;
  let score = scores.get(node)!.total;
  for (const candidate of feasible) {
    const total = scores.get(candidate)!.total;
    if (total > score) {
      node = candidate;
      score = total;
    }
  }
  return { status: "placed", node, score };
}
