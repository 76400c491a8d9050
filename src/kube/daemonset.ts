/**
 * The pods of a DaemonSet: on which nodes, and what the controller adds to each.
 * Source: k8s 1.36 pkg/controller/daemon/daemon_controller.go and util/daemonset_util.go.
 */

import type { Affinity, Node, PodSpec, Requirement, Taint, Toleration } from "./objects.js";
import { matchesTerm, parseNodeSelectorTerm } from "./requirement.js";
import { findUntoleratedTaint } from "./toleration.js";

/** Taints that every daemon tolerates, and one more that only those on the host's network do. */
const TOLERATED: readonly Taint[] = [
  { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" },
];
const TOLERATED_ON_HOST: Taint = { key: "node.kubernetes.io/network-unavailable", effect: "NoSchedule" };
const NODE_NAME_FIELD = "metadata.name";

/** The template's spec with the tolerations that the controller adds; one of the same key and effect is replaced. */
export function daemonSpec(template: PodSpec): PodSpec {
  const taints = template.hostNetwork === true ? [...TOLERATED, TOLERATED_ON_HOST] : TOLERATED;
  const added = taints.map(({ key = "", effect = "" }): Toleration => ({ key, operator: "Exists", effect }));
  const kept = (template.tolerations ?? []).filter((known) => !added.some((one) => isReplaced(known, one)));
  return { ...template, tolerations: [...kept, ...added] };
}

/** Whether the controller wants a pod there. Taints come from {@link defaultNode}; errors in terms match nothing. */
export function wantsDaemon(spec: PodSpec, node: Node): boolean {
  const name = node.metadata?.name ?? "";
  if (spec.nodeName && spec.nodeName !== name) return false;
  const labels = node.metadata?.labels ?? {};
  const selected = Object.entries(spec.nodeSelector ?? {}).every(
    ([key, value]) => Object.hasOwn(labels, key) && labels[key] === (value ?? ""),
  );
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = (required?.nodeSelectorTerms ?? []).map((term) => parseNodeSelectorTerm(term));
  if (!selected || (required && !terms.some((term) => matchesTerm(term, labels, name)))) return false;
  return findUntoleratedTaint(node.spec?.taints, spec.tolerations, ["NoSchedule", "NoExecute"]) === undefined;
}

/** The spec of the pod for one node: the required node affinity gives way to the node's name. */
export function daemonSpecFor(spec: PodSpec, nodeName: string): PodSpec {
  const matchFields: readonly Requirement[] = [{ key: NODE_NAME_FIELD, operator: "In", values: [nodeName] }];
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
  };
  const affinity: Affinity = { ...spec.affinity, nodeAffinity };
  return { ...spec, affinity };
}

/** The node that a daemon's pod is on or waits for; undefined when it cannot be told. */
export function daemonNodeOf(spec: PodSpec | undefined): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap((term) => term.matchFields ?? []);
  return fields.find(({ key, operator }) => key === NODE_NAME_FIELD && operator === "In")?.values?.[0];
}

/** A toleration is identified by key, effect, operator and value. */
function isReplaced(known: Toleration, added: Toleration): boolean {
  const fields = ["key", "effect", "operator", "value"] as const;
  return fields.every((field) => (known[field] ?? "") === (added[field] ?? ""));
}
