/** Moves as kubectl commands, each with what it is for. Written to be read first: stowage runs nothing. */

import { namespacedName, type Pod } from "../../kube/objects.js";
import { type Maker, makersOf } from "../../kube/owners.js";
import type { Rebalance, RebalanceMove } from "../../planning/rebalancing.js";
import { counted } from "./prose.js";

const EVICT = `
# Asks for the eviction until the PodDisruptionBudgets allow it, ten minutes at most, then waits until the pod is gone.
evict() {
  local tries=0
  until kubectl create --raw "/api/v1/namespaces/$1/pods/$2/eviction" -f - >/dev/null <<EOF
{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": "$1", "name": "$2"}}
EOF
  do
    ((++tries < 120)) || return 1
    sleep 5
  done
  kubectl wait --namespace "$1" --for=delete "pod/$2" --timeout=10m
}
`;
const SURGE = `
# One replica more, and once it runs one less: the pod that is marked goes.
surge() {
  local replicas
  replicas=$(kubectl get --namespace "$1" "$3" -o 'jsonpath={.spec.replicas}')
  kubectl annotate --namespace "$1" --overwrite "pod/$2" controller.kubernetes.io/pod-deletion-cost=-2147483648
  kubectl scale --namespace "$1" "$3" --replicas=$((replicas + 1))
  kubectl wait --namespace "$1" "$3" --for=jsonpath='{.status.readyReplicas}'=$((replicas + 1)) --timeout=10m
  kubectl scale --namespace "$1" "$3" --replicas="$replicas"
  kubectl wait --namespace "$1" --for=delete "pod/$2" --timeout=10m
}
`;
/** Kinds that \`kubectl rollout status\` can wait for. */
const ROLLED_OUT: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/**
 * A bash script.
 *
 * @param pods all pods of the input
 * @param cordoned names of nodes that are cordoned already and stay so
 */
export function scriptText(plan: Rebalance, pods: readonly Pod[], cordoned: ReadonlySet<string>): string {
  const { goal, moves, emptied, unused, isSurge, before, after } = plan;
  const byKey = new Map(pods.map((pod) => [namespacedName(pod), pod]));
  const lines = [
    "#!/usr/bin/env bash",
    `# ${counted(moves.length, "move")}, ${before.nodesUsed} to ${after.nodesUsed} nodes in use. By stowage rebalance, which has run none of this: read it first.`,
    "# Each move holds for the cluster as it was read and the moves before it; kube-scheduler chooses the targets named here.",
    "set -euo pipefail",
    isSurge ? SURGE : EVICT,
  ];
  if (emptied.length > 0) {
    lines.push("# These nodes are to be empty in the end, so no pod may come to them.");
    lines.push(...[...emptied, ...unused].map((node) => `kubectl cordon ${quoted(node)}`), "");
  }
  for (const [index, move] of moves.entries()) {
    const what = `${move.pod} goes from ${move.from}, its replacement to ${move.to}.`;
    lines.push(comment(`${index + 1} of ${moves.length}: ${what}`));
    const commands = commandsOf(move, byKey.get(move.pod), isSurge);
    const from = quoted(move.from);
    lines.push(
      ...(goal === "stranding" && !cordoned.has(move.from)
        ? [`kubectl cordon ${from}`, ...commands, `kubectl uncordon ${from}`]
        : commands),
    );
    if (move.empties) lines.push(comment(`${move.from} has no pods now but those of its own.`));
    lines.push("");
  }
  const reopened = unused.filter((node) => !cordoned.has(node));
  if (reopened.length > 0) {
    lines.push("# These were empty before, and may take pods again.");
    lines.push(...reopened.map((node) => `kubectl uncordon ${quoted(node)}`));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function commandsOf({ pod: key }: RebalanceMove, pod: Pod | undefined, isSurge: boolean): string[] {
  const [namespace = "", name = ""] = key.split("/").map(quoted);
  const maker = pod && makersOf(pod).at(-1);
  if (isSurge && maker !== undefined) return [`surge ${namespace} ${name} ${quoted(resourceOf(maker))}`];
  const waits = maker !== undefined && ROLLED_OUT.has(maker.kind);
  return [
    `evict ${namespace} ${name}`,
    ...(waits ? [`kubectl rollout status --namespace ${namespace} ${quoted(resourceOf(maker))} --timeout=10m`] : []),
  ];
}

function resourceOf({ kind, name }: Maker): string {
  return `${kind.toLowerCase()}/${name}`;
}

/** One line, for behind a line break in a name there would be a command. */
function comment(text: string): string {
  return `# ${text.replace(/\p{Cc}+/gu, " ")}`;
}

/** As one word of a shell, whatever is in it. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
