/** Helm's own linter and renderer, built with Go into a cache and asked about the chart of deploy/. */

import { fileURLToPath } from "node:url";
import { askGoProgram, type GoProgram, isBuilt } from "../go-program.js";

export interface Answer {
  /** Warnings and errors of the linter. */
  readonly lint: readonly string[];
  /** By template, what it rendered to; missing where there is an error. */
  readonly objects?: Readonly<Record<string, string>>;
  /** Why there is nothing to install: a value that the schema or a template refuses. */
  readonly error?: string;
}

export type Values = Readonly<Record<string, unknown>>;

export const HELM: GoProgram = { name: "helm", sources: fileURLToPath(new URL("./", import.meta.url)) };
const CHART = fileURLToPath(new URL("../../../deploy/chart/stowage-extender", import.meta.url));
const RELEASE = { name: "stowage", namespace: "kube-system" };

/** Why Helm cannot be asked right now; undefined when it can. */
export function helmAvailable(): string | undefined {
  return isBuilt(HELM) ? undefined : "Helm is not built; `npm run chart` builds it and needs Go and a module proxy";
}

/** What Helm makes of the chart with each of these values, in order. @throws Error when it is not built */
export async function askHelm(values: readonly Values[]): Promise<Answer[]> {
  const missing = helmAvailable();
  if (missing !== undefined) throw new Error(missing);
  const requests = values.map((each) => `${JSON.stringify({ chart: CHART, ...RELEASE, values: each })}\n`);
  const output = await askGoProgram(HELM, requests.join(""));
  const lines = output.split("\n").filter((line) => line !== "");
  if (lines.length !== values.length) throw new Error(`${values.length} values, but ${lines.length} answers`);
  return lines.map((line) => JSON.parse(line) as Answer);
}

/** All objects of an answer as one stream, template by template. @throws Error where there are none */
export function streamOf({ objects, error }: Answer): string {
  if (objects === undefined) throw new Error(error ?? "nothing was rendered");
  const texts = Object.keys(objects)
    .sort()
    .map((name) => objects[name]!.replace(/^---\n/, ""));
  return texts.join("---\n");
}
