/** Whether a fleet is schedulable: the profile takes the pods in an order and must place them all by itself. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod, PodSpec } from "../kube/objects.js";
import type { Decision } from "../scheduler/decision.js";
import type { SchedulerOptions } from "../scheduler/options.js";
import { Scheduler } from "../scheduler/scheduler.js";
import { STRATEGIES } from "../scheduler/strategies.js";
import { addNodes, type Fleet, type FleetNode, fleetCost } from "./fleet.js";
import { decreasingOrder, podsAt } from "./order.js";
import type { PodGroup } from "./pod-groups.js";
import type { Quantities } from "./quantities.js";
import { readableRequest } from "./request.js";

/** `queue` and `decreasing` as in plan; `fleet`: as the fleet has them, node by node, those first that want a node for themselves, or steered. */
export type SizeOrder = "queue" | "decreasing" | "fleet";

/** How the pods come and what the profile prefers. */
export interface Way {
  readonly order: SizeOrder;
  /** As configured, or the configuration that prefers full nodes. */
  readonly strategy: "configured" | "most";
}

export interface Checked {
  readonly way: Way;
  readonly nodes: readonly FleetNode[];
  readonly decisions: readonly Decision[];
  /** How many nodes had to be added to the packing's. */
  readonly added: number;
}

/** Packs pods that found no place onto more nodes, beside those that there are. */
export type Repacker = (pods: readonly Pod[], nodes: readonly FleetNode[]) => Promise<readonly FleetNode[] | undefined>;

/** Sees the cluster while a fleet's nodes and the pods placed on them are in it. */
export type Look = (nodes: readonly FleetNode[]) => void;

const MOST_ROUNDS = 12;

/** The ways to try, those that ask least of the user first. */
export function waysOf(hasOwnConfig: boolean): Way[] {
  const configured: Way[] = [
    { order: "queue", strategy: "configured" },
    { order: "decreasing", strategy: "configured" },
  ];
  if (hasOwnConfig) return [...configured, { order: "fleet", strategy: "configured" }];
  return [
    ...configured,
    { order: "queue", strategy: "most" },
    { order: "decreasing", strategy: "most" },
    { order: "fleet", strategy: "most" },
  ];
}

export class FleetChecker {
  readonly #cluster: Cluster;
  readonly #options: SchedulerOptions;
  readonly #schedulers = new Map<Way["strategy"], Scheduler>();
  readonly #signal: AbortSignal | undefined;
  readonly #requests = new Map<Pod, ReadonlyMap<string, number>>();

  constructor(cluster: Cluster, options: SchedulerOptions, signal: AbortSignal | undefined) {
    this.#cluster = cluster;
    this.#options = options;
    this.#signal = signal;
  }

  /** What pods request, and what their specs come to, that it need not be read again. */
  know(groups: readonly Pick<PodGroup, "pods" | "request">[]): void {
    const { shapes } = this.#cluster.state;
    const specs = new Set<PodSpec | undefined>();
    for (const { pods, request } of groups) {
      for (const pod of pods) {
        this.#requests.set(pod, request);
        if (specs.has(pod.spec)) continue;
        specs.add(pod.spec);
        shapes.keep(pod);
      }
    }
  }

  scheduler(strategy: Way["strategy"]): Scheduler {
    const known = this.#schedulers.get(strategy);
    if (known !== undefined) return known;
    const config = strategy === "most" ? { config: STRATEGIES.most } : {};
    const made = new Scheduler(this.#cluster, { ...this.#options, ...config });
    this.#schedulers.set(strategy, made);
    return made;
  }

  /**
   * Places all pods on the fleet, in a cluster that is as before afterwards. In the order of the pods given.
   *
   * @param look called while they are there.
   */
  async place(nodes: readonly FleetNode[], pods: readonly Pod[], way: Way, look?: Look): Promise<Decision[]> {
    const { strategy } = way;
    const options = { order: "listed", ...(this.#signal && { signal: this.#signal }) } as const;
    return this.within(nodes, async () => {
      const decisions = await this.scheduler(strategy).placeAll(pods, options);
      look?.(nodes);
      return decisions;
    });
  }

  /** Runs something in the cluster with the fleet's nodes and their DaemonSets' pods, and takes everything back. */
  async within<T>(nodes: readonly FleetNode[], work: () => Promise<T>): Promise<T> {
    this.#cluster.begin();
    try {
      addNodes(this.#cluster, nodes);
      return await work();
    } finally {
      this.#cluster.rollback();
    }
  }

  /**
   * Places the pods, and where some are left over adds nodes for these and begins again; nodes that get no pod go.
   *
   * @param most what a better answer must cost less than; it gives up where it cannot.
   * @param keepsSpare whether nodes without a pod stay.
   * @param look called whenever pods were placed; the last time with the answer.
   */
  async repaired(
    fleet: Fleet,
    pods: readonly Pod[],
    way: Way,
    repack: Repacker,
    most: number,
    keepsSpare: boolean,
    look?: Look,
  ): Promise<Checked | undefined> {
    let nodes = fleet.nodes;
    for (let round = 0; round < MOST_ROUNDS && fleetCost(nodes) < most; round++) {
      const decisions = await this.place(nodes, this.ordered(fleet, pods, way, nodes), way, look);
      const left = decisions.filter(({ status }) => status !== "placed").map(({ pod }) => pod);
      if (left.length === 0) {
        const used = new Set(decisions.flatMap((decision) => ("node" in decision ? [decision.node] : [])));
        const kept = nodes.filter(({ name }) => used.has(name) || keepsSpare);
        if (kept.length === nodes.length) return { way, nodes, decisions, added: nodes.length - fleet.nodes.length };
        nodes = kept;
        continue;
      }
      const more = await repack(left, nodes);
      if (more === undefined || more.length === 0) return undefined;
      nodes = [...nodes, ...more];
    }
    return undefined;
  }

  /**
   * Swaps nodes that were added for cheaper ones as long as everything still finds a place: what was left over was packed
   * without a look at the room that the others still have.
   *
   * @param cheaper the offers that could stand in for a node, the cheapest first.
   */
  async slimmed(checked: Checked, fleet: Fleet, cheaper: (node: FleetNode) => readonly FleetNode[]): Promise<Checked> {
    let now = checked;
    for (const node of checked.nodes.filter((one) => !fleet.nodes.includes(one))) {
      const choices = cheaper(node);
      // What holds everything does so in anything larger, nearly always: so half of the choices go with each try.
      let [low, high] = [0, choices.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        const nodes = now.nodes.map((one) => (one === node || one === choices[high] ? choices[middle]! : one));
        const pods = now.decisions.map(({ pod }) => pod);
        const decisions = await this.place(nodes, this.ordered(fleet, pods, now.way, nodes), now.way);
        if (decisions.every(({ status }) => status === "placed")) {
          now = { ...now, nodes, decisions };
          high = middle;
        } else low = middle + 1;
      }
    }
    return now;
  }

  /** The pods in the order of a way, on a fleet that has these nodes. */
  ordered(fleet: Fleet, pods: readonly Pod[], { order }: Way, nodes: readonly FleetNode[]): readonly Pod[] {
    if (order === "queue") return this.scheduler("configured").sort(pods);
    if (order === "fleet") return fleet.order;
    const totals: Record<string, number> = {};
    const add = (allocatable: Quantities, times: number): void => {
      for (const [name, amount] of Object.entries(allocatable)) totals[name] = (totals[name] ?? 0) + amount * times;
    };
    for (const { allocatable } of this.#cluster.nodes()) add(allocatable, 1);
    const counts = new Map<Quantities, number>();
    for (const { allocatable } of nodes) counts.set(allocatable, (counts.get(allocatable) ?? 0) + 1);
    for (const [allocatable, count] of counts) add(allocatable, count);
    const requests = pods.map((pod) => this.#requests.get(pod) ?? readableRequest(pod));
    return podsAt(pods, decreasingOrder(requests, totals));
  }
}
