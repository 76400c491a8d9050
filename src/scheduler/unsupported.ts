/**
 * Pods that need a plugin which is not here. They are never placed as if they did not: the answer names the field. A plugin
 * that the profile does not run is not needed.
 */

import type { Pod } from "../kube/objects.js";
import type { Profile } from "./profile.js";

export interface UnsupportedField {
  readonly plugin: string;
  readonly field: string;
}

/** The first field of a pod that needs a plugin which is not here, or undefined. */
export function unsupportedField({ spec }: Pod, profile: Profile): UnsupportedField | undefined {
  const plugin = "DynamicResources";
  if ((spec?.resourceClaims?.length ?? 0) === 0) return undefined;
  const runs = profile.filter.includes(plugin) || profile.score.some(({ name }) => name === plugin);
  return runs ? { plugin, field: "spec.resourceClaims" } : undefined;
}
