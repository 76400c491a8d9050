/**
 * An extender as a function of verb and body: it answers what kube-scheduler asks, and can be mounted in any server. Read
 * this file first.
 */

import { StowageError } from "../errors.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import type { ExplanationDocument } from "../scheduler/explanation-document.js";
import type { Plugin } from "../scheduler/plugin.js";
import { bind } from "./bind.js";
import type { ExtenderBinder } from "./binder.js";
import { type ExtenderContext, profileOf, requireSynced, Undecidable, underProfile } from "./context.js";
import { type Deciding, decideBy } from "./deciding.js";
import { filter, filterBody, NONE_REJECTED } from "./filter.js";
import { withoutOwn } from "./judging.js";
import { LastCall } from "./last-call.js";
import { NodeNames } from "./node-names.js";
import { asFound, preempt, preemptionBody } from "./preempt.js";
import { prioritize, priorityBody } from "./prioritize.js";
import { Promises, type RoomPromise } from "./promises.js";
import { RecentPods } from "./recent-pods.js";
import type { ScoreMap } from "./score-map.js";
import { type Simulation, simulate } from "./simulate.js";
import type { ClusterSource } from "./source.js";
import { BadRequest, readBindingArgs, readPreemptionArgs } from "./wire.js";

export type Verb = "filter" | "prioritize" | "bind" | "preempt";

export const VERBS: readonly Verb[] = ["filter", "prioritize", "bind", "preempt"];

export interface ExtenderOptions {
  readonly source: ClusterSource;
  /** A KubeSchedulerConfiguration as an object, whose profiles' plugins run. Default: pack tightly, filter nothing twice. */
  readonly config?: object;
  readonly plugins?: readonly Plugin[];
  /** Resources that are always filtered and, where this extender binds, promised at bind. */
  readonly managedResources?: readonly string[];
  /** Default "rank". */
  readonly scoreMap?: ScoreMap;
  /** Without it the verb bind is refused. */
  readonly binder?: ExtenderBinder;
  /** How long the watch has to show a bound pod before the API server is asked about it again. Default 60 s. */
  readonly promiseTtlMs?: number;
  /** How long a call may have waited when its decision begins; bind may take what it takes. Default 2 s. */
  readonly budgetMs?: number;
  /** What becomes of a call beyond its budget: every node passes and all are equal, or an error. Default "fail". */
  readonly onBudget?: "pass" | "fail";
  /** A clock that never goes back, in milliseconds. */
  readonly nowMs?: () => number;
  /** Hears of pods that were bound, or may have been, and that nobody has seen since. */
  readonly onOverdue?: (promise: Pick<RoomPromise, "key" | "binding" | "isBound">) => void;
}

export interface ExtenderAnswer {
  /** kube-scheduler takes 200 for an answer and everything else for an error. */
  readonly status: number;
  /** JSON. */
  readonly body: string | Uint8Array;
  readonly decision: DecisionNote;
}

/** What a log and metrics may tell of an answer. */
export interface DecisionNote {
  readonly verb: Verb;
  readonly result: "success" | "unschedulable" | "error" | "invalid" | "late";
  /** `namespace/name`. */
  readonly pod?: string;
  readonly uid?: string;
  readonly profile?: string;
  /** Counts of nodes. */
  readonly offered?: number;
  readonly passed?: number;
  readonly node?: string;
  /** A count of pods over all nodes of the answer. */
  readonly victims?: number;
  readonly error?: string;
}

const DEFAULT_TTL_MS = 60_000;
const DEFAULT_BUDGET_MS = 2_000;
/** Pods that wait for bind between two looks of the watch. */
const RECENT_PODS = 1_024;

export class Extender {
  readonly #context: ExtenderContext;
  readonly #deciding: Deciding;
  readonly #budgetMs: number;
  readonly #onBudget: "pass" | "fail";
  readonly #nowMs: () => number;
  readonly #lastCall = new LastCall();
  #isBroken = false;

  /** @throws IssuesError ERR_CONFIG with every problem of the configuration; StowageError ERR_PLUGIN */
  constructor(options: ExtenderOptions) {
    const { source, config, plugins = [], managedResources = [], scoreMap = "rank", binder } = options;
    const { promiseTtlMs = DEFAULT_TTL_MS, nowMs = () => performance.now(), onOverdue } = options;
    this.#deciding = decideBy(source.cluster, config, plugins, managedResources);
    this.#budgetMs = options.budgetMs ?? DEFAULT_BUDGET_MS;
    this.#onBudget = options.onBudget ?? "fail";
    this.#nowMs = nowMs;
    this.#context = {
      source,
      nodeNames: new NodeNames(source.cluster.state),
      scheduler: this.#deciding.scheduler,
      schedulerNames: this.#deciding.schedulerNames,
      weightSums: this.#deciding.weightSums,
      managed: managedResources,
      scoreMap,
      promises: new Promises(source, { binder, ttlMs: promiseTtlMs, nowMs, ...(onOverdue && { onOverdue }) }),
      recent: new RecentPods(RECENT_PODS),
      binds: binder !== undefined,
    };
  }

  /** The weight at which the scores count as much as all of the scheduler's own together. */
  get suggestedWeight(): number {
    return this.#deciding.suggestedWeight;
  }

  /** A count of promises of room that are live. */
  get promised(): number {
    this.#context.promises.sweep();
    return this.#context.promises.size;
  }

  /** Whether the engine can still be believed; when not, only a new process helps. */
  get isAlive(): boolean {
    return !this.#isBroken;
  }

  /** Whether all of the cluster is known, so that it can answer. */
  get isReady(): boolean {
    return this.#context.source.isSynced;
  }

  /**
   * Answers one call. Never throws for what is in the body.
   *
   * @param body the request's, as it came
   * @param sinceMs when the request came, by the clock of the options; default now
   */
  async handle(verb: Verb, body: Uint8Array, sinceMs: number = this.#nowMs()): Promise<ExtenderAnswer> {
    return this.answer(verb, body, sinceMs);
  }

  /** As {@link handle}, and at once where nobody has to be asked, which is so of all verbs but bind. */
  answer(verb: Verb, body: Uint8Array, sinceMs: number = this.#nowMs()): ExtenderAnswer | Promise<ExtenderAnswer> {
    const note: Note = { verb };
    const failed = (error: unknown): ExtenderAnswer => {
      this.#isBroken ||= error instanceof StowageError && error.code === "ERR_INTERNAL";
      return failure(note, error);
    };
    try {
      this.#context.promises.sweep();
      const answer = this.#verbs[verb](note, body, sinceMs);
      return answer instanceof Promise ? answer.catch(failed) : answer;
    } catch (error) {
      return failed(error);
    }
  }

  /**
   * Why the pod would go where, as if it had no node yet, by a whole scheduler of the same profile; undefined where nobody
   * knows it.
   *
   * @throws Undecidable
   */
  explain(namespace: string, name: string): ExplanationDocument | undefined {
    requireSynced(this.#context);
    const pod = this.#context.source.pod(namespace, name);
    if (pod === undefined) return undefined;
    const { nodeName: _, ...spec } = pod.spec ?? {};
    const waiting = underProfile({ ...pod, spec }, profileOf(this.#context, pod));
    return withoutOwn(this.#context, pod, () => this.#deciding.whole.explain(waiting).toJSON());
  }

  /** Where hypothetical pods would go, on hypothetical nodes too. @throws BadRequest, Undecidable */
  simulate(body: Uint8Array): Simulation {
    requireSynced(this.#context);
    return simulate(this.#context, this.#deciding.whole, body);
  }

  /** Ends the listening to the source, which goes on. */
  stop(): void {
    this.#context.promises.stop();
  }

  readonly #verbs: Readonly<Record<Verb, Answering>> = {
    filter: (note, body, sinceMs) => {
      const { pod, offer } = this.#lastCall.read(body);
      Object.assign(note, about(pod), { offered: offer.items.length });
      note.profile = profileOf(this.#context, pod);
      const isLate = this.#isLate(sinceMs);
      const rejected = isLate ? NONE_REJECTED : filter(this.#context, { pod, offer });
      const passed = offer.items.length - rejected.size;
      const result = isLate ? "late" : passed > 0 ? "success" : "unschedulable";
      return answered({ ...note, result, passed }, joined(filterBody(offer, rejected)));
    },
    prioritize: (note, body, sinceMs) => {
      const { pod, offer } = this.#lastCall.read(body);
      Object.assign(note, about(pod), { offered: offer.items.length });
      note.profile = profileOf(this.#context, pod);
      const isLate = this.#isLate(sinceMs);
      const scores = isLate ? new Uint8Array(offer.items.length) : prioritize(this.#context, { pod, offer });
      return answered({ ...note, result: isLate ? "late" : "success" }, priorityBody(offer, scores));
    },
    preempt: (note, body, sinceMs) => {
      const { pod, candidates } = readPreemptionArgs(body);
      Object.assign(note, about(pod), { offered: candidates.length });
      note.profile = profileOf(this.#context, pod);
      const isLate = this.#isLate(sinceMs);
      const nodes = isLate ? asFound(candidates) : preempt(this.#context, { pod, candidates });
      const victims = nodes.reduce((count, { uids }) => count + uids.length, 0);
      const result = isLate ? "late" : nodes.length > 0 ? "success" : "unschedulable";
      return answered({ ...note, result, passed: nodes.length, victims }, preemptionBody(nodes));
    },
    bind: async (note, body) => {
      const args = readBindingArgs(body);
      Object.assign(note, { pod: `${args.namespace}/${args.name}`, uid: args.uid, node: args.node });
      await bind(this.#context, args);
      return answered({ ...note, result: "success" }, '{"Error":""}');
    },
  };

  /** Whether a call has waited too long. @throws Undecidable where such a call fails, and while the cluster is not known */
  #isLate(sinceMs: number): boolean {
    const waitedMs = this.#nowMs() - sinceMs;
    if (waitedMs <= this.#budgetMs) {
      requireSynced(this.#context);
      return false;
    }
    if (this.#onBudget === "pass") return true;
    throw new Undecidable(`the call waited ${Math.round(waitedMs)} ms, longer than its budget of ${this.#budgetMs} ms`);
  }
}

type Answering = (note: Note, body: Uint8Array, sinceMs: number) => ExtenderAnswer | Promise<ExtenderAnswer>;

/** Grows while a call is understood. */
type Note = { -readonly [Key in keyof DecisionNote]?: DecisionNote[Key] } & { readonly verb: Verb };

function about(pod: Pod): Pick<DecisionNote, "pod" | "uid"> {
  return { pod: namespacedName(pod), uid: pod.metadata?.uid ?? "" };
}

function answered(decision: DecisionNote, body: string | Uint8Array): ExtenderAnswer {
  return { status: 200, body, decision };
}

/** kube-scheduler reads `Error` of filter and bind; of the other two it can only be told by the code. */
function failure(note: Note, error: unknown): ExtenderAnswer {
  const message = error instanceof Error ? error.message : String(error);
  const isInvalid = error instanceof BadRequest || error instanceof RangeError;
  const hasField = note.verb === "filter" || note.verb === "bind";
  return {
    status: isInvalid ? 400 : hasField ? 200 : 500,
    body: JSON.stringify({ Error: message }),
    decision: { ...note, result: isInvalid ? "invalid" : "error", error: message },
  };
}

/** One body of its parts. */
function joined(parts: readonly (string | Uint8Array)[]): string | Uint8Array {
  if (parts.every((part) => typeof part === "string")) return parts.join("");
  const chunks = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const body = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

const encoder = new TextEncoder();
