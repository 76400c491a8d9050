/** The plugins that are asked node by node, prepared for one pod. */

import type { ClusterState } from "../cluster/state.js";
import type { Pod } from "../kube/objects.js";
import type { Version } from "./compat.js";
import { declaredFeaturesFilter } from "./declared-features.js";
import { NO_NODE_FILTERS, type NodeFilter, type NodeFilters } from "./node-filters.js";
import type { Profile } from "./profile.js";
import { prepareVolumes } from "./volumes/pod-volumes.js";

export function prepareNodeFilters(state: ClusterState, pod: Pod, profile: Profile, version: Version): NodeFilters {
  const hasVolumes = (pod.spec?.volumes ?? []).length > 0;
  const features = declaredFeaturesFilter(pod, version);
  if (!hasVolumes && features === undefined) return NO_NODE_FILTERS;
  const volumes = hasVolumes ? prepareVolumes(state, pod, profile, version) : NO_NODE_FILTERS;
  const isPrepared = profile.preFilter.includes("NodeDeclaredFeatures");
  return features === undefined || !isPrepared ? volumes : withFilter(volumes, "NodeDeclaredFeatures", features);
}

function withFilter(base: NodeFilters, plugin: string, filter: NodeFilter): NodeFilters {
  const { moved, closed: _, ...rest } = base;
  return {
    ...rest,
    filters: new Map([...base.filters, [plugin, filter]]),
    ...(moved && { moved: (added, removed) => withFilter(moved(added, removed), plugin, filter) }),
  };
}
