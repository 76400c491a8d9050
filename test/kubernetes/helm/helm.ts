/** Helm's own linter and renderer, built with Go into a cache and asked about the chart of deploy/. */

import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface Answer {
  /** Warnings and errors of the linter. */
  readonly lint: readonly string[];
  /** By template, what it rendered to; missing where there is an error. */
  readonly objects?: Readonly<Record<string, string>>;
  /** Why there is nothing to install: a value that the schema or a template refuses. */
  readonly error?: string;
}

export type Values = Readonly<Record<string, unknown>>;

const SOURCES = fileURLToPath(new URL("./", import.meta.url));
const CHART = fileURLToPath(new URL("../../../deploy/chart/stowage-extender", import.meta.url));
const RELEASE = { name: "stowage", namespace: "kube-system" };

/** Where a build of exactly these sources and modules is kept, built or not. */
function helmPath(): string {
  const hash = createHash("sha256");
  for (const file of ["main.go", "go.mod", "go.sum"])
    hash.update(`${file}\0`).update(readFileSync(join(SOURCES, file)));
  return join(homedir(), ".cache/stowage-helm", hash.digest("hex").slice(0, 16), "helm");
}

/** Why Helm cannot be asked right now; undefined when it can. */
export function helmAvailable(): string | undefined {
  return existsSync(helmPath())
    ? undefined
    : "Helm is not built; `npm run chart` builds it and needs Go and a module proxy";
}

/**
 * Builds it where there is none yet; half a minute beside a build of Kubernetes, a few minutes without.
 * @throws Error when there is no Go, or when the build fails
 */
export async function buildHelm(): Promise<void> {
  const path = helmPath();
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  // Under another name until it is whole: a build that is cut short must not be taken for one.
  const unfinished = `${path}-${process.pid}`;
  await promisify(execFile)("go", ["build", "-ldflags=-s -w", "-o", unfinished, "."], { cwd: SOURCES });
  renameSync(unfinished, path);
}

/** What Helm makes of the chart with each of these values, in order. @throws Error when it is not built */
export async function askHelm(values: readonly Values[]): Promise<Answer[]> {
  const missing = helmAvailable();
  if (missing !== undefined) throw new Error(missing);
  const requests = values.map((each) => `${JSON.stringify({ chart: CHART, ...RELEASE, values: each })}\n`);
  const output = await run(helmPath(), requests.join(""));
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

function run(binary: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, [], { stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.stdin.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`helm ended with exit code ${code}`));
    });
    child.stdin.end(input);
  });
}
