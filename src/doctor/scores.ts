/** Weights against what in-tree plugins add up to: an extender whose points nobody feels is a common complaint. */

import type { ExtenderConfig } from "../scheduler/extender-config.js";
import type { Profile } from "../scheduler/profile.js";
import { type Draft, fieldOf } from "./finding.js";

/** A plugin's best score, and an extender's ten points times ten. */
const FULL_SCORE = 100;
/** Points that an extender gives at most. */
export const MAX_POINTS = 10;

/** The sum of the weights of a profile's score plugins; the largest of all profiles. */
export function inTreeWeight(profiles: readonly Profile[]): number {
  return Math.max(0, ...profiles.map(({ score }) => score.reduce((sum, { weight }) => sum + weight, 0)));
}

/** @param sum of {@link inTreeWeight} */
export function checkWeight(config: ExtenderConfig, index: number, sum: number): Draft[] {
  const { prioritizeVerb = "", weight = 0 } = config;
  const path = fieldOf(index, "weight");
  const felt = Math.max(1, sum);
  const fix: Draft["fix"] = {
    text: `set weight to ${felt}: its best node then gains as much as all in-tree plugins can give together`,
    changes: [{ kind: "set", path, value: felt }],
  };
  if (prioritizeVerb === "") {
    if (weight === 0) return [];
    const message = "weight has no effect without prioritizeVerb";
    return [{ code: "weight-idle", severity: "warning", path, message }];
  }
  if (weight <= 0) {
    const message = "prioritizeVerb needs a weight above 0: kube-scheduler does not start with this file";
    return [{ code: "weight-missing", severity: "broken", path, message, fix }];
  }
  const evidence = `weight ${weight} x ${FULL_SCORE} = ${weight * FULL_SCORE} points at most, in-tree plugins ${sum} x ${FULL_SCORE} = ${sum * FULL_SCORE}`;
  if (weight < sum) {
    const message = `weight ${weight} is too small to matter: its best node gains ${share(weight, sum)} of what in-tree plugins can give`;
    return [{ code: "weight-small", severity: "warning", path, message, evidence, fix }];
  }
  const message = `weight ${weight} is felt; from ${MAX_POINTS * sum + 1} on one point of ten outweighs every in-tree plugin`;
  return [{ code: "weight-felt", severity: "ok", path, message, evidence }];
}

function share(weight: number, sum: number): string {
  return `${Math.round((weight / sum) * 100)} %`;
}
