/**
 * Collects what is wrong with a configuration, each problem with its path and in the words that kube-scheduler prints for
 * it (apimachinery 0.36 pkg/util/validation/field, ErrorBody). A field that could not be read at all is reported once:
 * later complaints about it or about anything inside it would only repeat that.
 */

import type { Issue } from "../errors.js";
import { formatPath } from "../kube/path.js";
import { jsonText, quoteText } from "./go-text.js";

export class FieldIssues {
  readonly list: Issue[] = [];
  readonly #unreadable = new Set<string>();

  error(code: string, path: string, message: string): void {
    this.#add({ code, severity: "error", message, path });
  }

  warning(code: string, path: string, message: string): void {
    this.#add({ code, severity: "warning", message, path });
  }

  /** The value at `path` cannot be read, so nothing more is said about it. */
  wrongType(path: string, wanted: string, value: unknown): void {
    this.error("wrong-type", path, `must be ${wanted}, not ${describe(value)}`);
    this.#unreadable.add(path);
  }

  unknownField(path: string, field: string, known: readonly string[]): void {
    const meant = known.find((name) => name.toLowerCase() === field.toLowerCase());
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    this.error("unknown-field", path, `unknown field ${quoteText(field)}${hint}`);
  }

  invalid(path: string, value: unknown, detail: string): void {
    this.error("invalid-value", path, `Invalid value: ${print(value)}: ${detail}`);
  }

  /** For a text of a named type, which Go prints as JSON. */
  invalidTyped(path: string, value: string, detail: string): void {
    this.error("invalid-value", path, `Invalid value: ${jsonText(value)}: ${detail}`);
  }

  required(path: string, detail = ""): void {
    this.error("missing-value", path, detail === "" ? "Required value" : `Required value: ${detail}`);
  }

  duplicate(path: string, value: string): void {
    this.error("duplicate-value", path, `Duplicate value: ${quoteText(value)}`);
  }

  unsupported(path: string, value: string, supported: readonly string[]): void {
    const list = supported.map(quoteText).join(", ");
    this.error("unsupported-value", path, `Unsupported value: ${jsonText(value)}: supported values: ${list}`);
  }

  forbidden(path: string, detail: string): void {
    this.error("forbidden-value", path, `Forbidden: ${detail}`);
  }

  #add(issue: Issue): void {
    if (!this.#isInsideUnreadable(issue.path)) this.list.push(issue);
  }

  #isInsideUnreadable(path: string): boolean {
    if (this.#unreadable.size === 0) return false;
    const ends = [...path.matchAll(/[.[]/g)].map((boundary) => boundary.index);
    return [0, ...ends, path.length].some((end) => this.#unreadable.has(path.slice(0, end)));
  }
}

/** `path` of a field inside `parent`. */
export function fieldPath(parent: string, field: string): string {
  const segment = formatPath([field]);
  return parent === "" || segment.startsWith("[") ? `${parent}${segment}` : `${parent}.${segment}`;
}

function print(value: unknown): string {
  return typeof value === "string" ? quoteText(value) : jsonText(value);
}

/** What a value is, for "must be a string, not ...": kinds, never contents, which may be long. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
