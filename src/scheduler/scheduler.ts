/** Decisions: which node a pod goes to, and why not elsewhere. Read this file first. */

import type { Cluster } from "../cluster/cluster.js";
import type { Token } from "../cluster/node-record.js";
import type { AssumeOptions } from "../cluster/reservations.js";
import { StowageError } from "../errors.js";
import type { Pod } from "../kube/objects.js";
import { namespacedName } from "../kube/objects.js";
import { type PodInput, toPod } from "../kube/plain.js";
import type { Decision, Fit, Scores, Undecided, Unschedulable } from "./decision.js";
import { countReasons, fitErrorText, preFilterErrorText, readFit } from "./explain.js";
import type { Phases, Subject } from "./phases.js";
import type { Plugin } from "./plugin.js";
import { type ReadyProfile, readyProfiles } from "./profiles.js";
import { inQueueOrder } from "./queue.js";
import { pause } from "./slices.js";
import { unsupportedField } from "./unsupported.js";

export interface SchedulerOptions {
  /** A KubeSchedulerConfiguration (v1) as an object. Default: kube-scheduler's default profile. */
  readonly config?: unknown;
  /** Plugins in TypeScript. Without `config` all of them run; with it, those that it enables. */
  readonly plugins?: readonly Plugin[];
  /** Decides between equals when `tieBreak` is "random". A 32-bit integer. Default 0. */
  readonly seed?: number;
  /** Between nodes with equal totals: the one added first (default), or one drawn by seed and decision number. */
  readonly tieBreak?: "first" | "random";
}

export interface PlaceAllOptions {
  readonly signal?: AbortSignal;
  /** Called before each slice and at the end. Counts of pods. */
  readonly onProgress?: (done: number, total: number) => void;
  /** "queue": by priority, then as given (default). "listed": as given. */
  readonly order?: "queue" | "listed";
}

/** What {@link Scheduler.bind} calls to make a decision real. It rejects or throws when that fails. */
export type Binder = (binding: { readonly pod: Pod; readonly node: string }) => Promise<void> | void;

/** Pods decided between two yields to the event loop. */
const SLICE = 256;

interface Choice {
  readonly slot: number;
  readonly total: number;
  readonly subject: Subject;
  readonly ready: ReadyProfile;
}

/**
 * Decides as kube-scheduler 1.36 does with `percentageOfNodesToScore: 100`: same verdicts, scores and messages; among
 * equals, by `tieBreak`. A decision is a function of the cluster, the pod, the configuration, the seed and the decision
 * number; there is no clock and no other randomness.
 */
export class Scheduler {
  readonly #cluster: Cluster;
  readonly #profiles: ReadonlyMap<string, ReadyProfile>;
  readonly #isRandom: boolean;
  readonly #seed: number;
  #decisions = 0;

  /** @throws IssuesError ERR_CONFIG with every problem of the configuration; StowageError ERR_PLUGIN */
  constructor(cluster: Cluster, options: SchedulerOptions = {}) {
    const { config, plugins = [], seed = 0, tieBreak = "first" } = options;
    this.#cluster = cluster;
    this.#profiles = readyProfiles(cluster, config, plugins);
    this.#isRandom = tieBreak === "random";
    this.#seed = seed;
  }

  /** Answers where the pod would go. Changes nothing, not even the decision number. */
  schedule(input: PodInput): Decision {
    const pod = toPod(input);
    const choice = this.#decide(pod);
    if ("status" in choice) return choice;
    return { status: "placed", pod, key: namespacedName(pod), node: this.#nodeName(choice), score: choice.total };
  }

  /**
   * {@link schedule}, and the pod occupies its node from then on by the decision's token: until it is confirmed or
   * forgotten, or for `ttlMs` (see `cluster.expire`). Counts as a decision, also when no node was found.
   *
   * @throws StowageError ERR_ALREADY_PLACED, ERR_PLUGIN, ERR_REENTRANT, ERR_CAPACITY
   */
  place(input: PodInput, options: AssumeOptions = {}): Decision {
    const state = this.#cluster.change("place");
    const pod = toPod(input);
    const key = namespacedName(pod);
    const here = state.pods.get(key);
    if (here !== undefined) throw new StowageError("ERR_ALREADY_PLACED", { name: key, node: here.node.name });
    const choice = this.#decide(pod);
    this.#decisions++;
    if ("status" in choice) return choice;
    const node = this.#nodeName(choice);
    const token = this.#cluster.reservations.make(key, pod, node, false, options);
    this.#reserve(choice, token);
    return { status: "placed", pod, key, node, score: choice.total, token };
  }

  /**
   * Makes a placement real: awaits the binder, then confirms the promise; when the binder fails, forgets it and passes
   * its error on. No lock is held meanwhile.
   */
  async bind(token: Token, binder: Binder): Promise<void> {
    const { pod, node } = this.#cluster.reservations.find(token);
    try {
      await binder({ pod, node: node.name });
    } catch (error) {
      // The promise may have expired meanwhile; the binder's error is still the one to hear of.
      if (this.#cluster.reservations.isLive(token)) this.#cluster.forget(token);
      throw error;
    }
    this.#cluster.confirm(token);
  }

  /**
   * Places many pods, yielding to the event loop in slices. Returns decisions in the order of the pods given.
   *
   * @throws StowageError ERR_ABORTED when the signal fires; what was placed until then stays placed
   */
  async placeAll(inputs: readonly PodInput[], options: PlaceAllOptions = {}): Promise<Decision[]> {
    const { signal, onProgress, order = "queue" } = options;
    const pods = inputs.map(toPod);
    const decided = new Map<Pod, Decision>();
    for (const [done, pod] of (order === "queue" ? this.sort(pods) : pods).entries()) {
      if (done % SLICE === 0) {
        onProgress?.(done, pods.length);
        if (done > 0) await pause();
        if (signal?.aborted === true) throw new StowageError("ERR_ABORTED", { done, total: pods.length });
      }
      decided.set(pod, this.place(pod));
    }
    onProgress?.(pods.length, pods.length);
    return pods.map((pod) => decided.get(pod)!);
  }

  /** Pods in queue order: highest priority first, equals in the order given. */
  sort(inputs: readonly PodInput[]): Pod[] {
    return inQueueOrder(inputs.map(toPod));
  }

  /** Which nodes could take the pod, and for each other one plugin, code and reasons. */
  filter(input: PodInput): Fit {
    const subject = this.#subject(toPod(input));
    const { phases } = this.#readyFor(subject.pod);
    const { preFilter } = subject.podClass.statics;
    if (preFilter !== undefined) {
      const rejected = [...this.#cluster.nodes()].map(({ name }) => ({ node: name, ...preFilter }));
      return { feasible: [], rejected, preFilter };
    }
    return this.#fit(subject, phases);
  }

  /**
   * Scores the feasible nodes of a fit: per node and plugin the raw, normalized and weighted parts, and the totals.
   *
   * @throws StowageError ERR_OBJECT where a PreScore plugin fails: a preferred node affinity that does not parse
   */
  score(input: PodInput, fit: Pick<Fit, "feasible">): Scores {
    const subject = this.#subject(toPod(input));
    const { preScoreError } = subject.podClass.statics;
    if (preScoreError !== undefined) {
      throw new StowageError("ERR_OBJECT", { path: "spec.affinity.nodeAffinity", reason: preScoreError });
    }
    const { phases } = this.#readyFor(subject.pod);
    phases.restrictTo(new Set(fit.feasible));
    return phases.scores(subject);
  }

  /** The choice for a pod, or the decision that there is none. */
  #decide(pod: Pod): Choice | Unschedulable | Undecided {
    const ready = this.#profiles.get(schedulerNameOf(pod));
    const early = this.#undecided(pod, ready);
    if (early !== undefined || ready === undefined) return early ?? this.#ignored(pod);
    const state = this.#cluster.state;
    if (state.nodeCount === 0) return unschedulable(pod, "no nodes available to schedule pods", []);
    const subject = this.#readSubject(pod);
    if ("status" in subject) return subject;
    const { statics } = subject.podClass;
    if (statics.preFilter !== undefined) return this.#preFiltered(pod, statics.preFilter);
    const chosen =
      ready.phases.isCore && statics.preScoreError === undefined
        ? this.#chooseInCore(subject)
        : this.#chooseByPhases(subject, ready);
    if (chosen === undefined) return this.#unfit(subject, ready);
    return "status" in chosen ? chosen : { ...chosen, subject, ready };
  }

  #chooseInCore({ podClass }: Subject): { slot: number; total: number } | undefined {
    const { core } = this.#cluster.state.engine;
    const slot = core.cycleRun(podClass.block, Number(this.#isRandom), this.#seed, this.#decisions);
    return slot < 0 ? undefined : { slot, total: core.cycleRunTotal() };
  }

  #chooseByPhases(subject: Subject, { phases }: ReadyProfile): { slot: number; total: number } | Undecided | undefined {
    const feasible = phases.filter(subject);
    const { preScoreError } = subject.podClass.statics;
    // kube-scheduler does not score a single feasible node, so the error goes unseen there.
    if (preScoreError !== undefined && feasible > 1) return undecided(subject.pod, "error", preScoreError);
    phases.score(subject);
    return phases.select(this.#isRandom, this.#seed, this.#decisions);
  }

  /** Decisions that need no node: gates, deletion, plugins that are not here. */
  #undecided(pod: Pod, ready: ReadyProfile | undefined): Undecided | undefined {
    if (ready === undefined) return undefined;
    if (pod.metadata?.deletionTimestamp) {
      return undecided(pod, "ignored", `skip schedule deleting pod: ${namespacedName(pod)}`);
    }
    const gates = (pod.spec?.schedulingGates ?? []).map(({ name = "" }) => name);
    if (gates.length > 0 && ready.profile.preEnqueue.includes("SchedulingGates")) {
      return undecided(pod, "gated", `waiting for scheduling gates: [${gates.join(" ")}]`);
    }
    const unsupported = unsupportedField(this.#cluster.state, pod, ready.profile);
    if (unsupported === undefined) return undefined;
    const { field, plugin } = unsupported;
    return undecided(pod, "unsupported", `${field} needs the plugin ${plugin}, which stowage does not have yet`);
  }

  #ignored(pod: Pod): Undecided {
    const names = [...this.#profiles.keys()].join(", ");
    return undecided(pod, "ignored", `its scheduler is ${schedulerNameOf(pod)}; this configuration has ${names}`);
  }

  #preFiltered(pod: Pod, preFilter: NonNullable<Fit["preFilter"]>): Unschedulable {
    const { nodeCount } = this.#cluster.state;
    const reasons = preFilter.reasons.map((reason) => ({ plugin: preFilter.plugin, reason, nodes: nodeCount }));
    return unschedulable(pod, preFilterErrorText(nodeCount, preFilter.reasons), reasons);
  }

  /** Runs the filters again, phase by phase, to say why no node was feasible. */
  #unfit(subject: Subject, { phases }: ReadyProfile): Unschedulable {
    phases.filter(subject);
    const reasons = countReasons(phases.rejectionGroups(subject.podClass));
    return unschedulable(subject.pod, fitErrorText(this.#cluster.nodeCount, reasons), reasons);
  }

  #fit(subject: Subject, phases: Phases): Fit {
    phases.filter(subject);
    return readFit(this.#cluster.state, (code, slot) => phases.rejectionOf(subject.podClass, code, slot));
  }

  #subject(pod: Pod): Subject {
    const { state } = this.#cluster;
    const { classes, phases } = this.#readyFor(pod);
    return { pod, podClass: classes.of(state.shapes.of(pod)), states: phases.prepare(pod) };
  }

  /** The subject, or an error decision when the pod cannot be read: one bad pod must not stop the others. */
  #readSubject(pod: Pod): Subject | Undecided {
    try {
      return this.#subject(pod);
    } catch (error) {
      const isOfPod = error instanceof StowageError && (error.code === "ERR_QUANTITY" || error.code === "ERR_OBJECT");
      if (!isOfPod) throw error;
      return undecided(pod, "error", error.message);
    }
  }

  #readyFor(pod: Pod): ReadyProfile {
    const ready = this.#profiles.get(schedulerNameOf(pod));
    if (ready !== undefined) return ready;
    throw new StowageError("ERR_OBJECT", { path: "spec.schedulerName", reason: this.#ignored(pod).message });
  }

  #reserve({ ready, subject, slot }: Choice, token: Token): void {
    try {
      ready.phases.reserve(subject, slot);
    } catch (error) {
      this.#cluster.forget(token);
      throw error;
    }
  }

  #nodeName({ slot }: Choice): string {
    return this.#cluster.state.bySlot[slot]?.name ?? "";
  }
}

function schedulerNameOf(pod: Pod): string {
  return pod.spec?.schedulerName || "default-scheduler";
}

function unschedulable(pod: Pod, message: string, reasons: Unschedulable["reasons"]): Unschedulable {
  return { status: "unschedulable", pod, key: namespacedName(pod), message, reasons };
}

function undecided(pod: Pod, status: Undecided["status"], message: string): Undecided {
  return { status, pod, key: namespacedName(pod), message, reasons: [] };
}
