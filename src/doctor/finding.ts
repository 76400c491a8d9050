/** What the doctor says: one finding a fact, with where it stands, what proves it, and what to change. */

import type { Code } from "./codes.js";
import type { Change } from "./patch.js";

/** `broken`: it does not work, or decides wrongly. `warning`: it works, at a price. `ok`: looked at, and right. */
export type Severity = "broken" | "warning" | "ok";

export const SEVERITIES: readonly Severity[] = ["broken", "warning", "ok"];

/** Which text a finding is about: the configuration, or the manifest of the pod that runs kube-scheduler. */
export type Subject = "config" | "pod";

/** A finding before its lines and its patch are worked out. */
export interface Draft {
  readonly code: Code;
  readonly severity: Severity;
  /** In the configuration unless given. */
  readonly subject?: Subject;
  readonly path: string;
  readonly message: string;
  /** What was seen that says so. Never holds a credential. */
  readonly evidence?: string;
  readonly fix?: { readonly text: string; readonly changes?: readonly Change[] };
}

/** A finding as it is printed: schema/doctor.v1.json. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  /** Place in `extenders`; null where it is about the whole file or the scheduler's pod. */
  readonly extender: number | null;
  readonly file: string;
  /** From 1. */
  readonly line: number | null;
  readonly path: string;
  readonly message: string;
  readonly evidence: string | null;
  /** `diff` is a unified diff of `file`; null where the text cannot be changed line by line. */
  readonly fix: { readonly text: string; readonly diff: string | null } | null;
}

/** The field of an extender by its path. */
export function fieldOf(index: number, field: string): string {
  return `extenders[${index}]${field === "" ? "" : `.${field}`}`;
}

export function extenderOf(path: string): number | null {
  const [, index] = /^extenders\[(\d+)\]/.exec(path) ?? [];
  return index === undefined ? null : Number(index);
}
