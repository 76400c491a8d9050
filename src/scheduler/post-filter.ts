/** What is tried when no node can take a pod, in the profile's order. Source: k8s 1.36 RunPostFilterPlugins. */

import type { Version } from "./compat.js";
import { type FailedCycle, findPreemption, type PostFilterOutcome, type PreemptionContext } from "./preemption.js";
import type { Profile } from "./profile.js";
import type { Subject } from "./subject.js";

/** Runs PostFilter on a pod that fits nowhere. */
export function runPostFilter(
  context: PreemptionContext,
  subject: Subject,
  cycle: FailedCycle,
  version: Version,
): PostFilterOutcome {
  const { profile } = context.search;
  const reasons: string[] = [];
  for (const plugin of profile.postFilter) {
    if (plugin === "DynamicResources") {
      if (version.postFilterNotFound && !knowsClaims(profile, cycle, subject)) {
        return { status: "unhelpful", message: "not found" };
      }
      if (version.saysNoClaims) reasons.push("no new claims to deallocate");
    } else if (plugin === "DefaultPreemption") {
      return tryPreemption(context, subject, cycle, version, reasons);
    }
  }
  return { status: "unhelpful", message: reasons.join(", ") };
}

function tryPreemption(
  context: PreemptionContext,
  subject: Subject,
  cycle: FailedCycle,
  version: Version,
  reasons: readonly string[],
): PostFilterOutcome {
  const preemption = findPreemption(context, subject, cycle);
  if ("error" in preemption) {
    // An error ends PostFilter, and what plugins before it said is lost.
    const { error, run } = preemption;
    return { status: "unhelpful", message: `preemption: ${error}`, run };
  }
  if (preemption.status !== "possible") {
    return { ...preemption, message: [...reasons, preemption.message].join(", ") };
  }
  const chosen = preemption.run?.chosen;
  if (!version.saysPlacement || chosen === undefined) return preemption;
  const { node, victims } = chosen;
  const found = `found a potential placement for pod on node ${node}, preempting ${victims.length} victims`;
  return { ...preemption, message: `preemption: ${found}` };
}

/** Whether the PreFilter of DynamicResources ran, behind which an unresolvable rejection by another plugin ends the phase. */
function knowsClaims({ preFilter }: Profile, cycle: FailedCycle, { podClass }: Subject): boolean {
  const at = preFilter.indexOf("DynamicResources");
  if (at < 0) return false;
  if (cycle.preFilter?.code !== "UnschedulableAndUnresolvable") return true;
  const { plugin } = cycle.preFilter;
  const ended = plugin === "" ? (podClass.statics.nodeSet?.by ?? []) : [plugin];
  return ended.some((name) => preFilter.indexOf(name) > at);
}
