/** The plugins that are asked node by node, prepared for one pod. */

import type { ClusterState } from "../cluster/state.js";
import type { Pod } from "../kube/objects.js";
import type { Version } from "./compat.js";
import { declaredFeaturesFilter } from "./declared-features.js";
import { NO_NODE_FILTERS, type NodeFilter, type NodeFilters } from "./node-filters.js";
import type { Profile } from "./profile.js";
import { volumeFilters } from "./volumes/pod-volumes.js";

/** @param keeps whether what is kept of the nodes may decide */
export function prepareNodeFilters(
  state: ClusterState,
  pod: Pod,
  profile: Profile,
  version: Version,
  keeps: boolean,
): NodeFilters {
  const hasVolumes = (pod.spec?.volumes ?? []).length > 0;
  const features = declaredFeaturesFilter(pod, version);
  if (!hasVolumes && features === undefined) return NO_NODE_FILTERS;
  const isFeatured = features !== undefined && profile.preFilter.includes("NodeDeclaredFeatures");
  const volumes = hasVolumes ? volumeFilters(state, pod, profile, version, keeps && !isFeatured) : NO_NODE_FILTERS;
  return isFeatured ? withFilter(volumes, "NodeDeclaredFeatures", features) : volumes;
}

function withFilter(base: NodeFilters, plugin: string, filter: NodeFilter): NodeFilters {
  const { moved } = base;
  return {
    ...base,
    filters: new Map([...base.filters, [plugin, filter]]),
    ...(moved && { moved: (added, removed) => withFilter(moved(added, removed), plugin, filter) }),
  };
}
