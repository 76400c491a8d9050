/** A text that is looked at and may be patched: its object, and the line of every path in it. */

import type { Issue } from "../errors.js";
import { parseManifest } from "../kube/manifest.js";
import type { KubeObject } from "../kube/objects.js";

export interface SourceText {
  /** As it was named. */
  readonly file: string;
  readonly text: string;
  readonly object: KubeObject;
  /** The line (from 1) of the value, or of the deepest part of its path that the text has. */
  readonly lineOf: (path: string) => number | undefined;
}

/** Every object of a text with its source. @returns issues where something in it cannot be read */
export function readSources(text: string, file: string): { sources: readonly SourceText[]; issues: readonly Issue[] } {
  const parsed = parseManifest(text, file);
  const sources = parsed.objects.map((object): SourceText => {
    const lineOf = (path: string): number | undefined => {
      const issue: Issue = { code: "place", severity: "warning", path, message: "" };
      return parsed.locate([{ object, issue }])[0]?.line;
    };
    return { file, text, object, lineOf };
  });
  return { sources, issues: parsed.issues };
}
