/** Programs in Go that judge or race us: built into a cache when their sources change, asked by standard input. */

import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export interface GoProgram {
  readonly name: string;
  /** The folder with main.go, go.mod and go.sum. */
  readonly sources: string;
}

export function hasGo(): boolean {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Where a build of exactly these sources and modules is kept, built or not. */
function pathOf({ name, sources }: GoProgram): string {
  const hash = createHash("sha256");
  for (const file of ["main.go", "go.mod", "go.sum"])
    hash.update(`${file}\0`).update(readFileSync(join(sources, file)));
  return join(homedir(), `.cache/stowage-${name}`, hash.digest("hex").slice(0, 16), name);
}

export function isBuilt(program: GoProgram): boolean {
  return existsSync(pathOf(program));
}

/**
 * Builds it where there is none yet; half a minute beside a build of Kubernetes, minutes without.
 * @throws Error when there is no Go, or when the build fails
 */
export async function buildGoProgram(program: GoProgram): Promise<void> {
  const path = pathOf(program);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  // Under another name until it is whole: a build that is cut short must not be taken for one.
  const unfinished = `${path}-${process.pid}`;
  await promisify(execFile)("go", ["build", "-ldflags=-s -w", "-o", unfinished, "."], { cwd: program.sources });
  renameSync(unfinished, path);
}

/** What it writes when this is its input. @throws Error when it is not built or ends with an error */
export function askGoProgram(program: GoProgram, input: string): Promise<string> {
  return outputOf(program.name, pathOf(program), [], input);
}

/** What a program writes when this is its input. @param name how it is called in errors. @throws Error when it ends with one */
export function outputOf(name: string, path: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.stdin.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`${name} ended with exit code ${code}`));
    });
    child.stdin.end(input);
  });
}
