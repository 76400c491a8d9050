/** `--fail-on 'nodes>+0'`: what a comparison must not come to. */

import { type Issue, StowageError } from "../errors.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import { amountOf } from "../kube/quantity.js";
import type { VariantResult } from "../planning/comparison.js";

/** A condition as it was written, and whether a variant meets it, compared with the first. */
export interface FailCondition {
  readonly text: string;
  readonly isMet: (one: VariantResult, first: VariantResult) => boolean;
}

type Measure = (one: VariantResult) => number;

const COUNTS: Readonly<Record<string, Measure>> = {
  nodes: ({ nodesUsed }) => nodesUsed,
  pending: ({ pending }) => pending,
  moved: ({ moved }) => moved,
  added: ({ added }) => added,
  removed: ({ removed }) => removed,
  cost: ({ cost = 0 }) => cost,
};
const OF_RESOURCE: Readonly<Record<string, (resource: string) => Measure>> = {
  requested:
    (name) =>
    ({ resources }) =>
      resources[name]?.requested ?? 0,
  free:
    (name) =>
    ({ resources }) =>
      resources[name]?.largestFree ?? 0,
  stranded:
    (name) =>
    ({ resources }) =>
      resources[name]?.stranded ?? 0,
  deviation:
    (name) =>
    ({ resources }) =>
      resources[name]?.standardDeviation ?? 0,
};
const OPERATORS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
};
const FORM = /^([a-z]+)(?:\.([^<>=]+))?(>=|<=|>|<)([+-]?)([^%\s+-][^%\s]*)(%?)$/;
/** Costs and deviations have six decimals: less than half of the last one is what floating point leaves. */
const LEAST_DIFFERENCE = 5e-7;
const CHOICES = `${Object.keys(COUNTS).join(", ")}, ${Object.keys(OF_RESOURCE).join(".RESOURCE, ")}.RESOURCE`;

/**
 * Reads METRIC OPERATOR VALUE. A value with a sign is a difference to the first variant, with `%` a share of it; amounts of
 * resources may be written as quantities: `stranded.cpu>+500m`, `free.memory<4Gi`, `cost>+5%`.
 *
 * @param hasPrices whether cost is known
 */
export function parseFailOn(
  texts: readonly string[],
  hasPrices: boolean,
): { readonly conditions: readonly FailCondition[]; readonly issues: readonly Issue[] } {
  const conditions: FailCondition[] = [];
  const issues: Issue[] = [];
  for (const text of texts) {
    const parsed = parse(text, hasPrices);
    if (typeof parsed === "string") {
      issues.push({ code: "bad-flag", severity: "error", path: `--fail-on ${text}`, message: parsed });
    } else conditions.push({ text, isMet: parsed });
  }
  return { conditions, issues };
}

/** @returns what is wrong, as a sentence, where it makes no sense */
function parse(text: string, hasPrices: boolean): FailCondition["isMet"] | string {
  const [, metric = "", resource, operator = "", sign = "", amount = "", percent = ""] = FORM.exec(text) ?? [];
  if (metric === "") return "is not METRIC, one of > >= < <=, and a value, as in nodes>+0";
  const measure = resource === undefined ? COUNTS[metric] : OF_RESOURCE[metric]?.(resource);
  if (measure === undefined) return `there is no such metric; there are ${CHOICES}`;
  if (resource !== undefined && !isSchedulerResource(resource)) return `${resource} is no resource of a node`;
  if (metric === "stranded" && resource !== "cpu" && resource !== "memory") return "only cpu and memory are stranded";
  if (metric === "cost" && !hasPrices) return "needs prices; give them by --price TYPE=AMOUNT";
  if (percent !== "" && sign === "") return "a share is a difference to the first, with a sign, as in cost>+5%";
  const isAmount = resource !== undefined && metric !== "deviation" && percent === "";
  const value = isAmount ? readAmount(resource, amount) : Number(amount);
  if (value === undefined || !Number.isFinite(value)) return `${amount} is not a number`;
  const compare = OPERATORS[operator]!;
  const signed = sign === "-" ? -value : value;
  return (one, first) => {
    const base = measure(first);
    if (sign === "") return compare(measure(one), signed);
    const limit = percent === "" ? signed : (signed * base) / 100;
    const difference = measure(one) - base;
    return compare(Math.abs(difference - limit) < LEAST_DIFFERENCE ? limit : difference, limit);
  };
}

function readAmount(resource: string, text: string): number | undefined {
  try {
    return amountOf(resource, text);
  } catch (error) {
    if (error instanceof StowageError && error.code === "ERR_QUANTITY") return undefined;
    throw error;
  }
}
