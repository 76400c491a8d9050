/**
 * What kube-scheduler finds wrong when it builds its profiles from a configuration that it has validated (k8s 1.36
 * pkg/scheduler/scheduler.go, New; pkg/scheduler/framework/runtime, NewFramework). It stops at the first; all are reported here.
 */

import type { Version } from "./compat.js";
import { checkExtenderClients, type ExtenderConfig, resourcesIgnoredByScheduler } from "./extender-config.js";
import type { FieldIssues } from "./field-issues.js";
import { expandPlugins, isPluginNeeded } from "./plugin-sets.js";
import { type ProfileConfig, type WrittenProfile, withoutTypeMeta } from "./profile-config.js";
import { checkQueueOrder, type QueueOrder } from "./queue-sort.js";
import { checkFitArgs } from "./resource-args.js";

const FIT = "NodeResourcesFit";

/**
 * Makes the profiles as far as reporting needs it.
 *
 * @param written the profiles as they were before they were read, in the same order.
 * @returns the profiles, with what extenders put into them.
 */
export function buildAll(
  profiles: readonly ProfileConfig[],
  written: readonly WrittenProfile[],
  extenders: readonly ExtenderConfig[],
  { catalog, lateFitArgs }: Version,
  issues: FieldIssues,
): readonly ProfileConfig[] {
  checkExtenderClients(extenders, "extenders", issues);
  const ignored = resourcesIgnoredByScheduler(extenders);
  let first: QueueOrder | undefined;
  return profiles.map((profile, index) => {
    const path = `profiles[${index}]`;
    const fit = findFitArgs(written[index] ?? {}, `${path}.pluginConfig`);
    const isNeeded = isPluginNeeded(profile.plugins, FIT, catalog);
    if (ignored.length > 0 && fit === undefined && !isNeeded) {
      const message = "can't find NodeResourcesFitArgs in plugin config";
      issues.error("bad-extender", `${path}.pluginConfig`, message);
    }
    if (isNeeded && lateFitArgs && fit !== undefined) checkFitArgs(fit.args, ignored.length === 0, fit.path, issues);

    const { plugins, schedulerName } = profile;
    const { points } = expandPlugins(plugins, schedulerName, catalog, `${path}.plugins`, issues);
    const plugin = points.queueSort[0] ?? "";
    const order = { plugin, args: profile.otherArgs.get(plugin) };
    if (first === undefined) first = order;
    else checkQueueOrder(order, first, profile.schedulerName, path, issues);
    return ignored.length > 0 ? withIgnoredResources(profile, ignored) : profile;
  });
}

function findFitArgs(
  { pluginConfig = [] }: WrittenProfile,
  path: string,
): { readonly args: unknown; readonly path: string } | undefined {
  const index = pluginConfig.findIndex(({ name }) => name === FIT);
  if (index < 0) return undefined;
  const at = `${path}[${index}].args`;
  return { args: withoutTypeMeta(pluginConfig[index]?.args) ?? null, path: at };
}

/**
 * Resources that an extender manages and the scheduler ignores replace NodeResourcesFit's `ignoredResources` in every
 * profile (k8s 1.36 pkg/scheduler/scheduler.go, buildExtenders).
 */
function withIgnoredResources(profile: ProfileConfig, ignoredResources: readonly string[]): ProfileConfig {
  const fit = { ...profile.args.NodeResourcesFit, ignoredResources };
  return { ...profile, args: { ...profile.args, NodeResourcesFit: fit } };
}
