/** What is tried when no node can take a pod, in the profile's order. Source: k8s 1.36 RunPostFilterPlugins. */

import type { Version } from "./compat.js";
import { type Fit, NO_PREEMPTION, type Preemption } from "./decision.js";
import { findPreemption, type PreemptionContext } from "./preemption.js";
import type { Profile } from "./profile.js";
import type { Subject } from "./subject.js";

export type PostFilterOutcome = Omit<Preemption, "pod" | "key">;

/** Runs PostFilter on a pod that fits nowhere; `fit` is its filter result. */
export function runPostFilter(
  context: PreemptionContext,
  subject: Subject,
  fit: Fit,
  version: Version,
): PostFilterOutcome {
  const { profile } = context;
  const reasons: string[] = [];
  for (const plugin of profile.postFilter) {
    if (plugin === "DynamicResources") {
      if (version.postFilterNotFound && !knowsClaims(profile, fit, subject)) {
        return { status: "unhelpful", message: "not found", ...NO_PREEMPTION };
      }
      if (version.saysNoClaims) reasons.push("no new claims to deallocate");
    } else if (plugin === "DefaultPreemption") {
      return tryPreemption(context, subject, fit, version, reasons);
    }
  }
  return { status: "unhelpful", message: reasons.join(", "), ...NO_PREEMPTION };
}

function tryPreemption(
  context: PreemptionContext,
  subject: Subject,
  fit: Fit,
  version: Version,
  reasons: readonly string[],
): PostFilterOutcome {
  const preemption = findPreemption(context, subject, fit);
  if ("error" in preemption) {
    // An error ends PostFilter, and what plugins before it said is lost.
    const { error, rejected } = preemption;
    return { status: "unhelpful", message: `preemption: ${error}`, ...NO_PREEMPTION, rejected };
  }
  if (preemption.status !== "possible") {
    return { ...preemption, message: [...reasons, preemption.message].join(", ") };
  }
  if (!version.saysPlacement) return preemption;
  const { node, victims } = preemption;
  const found = `found a potential placement for pod on node ${node}, preempting ${victims.length} victims`;
  return { ...preemption, message: `preemption: ${found}` };
}

/** Whether the PreFilter of DynamicResources ran, behind which an unresolvable rejection by another plugin ends the phase. */
function knowsClaims({ preFilter }: Profile, fit: Fit, { podClass }: Subject): boolean {
  const at = preFilter.indexOf("DynamicResources");
  if (at < 0) return false;
  if (fit.preFilter?.code !== "UnschedulableAndUnresolvable") return true;
  const { plugin } = fit.preFilter;
  const ended = plugin === "" ? (podClass.statics.nodeSet?.by ?? []) : [plugin];
  return ended.some((name) => preFilter.indexOf(name) > at);
}
