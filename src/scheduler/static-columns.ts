/**
 * What a pod class sees of every node's spec and labels, computed once for all pods of the class and again only when a
 * node's spec changes: one column of verdict bits, and raw scores where they differ.
 */

import { normalizedImageName } from "../cluster/images.js";
import type { ClusterState } from "../cluster/state.js";
import type { NodeAffinity, PodSpec, Taint, Toleration } from "../kube/objects.js";
import { type ParsedTerm, parseNodeSelectorTerm } from "../kube/requirement.js";
import { findUntoleratedTaint, toleratesHardTaints } from "../kube/toleration.js";
import type { PreFilterStatus } from "./decision.js";
import { type NodeSet, nodeSetOf, nodesLeftBy } from "./node-set.js";
import {
  matchAnyTerm,
  matchRequired,
  matchTerm,
  parseTerms,
  requiresNodes,
  withByteColumn,
  withTable,
} from "./selectors.js";
import type { ClosedNodes } from "./volumes/closed-nodes.js";

/** Which parts a profile needs, and its scheduler-enforced affinity. */
export interface StaticNeeds {
  readonly filters: ReadonlySet<string>;
  readonly preFilters: ReadonlySet<string>;
  readonly preScores: ReadonlySet<string>;
  readonly scores: ReadonlySet<string>;
  readonly addedAffinity: NodeAffinity | undefined;
  /** Whether ImageLocality divides by the images of volumes, too. */
  readonly countsVolumeImages: boolean;
}

/** Column ids; -1 = the same on every node (all pass; all 0). */
export interface StaticColumns {
  readonly verdict: number;
  readonly rawTaints: number;
  readonly rawAffinity: number;
  readonly rawImages: number;
  /** Where the fused cycle keeps verdict and static scores together. */
  readonly base: number;
  /** Whether NodeAffinity scores this pod at all; without a PreScore nothing makes it skip. */
  readonly hasPreferences: boolean;
  /** What PreFilter restricts the search to; absent: every node. */
  readonly nodeSet?: NodeSet;
  /** NodeAffinity's PreFilter rejects the pod as a whole. */
  readonly preFilter?: Omit<PreFilterStatus, "plugin">;
  /** A preferred term of node affinity that does not parse, in upstream's words: its PreScore fails, or its Score without one. */
  readonly preferenceError?: string;
}

/** Instead of a column: the same on every node. */
export const NONE = -1;
const BYTE_SHIFT = 0;
const DOUBLE_SHIFT = 3;
const UNSCHEDULABLE_TAINT: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** @param closed nodes that are closed to the class because of its volumes, where that is known */
export function buildStaticColumns(
  state: ClusterState,
  spec: PodSpec,
  needs: StaticNeeds,
  closed?: ClosedNodes,
): StaticColumns {
  const nodeSet = nodeSetOf(spec, needs.preFilters);
  const verdict = buildVerdict(state, spec, needs, nodeSet, closed);
  const rawTaints = needs.scores.has("TaintToleration") ? buildRawTaints(state, spec) : NONE;
  const preferred = preferredTerms(spec, needs);
  const isPreferring = preferred !== undefined && needs.scores.has("NodeAffinity");
  const rawAffinity = isPreferring ? buildRawAffinity(state, preferred) : NONE;
  const rawImages = needs.scores.has("ImageLocality") ? buildRawImages(state, spec, needs) : NONE;
  const isUniform = [verdict, rawTaints, rawAffinity, rawImages].every((column) => column === NONE);
  const isInConflict = needs.preFilters.has("NodeAffinity") && nodesLeftBy("NodeAffinity", spec)?.size === 0;
  const bad =
    needs.preScores.has("NodeAffinity") || needs.scores.has("NodeAffinity")
      ? preferred?.find(({ term }) => !term.ok)?.term
      : undefined;
  return {
    verdict,
    rawTaints,
    rawAffinity,
    rawImages,
    base: isUniform ? NONE : addColumn(state, DOUBLE_SHIFT),
    hasPreferences: isPreferring || !needs.preScores.has("NodeAffinity"),
    ...(nodeSet && { nodeSet }),
    ...(isInConflict
      ? {
          preFilter: {
            code: "UnschedulableAndUnresolvable",
            reasons: ["pod affinity terms conflict"],
          },
        }
      : {}),
    ...(bad?.ok === false ? { preferenceError: bad.error } : {}),
  };
}

/** Whether there are no columns, and none would come to be for nodes without taints that are not unschedulable. */
export function isUnchoosy(statics: StaticColumns, spec: PodSpec, { addedAffinity }: StaticNeeds): boolean {
  const { base, nodeSet } = statics;
  const asks = spec.nodeName || spec.nodeSelector || spec.affinity?.nodeAffinity || addedAffinity;
  return base === NONE && nodeSet === undefined && !asks;
}

/** What they take of the core's memory, a node. */
export function staticBytesANode({ verdict, rawTaints, rawAffinity, rawImages, base }: StaticColumns): number {
  const doubles = [rawTaints, rawAffinity, rawImages, base].filter((column) => column !== NONE).length;
  return Number(verdict !== NONE) + doubles * Float64Array.BYTES_PER_ELEMENT;
}

export function freeStaticColumns({ engine }: ClusterState, statics: StaticColumns): void {
  for (const column of [statics.verdict, statics.rawTaints, statics.rawAffinity, statics.rawImages, statics.base]) {
    if (column !== NONE) engine.core.columnFree(column);
  }
}

function addColumn({ engine }: ClusterState, shift: number): number {
  return engine.check(engine.core.columnAdd(shift));
}

/** The column of STATIC_* bits, or NONE when every node passes. */
function buildVerdict(
  state: ClusterState,
  spec: PodSpec,
  needs: StaticNeeds,
  nodeSet: NodeSet | undefined,
  closed: ClosedNodes | undefined,
): number {
  const verdict = addColumn(state, BYTE_SHIFT);
  let rejected = 0;
  if (needs.filters.has("NodeUnschedulable")) rejected += rejectUnschedulable(state, spec, verdict);
  if (needs.filters.has("NodeName") && spec.nodeName) rejected += rejectOtherNodes(state, spec.nodeName, verdict);
  if (needs.filters.has("TaintToleration")) rejected += rejectTainted(state, spec, verdict);
  if (needs.filters.has("NodeAffinity")) rejected += rejectByAffinity(state, spec, needs, verdict);
  if (nodeSet) rejected += rejectNamesOutside(state, nodeSet.names, verdict, state.engine.ids.STATIC_NODE_SET);
  if (closed !== undefined) closed.closeAll(state.engine.bytesOf(verdict), state.engine.ids.STATIC_VOLUMES);
  // Nodes without a bit may be closed later by what is attached to them.
  if (rejected > 0 || closed !== undefined) return verdict;
  state.engine.core.columnFree(verdict);
  return NONE;
}

/** Sets the bits of some slots that say whether volumes close them. */
export function closeNodes(
  { engine }: ClusterState,
  { verdict }: Pick<StaticColumns, "verdict">,
  closed: ClosedNodes,
  slots: Iterable<number>,
): void {
  const { STATIC_VOLUMES } = engine.ids;
  const bits = engine.bytesOf(verdict);
  for (const slot of slots) bits[slot] = (bits[slot]! & ~STATIC_VOLUMES) | (closed.isClosed(slot) ? STATIC_VOLUMES : 0);
}

/** Rejects by a predicate on taint sets. Returns how many nodes. */
function rejectSets(
  state: ClusterState,
  passes: (taints: readonly Taint[], unschedulable: boolean) => boolean,
  verdict: number,
  bit: number,
): number {
  const { sets, column } = state.taints;
  // No pass over the nodes where no taint that there ever was rejects.
  if (sets.every(({ taints, unschedulable }) => passes(taints, unschedulable))) return 0;
  const fill = (table: Uint8Array) => {
    for (const [id, { taints, unschedulable }] of sets.entries()) table[id] = Number(passes(taints, unschedulable));
  };
  return withTable(state, sets.length, fill, (table) => state.engine.core.tableReject(column, table, verdict, bit));
}

export function toleratesUnschedulable({ tolerations }: PodSpec): boolean {
  return findUntoleratedTaint([UNSCHEDULABLE_TAINT], tolerations, ["NoSchedule"]) === undefined;
}

function rejectUnschedulable(state: ClusterState, spec: PodSpec, verdict: number): number {
  if (toleratesUnschedulable(spec)) return 0;
  return rejectSets(state, (_, unschedulable) => !unschedulable, verdict, state.engine.ids.STATIC_UNSCHEDULABLE);
}

function rejectTainted(state: ClusterState, spec: PodSpec, verdict: number): number {
  const passes = (taints: readonly Taint[]) => toleratesHardTaints(taints, spec.tolerations);
  return rejectSets(state, passes, verdict, state.engine.ids.STATIC_TAINTS);
}

function rejectOtherNodes(state: ClusterState, nodeName: string, verdict: number): number {
  return rejectNamesOutside(state, new Set([nodeName]), verdict, state.engine.ids.STATIC_NODE_NAME);
}

function rejectNamesOutside(state: ClusterState, names: ReadonlySet<string>, verdict: number, bit: number): number {
  const label = state.nodeNameColumn();
  const requirement = { key: "", absent: false, complement: false, values: names };
  return withTable(
    state,
    label.size,
    (table) => label.fillTable(requirement, table),
    (table) => state.engine.core.tableReject(label.column, table, verdict, bit),
  );
}

function rejectByAffinity(state: ClusterState, spec: PodSpec, needs: StaticNeeds, verdict: number): number {
  const { core, ids } = state.engine;
  let rejected = 0;
  const added = needs.addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  withByteColumn(state, (matches) => {
    if (added) {
      matchAnyTerm(state, parseTerms(added.nodeSelectorTerms), matches);
      rejected += core.bytesReject(matches, verdict, ids.STATIC_ADDED_AFFINITY);
    }
    if (requiresNodes(spec)) {
      matchRequired(state, spec, matches);
      rejected += core.bytesReject(matches, verdict, ids.STATIC_AFFINITY);
    }
  });
  return rejected;
}

function buildRawTaints(state: ClusterState, spec: PodSpec): number {
  const { core } = state.engine;
  const tolerations = softTolerations(spec);
  const counts = state.taints.sets.map(({ taints }) => countIntolerable(taints, tolerations));
  if (counts.every((count) => count === 0)) return NONE;
  const raw = addColumn(state, DOUBLE_SHIFT);
  const words = new Uint8Array(Int32Array.from(counts).buffer);
  const fill = (table: Uint8Array) => table.set(words);
  const largest = withTable(state, words.length, fill, (table) => core.tableAdd(state.taints.column, table, raw));
  return keepUnlessZero(state, raw, largest);
}

/** Those that TaintToleration scores by. */
export function softTolerations({ tolerations }: PodSpec): readonly Toleration[] {
  return (tolerations ?? []).filter(({ effect }) => !effect || effect === "PreferNoSchedule");
}

export function countIntolerable(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  return taints.filter((taint) => findUntoleratedTaint([taint], tolerations, ["PreferNoSchedule"]) !== undefined)
    .length;
}

function keepUnlessZero({ engine }: ClusterState, column: number, largest: number): number {
  if (largest > 0) return column;
  engine.core.columnFree(column);
  return NONE;
}

interface Preference {
  readonly weight: number;
  readonly term: ParsedTerm;
}

/** Preferred terms of the pod and of the profile; undefined when neither has a list. Weight 0 and empty terms are none. */
export function preferredTerms(spec: PodSpec, needs: StaticNeeds): Preference[] | undefined {
  const own = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? undefined;
  const added = needs.addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? undefined;
  if (own === undefined && added === undefined) return undefined;
  return [own, added].flatMap((terms) =>
    (terms ?? [])
      .map(({ weight = 0, preference = {} }, index) => ({
        weight,
        term: parseNodeSelectorTerm(preference, `[${index}]`),
      }))
      .filter(({ weight, term }) => weight !== 0 && !(term.ok && term.empty)),
  );
}

function buildRawAffinity(state: ClusterState, preferences: readonly Preference[]): number {
  const { core } = state.engine;
  if (preferences.length === 0) return NONE;
  const raw = addColumn(state, DOUBLE_SHIFT);
  let largest = 0;
  withByteColumn(state, (matches) => {
    for (const { weight, term } of preferences) {
      matchTerm(state, term, matches);
      largest = core.bytesAdd(matches, weight, raw);
    }
  });
  return keepUnlessZero(state, raw, largest);
}

/** The images of a pod's containers and volumes, as the pod names them. */
export function imageNamesOf(spec: PodSpec): string[] {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const volumes = (spec.volumes ?? []).map(({ image }) => image as { readonly reference?: string } | undefined);
  return [
    ...containers.map(({ image = "" }) => image),
    ...volumes.filter((image) => image !== undefined && image !== null).map(({ reference = "" }) => reference),
  ];
}

function buildRawImages(state: ClusterState, spec: PodSpec, { countsVolumeImages }: StaticNeeds): number {
  if (state.images.isEmpty) return NONE;
  const names = imageNamesOf(spec);
  const raw = addColumn(state, DOUBLE_SHIFT);
  for (const name of names) addImage(state, normalizedImageName(name), raw);
  const containers = (spec.initContainers?.length ?? 0) + (spec.containers?.length ?? 0);
  const divisor = countsVolumeImages ? names.length : containers;
  return keepUnlessZero(state, raw, state.engine.core.imageScores(raw, divisor));
}

/** k8s 1.36 plugins/imagelocality scaledImageScore: the size, by how many of the nodes have the image. */
function addImage(state: ClusterState, name: string, raw: number): void {
  const image = state.images.find(name);
  if (image === undefined) return;
  const { engine } = state;
  const slots = Uint32Array.from([...image.holders].map((holder) => holder.slot));
  const scaledBytes = Math.trunc(image.size * (image.holders.size / state.nodeCount));
  const pointer = engine.alloc(slots.byteLength);
  engine.wordsAt(pointer, slots.length).set(slots);
  engine.core.imageAdd(raw, pointer, slots.length, scaledBytes);
  engine.core.arenaFree(pointer);
}
