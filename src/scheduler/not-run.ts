/** Plugins that a profile may enable and that are not run here, and whom that touches. */

/** By plugin name: which pods are decided otherwise than kube-scheduler would decide them, or not at all. */
export const NOT_RUN: ReadonlyMap<string, string> = new Map([
  ["DynamicResources", "pods with spec.resourceClaims are answered as unsupported; all others are decided as with it"],
  ["GangScheduling", "pods with spec.schedulingGroup are decided one by one, whether or not their group fits"],
]);
