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

/** Whether two pods were made of one text, as copies of a workload are, so that they are alike without a closer look. */
export function isTwin(one: Pod, other: Pod): boolean {
  return (
    one.spec === other.spec &&
    one.metadata?.labels === other.metadata?.labels &&
    one.metadata?.namespace === other.metadata?.namespace &&
    one.status?.nominatedNodeName === other.status?.nominatedNodeName &&
    one.spec?.volumes === undefined
  );
}
