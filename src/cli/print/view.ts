/** What the printers work from: a plan, and what its pods are called by people. */

import { namespacedName, namespaceOf, type Pod } from "../../kube/objects.js";
import { makersOf } from "../../kube/owners.js";
import type { Plan, PlanDecision } from "../../planning/plan.js";
import { readableRequest } from "../../planning/request.js";

/** What pods are called. */
export interface PodNames {
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, PodFacts>;
  /** Whether namespaces have to be told apart. */
  readonly hasManyNamespaces: boolean;
}

/** Every pod of the plan has an entry. */
export interface PlanView extends PodNames {
  readonly plan: Plan;
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

/** @param pods every pod that the plan was made from, existing ones too. */
export function viewOf(plan: Plan, pods: Iterable<Pod>): PlanView {
  return { plan, ...namesOf(pods) };
}

export function namesOf(pods: Iterable<Pod>): PodNames {
  const facts = new Map<string, PodFacts>();
  for (const pod of pods) facts.set(namespacedName(pod), podFacts(pod));
  const namespaces = new Set([...facts.values()].map((one) => one.namespace));
  return { pods: facts, hasManyNamespaces: namespaces.size > 1 };
}

/** The facts of a pod. */
export function factsOf(view: PodNames, pod: string): PodFacts {
  const known = view.pods.get(pod);
  if (known !== undefined) return known;
  const [namespace = "", name = ""] = pod.split("/");
  return { namespace, name, workload: name, containers: 0, request: new Map() };
}

/** Whether the pod ends without a node. */
export function isLeftOver(decision: PlanDecision): boolean {
  return decision.status !== "placed" && decision.status !== "existing";
}

function podFacts(pod: Pod): PodFacts {
  const { containers, initContainers } = pod.spec ?? {};
  const sidecars = (initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  return {
    namespace: namespaceOf(pod),
    name: pod.metadata?.name ?? "",
    workload: workloadOf(pod),
    containers: (containers?.length ?? 0) + sidecars.length,
    request: readableRequest(pod),
  };
}

/** What the pod is a copy of: the workload that it was made for in the end, or the pod itself. */
function workloadOf(pod: Pod): string {
  return makersOf(pod).at(-1)?.name ?? pod.metadata?.name ?? "";
}
