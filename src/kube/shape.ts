/** Checks of a value's shape, put together like the shape itself. Each reports every problem and never throws. */

import { type Issue, StowageError } from "../errors.js";
import type { QuantityText } from "./objects.js";
import { formatPath, type Segment } from "./path.js";
import { amountOf } from "./quantity.js";

/** Collects the issues of one object; `path` is where the check that runs now is looking. */
export interface Report {
  readonly path: Segment[];
  add(code: string, message: string, severity?: Issue["severity"]): void;
}

/** A missing or null field is never handed to a check: Kubernetes reads both as the zero value. */
export type Check = (value: unknown, report: Report) => void;

export function newReport(object: string, issues: Issue[]): Report {
  const path: Segment[] = [];
  return {
    path,
    add(code, message, severity = "error") {
      issues.push({ code, severity, message, path: formatPath(path), object });
    },
  };
}

export const text: Check = (value, report) => {
  if (typeof value === "string") return;
  const isScalar = typeof value === "number" || typeof value === "boolean";
  wrongType(value, "a text", report, isScalar ? ": put it in quotes" : "");
};

export const flag: Check = (value, report) => {
  if (typeof value !== "boolean") wrongType(value, "true or false", report);
};

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max: number): Check {
  return (value, report) => {
    if (typeof value !== "number") wrongType(value, "a whole number", report);
    else if (!Number.isInteger(value)) report.add("bad-number", `${value} is not a whole number`);
    else if (value < min || value > max) report.add("out-of-range", `${value} is not between ${min} and ${max}`);
  };
}

export function listOf(check: Check): Check {
  return (value, report) => {
    if (!Array.isArray(value)) {
      wrongType(value, "a list", report);
      return;
    }
    for (let index = 0; index < value.length; index += 1) checkEntry(index, value[index], check, report);
  };
}

/** A map of any keys whose values pass the check. With `canBeNull`, null values are left for defaulting to fill in. */
export function mapOf(check: Check, canBeNull = false): Check {
  return (value, report) => {
    if (!isMap(value)) {
      wrongType(value, "a map", report);
      return;
    }
    const checkValue = canBeNull ? checkAt : checkEntry;
    for (const key of Object.keys(value)) checkValue(key, value[key], check, report);
  };
}

/** A map whose named fields pass their checks; other fields are ignored, `required` ones must be there. */
export function fields(checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  const entries = Object.entries(checks);
  return (value, report) => {
    if (!isMap(value)) {
      wrongType(value, "a map", report);
      return;
    }
    for (const name of required) {
      if (isMissing(value[name])) report.add("missing-field", `${name} is missing`);
    }
    for (const [name, check] of entries) {
      if (Object.hasOwn(value, name)) checkAt(name, value[name], check, report);
    }
  };
}

/** A list of resources: not negative, and countable exactly (below 2^53 base units; milli for cpu). */
export const resources: Check = (value, report) => {
  if (!isMap(value)) {
    wrongType(value, "a map", report);
    return;
  }
  for (const name of Object.keys(value)) {
    checkAt(name, value[name], (quantity) => checkQuantity(name, quantity, report), report);
  }
};

/** An amount of storage: not negative, and countable exactly (below 2^53 bytes). */
export const storage: Check = (value, report) => checkQuantity("storage", value, report);

/** An instant: a text that JavaScript and Go both read, or the Date that a client made of it. */
export const time: Check = (value, report) => {
  const isDate = value instanceof Date;
  if (typeof value !== "string" && !isDate) {
    wrongType(value, "a time", report);
    return;
  }
  const epochMs = isDate ? value.getTime() : Date.parse(value);
  if (Number.isNaN(epochMs)) report.add("bad-time", `${JSON.stringify(value)} is not a time`);
};

function checkQuantity(name: string, quantity: unknown, report: Report): void {
  if (typeof quantity !== "string" && typeof quantity !== "number") {
    wrongType(quantity, "a quantity", report);
    return;
  }
  const problem = quantityProblem(name, quantity);
  if (problem !== undefined) report.add("bad-quantity", `${JSON.stringify(String(quantity))}: ${problem}`);
}

function quantityProblem(name: string, quantity: QuantityText): string | undefined {
  try {
    return amountOf(name, quantity) < 0 ? "must not be negative" : undefined;
  } catch (error) {
    if (error instanceof StowageError && error.code === "ERR_QUANTITY") return String(error.details.reason);
    throw error;
  }
}

function checkAt(segment: Segment, value: unknown, check: Check, report: Report): void {
  if (isMissing(value)) return;
  report.path.push(segment);
  check(value, report);
  report.path.pop();
}

/** As {@link checkAt}, where null is not the same as nothing: an entry of a list or a map. */
function checkEntry(segment: Segment, value: unknown, check: Check, report: Report): void {
  if (isMissing(value)) checkAt(segment, "", () => report.add("empty-entry", "an entry without a value"), report);
  else checkAt(segment, value, check, report);
}

function wrongType(value: unknown, wanted: string, report: Report, hint = ""): void {
  report.add("wrong-type", `${describe(value)} where ${wanted} should be${hint}`);
}

/** What a value is, short enough for one line. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === "object") return "a map";
  return typeof value === "number" || typeof value === "boolean" ? `the ${typeof value} ${value}` : `a ${typeof value}`;
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}
