/**
 * The nodes that PreFilter leaves to a pod before any filter looks at one.
 * Source: k8s 1.36 and 1.37 pkg/scheduler/framework/runtime RunPreFilterPlugins, PreFilterResult.Merge.
 */

import type { PodSpec } from "../kube/objects.js";

export interface NodeSet {
  /** A name need not be a node's. */
  readonly names: ReadonlySet<string>;
  /** The plugins that leave nodes out, sorted; at least one. */
  readonly by: readonly string[];
}

type NodesOf = (spec: PodSpec) => ReadonlySet<string> | undefined;

/** Sorted. NodeName has a PreFilter since 1.37. */
const RESTRICTING: ReadonlyMap<string, NodesOf> = new Map<string, NodesOf>([
  ["NodeAffinity", namesInFields],
  ["NodeName", ({ nodeName }) => (nodeName ? new Set([nodeName]) : undefined)],
]);

/** The names that all of these PreFilter plugins leave; undefined when they leave every node. */
export function nodeSetOf(spec: PodSpec, preFilters: ReadonlySet<string>): NodeSet | undefined {
  const sets = [...RESTRICTING.keys()].flatMap((plugin) => {
    const names = preFilters.has(plugin) ? nodesLeftBy(plugin, spec) : undefined;
    return names === undefined ? [] : [{ plugin, names }];
  });
  const [first, ...others] = sets;
  if (first === undefined) return undefined;
  const names = [...first.names].filter((name) => others.every((other) => other.names.has(name)));
  return { names: new Set(names), by: sets.map(({ plugin }) => plugin) };
}

/** The names that one plugin's PreFilter leaves; undefined when it leaves every node. */
export function nodesLeftBy(plugin: string, spec: PodSpec): ReadonlySet<string> | undefined {
  return RESTRICTING.get(plugin)?.(spec);
}

/**
 * Where every required term names nodes, the union over terms of the intersection of its name lists. k8s 1.36
 * plugins/nodeaffinity/node_affinity.go PreFilter.
 */
function namesInFields(spec: PodSpec): ReadonlySet<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const union = new Set<string>();
  for (const term of terms) {
    const lists = (term.matchFields ?? []).filter(({ key, operator }) => key === "metadata.name" && operator === "In");
    if (lists.length === 0) return undefined;
    const [first, ...others] = lists.map(({ values }) => values ?? []);
    for (const name of first ?? []) if (others.every((values) => values.includes(name))) union.add(name);
  }
  return union;
}
