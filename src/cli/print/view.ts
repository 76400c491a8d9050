/** What the printers work from: a plan, and what its pods are called by people. */

import { namespacedName, namespaceOf, type Pod } from "../../kube/objects.js";
import { makersOf } from "../../kube/owners.js";
import type { Decided, MadePlan } from "../../planning/plan.js";
import { readableRequest } from "../../planning/request.js";

/** What pods are called. */
export interface PodNames {
  /** By `namespace/name`; no more than are looked up. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** Whether namespaces have to be told apart. */
  readonly hasManyNamespaces: boolean;
}

/** Every pod on a node and of an eviction has an entry: a million others are met with their decisions alone. */
export interface PlanView extends PodNames {
  readonly plan: MadePlan;
}

export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  /** Name of the Deployment, StatefulSet, ... that the pod belongs to, or its own. */
  readonly workload: string;
  /** Containers that run side by side: init containers only where they are sidecars. */
  readonly containers: number;
  /** By resource name: milli for cpu, base units for the rest. */
  readonly request: ReadonlyMap<string, number>;
}

export function viewOf(plan: MadePlan): PlanView {
  const { decisions, evictions } = plan;
  const named = evictions === undefined ? decisions.filter(({ fate }) => fate.node !== undefined) : decisions;
  const pods = new Map(named.map(({ pod }) => [namespacedName(pod), pod]));
  return { plan, pods, hasManyNamespaces: isManyNamespaces(decisions, ({ pod }) => pod) };
}

export function namesOf(pods: readonly Pod[]): PodNames {
  const byKey = new Map(pods.map((pod) => [namespacedName(pod), pod]));
  return { pods: byKey, hasManyNamespaces: isManyNamespaces(pods, (pod) => pod) };
}

function isManyNamespaces<T>(items: readonly T[], podOf: (item: T) => Pod): boolean {
  const [first] = items;
  return items.some((item) => namespaceOf(podOf(item)) !== namespaceOf(podOf(first!)));
}

/** The facts of a pod by its name. */
export function factsOf(view: PodNames, key: string): PodFacts {
  const pod = view.pods.get(key);
  if (pod !== undefined) return factsOfPod(pod);
  const [namespace = "", name = ""] = key.split("/");
  return { namespace, name, workload: name, containers: 0, request: new Map() };
}

/** The facts of a pod, read off it when they are asked for: those of a million pods at once take several times their text. */
export function factsOfPod(pod: Pod): PodFacts {
  return new FactsOfPod(pod);
}

class FactsOfPod implements PodFacts {
  readonly #pod: Pod;

  constructor(pod: Pod) {
    this.#pod = pod;
  }

  get namespace(): string {
    return namespaceOf(this.#pod);
  }

  get name(): string {
    return this.#pod.metadata?.name ?? "";
  }

  /** What the pod is a copy of: the workload that it was made for in the end, or the pod itself. */
  get workload(): string {
    return makersOf(this.#pod).at(-1)?.name ?? this.name;
  }

  get containers(): number {
    const { containers, initContainers } = this.#pod.spec ?? {};
    const sidecars = (initContainers ?? []).filter((container) => container.restartPolicy === "Always");
    return (containers?.length ?? 0) + sidecars.length;
  }

  get request(): ReadonlyMap<string, number> {
    return readableRequest(this.#pod);
  }
}

/** Whether the pod ends without a node. */
export function isLeftOver({ fate: { status } }: Decided): boolean {
  return status !== "placed" && status !== "existing";
}
