/** A question of size as a packing problem: pods that cannot be told apart, and nodes to be had or there already. */

import type { Cluster } from "../cluster/cluster.js";
import type { Pod } from "../kube/objects.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import type { BinType, ItemKind, Problem } from "../packing/problem.js";
import type { Fit } from "../scheduler/decision.js";
import type { Scheduler } from "../scheduler/scheduler.js";
import type { NodeRoom } from "./nearest.js";
import { allocatableOf, costOf, daemonsOn, type Kept, type Offer, offerNode, ZONE_LABEL } from "./offers.js";
import { asksForPlaces, groupPods, type PodGroup, withoutRelations } from "./pod-groups.js";
import type { Quantities } from "./quantities.js";
import { readableRequest } from "./request.js";

/** Nodes that can be bought alike, or that are there and have equal room. */
export interface NodeType {
  /** Absent where the nodes are there already. */
  readonly offer?: Offer;
  readonly zone?: string;
  /** Of the nodes that are there. */
  readonly names: readonly string[];
  /** For pods, DaemonSets' pods and what is kept taken off. */
  readonly room: Quantities;
}

export interface SizeProblem {
  readonly groups: readonly PodGroup[];
  readonly types: readonly NodeType[];
  /** By type the made-up name of the node that the filters were asked about; absent for nodes that are there. */
  readonly sampleOf: readonly (string | undefined)[];
  readonly packing: Problem;
  /** By group, and in each by type: 1 where its pods may go. Groups that share a row are open to the same types. */
  readonly admission: readonly Uint8Array[];
  /** What the filters say of one pod of each group on an empty node of each offer, by the node's made-up name. */
  readonly fits: readonly Fit[];
  /** By the made-up name of each offer's node. */
  readonly samples: ReadonlyMap<string, { readonly type: NodeType; readonly room: NodeRoom }>;
  /** Pods that no node would get by way of this scheduler: gated, of another scheduler, not readable. */
  readonly leftOut: readonly { readonly pod: Pod; readonly status: string; readonly message: string }[];
  /** Offers whose nodes do not even hold the DaemonSets' pods. */
  readonly tooSmall: readonly Offer[];
}

export interface ProblemOptions {
  readonly kept: Kept;
  /** In millionths, added to the cost of each new node. */
  readonly nodeCost: number;
  /** Whether the scheduler is the default one, which tells zones apart only for pods that ask for places. */
  readonly isPlain?: boolean;
}

/** Asks the filters about each group and each offer. The cluster is as before afterwards. */
export function sizeProblem(
  cluster: Cluster,
  scheduler: Scheduler,
  pods: readonly Pod[],
  offers: readonly Offer[],
  options: ProblemOptions,
): SizeProblem {
  const sampled = sampleTypes(offers, options.kept);
  const names = sampleNames(sampled.types, options.isPlain === true && !pods.some(asksForPlaces));
  const samples = new Map(
    sampled.types.map((type, at) => [names[at]!, { type, room: { allocatable: type.room, requested: {} } }]),
  );
  // Pods that are there may have rules about one group and not about another, however alike.
  const isEmpty = cluster.podCount === 0 && offers.every(({ daemons = [] }) => daemons.length === 0);
  cluster.begin();
  try {
    for (const [name, { type }] of samples) {
      const { offer, zone } = type;
      if (offer === undefined) continue;
      cluster.upsertNode(offerNode(offer, name, zone, options.kept));
      for (const daemon of daemonsOn(offer, name)) cluster.upsertPod(daemon);
    }
    const asked = askFilters(scheduler, groupPods(pods), isEmpty);
    const { groups, fits } = asked;
    const admitted = admittedBy(fits);
    const existing = existingTypes(cluster, samples, admitted);
    const types = [...existing, ...sampled.types];
    const firstNames = types.map((type, at) => type.names[0] ?? names[at - existing.length]!);
    const labels = firstNames.map((name) => cluster.node(name)?.labels ?? {});
    const admission = admissionRows(groups, admitted, firstNames, labels);
    const admits = (type: number, group: number): boolean => admission[group]![type] === 1;
    const packing = packingOf(groups, types, admits, options.nodeCost);
    const sampleOf = types.map((_, type) => names[type - existing.length]);
    const { leftOut } = asked;
    return { groups, types, sampleOf, packing, admission, fits, samples, leftOut, tooSmall: sampled.tooSmall };
  } finally {
    cluster.rollback();
  }
}

/** @param areZonesAlike whether one zone of an offer stands for all of them */
function sampleNames(types: readonly NodeType[], areZonesAlike: boolean): string[] {
  let at = -1;
  return types.map(({ offer }, index) => {
    if (!areZonesAlike || index === 0 || types[index - 1]!.offer !== offer) at++;
    return `offer-${at}.sample.stowage`;
  });
}

function sampleTypes(offers: readonly Offer[], kept: Kept): { types: NodeType[]; tooSmall: Offer[] } {
  const types: NodeType[] = [];
  const tooSmall: Offer[] = [];
  for (const offer of offers) {
    const room: Record<string, number> = { ...allocatableOf(offer, kept) };
    for (const daemon of offer.daemons ?? []) {
      for (const [name, amount] of readableRequest(daemon)) {
        if (name !== "pods" && isSchedulerResource(name)) room[name] = (room[name] ?? 0) - amount;
      }
      room.pods = (room.pods ?? 0) - 1;
    }
    if (Object.values(room).some((amount) => amount < 0)) tooSmall.push(offer);
    else for (const zone of offer.zones ?? [undefined]) types.push({ offer, ...(zone && { zone }), names: [], room });
  }
  return { types, tooSmall };
}

/** @param isEmpty whether what is said of a group holds for those alike as well. */
function askFilters(scheduler: Scheduler, all: readonly PodGroup[], isEmpty: boolean) {
  const groups: PodGroup[] = [];
  const fits: Fit[] = [];
  const leftOut: SizeProblem["leftOut"][number][] = [];
  const known = new Map<string, Fit>();
  for (const group of all) {
    const before = known.get(group.alike);
    const plain = before === undefined ? withoutRelations(group.pods[0]!) : group.pods[0]!;
    const decision = before === undefined ? scheduler.schedule(plain) : undefined;
    if (decision === undefined || decision.status === "placed" || decision.status === "unschedulable") {
      const fit = before ?? scheduler.filter(plain);
      if (isEmpty) known.set(group.alike, fit);
      groups.push(group);
      fits.push(fit);
    } else for (const pod of group.pods) leftOut.push({ pod, status: decision.status, message: decision.message });
  }
  return { groups, fits, leftOut };
}

/** By group; groups with one answer share one set. */
function admittedBy(fits: readonly Fit[]): ReadonlySet<string>[] {
  const byNames = new Map<string, ReadonlySet<string>>();
  const sets = new Map<Fit, ReadonlySet<string>>();
  return fits.map((fit) => {
    const known = sets.get(fit);
    if (known !== undefined) return known;
    const names = fit.feasible.join();
    const set = byNames.get(names) ?? new Set(fit.feasible);
    byNames.set(names, set);
    sets.set(fit, set);
    return set;
  });
}

/** By group and type: 1 where its pods may go. Groups of which all the same is known share a row. */
function admissionRows(
  groups: readonly PodGroup[],
  admitted: readonly ReadonlySet<string>[],
  names: readonly string[],
  labels: readonly Readonly<Record<string, string>>[],
): readonly Uint8Array[] {
  const open = shared((feasible: ReadonlySet<string>) => Uint8Array.from(names, (name) => Number(feasible.has(name))));
  const having = shared((key: string) => Uint8Array.from(labels, (of) => Number(Object.hasOwn(of, key))));
  const rows = shared((feasible: ReadonlySet<string>) =>
    shared((together: string) => {
      const keys = JSON.parse(together) as string[];
      return open(feasible).map((isOpen, type) => Number(isOpen === 1 && keys.every((key) => having(key)[type] === 1)));
    }),
  );
  return groups.map(({ keys }, group) => rows(admitted[group]!)(JSON.stringify(keys)));
}

/** A function that answers a question that came before as it did then. */
function shared<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      known.set(key, value);
    }
    return value;
  };
}

/** Nodes that are there, those with equal room and equally open to every group as one type. */
function existingTypes(
  cluster: Cluster,
  samples: SizeProblem["samples"],
  admitted: readonly ReadonlySet<string>[],
): NodeType[] {
  const types = new Map<string, { names: string[]; room: Quantities; zone?: string }>();
  for (const node of cluster.nodes()) {
    if (samples.has(node.name)) continue;
    const { name, allocatable, requested, labels } = node;
    const room: Record<string, number> = {};
    for (const [resource, amount] of Object.entries(allocatable)) {
      room[resource] = Math.max(0, amount - (requested[resource] ?? 0));
    }
    const key = JSON.stringify([room, admitted.map((names) => names.has(name)), labels[ZONE_LABEL]]);
    const zone = labels[ZONE_LABEL];
    const known = types.get(key);
    if (known === undefined) types.set(key, { names: [name], room, ...(zone && { zone }) });
    else known.names.push(name);
  }
  return [...types.values()];
}

function packingOf(
  groups: readonly PodGroup[],
  types: readonly NodeType[],
  admits: (type: number, group: number) => boolean,
  nodeCost: number,
): Problem {
  const resources = [...new Set(groups.flatMap(({ request }) => [...request.keys()]))];
  const uses = new Map<string, number>();
  for (const { exclusive } of groups) for (const name of exclusive) uses.set(name, (uses.get(name) ?? 0) + 1);
  // What only one group wants is kept apart by the limit of one a node.
  const shared = [...uses].filter(([, count]) => count > 1).map(([name]) => name);
  const kinds = groups.map(
    ({ request, exclusive, pods, isAlone }): ItemKind => ({
      sizes: [
        ...resources.map((name) => request.get(name) ?? 0),
        ...shared.map((name) => (exclusive.includes(name) ? 1 : 0)),
      ],
      count: pods.length,
      ...(isAlone && { mostPerBin: 1 }),
    }),
  );
  const bins = types.map(({ offer, room, names }, type): BinType => {
    const most = offer === undefined ? names.length : offer.max;
    return {
      capacity: [...resources.map((name) => room[name] ?? 0), ...shared.map(() => 1)],
      cost: offer === undefined ? 0 : costOf(offer.price) + nodeCost,
      ...(most !== undefined && { most }),
      admits: (group) => admits(type, group),
    };
  });
  return { kinds, types: bins };
}
