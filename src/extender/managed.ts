/** Resources that the extender manages, whether or not kube-scheduler counts them: needed by a pod, left on a node. */

import type { Cluster } from "../cluster/cluster.js";
import type { Node, Pod } from "../kube/objects.js";
import { podRequest } from "../kube/pod-request.js";
import type { GivenRejection } from "../scheduler/explain.js";
import type { Judge } from "../scheduler/offers.js";

/** Amounts by resource name, those that are not 0. */
export type Needs = ReadonlyMap<string, number>;

export const MANAGED_PLUGIN = "ManagedResources";

/** What a pod requests of these resources. @throws StowageError ERR_QUANTITY */
export function needsOf(pod: Pod, resources: readonly string[]): Needs {
  if (resources.length === 0) return new Map();
  const request = podRequest(pod);
  return new Map([...request].filter(([name, amount]) => amount > 0 && resources.includes(name)));
}

/** Rejects nodes that have not enough left. Words and codes are NodeResourcesFit's. */
export function managedJudge({ state }: Cluster, needs: Needs): Judge {
  const { core } = state.engine;
  const columns = [...needs].map(([name, need]) => {
    const id = state.resources.find(name);
    if (id === undefined) return { name, need };
    return { name, need, allocatable: core.allocatableColumn(id), requested: core.requestedColumn(id) };
  });
  return (slot) => {
    const reasons: string[] = [];
    let isUnresolvable = false;
    for (const { name, need, allocatable, requested } of columns) {
      const has = allocatable === undefined ? 0 : core.f64At(allocatable, slot);
      const gave = requested === undefined ? 0 : core.f64At(requested, slot);
      if (need <= has - gave) continue;
      reasons.push(`Insufficient ${name}`);
      isUnresolvable ||= need > has;
    }
    return reasons.length === 0 ? undefined : rejection(reasons, isUnresolvable);
  };
}

function rejection(reasons: readonly string[], isUnresolvable: boolean): GivenRejection {
  return { plugin: MANAGED_PLUGIN, code: isUnresolvable ? "UnschedulableAndUnresolvable" : "Unschedulable", reasons };
}

/**
 * Takes a node's capacity of a resource from an annotation instead of its allocatable.
 *
 * @param annotations by resource name
 * @param onBad hears of an annotation that is no whole number; such a node has none of the resource
 */
export function capacityFrom(
  annotations: ReadonlyMap<string, string>,
  onBad: (node: string, annotation: string, value: string) => void,
): (node: Node) => Node {
  if (annotations.size === 0) return (node) => node;
  return (node) => {
    const allocatable = { ...node.status?.allocatable };
    for (const [resource, annotation] of annotations) {
      const value = node.metadata?.annotations?.[annotation];
      const isWhole = value !== undefined && /^\d{1,15}$/.test(value);
      if (value !== undefined && !isWhole) onBad(node.metadata?.name ?? "", annotation, value);
      if (isWhole) allocatable[resource] = value;
      else delete allocatable[resource];
    }
    return { ...node, status: { ...node.status, allocatable } };
  };
}
