/** What a cluster should be, as plain Maps: no columns, no slots, no undo log; a transaction is a copy. */

import type { Token } from "../../src/cluster/node-record.js";
import type { NamedObject, Node, ObjectKind, ObjectOf, Pod } from "../../src/kube/objects.js";

export interface ModelPod {
  readonly pod: Pod;
  readonly node: string;
  readonly requests: PodKind;
  readonly token?: Token;
  readonly deadlineMs?: number;
}

/** Milli for cpu, bytes for memory. */
export interface Sizes {
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
}

export interface PodKind extends Sizes {
  /** "IP" of each port 80 on the host. */
  readonly hostIps: readonly string[];
  /** Whether it has required anti-affinity to one of the probes. */
  readonly avoids: boolean;
}

/** What a rollback must bring back. */
interface Copy {
  readonly nodes: Map<string, Node>;
  readonly pods: Map<string, ModelPod>;
  readonly ports: Map<string, Set<string>>;
  readonly waiting: Map<string, Pod>;
  readonly objects: Map<string, ObjectOf<ObjectKind>>;
  readonly observed: string;
}

const WILDCARD = "0.0.0.0";

export class ClusterModel {
  /** In the order in which they were added. */
  nodes = new Map<string, Node>();
  /** In order of arrival. */
  pods = new Map<string, ModelPod>();
  /** IPs whose port 80 is taken, by node: a set without counts, as kube-scheduler keeps it. */
  ports = new Map<string, Set<string>>();
  /** Pods that wait for a node which was named for them. */
  waiting = new Map<string, Pod>();
  /** By kind, namespace and name, in order of arrival. */
  objects = new Map<string, ObjectOf<ObjectKind>>();
  readonly open: Copy[] = [];

  putNode(name: string, node: Node): void {
    const isNew = !this.nodes.has(name);
    this.nodes.set(name, node);
    if (isNew) this.ports.set(name, new Set(this.podsOn(name).flatMap(([, { requests }]) => requests.hostIps)));
  }

  dropNode(name: string): boolean {
    this.ports.delete(name);
    return this.nodes.delete(name);
  }

  addPod(key: string, pod: ModelPod): void {
    this.waiting.delete(key);
    this.pods.set(key, pod);
    for (const ip of pod.requests.hostIps) this.ports.get(pod.node)?.add(ip);
  }

  /** Whether there was one, on a node or waiting for one. */
  dropPod(key: string): boolean {
    const pod = this.pods.get(key);
    for (const ip of pod?.requests.hostIps ?? []) this.ports.get(pod?.node ?? "")?.delete(ip);
    const waited = this.waiting.delete(key);
    return this.pods.delete(key) || waited;
  }

  /** What `upsertPod` promises; `node` is empty for a pod that has none. */
  upsertPod(key: string, pod: Pod, node: string, requests: PodKind, isFinished: boolean): void {
    const before = this.pods.get(key);
    const target = isFinished ? "" : node;
    if (target === "" && !isFinished && before?.token !== undefined) return;
    this.dropPod(key);
    if (target !== "") this.addPod(key, { pod, node: target, requests });
    if (target === "" && !isFinished && pod.status?.nominatedNodeName) this.waiting.set(key, pod);
  }

  putObject(object: ObjectOf<ObjectKind>): void {
    this.objects.set(objectKey(object), object);
  }

  dropObject(object: ObjectOf<ObjectKind>): boolean {
    return this.objects.delete(objectKey(object));
  }

  confirm(token: Token): boolean {
    const found = this.promises().find(([, pod]) => pod.token === token);
    if (found === undefined) return false;
    const [key, { pod, node, requests }] = found;
    this.pods.set(key, { pod, node, requests });
    return true;
  }

  forget(token: Token): boolean {
    const found = this.promises().find(([, pod]) => pod.token === token);
    return found !== undefined && this.dropPod(found[0]);
  }

  /** Keys of the pods whose promises are too late, oldest promise first. */
  expire(nowMs: number): string[] {
    const late = this.promises().filter(([, { deadlineMs }]) => deadlineMs !== undefined && deadlineMs <= nowMs);
    for (const [key] of late) this.dropPod(key);
    return late.map(([key]) => key);
  }

  begin(observed: string): void {
    const ports = new Map([...this.ports].map(([node, ips]) => [node, new Set(ips)]));
    const [nodes, pods] = [new Map(this.nodes), new Map(this.pods)];
    this.open.push({ nodes, pods, ports, waiting: new Map(this.waiting), objects: new Map(this.objects), observed });
  }

  /** What was observed when the transaction began; undefined when none is open. */
  rollback(): string | undefined {
    const copy = this.open.pop();
    if (copy === undefined) return undefined;
    this.nodes = copy.nodes;
    this.pods = copy.pods;
    this.ports = copy.ports;
    this.waiting = copy.waiting;
    this.objects = copy.objects;
    return copy.observed;
  }

  commit(): boolean {
    return this.open.pop() !== undefined;
  }

  podsOn(node: string): [string, ModelPod][] {
    return [...this.pods].filter(([, pod]) => pod.node === node);
  }

  /** Pods with a live promise, oldest first. */
  promises(): [string, ModelPod][] {
    return [...this.pods]
      .filter(([, { token }]) => token !== undefined)
      .sort(([, a], [, b]) => Number(a.token) - Number(b.token));
  }

  hasFreePort(node: string, ip: string): boolean {
    const taken = this.ports.get(node) ?? new Set();
    return ip === WILDCARD ? taken.size === 0 : !taken.has(WILDCARD) && !taken.has(ip);
  }

  /** What `NodeView.requested` should be: sums over the pods, and only what is not 0. */
  requestedOn(node: string): Record<string, number> {
    const pods = this.podsOn(node).map(([, pod]) => pod.requests);
    const sum = (size: keyof Sizes) => pods.reduce((total, pod) => total + pod[size], 0);
    const sums = { cpu: sum("cpu"), memory: sum("memory"), pods: pods.length, "example.com/gpu": sum("gpu") };
    return Object.fromEntries(Object.entries(sums).filter(([, amount]) => amount !== 0));
  }
}

function objectKey({ kind, metadata }: NamedObject): string {
  return `${kind} ${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}
