/** Pods that no filter can tell apart, as copies of one workload are. */

import type { Pod } from "../kube/objects.js";

/**
 * Equal for pods that the filters answer alike in the same cluster. The claims of ephemeral volumes go by the pod's name;
 * what else a name or an annotation could mean is known to nobody but a user's plugin.
 */
export function likenessOf({ metadata, spec, status }: Pod): string {
  const name = spec?.volumes?.some(({ ephemeral }) => ephemeral) ? metadata?.name : undefined;
  return JSON.stringify([metadata?.namespace, metadata?.labels, name, spec, status?.nominatedNodeName]);
}
