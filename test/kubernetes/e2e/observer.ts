/** Watches the pods of a case from its start, and can say afterwards what was on each node at the worst moment. */

import { setTimeout as sleep } from "node:timers/promises";
import { type Api, type ApiNode, type ApiObject, type ApiPod, eventually, PODS } from "./api.js";
import { roomOn } from "./slots.js";

/** A pod came onto a node, or went from it. */
interface Move {
  readonly pod: string;
  readonly uid: string;
  readonly node: string;
  readonly direction: 1 | -1;
  /** In thousandths, by resource; the pod itself as `pods`. */
  readonly amounts: ReadonlyMap<string, number>;
}

export class Observer {
  /** In the order in which the API server let them happen. */
  readonly #moves: Move[] = [];
  /** When a pod was first, and when one was last, seen to come onto a node. */
  #firstMs: number | undefined;
  #lastMs = 0;
  #longestGapMs = 0;
  /** By uid. */
  readonly #pods = new Map<string, ApiPod>();
  readonly #stopping = new AbortController();
  #done: Promise<void> = Promise.resolve();

  /** Everything that exists is seen once this resolves. */
  static async start(api: Api): Promise<Observer> {
    const observer = new Observer();
    const version = await observer.#relist(api);
    observer.#done = observer.#follow(api, version);
    return observer;
  }

  /** Pods as last seen, in the order in which they were first seen. */
  get pods(): readonly ApiPod[] {
    return [...this.#pods.values()];
  }

  get boundPods(): readonly ApiPod[] {
    return this.pods.filter(({ spec }) => spec.nodeName !== undefined);
  }

  /** Names of the pods without a node. */
  get pendingNames(): readonly string[] {
    return this.pods.filter(({ spec }) => spec.nodeName === undefined).map(({ metadata }) => metadata.name);
  }

  /** Pods that came onto a node each second, from the first to the last of them. */
  get boundPerSecond(): number {
    const count = this.#moves.filter(({ direction }) => direction === 1).length;
    return (count - 1) / ((this.#lastMs - (this.#firstMs ?? 0)) / 1000);
  }

  /** The longest time in which no pod came, between the first and the last. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** Waits until that many pods are on a node. @throws Error with how many are, after `timeoutMs` */
  async untilBound(count: number, timeoutMs = 60_000): Promise<void> {
    try {
      await eventually(`${count} pods bound`, () => this.boundPods.length >= count, timeoutMs);
    } catch (error) {
      const waiting = this.pods.filter(({ spec }) => spec.nodeName === undefined).slice(0, 3);
      const why = waiting.map(({ metadata, status }) => `${metadata.name}: ${scheduledMessage(status)}`);
      throw new Error(`${(error as Error).message}; ${this.boundPods.length} are. ${why.join("\n")}`);
    }
  }

  /** What was ever wrong: a pod on a second node, or a node with more on it than it has. */
  violations(nodes: readonly ApiNode[]): string[] {
    const found = new Set<string>();
    const nodeOfUid = new Map<string, string>();
    const free = new Map(nodes.map((node) => [node.metadata.name, amountsOf(roomOn(node))]));
    for (const { pod, uid, node, direction, amounts } of this.#moves) {
      const before = nodeOfUid.get(uid) ?? node;
      nodeOfUid.set(uid, node);
      if (before !== node) found.add(`${pod} was on ${before} and then on ${node}`);
      const left = free.get(node);
      if (left === undefined) found.add(`${pod} is on ${node}, which does not exist`);
      for (const [resource, amount] of amounts) {
        const remains = (left?.get(resource) ?? 0) - direction * amount;
        left?.set(resource, remains);
        if (remains < 0) found.add(`${node} had too little ${resource} when ${pod} came`);
      }
    }
    return [...found];
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #follow(api: Api, version: string): Promise<void> {
    let from = version;
    while (!this.#stopping.signal.aborted) {
      await api.watch(PODS, from, (type, object) => this.#take(type, object as ApiPod), this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      await sleep(50);
      from = await this.#relist(api).catch(() => from);
    }
  }

  async #relist(api: Api): Promise<string> {
    const { items, metadata } = await api.list<ApiPod>(PODS);
    const uids = new Set(items.map((pod) => pod.metadata.uid));
    for (const [uid, pod] of this.#pods) if (!uids.has(uid)) this.#take("DELETED", pod);
    for (const pod of items) this.#take("MODIFIED", pod);
    return metadata.resourceVersion;
  }

  #take(type: string, pod: ApiPod): void {
    const uid = uidOf(pod);
    const before = placeOf(this.#pods.get(uid));
    const after = type === "DELETED" ? undefined : placeOf(pod);
    if (before !== after) {
      if (before !== undefined) this.#moves.push(moveOf(pod, before, -1));
      if (after !== undefined) {
        this.#moves.push(moveOf(pod, after, 1));
        const now = performance.now();
        this.#firstMs ??= now;
        this.#longestGapMs = Math.max(this.#longestGapMs, now - Math.max(this.#lastMs, this.#firstMs));
        this.#lastMs = now;
      }
    }
    if (type === "DELETED") this.#pods.delete(uid);
    else this.#pods.set(uid, pod);
  }
}

function uidOf({ metadata }: ApiObject): string {
  if (metadata.uid === undefined) throw new Error(`${metadata.name} has no uid`);
  return metadata.uid;
}

/** The node on which a pod takes room. */
function placeOf(pod: ApiPod | undefined): string | undefined {
  const phase = pod?.status?.phase;
  return phase === "Succeeded" || phase === "Failed" ? undefined : pod?.spec.nodeName;
}

function moveOf(pod: ApiPod, node: string, direction: 1 | -1): Move {
  return { pod: pod.metadata.name, uid: uidOf(pod), node, direction, amounts: requestOf(pod) };
}

/** What a pod takes from its node, in thousandths. The cases' pods have containers alone. */
export function requestOf(pod: ApiPod): Map<string, number> {
  const sums = new Map([["pods", 1000]]);
  for (const { resources } of pod.spec.containers) {
    for (const [resource, amount] of amountsOf(resources?.requests ?? {})) {
      sums.set(resource, (sums.get(resource) ?? 0) + amount);
    }
  }
  return sums;
}

const FACTORS: Readonly<Record<string, number>> = {
  "": 1000,
  m: 1,
  Ki: 1000 * 2 ** 10,
  Mi: 1000 * 2 ** 20,
  Gi: 1000 * 2 ** 30,
};

/** Quantities in thousandths, by resource; written apart from what is tested. */
export function amountsOf(quantities: Readonly<Record<string, string>>): Map<string, number> {
  return new Map(
    Object.entries(quantities).map(([resource, text]) => {
      const [, digits, suffix = ""] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? [];
      const factor = FACTORS[suffix];
      if (digits === undefined || factor === undefined) throw new Error(`the cases write no quantity as ${text}`);
      return [resource, Number(digits) * factor];
    }),
  );
}

/** What the scheduler says about a pod that it could not place. */
export function scheduledMessage(status: ApiPod["status"]): string {
  const condition = status?.conditions?.find(({ type }) => type === "PodScheduled");
  return condition === undefined ? "not tried yet" : `${condition.reason}: ${condition.message}`;
}
