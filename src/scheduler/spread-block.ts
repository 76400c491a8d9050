/** PodTopologySpread's constraints of a pod, written into the core's memory (assembly/layout.ts, SPREAD_*). */

import type { ClusterState } from "../cluster/state.js";
import type { CoreConstants } from "../core/exports.js";
import type { Pod, PodSpec } from "../kube/objects.js";
import { namespaceOf } from "../kube/objects.js";
import { selects } from "../kube/pod-affinity.js";
import { matchesAll } from "../kube/requirement.js";
import { toleratesHardTaints } from "../kube/toleration.js";
import type { Holdings } from "./holdings.js";
import { matchRequired, requiredAffinity, requiresNodes, withTable } from "./selectors.js";
import type { SpreadConstraint } from "./spread-constraints.js";

const HOSTNAME = "kubernetes.io/hostname";
const NONE = -1;

/** Where the block lies. `requiresAll`: nodes that lack one of the topology keys do not count. */
export function writeSpreadBlock(
  state: ClusterState,
  pod: Pod,
  constraints: readonly SpreadConstraint[],
  requiresAll: boolean,
  holdings: Holdings,
): number {
  const { ids } = state.engine;
  const keys = requiresAll ? constraints.map(({ topologyKey }) => topologyKey) : [];
  const block = new Array<number>(ids.SPREAD_LIST).fill(0);
  block[0] = constraints.length;
  block[ids.SPREAD_REQUIRES_ALL] = Number(requiresAll);
  // Constraints of the same policies include the same nodes.
  const written = new Map<string, number>();
  for (const constraint of constraints) {
    const policies = `${constraint.honorsAffinity} ${constraint.honorsTaints}`;
    const included = written.get(policies) ?? writeIncluded(state, pod.spec ?? {}, constraint, keys, holdings);
    written.set(policies, included);
    block.push(...constraintFields(state, pod, constraint, included, holdings));
  }
  return holdings.doubles(block);
}

/**
 * Pods that come to a node or leave it in a what-if move upstream's counts although a count would pass them over: when they
 * are being deleted, and when the selector is empty. Source: k8s 1.36 plugins/podtopologyspread/filtering.go updateWithPod.
 */
export function setUncounted(
  { engine }: ClusterState,
  block: number,
  constraints: readonly SpreadConstraint[],
  pod: Pod,
  slot: number,
  added: readonly Pod[],
  removed: readonly Pod[],
): void {
  const { ids } = engine;
  const fields = engine.doublesAt(block, ids.SPREAD_LIST + constraints.length * ids.SPREAD_FIELDS);
  for (const [index, { selector }] of constraints.entries()) {
    const isUncounted = (other: Pod) =>
      namespaceOf(other) === namespaceOf(pod) &&
      selects(selector, other.metadata?.labels) &&
      (selector.requirements.length === 0 || Boolean(other.metadata?.deletionTimestamp));
    const at = ids.SPREAD_LIST + index * ids.SPREAD_FIELDS;
    fields[at + ids.SPREAD_DELTA] = added.filter(isUncounted).length - removed.filter(isUncounted).length;
    fields[at + ids.SPREAD_DELTA_SLOT] = slot;
  }
}

function constraintFields(
  state: ClusterState,
  pod: Pod,
  constraint: SpreadConstraint,
  included: number,
  holdings: Holdings,
): number[] {
  const { ids } = state.engine;
  const { topologyKey, selector } = constraint;
  const label = state.labelColumn(topologyKey);
  const fields = new Array<number>(ids.SPREAD_FIELDS).fill(0);
  const set = (name: keyof CoreConstants, value: number) => {
    fields[ids[name]] = value;
  };
  set("SPREAD_COUNTS", tallyOf(pod, constraint, holdings));
  set("SPREAD_VALUES", label.column);
  set("SPREAD_SIZE", label.size);
  set("SPREAD_SUMS", holdings.doubles(label.size));
  set("SPREAD_INCLUDED", included);
  set("SPREAD_MAX_SKEW", constraint.maxSkew);
  set("SPREAD_MIN_DOMAINS", constraint.minDomains);
  set("SPREAD_SELF", Number(selects(selector, pod.metadata?.labels)));
  set("SPREAD_IS_HOSTNAME", Number(topologyKey === HOSTNAME));
  set("SPREAD_EMPTY_VALUE", label.find(""));
  return fields;
}

/** Upstream counts nothing for a selector that is empty, and nothing that is being deleted. */
function tallyOf(pod: Pod, { selector }: SpreadConstraint, holdings: Holdings): number {
  if (selector.nothing || selector.requirements.length === 0) return NONE;
  const own = namespaceOf(pod);
  const { requirements } = selector;
  const key = JSON.stringify(["spread", own, requirements.map(({ values, ...rest }) => [rest, [...values]])]);
  return holdings.tally(key, ({ namespace, labels, isTerminating }) =>
    Number(namespace === own && !isTerminating && matchesAll(requirements, labels)),
  );
}

/** The u8 column of the nodes that the constraint's policies include and that have all `keys`; NONE = all of them. */
function writeIncluded(
  state: ClusterState,
  spec: PodSpec,
  constraint: SpreadConstraint,
  keys: readonly string[],
  holdings: Holdings,
): number {
  const isRestricted = constraint.honorsAffinity && requiresNodes(spec);
  if (!isRestricted && !constraint.honorsTaints && keys.length === 0) return NONE;
  const { core } = state.engine;
  const needs = isRestricted && [spec.nodeSelector, requiredAffinity(spec)];
  const content = JSON.stringify([state.specVersion, keys, needs, constraint.honorsTaints && spec.tolerations]);
  return holdings.bytes(content, (included) => {
    if (isRestricted) matchRequired(state, spec, included);
    else core.bytesFill(included, 1);
    if (constraint.honorsTaints) keepTolerated(state, spec, included);
    for (const key of keys) {
      const label = state.labelColumn(key);
      const fill = (table: Uint8Array) => void table.fill(1).fill(0, 0, 1);
      withTable(state, label.size, fill, (table) => core.tableAnd(label.column, table, included));
    }
  });
}

function keepTolerated(state: ClusterState, { tolerations }: PodSpec, included: number): void {
  const { sets, column } = state.taints;
  const fill = (table: Uint8Array) => {
    for (const [id, { taints }] of sets.entries()) {
      table[id] = Number(toleratesHardTaints(taints, tolerations));
    }
  };
  withTable(state, sets.length, fill, (table) => state.engine.core.tableAnd(column, table, included));
}
