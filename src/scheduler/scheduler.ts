/** Decisions: which node a pod goes to, and why not elsewhere. Read this file first. */

import type { Cluster } from "../cluster/cluster.js";
import type { KeyedPod, PodRecord, Token } from "../cluster/node-record.js";
import type { AssumeOptions } from "../cluster/reservations.js";
import { type ClusterState, MAX_PODS } from "../cluster/state.js";
import { StowageError } from "../errors.js";
import { blamed } from "../kube/misread.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import { type PodInput, toPod } from "../kube/plain.js";
import { VERSIONS, type Version } from "./compat.js";
import { CoreChoice, type Found } from "./core-choice.js";
import {
  type Decision,
  type Fit,
  NO_PREEMPTION,
  type Preemption,
  type PreFilterStatus,
  type Rejection,
  type Scores,
  type Undecided,
  type Unschedulable,
  undecided,
  unschedulable,
} from "./decision.js";
import { noFindings, runExplainCycle } from "./explain-cycle.js";
import { Explanation } from "./explanation.js";
import { readFit, readRejections, rejectedAsWhole, unfit } from "./fit.js";
import type { NodeFilters } from "./node-filters.js";
import { prepareNodeFilters } from "./node-plugins.js";
import { filterNominated } from "./nominated.js";
import { Offers } from "./offers.js";
import {
  checkOptions,
  checkPlaceAll,
  type PlaceAllOptions,
  type PreemptOptions,
  type SchedulerOptions,
} from "./options.js";
import { alikeFirst, decisionsOf, placeInSlices, type TakeDecision } from "./place-all.js";
import { Placements, PodTemplate } from "./placements.js";
import { runPostFilter } from "./post-filter.js";
import { decidedEarly, isGated, nameless, schedulerNameOf } from "./pre-enqueue.js";
import { preFiltered, preScoreError, runPreFilters } from "./pre-phases.js";
import { cycleOf, enoughBy, type FailedCycle, type PreemptionContext } from "./preemption.js";
import { preemptionOf } from "./preemption-answer.js";
import { type ReadyProfile, readyProfiles } from "./profiles.js";
import { inQueueOrder } from "./queue.js";
import { endsEarly, heapRoot, NodeOrder } from "./sampling.js";
import { filterAll, findFeasible, type SearchContext } from "./search.js";
import type { Subject } from "./subject.js";

/** What {@link Scheduler.bind} calls to make a decision real. It rejects or throws when that fails. */
export type Binder = (binding: { readonly pod: Pod; readonly node: string }) => Promise<void> | void;

const NONE_REMOVED: readonly Pod[] = [];

interface Choice extends Found {
  readonly subject: Subject;
  readonly ready: ReadyProfile;
}

/**
 * Decides as kube-scheduler does: same verdicts, scores and messages. Every node is looked at unless the configuration
 * sets `percentageOfNodesToScore`; among equals, `tieBreak` decides. A decision is a function of the cluster, the pod, the
 * configuration, the seed and the decision number; there is no clock and no other randomness.
 */
export class Scheduler {
  readonly #cluster: Cluster;
  readonly #profiles: ReadonlyMap<string, ReadyProfile>;
  readonly #tieBreak: "first" | "random" | "heap";
  readonly #seed: number;
  readonly #core: CoreChoice;
  readonly #version: Version;
  readonly #nodeOrder: NodeOrder;
  /** Whether equal questions get equal answers whatever was asked before: no ties are drawn, no sample of nodes moves on. */
  readonly isRepeatable: boolean;
  #decisions = 0;
  /** Where upstream's next search begins (its nextStartNodeIndex), and where the one after the running decision will. */
  #cursor = 0;
  #nextCursor = 0;
  /** The transaction of the latest decision: how to take it back is noted with the first one. */
  #notedIn: object | undefined;

  /**
   * @throws IssuesError ERR_CONFIG with every problem of the configuration; StowageError ERR_PLUGIN, ERR_OBJECT for a
   * version other than the cluster's and for what an option cannot be
   */
  constructor(cluster: Cluster, options: SchedulerOptions = {}) {
    const { config, plugins = [], seed = 0, tieBreak = "first", isIndexed = true, quirks } = options;
    checkOptions(options, cluster.compat);
    this.#cluster = cluster;
    this.#version = { ...VERSIONS[cluster.compat], ...quirks };
    this.#profiles = readyProfiles(cluster, config, plugins, this.#version, options);
    this.#nodeOrder = new NodeOrder(cluster.state);
    this.#tieBreak = tieBreak;
    this.#seed = seed;
    const isSampled = [...this.#profiles.values()].some(({ profile }) => endsEarly(profile));
    this.isRepeatable = tieBreak === "first" && !isSampled;
    this.#core = new CoreChoice(cluster.state, { tieBreak, seed, isIndexed, isSampled });
  }

  /** Answers where the pod would go. Changes nothing, not even the decision number. */
  schedule(input: PodInput): Decision {
    const pod = toPod(input);
    const choice = this.#decide(pod);
    if ("status" in choice) return choice;
    const node = this.#cluster.state.bySlot[choice.slot]!.name;
    return { status: "placed", pod, key: namespacedName(pod), node, score: choice.total };
  }

  /**
   * {@link schedule}, and the pod occupies its node from then on by the decision's token: until it is confirmed or
   * forgotten, or for `ttlMs` (see `cluster.expire`). Counts as a decision, also when no node was found.
   *
   * @throws StowageError ERR_ALREADY_PLACED, ERR_PLUGIN, ERR_REENTRANT, ERR_CAPACITY, ERR_OBJECT for what is no pod or time
   */
  place(input: PodInput, options: AssumeOptions = {}): Decision {
    const state = this.#cluster.change("place");
    const pod = toPod(input);
    const key = namespacedName(pod);
    const here = state.pods.get(key);
    if (here !== undefined) throw new StowageError("ERR_ALREADY_PLACED", { name: key, node: here.node.name });
    const choice = nameless(pod) ?? this.#decide(pod);
    this.#noteDecision(state);
    if ("status" in choice) return choice;
    const node = state.bySlot[choice.slot]!;
    const { shape } = choice.subject.podClass;
    const token = this.#cluster.reservations.make(key, pod, node, false, options, shape);
    this.#reserve(choice, token);
    return { status: "placed", pod, key, node: node.name, score: choice.total, token };
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
    // Who watches the cluster may have seen the pod bound before the binder had its answer.
    const isSeen = this.#cluster.pod(namespacedName(pod))?.node === node.name;
    if (this.#cluster.reservations.isLive(token) || !isSeen) this.#cluster.confirm(token);
  }

  /**
   * Places many pods, yielding to the event loop in slices. Returns decisions in the order of the pods given.
   *
   * @throws StowageError as {@link place} does, at a pod given twice, too, and ERR_ABORTED when the signal fires; what was
   *   placed until then stays placed: `cluster.pod` has the tokens, {@link Cluster.begin} before it a way back
   */
  async placeAll(inputs: readonly PodInput[], options: PlaceAllOptions = {}): Promise<Decision[]> {
    const decisions = new Array<Decision>(inputs.length);
    await this.placeEach(inputs, options, (decision, index) => {
      decisions[index] = decision;
    });
    return decisions;
  }

  /** @internal As {@link placeAll}, for who needs little of each decision: `take` is given them with the index of the pod. */
  async placeEach(inputs: readonly PodInput[], options: PlaceAllOptions, take: TakeDecision): Promise<void> {
    checkPlaceAll(inputs, options);
    return placeInSlices(inputs.map(toPod), options, (pods) => this.#placeFirst(pods), take);
  }

  /** Places the first of pods that share their spec, and as many after it as are like it. */
  #placeFirst(pods: readonly Pod[]): readonly Decision[] {
    const one = this.place(pods[0]!);
    if (pods.length === 1 || one.status !== "placed") return [one];
    const { state, reservations } = this.#cluster;
    const record = reservations.find(one.token!);
    const alike = alikeFirst(pods, record, this.#readyFor(one.pod).relations, state.pods);
    const waiting = alike.values();
    const decisions: Decision[] = [one];
    const order = { count: alike.length, next: () => waiting.next().value! };
    this.#placeAlike(record, order, {}, (...placed) => {
      decisions.push(...decisionsOf(alike.slice(decisions.length - 1), state.bySlot, ...placed));
    });
    // Where the core could place none of them, it need not be asked about each.
    return decisions.length > 1 ? decisions : [one, ...alike.map(({ pod }) => this.place(pod))];
  }

  /**
   * A kind of pod to place many of: its name is where theirs begin, `name-0`, `name-1` and so on. Give the pod as a cluster
   * would have it; it is not placed itself.
   */
  class(input: PodInput): PodTemplate {
    return new PodTemplate(toPod(input));
  }

  /**
   * Places pods of one kind at once, as {@link place} would one after the other, and ends at the first that cannot be placed:
   * all others would hear the same. Columns instead of objects; each pod occupies its node by a token, as after `place`.
   *
   * @throws StowageError as place does
   */
  placeMany(template: PodTemplate, count: number, options: AssumeOptions = {}): Placements {
    const state = this.#cluster.change("placeMany");
    const placements = new Placements(template, count);
    while (placements.placed < count) {
      const decision = this.place(template.next(state.pods).pod, options);
      if (decision.status !== "placed") return placements.end(decision);
      const record = this.#cluster.reservations.find(decision.token!);
      placements.add([record.node.slot], [decision.score], decision.token!);
      const order = { count: placements.left, next: () => template.next(state.pods) };
      this.#placeAlike(record, order, options, (slots, totals, first) => placements.add(slots, totals, first));
    }
    return placements;
  }

  /** Places in the core so many pods like one that was just placed, as far as the core can; `note` hears of them in turns. */
  #placeAlike(
    record: PodRecord,
    { count, next }: { readonly count: number; readonly next: () => KeyedPod },
    options: AssumeOptions,
    note: (slots: Uint32Array, totals: Float64Array, first: Token) => void,
  ): void {
    const { state } = this.#cluster;
    if (count === 0 || record.ports.length > 0) return;
    const subject = this.#subject(record.pod);
    const ready = this.#readyFor(record.pod);
    if (!this.#core.knows(subject, ready) || ready.profile.reserve.some((name) => ready.phases.users.has(name))) return;
    const order = { like: record, count: Math.min(count, MAX_PODS - state.pods.size), decision: this.#decisions };
    this.#decisions += this.#core.placeMany(subject, ready, order, (slots, totals) => {
      note(slots, totals, this.#cluster.reservations.makeCounted(record, slots, next, options));
    });
  }

  /** Pods in queue order: highest priority first, equals in the order given. */
  sort(inputs: readonly PodInput[]): Pod[] {
    return inQueueOrder(inputs.map(toPod));
  }

  /** Which nodes could take the pod, and for each other one plugin, code and reasons. */
  filter(input: PodInput): Fit {
    const subject = this.#subject(toPod(input));
    const ready = this.#readyFor(subject.pod);
    const preFilter = runPreFilters(subject, ready.profile);
    return preFilter === undefined ? this.#fit(subject, ready) : rejectedAsWhole(this.#cluster.state, preFilter);
  }

  /** @internal The rejections of {@link filter} without a list of them: read them before anything else is asked. */
  rejections(input: PodInput): Iterable<Rejection> {
    const subject = this.#subject(toPod(input));
    const ready = this.#readyFor(subject.pod);
    const preFilter = runPreFilters(subject, ready.profile);
    if (preFilter !== undefined) return rejectedAsWhole(this.#cluster.state, preFilter).rejected;
    this.#runFilters(subject, ready);
    return readRejections(this.#cluster.state, subject, ready.phases);
  }

  /**
   * Scores the feasible nodes of a fit: per node and plugin the raw, normalized and weighted parts, and the totals.
   *
   * @throws StowageError ERR_OBJECT where a PreScore plugin fails: a preference that does not parse
   */
  score(input: PodInput, fit: Pick<Fit, "feasible">): Scores {
    const subject = this.#subject(toPod(input));
    const { phases, profile } = this.#readyFor(subject.pod);
    const reason = preScoreError(subject, profile, this.#version);
    if (reason !== undefined) throw new StowageError("ERR_OBJECT", { path: "spec", reason });
    phases.restrictTo(new Set(fit.feasible));
    return phases.scores(subject);
  }

  /** @internal The pod's filters and scores on nodes that another scheduler picked. @throws StowageError ERR_OBJECT */
  offers(input: PodInput): Offers {
    const subject = this.#subject(toPod(input));
    return new Offers(this.#search(this.#readyFor(subject.pod)), subject, this.#version);
  }

  /**
   * Whom a pod that fits nowhere could preempt: on every node the fewest pods of lower priority, and the best node by
   * upstream's criteria. Evicts nobody and changes nothing.
   */
  preempt(input: PodInput, options: PreemptOptions = {}): Preemption {
    const pod = toPod(input);
    const base = { pod, key: namespacedName(pod) };
    const none = (status: Preemption["status"], message: string) => ({ ...base, status, message, ...NO_PREEMPTION });
    const ready = this.#profiles.get(schedulerNameOf(pod));
    if (ready === undefined) return none("undecided", this.#ignored(pod).message);
    const early = decidedEarly(pod, ready.profile);
    if (early !== undefined) return none("undecided", early.message);
    if (this.#cluster.nodeCount === 0) return none("unhelpful", "");
    const subject = this.#readSubject(pod);
    if ("status" in subject) return none("undecided", subject.message);
    const preFilter = runPreFilters(subject, ready.profile);
    if (preFilter?.code === "Error") return none("undecided", preFilter.reasons.join(", "));
    const context = this.#preemptionContext(ready, options);
    const cycle = this.#failedCycle(subject, ready, context, preFilter);
    if (cycle === undefined) return none("needless", "");
    return preemptionOf(base, runPostFilter(context, subject, cycle, this.#version));
  }

  /**
   * The decision of {@link schedule} with all that led to it: for every node each filter that rejects it, asked by itself,
   * and each score in its parts; what decided between equals. Changes nothing.
   *
   * @param options of the preemption that the explanation tells of, where the pod fits nowhere
   * @throws StowageError as schedule does; ERR_PLUGIN also where a TypeScript filter cannot do with nodes that a filter
   *   before it rejects
   */
  explain(input: PodInput, options: PreemptOptions = {}): Explanation {
    const pod = toPod(input);
    const decision = this.schedule(pod);
    const { state } = this.#cluster;
    const ready = this.#profiles.get(schedulerNameOf(pod));
    const isAsked = ready !== undefined && decidedEarly(pod, ready.profile) === undefined && state.nodeCount > 0;
    const subject = isAsked ? this.#readSubject(pod) : decision;
    return new Explanation({
      decision,
      findings:
        ready === undefined || "status" in subject
          ? noFindings(state.bySlot.map((record) => record?.name))
          : runExplainCycle(this.#search(ready), subject, this.#cursor),
      weights: ready?.profile.score ?? [],
      tieBreak: this.#tieBreak,
      preempt: () => this.preempt(pod, options),
    });
  }

  #preemptionContext(ready: ReadyProfile, options: PreemptOptions): PreemptionContext {
    const { nowMs = Number.POSITIVE_INFINITY } = options;
    const enough = enoughBy(ready.profile.args.DefaultPreemption, options);
    return { search: this.#search(ready), nowMs, enough, chargesAllBudgets: this.#version.chargesAllBudgets };
  }

  /** A cycle that ends without a feasible node; undefined when there is one. */
  #failedCycle(
    subject: Subject,
    ready: ReadyProfile,
    context: PreemptionContext,
    preFilter: PreFilterStatus | undefined,
  ): FailedCycle | undefined {
    if (preFilter !== undefined) return cycleOf(context, subject, rejectedAsWhole(this.#cluster.state, preFilter));
    const isFeasible = ready.preemptions.knows(subject) ? this.#core.isFeasible(subject, ready) : undefined;
    if (isFeasible !== undefined) return isFeasible ? undefined : ready.preemptions.cycleOf(subject, context);
    const fit = this.#searchedFit(subject, ready);
    return fit.feasible.length > 0 ? undefined : cycleOf(context, subject, fit);
  }

  /** A rollback takes the decision back with what it did, so that what-ifs do not hear of each other. */
  #noteDecision({ undo }: ClusterState): void {
    const { innermost } = undo;
    if (innermost !== undefined && innermost !== this.#notedIn) {
      const [decisions, cursor] = [this.#decisions, this.#cursor];
      undo.record(() => {
        this.#decisions = decisions;
        this.#cursor = cursor;
      });
    }
    this.#notedIn = innermost;
    this.#decisions++;
    this.#cursor = this.#nextCursor;
  }

  /** The choice for a pod, or the decision that there is none. */
  #decide(pod: Pod): Choice | Unschedulable | Undecided {
    this.#nextCursor = this.#cursor;
    const ready = this.#profiles.get(schedulerNameOf(pod));
    if (ready === undefined) return this.#ignored(pod);
    const early = decidedEarly(pod, ready.profile);
    if (early !== undefined) return early;
    const state = this.#cluster.state;
    if (state.nodeCount === 0) return unschedulable(pod, "no nodes available to schedule pods", []);
    const subject = this.#readSubject(pod);
    if ("status" in subject) return subject;
    const preFilter = runPreFilters(subject, ready.profile);
    if (preFilter?.code === "Error") return undecided(pod, "error", preFilter.reasons.join(", "));
    if (preFilter !== undefined) return preFiltered(pod, preFilter, state.nodeCount);
    const known = this.#core.knows(subject, ready) ? this.#core.choose(subject, ready, this.#decisions) : undefined;
    const chosen = known ?? this.#chooseByPhases(subject, ready);
    if (chosen === "none") {
      const why = this.#core.diagnose(subject, ready);
      if (why !== undefined) return unschedulable(pod, why.message, why.reasons);
      ready.phases.filter(subject);
    }
    if (chosen === "none" || chosen === undefined) return unfit(state, subject, ready.phases);
    if (ready.reserveError !== undefined && !("status" in chosen)) return undecided(pod, "error", ready.reserveError);
    return "status" in chosen ? chosen : { slot: chosen.slot, total: chosen.total, subject, ready };
  }

  /** Whether a pod waits in one of the queues; until 1.37 those with scheduling gates wait outside. */
  #isQueued(pod: Pod): boolean {
    const ready = this.#profiles.get(schedulerNameOf(pod));
    if (ready === undefined) return false;
    return !isGated(pod, ready.profile) || this.#version.countsGatedNominations;
  }

  #chooseByPhases(subject: Subject, ready: ReadyProfile): Found | Undecided | undefined {
    const { phases, profile } = ready;
    const { feasible, order, isNominated, cursor } = findFeasible(this.#search(ready), subject, this.#cursor);
    this.#nextCursor = cursor;
    const failed = phases.filterError();
    if (failed !== undefined && !isNominated) return undecided(subject.pod, "error", failed);
    if (feasible === 0) return undefined;
    // kube-scheduler does not score a single feasible node, so an error goes unseen there.
    const error = feasible > 1 ? preScoreError(subject, profile, this.#version) : undefined;
    if (error !== undefined) return undecided(subject.pod, "error", error);
    phases.score(subject);
    if (order === undefined || (this.#tieBreak !== "heap" && !isNominated)) {
      return phases.select(this.#tieBreak === "random", this.#seed, this.#decisions);
    }
    const slot = order[heapRoot(order.map((each) => phases.total(each)))]!;
    return { slot, total: phases.total(slot) };
  }

  #search({ phases, profile }: ReadyProfile): SearchContext {
    return {
      state: this.#cluster.state,
      phases,
      profile,
      version: this.#version,
      nodeOrder: this.#nodeOrder,
      renew: (subject) => this.#renew(subject),
      isOrdered: this.#tieBreak === "heap",
      isQueued: (pod) => this.#isQueued(pod),
    };
  }

  #ignored(pod: Pod): Undecided {
    const names = [...this.#profiles.keys()].join(", ");
    return undecided(pod, "ignored", `its scheduler is ${schedulerNameOf(pod)}; this configuration has ${names}`);
  }

  #fit(subject: Subject, ready: ReadyProfile): Fit {
    this.#runFilters(subject, ready);
    return readFit(this.#cluster.state, subject, ready.phases);
  }

  #runFilters(subject: Subject, ready: ReadyProfile): void {
    ready.phases.filter(subject);
    filterNominated(this.#search(ready), subject);
  }

  /** The same as a search leaves it, which has asked about the pod's nominated node first. */
  #searchedFit(subject: Subject, ready: ReadyProfile): Fit {
    filterAll(this.#search(ready), subject);
    return readFit(this.#cluster.state, subject, ready.phases);
  }

  /** @throws StowageError ERR_OBJECT, ERR_QUANTITY where the pod cannot be read */
  #subject(pod: Pod): Subject {
    const { phases, profile } = this.#readyFor(pod);
    try {
      const nodeFilters = prepareNodeFilters(this.#cluster.state, pod, profile, this.#version, this.#core.keeps(pod));
      const { podClass, relations } = this.#prepare(pod, nodeFilters);
      return { pod, podClass, relations, nodeFilters, removed: NONE_REMOVED, states: phases.users.prepare(pod) };
    } catch (error) {
      throw blamed(error, pod);
    }
  }

  #prepare(pod: Pod, { closed }: NodeFilters): Pick<Subject, "podClass" | "relations"> {
    const { classes, relations } = this.#readyFor(pod);
    return { podClass: classes.of(this.#cluster.state.shapes.of(pod), closed), relations: relations.of(pod) };
  }

  #renew(subject: Subject): void {
    Object.assign(subject, this.#prepare(subject.pod, subject.nodeFilters));
    if (subject.skipsAffinity === true) subject.relations = { ...subject.relations, affinityFilter: 0 };
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
      const unreserve = subject.nodeFilters.reserve?.(this.#cluster.state.bySlot[slot]?.name ?? "");
      if (unreserve !== undefined) this.#cluster.reservations.attach(token, unreserve);
      ready.phases.users.reserve(subject, slot);
    } catch (error) {
      this.#cluster.forget(token);
      throw error;
    }
  }
}
