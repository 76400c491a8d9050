/** How amounts are written for people: one unit a column in tables, Kubernetes' own spelling in sentences. */

import { canonicalString } from "../../kube/quantity.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const NANO_PER_MILLI = 1_000_000n;
const NANO_PER_UNIT = 1_000_000_000n;
/** Decimals at most; raw numbers are in csv and json. */
const MOST_DECIMALS = 2;

export interface Unit {
  /** Column heading, with the unit. */
  readonly title: string;
  /** What one of the unit is in the plan's numbers: 1000 milli, 2^30 bytes, 1. */
  readonly size: number;
  /** What follows the number in a sentence: "cores". */
  readonly noun: string;
}

/** The unit that a resource's column is in. */
export function unitOf(resource: string): Unit {
  switch (resource) {
    case "cpu":
      return { title: "CPU (cores)", size: 1000, noun: "cores" };
    case "memory":
      return { title: "MEMORY (GiB)", size: GIB, noun: "GiB" };
    case "pods":
      return { title: "PODS", size: 1, noun: "pods" };
    default:
      return isBytes(resource)
        ? { title: `${resource} (GiB)`, size: GIB, noun: `GiB ${resource}` }
        : { title: resource, size: 1, noun: resource };
  }
}

/** Writes the amounts of one column, all with as many decimals as the finest needs, two at most. */
export function numberWriter(amounts: Iterable<number>, unit: Unit): (amount: number) => string {
  let decimals = 0;
  for (const amount of amounts) {
    while (decimals < MOST_DECIMALS && !Number.isInteger((amount / unit.size) * 10 ** decimals)) decimals++;
  }
  return (amount) => (amount / unit.size).toFixed(decimals);
}

/** An amount as in a manifest, with its resource: "300m cpu", "1536Mi memory" (rounded up to Mi), "1 nvidia.com/gpu". */
export function amountInWords(resource: string, amount: number): string {
  if (resource === "cpu") {
    return `${canonicalString({ nano: BigInt(amount) * NANO_PER_MILLI, format: "DecimalSI" })} cpu`;
  }
  if (resource === "pods") return amount === 1 ? "room for 1 pod" : `room for ${amount} pods`;
  const isLarge = isBytes(resource) && amount >= MIB;
  const shown = isLarge ? Math.ceil(amount / MIB) * MIB : amount;
  const format = isBytes(resource) ? "BinarySI" : "DecimalSI";
  return `${canonicalString({ nano: BigInt(shown) * NANO_PER_UNIT, format })} ${resource}`;
}

function isBytes(resource: string): boolean {
  return resource === "memory" || resource === "ephemeral-storage" || resource.startsWith("hugepages-");
}
