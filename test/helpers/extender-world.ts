/** Clusters for tests of the extender, and an API server that binds as late and as badly as a test wants. */

import { Cluster } from "../../src/cluster/cluster.js";
import { dropWatchedPod, putWatchedPod } from "../../src/cluster/watched-pods.js";
import type { Binding } from "../../src/extender/binder.js";
import { Extender, type ExtenderOptions, type Verb } from "../../src/extender/extender.js";
import type { ClusterSource, PodChange } from "../../src/extender/source.js";
import { type Node, namespacedName, type Pod } from "../../src/kube/objects.js";

export const GPU = "example.com/gpu";

export function nodeOf(name: string, allocatable: Readonly<Record<string, string>> = {}): Node {
  const all = { cpu: "4", memory: "16Gi", pods: "110", ...allocatable };
  return { metadata: { name, labels: { "kubernetes.io/hostname": name } }, status: { allocatable: all } };
}

export interface PodParts {
  readonly requests?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly priority?: number;
  readonly uid?: string;
  readonly schedulerName?: string;
}

export function podOf(name: string, parts: PodParts = {}): Pod {
  const { requests = {}, node, priority = 0, uid = `uid-${name}`, schedulerName = "default-scheduler" } = parts;
  return {
    metadata: { name, namespace: "default", uid },
    spec: {
      containers: [{ name: "c", resources: { requests } }],
      priority,
      schedulerName,
      ...(node !== undefined && { nodeName: node }),
    },
    status: { phase: "Pending" },
  };
}

/** A source that a test changes, as a watch would. */
export class ChangingSource implements ClusterSource {
  readonly cluster = new Cluster();
  isSynced = true;
  readonly #pods = new Map<string, Pod>();
  readonly #listeners = new Set<(change: PodChange) => void>();

  constructor(nodes: readonly Node[] = [], pods: readonly Pod[] = []) {
    for (const node of nodes) this.cluster.upsertNode(node);
    for (const pod of pods) this.put(pod);
  }

  put(pod: Pod): void {
    this.#pods.set(namespacedName(pod), pod);
    putWatchedPod(this.cluster, pod);
    for (const listener of this.#listeners) listener({ type: "upsert", pod });
  }

  remove(key: string): void {
    const pod = this.#pods.get(key);
    if (pod === undefined) return;
    this.#pods.delete(key);
    dropWatchedPod(this.cluster, pod);
    for (const listener of this.#listeners) listener({ type: "delete", pod });
  }

  async whenSynced(): Promise<void> {}

  pods(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  pod(namespace: string, name: string): Pod | undefined {
    return this.#pods.get(`${namespace}/${name}`);
  }

  subscribe(listener: (change: PodChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stats() {
    return [{ resource: "pods", objects: this.#pods.size }];
  }

  async stop(): Promise<void> {}
}

export interface Asked {
  readonly binding: Binding;
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

/** An API server's bindings, each answered when the test says so. */
export class SlowBinder {
  readonly asked: Asked[] = [];

  readonly bind = (binding: Binding): Promise<void> =>
    new Promise((resolve, reject) => this.asked.push({ binding, succeed: resolve, fail: reject }));
}

export function extenderOf(source: ClusterSource, options: Partial<ExtenderOptions> = {}): Extender {
  return new Extender({ source, nowMs: () => 0, ...options });
}

/** Asks and reads the answer. */
export async function ask(extender: Extender, verb: Verb, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await extender.handle(verb, new TextEncoder().encode(text));
  const raw = typeof answer.body === "string" ? answer.body : new TextDecoder().decode(answer.body);
  return { ...answer, raw, json: JSON.parse(raw) };
}

export function bindArgs(pod: Pod, node: string) {
  const { name = "", namespace = "", uid = "" } = pod.metadata ?? {};
  return { PodName: name, PodNamespace: namespace, PodUID: uid, Node: node };
}
