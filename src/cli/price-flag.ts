/** `--price m6i.large=0.096`: what nodes cost an hour, by their instance type. */

import type { Issue } from "../errors.js";
import type { PriceOf } from "../planning/utilization.js";

const INSTANCE_TYPE = "node.kubernetes.io/instance-type";

/** @returns no prices where none are given; a node of a type without one costs nothing, which the caller may say. */
export function parsePrices(texts: readonly string[]): {
  readonly priceOf: PriceOf | undefined;
  readonly issues: readonly Issue[];
} {
  const prices = new Map<string, number>();
  const issues: Issue[] = [];
  for (const text of texts) {
    const [, type = "", amount = ""] = /^([^=\s]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    const message =
      type === ""
        ? "is not TYPE=AMOUNT, an instance type and its price an hour, as in m6i.large=0.096"
        : prices.has(type)
          ? `${type} is given twice`
          : undefined;
    if (message === undefined) prices.set(type, Number(amount));
    else issues.push({ code: "bad-flag", severity: "error", path: `--price ${text}`, message });
  }
  const priceOf: PriceOf = ({ metadata }) => prices.get(metadata?.labels?.[INSTANCE_TYPE] ?? "");
  return { priceOf: prices.size === 0 ? undefined : priceOf, issues };
}
