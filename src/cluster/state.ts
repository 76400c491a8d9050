/**
 * What exists and what is promised, in words and in columns, kept together by the few operations of this class. The
 * public face is cluster.ts; the scheduler reads this one.
 */

import { Engine } from "../core/engine.js";
import { StowageError } from "../errors.js";
import type { PodRules } from "../kube/compat.js";
import type { Node, Pod } from "../kube/objects.js";
import { isFromPlain } from "../kube/plain.js";
import { hasAttachable } from "../kube/volume-sources.js";
import { AssumedVolumes } from "./assumed-volumes.js";
import { ChangeLog } from "./change-log.js";
import { ClaimUses } from "./claim-uses.js";
import { type ImageSizes, Images } from "./images.js";
import { Kinship } from "./kinship.js";
import { type LabelColumn, Labels } from "./labels.js";
import {
  isSameButName,
  type KeyedPod,
  NO_PODS,
  NO_SLOT,
  type NodeRecord,
  type PodRecord,
  putPod,
  type Reservation,
  takePod,
} from "./node-record.js";
import { Nominations } from "./nominations.js";
import { ClusterObjects } from "./objects.js";
import { amountIn, checkSum, Occupancies } from "./occupancies.js";
import { Ports } from "./ports.js";
import { type Amounts, Resources } from "./resources.js";
import { type PodShape, Shapes } from "./shapes.js";
import { isMarked, TaintSets } from "./taints.js";
import { UndoLog } from "./undo.js";

export const MAX_NODES = 1_000_000;
export const MAX_PODS = 10_000_000;

/** The column of node names, for matchFields. No label key holds a colon. */
const NODE_NAME_KEY = "field:metadata.name";

/** Fewer holes than this are never squeezed out. */
const MIN_HOLES = 256;

export class ClusterState {
  readonly engine: Engine;
  readonly resources: Resources;
  readonly labels: Labels;
  readonly taints: TaintSets;
  readonly images = new Images<NodeRecord>();
  readonly ports: Ports;
  readonly occupancies: Occupancies;
  readonly shapes: Shapes;
  readonly undo = new UndoLog();
  /** Pods that wait for a node which was named for them. */
  readonly nominations = new Nominations(this.undo);
  /** What plugins look at beside nodes and pods. */
  readonly objects = new ClusterObjects(this.undo);
  readonly nodes = new Map<string, NodeRecord>();
  readonly bySlot: (NodeRecord | undefined)[] = [];
  readonly pods = new Map<string, PodRecord>();
  readonly #assumedVolumes = new Map<string, AssumedVolumes>();
  /** Which pods name which claim. */
  readonly claimUses = new ClaimUses(this.pods);
  /** Pods as other pods' selectors see them. */
  readonly kinship: Kinship;
  /** Slots whose node came, went or got another spec: what was computed from specs is stale for those nodes. */
  readonly specChanges = new ChangeLog<number>();
  /** The latest of them after which a node had taints, or was unschedulable. */
  taintsVersion = 0;
  /** Pods with volumes that drivers may attach which came to a node, or left it. */
  readonly volumePods = new ChangeLog<PodRecord>();
  nodeCount = 0;
  /** The node that was given last; see {@link isSameButName}. */
  #latest: Node | undefined;

  constructor(module: WebAssembly.Module, rules: PodRules) {
    this.engine = new Engine({ module });
    this.resources = new Resources(this.engine);
    this.labels = new Labels(this.engine);
    this.taints = new TaintSets(this.engine);
    this.ports = new Ports(this.engine);
    this.occupancies = new Occupancies(this.engine, this.resources, rules);
    this.shapes = new Shapes(this.resources, this.occupancies, rules);
    this.kinship = new Kinship(this.engine, this.pods);
  }

  /**
   * Bindings of volumes that were decided and that no object shows yet, for each profile by itself: kube-scheduler has one
   * VolumeBinding a profile, and they do not hear of each other's decisions.
   */
  assumedVolumes(schedulerName: string): AssumedVolumes {
    let assumed = this.#assumedVolumes.get(schedulerName);
    if (assumed === undefined) {
      assumed = new AssumedVolumes(this.undo);
      this.#assumedVolumes.set(schedulerName, assumed);
    }
    return assumed;
  }

  /** Grows when a node comes, goes or changes, and when slots move: what was computed from specs is then stale. */
  get specVersion(): number {
    return this.specChanges.version;
  }

  /** The column of a label key's values. */
  labelColumn(key: string): LabelColumn {
    return this.labels.column(key, (slot) => this.bySlot[slot]?.node?.metadata?.labels?.[key]);
  }

  nodeNameColumn(): LabelColumn {
    return this.labels.column(NODE_NAME_KEY, (slot) => this.bySlot[slot]?.name);
  }

  /** Says that so many nodes come: their columns then grow once. What is beyond the limit is refused when it comes. */
  expectNodes(count: number): void {
    const wanted = Math.min(this.bySlot.length + count, MAX_NODES);
    this.engine.check(this.engine.core.nodesReserve(wanted));
  }

  /** `imageSizes` are the ones to come back to when this undoes a change. */
  putNode(name: string, node: Node, imageSizes?: ImageSizes): void {
    const allocatable = this.resources.allocatableOf(node.status?.allocatable, isFromPlain(node));
    const record = this.#record(name);
    const before = record.node;
    if (before === undefined) {
      checkPodSums(record, this.resources.names);
      this.#giveSlot(record);
      this.#writeNode(record, node, allocatable);
      this.#occupyAll(record);
      if (this.undo.isOpen) this.undo.record(() => this.dropNode(record));
      return;
    }
    const sizesBefore = this.undo.isOpen ? this.images.sizesOf(before) : undefined;
    this.images.remove(before, record);
    this.#clearAllocatable(record.slot);
    this.#writeNode(record, node, allocatable, imageSizes);
    if (this.undo.isOpen) this.undo.record(() => this.putNode(name, before, sizesBefore));
  }

  dropNode(record: NodeRecord): void {
    const { node, slot } = record;
    if (node === undefined) return;
    const taken = this.undo.isOpen ? this.ports.taken(slot) : [];
    const imageSizes = this.undo.isOpen ? this.images.sizesOf(node) : undefined;
    this.images.remove(node, record);
    this.engine.core.nodesRemove(slot);
    this.bySlot[slot] = undefined;
    record.slot = NO_SLOT;
    record.node = undefined;
    this.nodeCount--;
    this.specChanges.note(slot);
    this.#forgetIfUnused(record);
    if (this.undo.isOpen) this.undo.record(() => this.#revive(record, node, slot, taken, imageSizes));
  }

  /**
   * Puts a pod onto a node, by its name where it may not be known yet. `isForced`: nobody has checked that it fits, so that sums are
   * checked here. `known`: the pod's shape, where it was found before.
   */
  occupy(
    key: string,
    pod: Pod,
    at: NodeRecord | string,
    isForced: boolean,
    reservation?: Reservation,
    known?: PodShape,
  ): PodRecord {
    if (this.pods.size >= MAX_PODS) throw new StowageError("ERR_CAPACITY", { limit: "pods", max: MAX_PODS });
    const shape = known?.isEvicted === false ? known : this.#shapeOf(pod);
    const node = typeof at === "string" ? this.#record(at) : at;
    if (isForced && node.slot !== NO_SLOT) this.#checkSums(node, shape.occupancy.amounts);
    const occupancy = this.occupancies.holdAgain(shape.occupancy);
    const record: PodRecord = { key, pod, node, occupancy, ports: shape.ports, kin: undefined, reservation };
    this.nominations.note(key, undefined);
    this.#add(record);
    const taken = node.slot === NO_SLOT ? [] : this.ports.occupy(node.slot, record.ports);
    if (this.undo.isOpen) {
      this.undo.record(() => {
        this.#remove(record);
        if (node.slot !== NO_SLOT) this.ports.restore(node.slot, taken, 0);
      });
    }
    return record;
  }

  #shapeOf(pod: Pod): PodShape {
    return pod.spec?.nodeName ? this.shapes.ofBound(pod) : this.shapes.of(pod);
  }

  /**
   * Takes a pod onto the books that is like one here, without host ports, and that the core counts on its node already. Whoever
   * calls it has to know how to {@link takeBack} it.
   */
  noteCounted(like: PodRecord, { key, pod }: KeyedPod, slot: number, reservation: Reservation): PodRecord {
    const node = this.bySlot[slot]!;
    const occupancy = this.occupancies.holdAgain(like.occupancy);
    const record: PodRecord = { key, pod, node, occupancy, ports: like.ports, kin: undefined, reservation };
    this.nominations.note(key, undefined);
    putPod(node, record);
    this.pods.set(key, record);
    if (like.kin !== undefined) this.kinship.joinCounted(record, like.kin);
    this.#noteVolumes(record, 1);
    return record;
  }

  /** Undoes {@link noteCounted} of pods, the last first. */
  takeBack(records: readonly PodRecord[]): void {
    for (let at = records.length - 1; at >= 0; at--) this.#remove(records[at]!);
  }

  /** Throws what {@link occupy} would, once the pod that moves or changes had left. */
  checkMove(leaving: PodRecord, pod: Pod, nodeName: string): void {
    const { occupancy } = this.shapes.ofBound(pod);
    const node = this.nodes.get(nodeName);
    if (node === undefined || node.slot === NO_SLOT) return;
    this.#checkSums(node, occupancy.amounts, leaving.node === node ? leaving.occupancy.amounts : []);
  }

  /** Takes a pod from its node. */
  vacate(record: PodRecord): void {
    const { node } = record;
    const order = this.undo.isOpen ? [...node.pods.keys()] : [];
    if (this.undo.isOpen) this.occupancies.holdAgain(record.occupancy);
    this.#remove(record);
    const freed = node.slot === NO_SLOT ? [] : this.ports.release(node.slot, record.ports);
    if (!this.undo.isOpen) return;
    const inverse = () => {
      this.nodes.set(node.name, node);
      this.#add(record);
      node.pods = new Map(order.map((key) => [key, node.pods.get(key)!]));
      if (node.slot !== NO_SLOT) this.ports.restore(node.slot, freed, 1);
    };
    this.undo.record(inverse, () => this.occupancies.release(record.occupancy));
  }

  #add(record: PodRecord): void {
    const { node, key } = record;
    if (node.slot !== NO_SLOT) this.engine.core.nodesOccupy(node.slot, record.occupancy.block, 1);
    putPod(node, record);
    this.pods.set(key, record);
    this.kinship.add(record);
    this.#noteVolumes(record, 1);
  }

  #remove(record: PodRecord): void {
    const { node, key } = record;
    this.kinship.remove(record);
    this.#noteVolumes(record, -1);
    if (node.slot !== NO_SLOT) this.engine.core.nodesOccupy(node.slot, record.occupancy.block, -1);
    this.occupancies.release(record.occupancy);
    takePod(node, key);
    this.pods.delete(key);
    this.#forgetIfUnused(node);
  }

  #noteVolumes(record: PodRecord, sign: 1 | -1): void {
    if (!hasAttachable(record.pod)) return;
    if (sign > 0) this.claimUses.add(record);
    else this.claimUses.remove(record);
    this.volumePods.note(record);
  }

  #record(name: string): NodeRecord {
    let record = this.nodes.get(name);
    if (record === undefined) {
      record = { name, slot: NO_SLOT, node: undefined, pods: NO_PODS };
      this.nodes.set(name, record);
    }
    return record;
  }

  #forgetIfUnused(record: NodeRecord): void {
    if (record.node === undefined && record.pods.size === 0) this.nodes.delete(record.name);
  }

  #giveSlot(record: NodeRecord): void {
    if (this.nodeCount >= MAX_NODES) throw new StowageError("ERR_CAPACITY", { limit: "nodes", max: MAX_NODES });
    this.#squeeze();
    record.slot = this.engine.check(this.engine.core.nodesAdd());
    this.bySlot[record.slot] = record;
    this.nodeCount++;
  }

  /** Squeezes out holes when they are the larger part, unless an open transaction knows slots by number. */
  #squeeze(): void {
    const holes = this.bySlot.length - this.nodeCount;
    if (holes < MIN_HOLES || holes <= this.nodeCount || this.undo.isOpen) return;
    this.engine.core.nodesCompact();
    const kept = this.bySlot.filter((record) => record !== undefined);
    this.bySlot.length = 0;
    for (const record of kept) {
      record.slot = this.bySlot.length;
      this.bySlot.push(record);
    }
    this.specChanges.noteAll();
  }

  #clearAllocatable(slot: number): void {
    const { core } = this.engine;
    for (let resource = 0; resource < this.resources.names.length; resource++) {
      core.setF64(core.allocatableColumn(resource), slot, 0);
    }
  }

  /** Where nothing is allocatable yet; memory to which not even zeros are written is not taken. */
  #writeNode(record: NodeRecord, node: Node, allocatable: Amounts, imageSizes?: ImageSizes): void {
    const { core } = this.engine;
    const { slot } = record;
    record.node = this.#shared(node);
    for (const [resource, amount] of allocatable) core.setF64(core.allocatableColumn(resource), slot, amount);
    this.taints.setNode(slot, node);
    const labels = node.metadata?.labels;
    this.labels.setNode(slot, (key) => (key === NODE_NAME_KEY ? record.name : labels?.[key]));
    this.images.add(node, record, imageSizes);
    core.nodesRefresh(slot);
    this.specChanges.note(slot);
    if (isMarked(node)) this.taintsVersion = this.specVersion;
  }

  /** A million nodes of which only the name is said would weigh as much as all else. */
  #shared(node: Node): Node {
    if (this.#latest === undefined || !isSameButName(this.#latest, node)) this.#latest = node;
    return this.#latest;
  }

  /** Pods that were here before their node. */
  #occupyAll(record: NodeRecord): void {
    for (const pod of record.pods.values()) {
      this.engine.core.nodesOccupy(record.slot, pod.occupancy.block, 1);
      this.ports.occupy(record.slot, pod.ports);
      this.kinship.move(pod, 1);
    }
  }

  #revive(record: NodeRecord, node: Node, slot: number, taken: readonly number[], imageSizes?: ImageSizes): void {
    this.nodes.set(record.name, record);
    record.slot = slot;
    this.bySlot[slot] = record;
    this.nodeCount++;
    const allocatable = this.resources.allocatableOf(node.status?.allocatable, isFromPlain(node));
    this.#writeNode(record, node, allocatable, imageSizes);
    for (const pod of record.pods.values()) {
      this.engine.core.nodesOccupy(slot, pod.occupancy.block, 1);
      this.kinship.move(pod, 1);
    }
    this.ports.restore(slot, taken, 1);
  }

  /** `freed` is taken away before `amounts` come. */
  #checkSums(node: NodeRecord, amounts: Amounts, freed: Amounts = []): void {
    const { core } = this.engine;
    for (const [resource, amount] of amounts) {
      const sum = core.f64At(core.requestedColumn(resource), node.slot) - amountIn(freed, resource) + amount;
      checkSum(sum, this.resources.names[resource] ?? "", node.name);
    }
  }
}

/** What the pods that wait for a node request together must stay exact. */
function checkPodSums(record: NodeRecord, names: readonly string[]): void {
  const sums = new Map<number, number>();
  for (const pod of record.pods.values()) {
    for (const [resource, amount] of pod.occupancy.amounts) {
      const sum = (sums.get(resource) ?? 0) + amount;
      checkSum(sum, names[resource] ?? "", record.name);
      sums.set(resource, sum);
    }
  }
}
