/** What exists and what is promised: nodes, the pods that occupy them, and what-ifs. */

import { coreModule } from "../core/module.js";
import { StowageError } from "../errors.js";
import { type Compat, DEFAULT_COMPAT, POD_RULES, type PodRules } from "../kube/compat.js";
import { checkNodeLabels, checkOwnTypes } from "../kube/misread.js";
import type { Node, ObjectKind, ObjectOf, Pod } from "../kube/objects.js";
import { isFinished, namespacedName } from "../kube/objects.js";
import { type NodeInput, notAnObject, type PodInput, pathAsGiven, toNode, toPod } from "../kube/plain.js";
import { NO_SLOT, type Token } from "./node-record.js";
import { type NodeView, RecordView } from "./node-view.js";
import { type AssumeOptions, Reservations } from "./reservations.js";
import { ClusterState } from "./state.js";

export interface ClusterOptions {
  /**
   * A compiled `stowage/core.wasm`, for places where compiling is forbidden (Workers, a strict CSP). By default the
   * binary that comes with the package is compiled, once a process.
   */
  readonly module?: WebAssembly.Module;
  /**
   * The version of Kubernetes to be like: how much pods count that are being resized, and all that a Scheduler on this
   * cluster decides. Default "1.36".
   */
  readonly compat?: Compat;
}

/**
 * Nodes and the pods on them. Objects are taken as they are: what an API server would have filled in is not filled in
 * (`stowage/manifests` does that). All methods are idempotent where the name says so, and name nodes by their name and
 * pods by `namespace/name`. Do not change an object after giving it; give a new one.
 */
export class Cluster implements Disposable {
  #state: ClusterState | undefined;
  #reservations: Reservations;
  #callbackDepth = 0;

  /** The version of Kubernetes that it is like. */
  readonly compat: Compat;

  /** @throws StowageError ERR_OBJECT for a version that is not known */
  constructor(options: ClusterOptions = {}) {
    const { module = coreModule(), compat = DEFAULT_COMPAT } = options;
    this.compat = compat;
    this.#state = new ClusterState(module, rulesOf(compat));
    this.#reservations = new Reservations(this.#state);
  }

  /** A count of nodes. */
  get nodeCount(): number {
    return this.#live().nodeCount;
  }

  /** A count of pods that occupy a node, promised ones and those whose node is unknown included. */
  get podCount(): number {
    return this.#live().pods.size;
  }

  /**
   * Adds a node behind all others, or changes one in its place.
   *
   * @throws StowageError ERR_OBJECT without a name and for labels or taints that are none, ERR_QUANTITY with the path of a
   * bad amount, ERR_CAPACITY
   */
  upsertNode(input: NodeInput): void {
    const state = this.change("upsertNode");
    const node = toNode(input);
    checkTaints(node);
    checkNodeLabels(node);
    state.putNode(nameOf(node, "node"), node);
  }

  /** Takes a node away; its pods stay on the books until they are removed. Returns whether there was one. */
  removeNode(name: string): boolean {
    const state = this.change("removeNode");
    const record = state.nodes.get(name);
    if (record?.node === undefined) return false;
    state.dropNode(record);
    return true;
  }

  /**
   * Takes note of a pod. With `spec.nodeName` it occupies that node, even where it does not fit and where the node is
   * not known yet; a promise for it on that node is thereby confirmed. Finished pods, and pods without a node, occupy
   * nothing; a live promise outlives the latter. One that waits with `status.nominatedNodeName` is nominated to that node.
   *
   * @throws StowageError ERR_OBJECT, ERR_QUANTITY with the path of a field that cannot be read, ERR_CAPACITY
   */
  upsertPod(input: PodInput): void {
    const state = this.change("upsertPod");
    const pod = toPod(input);
    nameOf(pod, "pod");
    checkOwnTypes(pod);
    const key = namespacedName(pod);
    const before = state.pods.get(key);
    if (before?.pod === pod && before.reservation === undefined) return;
    const nodeName = isFinished(pod) ? "" : (pod.spec?.nodeName ?? "");
    if (nodeName === "" && before?.reservation !== undefined && !isFinished(pod)) return;
    if (nodeName === "") this.#noteNomination(state, key, pod);
    if (before === undefined) {
      if (nodeName !== "") state.occupy(key, pod, nodeName, true);
      return;
    }
    // What would fail fails first, so that the pod that is here keeps its place.
    if (nodeName !== "") state.checkMove(before, pod, nodeName);
    this.#vacate(key);
    if (nodeName !== "") state.occupy(key, pod, nodeName, false);
  }

  /** Takes a pod away, by object or by `namespace/name`; its nomination too. Returns whether there was one. */
  removePod(pod: PodInput | string): boolean {
    const key = typeof pod === "string" ? pod : namespacedName(toPod(pod));
    const wasNominated = this.change("removePod").nominations.note(key, undefined);
    return this.#vacate(key) || wasNominated;
  }

  /**
   * Takes note of an object that plugins look at beside nodes and pods: a Service, a PersistentVolumeClaim, ... Adds it
   * behind all others of its kind, or changes the one of its name in its place. Idempotent. Like nodes and pods, objects
   * are taken as they are; `readObjects` checks them.
   *
   * @throws StowageError ERR_OBJECT for a kind that is not read, or without a name
   */
  upsertObject(object: ObjectOf<ObjectKind>): void {
    if (typeof object !== "object" || object === null) throw notAnObject("object", object);
    this.change("upsertObject").objects.put(object);
  }

  /**
   * Takes an object away; `namespace` is "default" when missing, and means nothing to cluster-scoped kinds. Returns
   * whether there was one.
   *
   * @throws StowageError ERR_OBJECT for a kind that is not read
   */
  removeObject(kind: ObjectKind, name: string, namespace?: string): boolean {
    return this.change("removeObject").objects.remove(kind, name, namespace);
  }

  /**
   * Promises room: the pod occupies the node from now on. Nothing is checked, as in kube-scheduler's cache; ask
   * `scheduler.filter` first, or let `scheduler.place` do both.
   *
   * @throws StowageError ERR_UNKNOWN_NODE, ERR_ALREADY_PLACED, ERR_QUANTITY, ERR_OBJECT, ERR_CAPACITY
   */
  assume(input: PodInput, nodeName: string, options: AssumeOptions = {}): Token {
    const state = this.change("assume");
    const pod = toPod(input);
    nameOf(pod, "pod");
    checkOwnTypes(pod);
    const key = namespacedName(pod);
    if ((state.nodes.get(nodeName)?.slot ?? NO_SLOT) === NO_SLOT) {
      throw new StowageError("ERR_UNKNOWN_NODE", { name: nodeName });
    }
    const here = state.pods.get(key);
    if (here !== undefined) throw new StowageError("ERR_ALREADY_PLACED", { name: key, node: here.node.name });
    return this.#reservations.make(key, pod, nodeName, true, options);
  }

  /** The promised pod is bound. @throws StowageError ERR_UNKNOWN_TOKEN */
  confirm(token: Token): void {
    this.change("confirm");
    this.#reservations.confirm(token);
  }

  /** The promised pod does not come; its room is free. @throws StowageError ERR_UNKNOWN_TOKEN */
  forget(token: Token): void {
    this.change("forget");
    this.#reservations.forget(token);
  }

  /**
   * Forgets promises whose TTL has passed at `nowMs`. Returns their pods as `namespace/name`.
   *
   * @throws StowageError ERR_OBJECT for what is no time
   */
  expire(nowMs: number): readonly string[] {
    this.change("expire");
    return this.#reservations.expire(nowMs);
  }

  /** Begins a what-if; nests. Slots, tokens and counts come back with {@link rollback}. */
  begin(): void {
    this.change("begin").undo.begin();
  }

  /** Takes back everything since the last {@link begin}. @throws StowageError ERR_TRANSACTION */
  rollback(): void {
    this.change("rollback").undo.rollback();
  }

  /** Keeps everything since the last {@link begin}. @throws StowageError ERR_TRANSACTION */
  commit(): void {
    this.change("commit").undo.commit();
  }

  /** One node by name. */
  node(name: string): NodeView | undefined {
    const state = this.#live();
    const record = state.nodes.get(name);
    return record?.node === undefined ? undefined : new RecordView(state, record, record.node);
  }

  /** The node at a slot, as `placeMany` has them. */
  nodeAt(slot: number): NodeView | undefined {
    const state = this.#live();
    const record = state.bySlot[slot];
    return record?.node === undefined ? undefined : new RecordView(state, record, record.node);
  }

  /** The nodes in the order in which they were added. */
  *nodes(): IterableIterator<NodeView> {
    const state = this.#live();
    for (const record of state.bySlot) {
      if (record?.node !== undefined) yield new RecordView(state, record, record.node);
    }
  }

  /** A pod that occupies a node, by `namespace/name`. */
  pod(key: string): { readonly pod: Pod; readonly node: string; readonly token?: Token } | undefined {
    const record = this.#live().pods.get(key);
    if (record === undefined) return undefined;
    const { pod, node, reservation } = record;
    return { pod, node: node.name, ...(reservation === undefined ? {} : { token: reservation.token }) };
  }

  /** Frees the memory. Idempotent; every other method throws ERR_DISPOSED afterwards. */
  dispose(): void {
    this.#state = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal What the scheduler works on. */
  get state(): ClusterState {
    return this.#live();
  }

  /** @internal */
  get reservations(): Reservations {
    this.#live();
    return this.#reservations;
  }

  /** @internal Runs a plugin's callback, during which the cluster must not change. */
  whileReading<T>(callback: () => T): T {
    this.#callbackDepth++;
    try {
      return callback();
    } finally {
      this.#callbackDepth--;
    }
  }

  /** A pod that waits with `status.nominatedNodeName` holds that node against pods of lower priority. */
  #noteNomination(state: ClusterState, key: string, pod: Pod): void {
    const waits = !isFinished(pod) && Boolean(pod.status?.nominatedNodeName);
    if (waits) state.shapes.of(pod);
    state.nominations.note(key, waits ? pod : undefined);
  }

  #vacate(key: string): boolean {
    const record = this.#live().pods.get(key);
    if (record === undefined) return false;
    if (record.reservation !== undefined) this.#reservations.confirm(record.reservation.token);
    this.#live().vacate(record);
    return true;
  }

  #live(): ClusterState {
    if (this.#state === undefined) throw new StowageError("ERR_DISPOSED", { what: "cluster" });
    return this.#state;
  }

  /** @internal The state, for a method that changes it. */
  change(method: string): ClusterState {
    if (this.#callbackDepth > 0) throw new StowageError("ERR_REENTRANT", { method });
    return this.#live();
  }
}

/** A version that is not known comes from code without types, or from a flag. */
function rulesOf(compat: Compat): PodRules {
  if (Object.hasOwn(POD_RULES, compat)) return POD_RULES[compat];
  const reason = `${JSON.stringify(compat)} is not one of ${Object.keys(POD_RULES).join(", ")}`;
  throw new StowageError("ERR_OBJECT", { path: "compat", reason });
}

function nameOf(object: { readonly metadata?: { readonly name?: string } }, what: string): string {
  const name = object.metadata?.name;
  if (typeof name === "string" && name !== "") return name;
  throw new StowageError("ERR_OBJECT", { path: "metadata.name", reason: `a ${what} needs a name` });
}

/** Of all that is wrong in a node of code without types, the one thing that would be found out with half of it written. */
function checkTaints(node: Node): void {
  const { taints } = node.spec ?? {};
  if (!taints || (Array.isArray(taints) && taints.every((taint) => typeof taint === "object" && taint !== null)))
    return;
  const path = pathAsGiven(node, "spec.taints");
  throw new StowageError("ERR_OBJECT", { path, reason: "is not a list of taints" });
}
