/**
 * All profiles share one queue, so they must order it alike: by what they list (k8s 1.36 pkg/scheduler/apis/config/validation,
 * validateCommonQueueSort) and by what then runs (pkg/scheduler/profile, cfgValidator).
 */

import type { FieldIssues } from "./field-issues.js";
import { jsonText, quoteText } from "./go-text.js";
import type { PluginSet } from "./plugin-sets.js";
import type { ProfileConfig } from "./profile-config.js";

/** Args as they are written for each profile, in the order of `pluginConfig`. */
export interface NamedArgs {
  readonly name: string;
  readonly args: unknown;
}

/**
 * Holds the lists of all profiles to those of the first.
 *
 * @param written `pluginConfig` of each profile.
 */
export function checkQueueSortLists(
  profiles: readonly ProfileConfig[],
  written: readonly (readonly NamedArgs[])[],
  issues: FieldIssues,
): void {
  const [first, ...others] = profiles.map(({ plugins }) => plugins.queueSort);
  if (first === undefined) return;
  const count = first.enabled.length;
  if (count > 1) {
    issues.invalid("profiles[0].plugins.queueSort.enabled", count, "only one queue sort plugin can be enabled");
  }
  const name = first.enabled[0]?.name ?? "";
  const args = name === "" ? undefined : written[0]?.findLast((entry) => entry.name === name)?.args;
  others.forEach((set, index) => {
    const path = `profiles[${index + 1}]`;
    if (!isSameJson(set, first)) {
      issues.invalid(`${path}.plugins.queueSort`, upstreamSet(set), "must be the same for all profiles");
    }
    for (const [at, entry] of (written[index + 1] ?? []).entries()) {
      if (entry.name !== name || isSameJson(entry.args, args)) continue;
      const detail = "queueSort must be the same for all profiles";
      issues.invalid(`${path}.pluginConfig[${at}].args`, readableJson(entry.args), detail);
    }
  });
}

/** What orders the queue under a profile. */
export interface QueueOrder {
  readonly plugin: string;
  readonly args: unknown;
}

/** Holds what runs under one profile to what runs under the first. */
export function checkQueueOrder(
  order: QueueOrder,
  first: QueueOrder,
  schedulerName: string,
  path: string,
  issues: FieldIssues,
): void {
  const owner = `profile ${quoteText(schedulerName)}`;
  if (order.plugin !== first.plugin) {
    const names = `${quoteText(order.plugin)}, first: ${quoteText(first.plugin)}`;
    issues.error("bad-profile", `${path}.plugins`, `different queue sort plugins for ${owner}: ${names}`);
  } else if (!isSameJson(order.args, first.args)) {
    issues.error("bad-profile", `${path}.pluginConfig`, `different queue sort plugin args for ${owner}`);
  }
}

/** A set with the names and the nulls that its Go twin has when it is printed. */
function upstreamSet({ enabled, disabled }: PluginSet): object {
  const plugins = enabled.map(({ name, weight }) => ({ Name: name, Weight: weight }));
  const names = disabled.map((name) => ({ Name: name, Weight: 0 }));
  return { Enabled: plugins.length > 0 ? plugins : null, Disabled: names.length > 0 ? names : null };
}

/** What JSON cannot say (a cycle, a nesting beyond the stack) is shown as nothing. */
function readableJson(value: unknown): unknown {
  try {
    jsonText(value);
    return value;
  } catch {
    return null;
  }
}

/** Whether two values say the same as JSON, whatever the order of fields. What JSON cannot say is nobody's equal. */
function isSameJson(one: unknown, other: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  try {
    return JSON.stringify(one, sorted) === JSON.stringify(other, sorted);
  } catch {
    return false;
  }
}
