/** What is compared, a row each: the value of every variant, with its difference to the first. */

import type { VariantResult } from "../../planning/comparison.js";
import { inOrder } from "../../planning/resource-order.js";
import type { ResourceUse, Utilization } from "../../planning/utilization.js";
import { numberWriter, type Unit, unitOf } from "./units.js";

const COUNT: Unit = { title: "", size: 1, noun: "" };
const PERCENT: Unit = { title: "", size: 0.01, noun: "" };

/** The name and a cell a variant. Resources that no pod requests are left out. */
export function comparisonRows(variants: readonly VariantResult[]): string[][] {
  const count = (name: string, of: (one: VariantResult) => number): string[] => row(name, variants, of, COUNT);
  const rows = [
    count("pods pending", ({ pending }) => pending),
    ["pods moved", ...variants.map(({ moved }) => String(moved))],
    ...(variants.some(({ added, removed }) => added + removed > 0)
      ? [count("pods added", ({ added }) => added), count("pods removed", ({ removed }) => removed)]
      : []),
  ];
  const [nodesUsed, ...others] = utilizationRows(variants);
  return [nodesUsed!, ...rows, ...others];
}

/** How well nodes are used, in the same form. */
export function utilizationRows(variants: readonly Utilization[]): string[][] {
  const rows = [
    row("nodes used", variants, ({ nodesUsed }) => nodesUsed, COUNT),
    ...(variants.some(({ cost }) => cost !== undefined)
      ? [row("cost an hour", variants, ({ cost = 0 }) => cost, COUNT)]
      : []),
  ];
  for (const name of resourcesOf(variants)) {
    const unit = unitOf(name);
    const ofResource = (title: string, of: (use: ResourceUse) => number, as: Unit): string[] =>
      row(title, variants, ({ resources }) => (resources[name] ? of(resources[name]) : 0), as);
    if (variants.some(({ resources }) => resources[name]?.stranded !== undefined)) {
      rows.push(ofResource(`${name} stranded, ${unit.noun}`, ({ stranded = 0 }) => stranded, unit));
    }
    rows.push(
      ofResource(`${name} most free on a node, ${unit.noun}`, ({ largestFree }) => largestFree, unit),
      ofResource(`${name} requested, standard deviation, %`, ({ standardDeviation }) => standardDeviation, PERCENT),
    );
  }
  return rows;
}

function resourcesOf(variants: readonly Utilization[]): string[] {
  const all = Object.assign({}, ...variants.map(({ resources }) => resources)) as Utilization["resources"];
  const isAsked = (name: string): boolean => variants.some(({ resources }) => (resources[name]?.requested ?? 0) > 0);
  return Object.keys(inOrder(all)).filter((name) => name !== "pods" && isAsked(name));
}

function row<Variant>(title: string, variants: readonly Variant[], of: (one: Variant) => number, unit: Unit): string[] {
  const values = variants.map(of);
  const write = numberWriter(values, unit);
  const [first = 0] = values;
  return [
    title,
    ...values.map((value, at) => {
      const difference = write(value - first);
      // What rounds to nothing is no difference to the eye.
      const isSame = at === 0 || Number(difference) === 0;
      return isSame ? write(value) : `${write(value)} (${value > first ? "+" : ""}${difference})`;
    }),
  ];
}
