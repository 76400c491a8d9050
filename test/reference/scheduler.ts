/**
 * A boring kube-scheduler to hold the real one and the engine against: plain objects, loops, Maps and BigInt, every
 * question answered from the nodes and the pods on them. It shares no code with the package. Volumes and device claims
 * are not in it.
 */

import { type KubeObject, type Node, namespacedName, type Pod } from "../../src/kube/objects.js";
import { Cache } from "./cache.js";
import { firstBest, heapBest } from "./choice.js";
import { bind } from "./cluster.js";
import { type Behaviour, behaviourOf, type Compat } from "./compat.js";
import { documentOf, type KubeSchedulerConfiguration, type RefConfig } from "./config.js";
import type { RefDecision, RefFit, RefNodeScore, RefPreemption, RefRejection } from "./decision.js";
import { runReserve, runScore } from "./framework.js";
import { type Cycle, SchedulerError } from "./plugin.js";
import { NO_PREEMPTION, runPostFilter } from "./post-filter.js";
import { type Profile, profilesOf } from "./profile.js";
import { absentStatus, type Search, searchEverywhere, searchForPod, searchMessage, upstreamLimit } from "./search.js";

export { type RefConfig, toKubeSchedulerConfiguration } from "./config.js";
export type { RefCandidate, RefDecision, RefFit, RefNodeScore, RefPreemption } from "./decision.js";

/** Lists of objects by the names that the oracle gives them: `services`, `podDisruptionBudgets`, ... */
export type RefObjects = Readonly<Record<string, readonly KubeObject[] | undefined>>;

export interface RefWorld {
  readonly nodes: readonly Node[];
  /**
   * Pods with `spec.nodeName` occupy their node; those with `status.nominatedNodeName` alone keep room on theirs from
   * pods of no higher priority. Finished pods and the others change nothing.
   */
  readonly pods: readonly Pod[];
  readonly objects?: RefObjects;
  readonly config?: RefConfig | KubeSchedulerConfiguration;
  /** Among equal totals: the node added first, or what comes out of upstream's heap. */
  readonly tieBreak: "first" | "heap";
  /** Look at as many nodes as `percentageOfNodesToScore` says; otherwise at all of them. */
  readonly sampling?: boolean;
  /** Missing: "1.36". */
  readonly compat?: Compat;
  /** Bugs of that version that are to be left out. */
  readonly mended?: readonly "namespaceSelector"[];
  /** When pods start that have no start time. Missing: 2100, after all others. */
  readonly now?: string;
}

/** A decision, and what it was made of where it got so far. */
interface Outcome {
  readonly decision: RefDecision;
  readonly moved?: number;
  readonly cycle?: Cycle;
  readonly search?: Search;
}

export class ReferenceScheduler {
  readonly #cache = new Cache();
  readonly #objects: RefObjects;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #behaviour: Behaviour;
  readonly #tieBreak: "first" | "heap";
  readonly #isSampling: boolean;
  readonly #nowMs: number;
  /** The index of the node that the next search starts with. */
  #start = 0;

  constructor(world: RefWorld) {
    this.#behaviour = behaviourOf(world.compat, world.mended);
    this.#profiles = profilesOf(documentOf(world.config), this.#behaviour.compat);
    this.#objects = world.objects ?? {};
    this.#tieBreak = world.tieBreak;
    this.#isSampling = world.sampling ?? false;
    this.#nowMs = Date.parse(world.now ?? "2100-01-01T00:00:00Z");
    for (const node of world.nodes) this.addNode(node);
    for (const pod of world.pods) {
      const isFinished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
      if (!isFinished) this.#addPod(pod);
    }
  }

  /** A node of the same name is replaced. */
  addNode(node: Node): void {
    this.#cache.addNode(node);
  }

  /** The node keeps its place in the order. */
  updateNode(node: Node): void {
    this.#cache.addNode(node);
  }

  /** Pods on the node stay known, and count again when a node of that name is added. */
  removeNode(name: string): void {
    this.#cache.removeNode(name);
  }

  /** `key` is `namespace/name`. */
  removePod(key: string): void {
    this.#cache.removePod(key);
  }

  /** What every node says, whatever sampling would look at. */
  filter(pod: Pod): RefFit {
    const cycle = this.#cycle(pod);
    if (cycle === undefined) return { feasible: [], rejected: new Map() };
    try {
      return fitOf(cycle, searchEverywhere(cycle, this.#cache.nominated));
    } catch (error) {
      if (!(error instanceof SchedulerError)) throw error;
      const plugin = /plugin "([^"]*)"/.exec(error.message)?.[1] ?? "";
      return { feasible: [], rejected: new Map(), preFilter: { plugin, code: "Error", reasons: [error.message] } };
    }
  }

  /** @throws SchedulerError where the real scheduler would end the cycle with an error */
  score(pod: Pod, feasible: readonly string[]): Map<string, RefNodeScore> {
    const cycle = this.#cycle(pod);
    if (cycle === undefined) return new Map();
    return runScore(
      cycle,
      feasible.map((name) => this.#cache.info(name)),
    );
  }

  /** Decides and changes nothing. */
  schedule(pod: Pod): RefDecision {
    return this.#decide(pod).decision;
  }

  /** Decides and places nothing, but the next search starts where this one ended. */
  attempt(pod: Pod): RefDecision {
    const { decision, moved = 0, cycle } = this.#decide(pod);
    if (cycle !== undefined) this.#start = (this.#start + moved) % cycle.nodes.length;
    return decision;
  }

  /** Attempts and, when a node was found, puts the pod there. */
  place(pod: Pod): RefDecision {
    const decision = this.attempt(pod);
    if (decision.status === "placed") this.#cache.addPod(bind(pod, decision.node, this.#behaviour.compat));
    return decision;
  }

  /** Which pods would have to go; undefined for a pod that is not unschedulable. Changes nothing. */
  preempt(pod: Pod): RefPreemption | undefined {
    const { decision, cycle, search } = this.#decide(pod);
    if (decision.status !== "unschedulable") return undefined;
    if (cycle === undefined || search === undefined) return NO_PREEMPTION;
    const { nodes, nominated } = this.#cache;
    return runPostFilter(cycle, search, { nodes, nominated, nowMs: this.#nowMs });
  }

  /** A gated pod keeps no room in 1.36, and does in 1.37. */
  #addPod(pod: Pod): void {
    const { compat } = this.#behaviour;
    const node = pod.spec?.nodeName;
    const nominated = pod.status?.nominatedNodeName;
    const profile = this.#profileOf(pod);
    if (node) this.#cache.addPod(bind(pod, node, compat));
    else if (nominated && profile !== undefined) {
      const isGated = gateMessage(pod, profile) !== undefined;
      if (!isGated || compat === "1.37") this.#cache.nominate(bind(pod, nominated, compat));
    }
  }

  #profileOf(pod: Pod): Profile | undefined {
    return this.#profiles.get(pod.spec?.schedulerName || "default-scheduler");
  }

  get #isUpstreamOrder(): boolean {
    return this.#isSampling || this.#tieBreak === "heap";
  }

  #cycle(pod: Pod): Cycle | undefined {
    const profile = this.#profileOf(pod);
    if (profile === undefined) return undefined;
    return {
      pod,
      profile,
      args: profile.args,
      nodes: this.#isUpstreamOrder ? this.#cache.nodesByTree : this.#cache.nodes,
      images: this.#cache.images,
      behaviour: this.#behaviour,
      list: (kind, namespace) => inNamespace(this.#objects[kind] ?? [], namespace),
    };
  }

  #decide(pod: Pod): Outcome {
    const cycle = this.#cycle(pod);
    if (cycle === undefined) {
      const names = [...this.#profiles.keys()].join(", ");
      const message = `its scheduler is ${pod.spec?.schedulerName}; this configuration has ${names}`;
      return { decision: { status: "ignored", message } };
    }
    const gate = gateMessage(pod, cycle.profile);
    if (gate !== undefined) return { decision: { status: "gated", message: gate } };
    if (cycle.nodes.length === 0) {
      return { decision: { status: "unschedulable", message: "no nodes available to schedule pods" } };
    }
    let moved = 0;
    try {
      const result = searchForPod(cycle, this.#searchOptions(cycle));
      moved = result.moved;
      if (result.error !== undefined) throw new SchedulerError(result.error);
      return { decision: this.#conclude(cycle, result.search), moved, cycle, search: result.search };
    } catch (error) {
      if (!(error instanceof SchedulerError)) throw error;
      return { decision: { status: "error", message: error.message }, moved, cycle };
    }
  }

  #searchOptions(cycle: Cycle) {
    const { nominated } = this.#cache;
    if (!this.#isUpstreamOrder) return { nominated, start: 0, limit: (nodeCount: number) => nodeCount };
    return { nominated, start: this.#start, limit: upstreamLimit(cycle, this.#isSampling) };
  }

  #conclude(cycle: Cycle, search: Search): RefDecision {
    const names = search.feasible.map(({ name }) => name);
    if (names.length === 0) return { status: "unschedulable", message: searchMessage(cycle, search) };
    const scores = names.length === 1 ? undefined : runScore(cycle, search.feasible);
    runReserve(cycle);
    if (scores === undefined) return { status: "placed", node: names[0]! };
    const totals = names.map((name) => scores.get(name)!.total);
    const best = this.#tieBreak === "heap" ? heapBest(totals) : firstBest(totals);
    return { status: "placed", node: names[best]!, score: totals[best]! };
  }
}

/** Why the pod must not be looked at yet. */
function gateMessage(pod: Pod, { points }: Profile): string | undefined {
  const gates = (pod.spec?.schedulingGates ?? []).map((gate) => gate.name ?? "");
  if (gates.length === 0 || !points.preEnqueue.includes("SchedulingGates")) return undefined;
  return `waiting for scheduling gates: [${gates.join(" ")}]`;
}

function inNamespace(objects: readonly KubeObject[], namespace: string | undefined): readonly KubeObject[] {
  if (namespace === undefined) return objects;
  return objects.filter((object) => namespacedName(object).startsWith(`${namespace}/`));
}

function fitOf(cycle: Cycle, search: Search): RefFit {
  const { rejection, restrictedBy } = search.preFilter;
  const rejected = new Map<string, RefRejection>();
  const feasible = new Set(search.feasible.map(({ name }) => name));
  const absent = { plugin: rejection?.plugin ?? [...restrictedBy].sort().join(" "), ...absentStatus(search) };
  for (const { name } of cycle.nodes) {
    if (!feasible.has(name)) rejected.set(name, search.statuses.get(name) ?? absent);
  }
  return { feasible: [...feasible], rejected, ...(rejection && { preFilter: rejection }) };
}
