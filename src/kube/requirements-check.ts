/**
 * Requests and limits that can be read but are hardly meant: the API server would refuse them, or warn as is done here.
 * Source: k8s 1.36 pkg/apis/core/validation (ValidateContainerResourceRequirements), pkg/api/pod/warnings.go.
 */

import type { QuantityText } from "./objects.js";
import { isSchedulerResource } from "./pod-request.js";
import { parseQuantity } from "./quantity.js";
import { isMap, type Report } from "./shape.js";

const BYTES = /^(?:memory|ephemeral-storage|hugepages-.*)$/;
const NANO = 1_000_000_000n;

/** Adds warnings about what the checks of the single quantities let pass. */
export function checkRequirements(value: unknown, report: Report): void {
  if (!isMap(value)) return;
  const { requests, limits } = value;
  for (const [field, list] of Object.entries({ requests, limits })) {
    if (!isMap(list)) continue;
    for (const [name, text] of Object.entries(list)) {
      const problem =
        nameProblem(name) ?? amountProblem(name, text, field === "requests" && isMap(limits) ? limits : {});
      if (problem === undefined) continue;
      report.path.push(field, name);
      report.add(...problem, "warning");
      report.path.length -= 2;
    }
  }
}

type Problem = readonly [code: string, message: string];

function nameProblem(name: string): Problem | undefined {
  if (isSchedulerResource(name)) return undefined;
  return ["unknown-resource", "there is no such resource: the API server would refuse it, and nothing here counts it"];
}

function amountProblem(name: string, text: unknown, limits: Readonly<Record<string, unknown>>): Problem | undefined {
  const amount = readable(text);
  if (amount === undefined) return undefined;
  if (BYTES.test(name) && amount.nano % NANO !== 0n) {
    return ["fractional-bytes", `${text} is a fraction of a byte; Mi stands for mebibytes, m for thousandths`];
  }
  const limit = readable(limits[name]);
  if (limit === undefined || amount.nano <= limit.nano) return undefined;
  return ["over-limit", `${text} is more than the limit of ${limits[name]}, which the API server would refuse`];
}

function readable(text: unknown) {
  try {
    return typeof text === "string" || typeof text === "number" ? parseQuantity(text as QuantityText) : undefined;
  } catch {
    return undefined;
  }
}
