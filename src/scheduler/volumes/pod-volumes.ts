/** The volume plugins of a profile, prepared for one pod. */

import type { ClusterObjects } from "../../cluster/objects.js";
import type { ClusterState } from "../../cluster/state.js";
import type { Pod } from "../../kube/objects.js";
import type { Version } from "../compat.js";
import { NO_NODE_FILTERS, type NodeFilter, type NodeFilters, type NodeStatus } from "../node-filters.js";
import type { Profile } from "../profile.js";
import { AttachedVolumes } from "./attached-volumes.js";
import type { ClosedNodes } from "./closed-nodes.js";
import { nodeVolumeLimits } from "./node-volume-limits.js";
import { volumeBindingScore } from "./storage-scores.js";
import { type BindingState, reserveVolumes, volumeBinding } from "./volume-binding.js";
import type { VolumeCycle, VolumePlugin } from "./volume-cycle.js";
import { VolumeIndex } from "./volume-index.js";
import { type VolumeKinds, volumeKindsOf } from "./volume-kinds.js";
import { diskConflicts, type RestrictionsState, volumeRestrictions, withPodMoved } from "./volume-restrictions.js";
import { volumeZone } from "./volume-zone.js";

/** What is kept of a cluster's objects, whoever asks. */
type Kept = Pick<VolumeCycle, "index" | "attached">;

const PLUGIN_NAMES = [volumeRestrictions, nodeVolumeLimits, volumeBinding, volumeZone].map(({ name }) => name);

const keptOf = new WeakMap<ClusterObjects, Kept>();

function kept(objects: ClusterObjects): Kept {
  let found = keptOf.get(objects);
  if (found === undefined) {
    found = { index: new VolumeIndex(objects), attached: new AttachedVolumes(objects) };
    keptOf.set(objects, found);
  }
  return found;
}

/**
 * The filters of a pod whose volumes are known to close some nodes and no others. Most such pods are decided without them;
 * they are prepared when somebody asks, which is before anything changes.
 */
class KnownVolumes implements NodeFilters {
  readonly closed: ClosedNodes;
  readonly #prepare: () => NodeFilters;
  #prepared: NodeFilters | undefined;

  constructor(closed: ClosedNodes, prepare: () => NodeFilters) {
    this.closed = closed;
    this.#prepare = prepare;
  }

  get filters(): NodeFilters["filters"] {
    return this.#full.filters;
  }

  get preFilters(): NodeFilters["preFilters"] {
    return this.#full.preFilters;
  }

  get storageScore(): NodeFilters["storageScore"] {
    return this.#full.storageScore;
  }

  get #full(): NodeFilters {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }
}

/** @param keeps whether what is kept of the nodes may decide */
export function volumeFilters(
  state: ClusterState,
  pod: Pod,
  profile: Profile,
  version: Version,
  keeps: boolean,
): NodeFilters {
  const prepare = () => prepareVolumes(state, pod, profile, version);
  if (!keeps) return prepare();
  const asking = askingOf(state, profile, version);
  if (!asking.runsAll) return prepare();
  const closed = asking.kinds.of(pod, asking.context);
  if (closed === "none") return NO_NODE_FILTERS;
  return closed === undefined ? prepare() : new KnownVolumes(closed, prepare);
}

/** What pods of a profile are asked with, one after the other. */
interface Asking {
  readonly state: ClusterState;
  readonly version: Version;
  readonly runsAll: boolean;
  readonly context: ReturnType<typeof contextOf>;
  readonly kinds: VolumeKinds;
}

const askingOfProfile = new WeakMap<Profile, Asking>();

function askingOf(state: ClusterState, profile: Profile, version: Version): Asking {
  const known = askingOfProfile.get(profile);
  if (known?.state === state && known.version === version) return known;
  const context = contextOf(state, profile, version);
  const asking = { state, version, runsAll: runsAll(profile), context, kinds: volumeKindsOf(state) };
  askingOfProfile.set(profile, asking);
  return asking;
}

function contextOf(state: ClusterState, { schedulerName }: Profile, { volumeLimitScaling }: Version) {
  const { index, attached } = kept(state.objects);
  return { assumed: state.assumedVolumes(schedulerName), index, attached, features: { volumeLimitScaling } };
}

/** The filters of the plugins, which look at every node. */
export function prepareVolumes(state: ClusterState, pod: Pod, profile: Profile, version: Version): NodeFilters {
  const cycle: VolumeCycle = {
    pod,
    objects: state.objects,
    ...contextOf(state, profile, version),
    podsOnNode: (node) => state.nodes.get(node.name)?.pods.values() ?? [],
    isClaimUsed: (claim) => state.claimUses.isUsed(claim),
  };
  const filters = new Map<string, NodeFilter>();
  const preFilters = new Map<string, NodeStatus>();
  const isPrepared = ({ name }: { readonly name: string }) => profile.preFilter.includes(name);
  const restricting = isPrepared(volumeRestrictions) ? volumeRestrictions : diskConflicts;
  const restrictions = prepare(restricting, cycle, profile, filters, preFilters);
  prepare(nodeVolumeLimits, cycle, profile, filters, preFilters);
  const binding = isPrepared(volumeBinding) ? prepare(volumeBinding, cycle, profile, filters, preFilters) : undefined;
  prepare(volumeZone, cycle, profile, filters, preFilters);
  if (filters.size + preFilters.size === 0) return NO_NODE_FILTERS;
  return {
    filters,
    preFilters,
    ...(binding && { reserve: (nodeName: string) => reserveVolumes(cycle, binding, nodeName) }),
    ...(binding && { storageScore: scoreStorage(state, cycle, profile, binding) }),
    ...(restrictions && { moved: moveRestrictions({ filters, preFilters }, cycle, restrictions) }),
  };
}

/** Whether a profile runs every volume plugin, with what it prepares. */
function runsAll({ preFilter, filter }: Profile): boolean {
  return PLUGIN_NAMES.every((name) => preFilter.includes(name) && filter.includes(name));
}

/** Scores nodes that passed; those that no filter was asked about, as for scores by themselves, are asked about first. */
function scoreStorage(
  state: ClusterState,
  cycle: VolumeCycle,
  { filter, args }: Profile,
  binding: BindingState,
): NonNullable<NodeFilters["storageScore"]> {
  const { shape } = args.VolumeBinding;
  const isFiltered = filter.includes(volumeBinding.name);
  return (nodeName) => {
    const node = state.nodes.get(nodeName);
    if (isFiltered && node && !binding.volumesByNode.has(nodeName)) volumeBinding.filter(cycle, binding, node);
    return volumeBindingScore(binding, nodeName, shape);
  };
}

/** Runs a plugin's PreFilter, if the profile runs the plugin. Returns what the filter works with. */
function prepare<State>(
  plugin: VolumePlugin<State>,
  cycle: VolumeCycle,
  { filter, preFilter, reserve }: Profile,
  filters: Map<string, NodeFilter>,
  preFilters: Map<string, NodeStatus>,
): State | undefined {
  const { name } = plugin;
  if (![filter, preFilter, reserve].some((point) => point.includes(name))) return undefined;
  const outcome = plugin.preFilter(cycle);
  if ("skip" in outcome) return undefined;
  if ("code" in outcome) {
    if (preFilter.includes(name)) preFilters.set(name, outcome);
    else filters.set(name, () => outcome);
    return undefined;
  }
  filters.set(name, (node) => plugin.filter(cycle, outcome.state, node));
  return outcome.state;
}

function moveRestrictions(
  base: NodeFilters,
  cycle: VolumeCycle,
  restrictions: RestrictionsState,
): NonNullable<NodeFilters["moved"]> {
  return (added, removed) => {
    const more = added.reduce((state, pod) => withPodMoved(state, pod, "added"), restrictions);
    const moved = removed.reduce((state, pod) => withPodMoved(state, pod, "removed"), more);
    const filter: NodeFilter = (node) => volumeRestrictions.filter(cycle, moved, node);
    return { ...base, filters: new Map([...base.filters, [volumeRestrictions.name, filter]]) };
  };
}
