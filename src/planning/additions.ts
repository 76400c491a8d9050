/** What to add so that failures leave no pod without a node: packed as `size` packs, then tried by failing it again. */

import type { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import { namespacedName, type Pod } from "../kube/objects.js";
import type { PodInput } from "../kube/plain.js";
import { pack } from "../packing/pack.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import { FailureTrial, type LeftOver, type Placer } from "./failure-trial.js";
import { type Failure, failuresOf, type Level, ZONE_LABEL } from "./failures.js";
import { addNodes, type FleetNode, fleetCost, fleetOf, NodeMaker } from "./fleet.js";
import { likeNodes } from "./node-copies.js";
import { type Kept, type Offer, priceOf } from "./offers.js";
import { onceSettled, placerOf } from "./settled.js";
import { fleetDocument, unplaceableGroups } from "./size-answer.js";
import { pauseUnlessAborted } from "./size-context.js";
import type { Unplaceable } from "./size-document.js";
import { sizeProblem } from "./size-problem.js";
import type { Addition, Survival } from "./survival.js";
import { survive } from "./survive.js";

export interface AdditionOptions {
  /** What can be had. Default: nodes like those that are there, as few as will do and of these the smaller. */
  readonly offers?: readonly Offer[];
  /** Levels of which every failure is meant; of the others it is the worst. */
  readonly required?: readonly Level[];
  /** As the survival was asked for. Default true. */
  readonly preempts?: boolean;
  readonly signal?: AbortSignal;
}

/** Nodes are added so many times at most; who pends then is given up. */
const MOST_ROUNDS = 24;
/** Steps of a few microseconds for each packing. */
const EFFORT = 10_000;
/** Up to so many failures and nodes, multiplied, each node is left out in turn to see whether it is needed. */
const MOST_SLIMMED = 4_000;
/** Failures between two yields to the event loop. */
const SLICE = 16;
const NOTHING_KEPT: Kept = { headroom: 0, reserve: {} };

/**
 * Says for the worst failure of each level, and for all of each required level, which nodes to add so that no pod pends.
 * The nodes are there from the beginning: pods that wait may be placed on them, and they fail with their level. The cluster
 * is afterwards as it was.
 *
 * @param pending as it was given to {@link survive}
 * @param survival what that said
 * @throws StowageError ERR_ABORTED by the signal, ERR_INTERNAL for nodes that do not pass their own check
 */
export async function additionsFor(
  cluster: Cluster,
  scheduler: Scheduler,
  pending: readonly PodInput[],
  survival: Survival,
  options: AdditionOptions = {},
): Promise<Addition[]> {
  const targets = targetsOf(survival, options.required ?? []);
  if (targets.length === 0) return [];
  const place = placerOf(cluster, scheduler, options.preempts ?? true);
  const offers = options.offers ?? (await onceSettled(cluster, place, pending, async () => likeNodes(cluster)));
  const additions: Addition[] = [];
  for (const target of targets) {
    const search = new Search({ cluster, scheduler, pending, options }, place, offers, target);
    additions.push(await search.run());
  }
  return additions;
}

/** What has to be survived. */
interface Target extends Level {
  /** Absent where every failure of the level is meant. */
  readonly name?: string;
  /** Names of failures, the worst first. */
  readonly order: readonly string[];
}

function targetsOf({ levels, cases }: Survival, required: readonly Level[]): Target[] {
  return levels.flatMap(({ level, key }): Target[] => {
    const isSame = (one: Level): boolean => one.level === level && one.key === key;
    const failing = cases.filter((one) => isSame(one) && one.pending.length > 0);
    const [worst] = failing;
    if (worst === undefined) return [];
    const order = failing.map(({ name }) => name);
    return [{ level, ...(key !== undefined && { key }), order, ...(!required.some(isSame) && { name: worst.name }) }];
  });
}

interface Question {
  readonly cluster: Cluster;
  readonly scheduler: Scheduler;
  readonly pending: readonly PodInput[];
  readonly options: AdditionOptions;
}

/** A failure after which pods pend, and what would help. */
interface Shortfall {
  readonly failure: string;
  readonly leftOver: readonly LeftOver[];
  /** A count of pods without a node: those, and whoever had none before. */
  readonly missing: number;
  readonly more: readonly FleetNode[];
}

class Search {
  readonly #question: Question;
  readonly #place: Placer;
  readonly #offers: readonly Offer[];
  readonly #target: Target;
  readonly #maker: NodeMaker;
  /** Failure and pod of which it is known that nothing helps. */
  readonly #hopeless = new Set<string>();
  readonly #unplaceable: Unplaceable[] = [];

  constructor(question: Question, place: Placer, offers: readonly Offer[], target: Target) {
    this.#question = question;
    this.#place = place;
    this.#offers = offers;
    this.#target = target;
    const names = [...question.cluster.nodes()].map(({ name }) => name);
    this.#maker = new NodeMaker(names, NOTHING_KEPT, 0);
  }

  async run(): Promise<Addition> {
    let nodes: readonly FleetNode[] = [];
    let before: { readonly found: Shortfall; readonly nodes: readonly FleetNode[] } | undefined;
    for (let round = 0; ; round++) {
      const found = await this.#firstShortfall(nodes, round < MOST_ROUNDS ? "buy" : "giveUp");
      if (found === undefined) break;
      if (found.failure === before?.found.failure && found.missing >= before.found.missing) {
        // Rules about other pods, of which packing knows nothing, keep them from the new nodes too.
        this.#giveUpEach(found.failure, found.leftOver);
        nodes = before.nodes;
        continue;
      }
      before = { found, nodes };
      nodes = [...nodes, ...found.more];
    }
    nodes = await this.#slimmed(nodes);
    await this.#assertEnough(nodes);
    return this.#documentOf(nodes);
  }

  /**
   * Fails what is meant, the worst first, until pods pend for which more nodes may do.
   *
   * @param mode about pods that pend: which nodes to buy for them; to give them up; only that there are some
   */
  async #firstShortfall(nodes: readonly FleetNode[], mode: "buy" | "giveUp" | "tell"): Promise<Shortfall | undefined> {
    const { cluster, pending, options } = this.#question;
    return this.#with(nodes, () =>
      onceSettled(cluster, this.#place, pending, async ({ waiting }) => {
        const trial = new FailureTrial(cluster, this.#place, true);
        for (const [at, failure] of this.#failures().entries()) {
          if (at % SLICE === 0) await pauseUnlessAborted(options.signal);
          let found: Shortfall | undefined;
          await trial.run(failure, async (left) => {
            const more = mode === "buy" ? await this.#nodesFor(failure, this.#hopeful(failure, left)) : [];
            const leftOver = this.#hopeful(failure, left);
            if (leftOver.length === 0) return;
            if (mode === "giveUp" || (mode === "buy" && more.length === 0)) this.#giveUpEach(failure.name, leftOver);
            else found = { failure: failure.name, leftOver, missing: leftOver.length + waiting.length, more };
          });
          if (found !== undefined) return found;
        }
        return undefined;
      }),
    );
  }

  #hopeful({ name }: Failure, leftOver: readonly LeftOver[]): LeftOver[] {
    return leftOver.filter(({ key }) => !this.#hopeless.has(`${name} ${key}`));
  }

  async #with<T>(nodes: readonly FleetNode[], ask: () => Promise<T>): Promise<T> {
    const { cluster } = this.#question;
    cluster.begin();
    try {
      addNodes(cluster, nodes);
      return await ask();
    } finally {
      cluster.rollback();
    }
  }

  /** Those that were worst without more nodes first. */
  #failures(): Failure[] {
    const { order, level, key } = this.#target;
    const all = failuresOf({ level, ...(key !== undefined && { key }) }, [...this.#question.cluster.nodes()]);
    const places = new Map(order.map((name, at) => [name, at]));
    const placeOf = ({ name }: Failure): number => places.get(name) ?? order.length;
    return all.filter((one) => this.#isMeant(one)).sort((a, b) => placeOf(a) - placeOf(b));
  }

  #isMeant({ name }: Failure): boolean {
    return this.#target.name === undefined || this.#target.name === name;
  }

  /** New nodes for pods that have none, asked while the nodes are gone. Pods that no offer takes are given up. */
  async #nodesFor(failure: Failure, leftOver: readonly LeftOver[]): Promise<readonly FleetNode[]> {
    if (leftOver.length === 0) return [];
    const { cluster, scheduler, options } = this.#question;
    const offers = this.#offers.flatMap((offer) => outside(offer, failure));
    const pods = leftOver.map(({ pod }) => pod);
    const problem = sizeProblem(cluster, scheduler, pods, offers, { kept: NOTHING_KEPT, nodeCost: 0 });
    const types = problem.packing.types.map((type, at) =>
      problem.types[at]!.offer === undefined ? { ...type, most: 0 } : type,
    );
    const pause = { effort: EFFORT, onProgress: async () => pauseUnlessAborted(options.signal) };
    const first = await pack({ kinds: problem.packing.kinds, types }, pause);
    const homeless = new Set(first.homeless);
    for (const at of homeless) {
      this.#giveUp(failure.name, problem.groups[at]!.pods, unplaceableGroups(problem, [at])[0]!);
    }
    const kinds = problem.packing.kinds.map((kind, at) => (homeless.has(at) ? { ...kind, count: 0 } : kind));
    const { packing } = homeless.size === 0 ? first : await pack({ kinds, types }, pause);
    return packing === undefined ? [] : fleetOf(problem, packing, this.#maker).nodes;
  }

  #giveUp(failure: string, pods: readonly Pod[], why: Pick<Unplaceable, "pod" | "reasons"> & Partial<Unplaceable>) {
    for (const pod of pods) this.#hopeless.add(`${failure} ${namespacedName(pod)}`);
    const { pod, reasons, nearest = [] } = why;
    this.#unplaceable.push({ pod, count: pods.length, reasons, nearest });
  }

  #giveUpEach(failure: string, leftOver: readonly LeftOver[]): void {
    for (const { pod, key, reasons } of leftOver) this.#giveUp(failure, [pod], { pod: key, reasons });
  }

  /** Without nodes that turn out not to be needed, the dearest first. */
  async #slimmed(nodes: readonly FleetNode[]): Promise<readonly FleetNode[]> {
    const failures = this.#target.name === undefined ? this.#question.cluster.nodeCount + nodes.length : 1;
    if (nodes.length * failures > MOST_SLIMMED) return nodes;
    let kept = nodes;
    for (const node of [...nodes].sort((a, b) => b.cost - a.cost)) {
      const rest = kept.filter((one) => one !== node);
      if ((await this.#firstShortfall(rest, "tell")) === undefined) kept = rest;
    }
    return kept;
  }

  /** What is printed is tried once more, as {@link survive} tries it. A difference is a bug. */
  async #assertEnough(nodes: readonly FleetNode[]): Promise<void> {
    const { cluster, scheduler, pending, options } = this.#question;
    const { level, key } = this.#target;
    const { cases } = await this.#with(nodes, () =>
      survive(cluster, scheduler, pending, {
        levels: [{ level, ...(key !== undefined && { key }) }],
        isTried: (failure) => this.#isMeant(failure),
        preempts: options.preempts ?? true,
        ...(options.signal && { signal: options.signal }),
      }),
    );
    const differs = cases.find(({ name, pending: left }) =>
      left.some(({ pod }) => !this.#hopeless.has(`${name} ${pod}`)),
    );
    if (differs === undefined || !scheduler.isRepeatable) return;
    throw new StowageError("ERR_INTERNAL", { reason: `what was added does not pass its own check at ${differs.name}` });
  }

  #documentOf(nodes: readonly FleetNode[]): Addition {
    const { level, key, name } = this.#target;
    const hasPrices = this.#question.options.offers !== undefined;
    const { mix } = fleetDocument(nodes);
    return {
      level,
      ...(key !== undefined && { key }),
      ...(name !== undefined && { name }),
      isEnough: this.#unplaceable.length === 0,
      mix: mix.map(({ offer, count, pricePerHour }) => ({ offer, count, ...(hasPrices && { pricePerHour }) })),
      nodes: nodes.map((node) => ({ name: node.name, offer: node.offer.name, ...(node.zone && { zone: node.zone }) })),
      ...(hasPrices && { perHour: priceOf(fleetCost(nodes)) }),
      unplaceable: this.#unplaceable,
    };
  }
}

/** An offer as far as it would not fail as well. */
function outside(offer: Offer, { level, key = "", name }: Failure): Offer[] {
  if (level !== "domain") return [offer];
  if (key === ZONE_LABEL && offer.zones !== undefined) {
    const zones = offer.zones.filter((zone) => zone !== name);
    return zones.length === 0 ? [] : [{ ...offer, zones }];
  }
  return offer.labels?.[key] === name ? [] : [offer];
}
