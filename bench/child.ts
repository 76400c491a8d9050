/** Running a program to its end and measuring the whole process. */

import { spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { repositoryPath } from "./built.js";

export interface Finished {
  readonly stdout: string;
  readonly exitCode: number;
  readonly wallMs: number;
}

export interface Measured extends Finished {
  readonly userCpuMs: number;
  readonly peakRssBytes: number;
}

/** A module that writes the process's own account of its resources to descriptor 3 when it ends. */
const ACCOUNT = `import { writeSync } from "node:fs";
process.on("exit", () => writeSync(3, JSON.stringify(process.resourceUsage())));`;
const WITH_ACCOUNT = ["--import", `data:text/javascript,${encodeURIComponent(ACCOUNT)}`];

/** Runs a command in the repository; stderr is passed through. */
export async function run(command: string, args: readonly string[]): Promise<Finished> {
  const { account: _, ...finished } = await finish(command, args);
  return finished;
}

/** Runs a Node program and adds what its process used. */
export async function runNode(args: readonly string[]): Promise<Measured> {
  const { account, ...finished } = await finish(process.execPath, [...WITH_ACCOUNT, ...args]);
  const { userCPUTime, maxRSS } = JSON.parse(account) as NodeJS.ResourceUsage;
  return { ...finished, userCpuMs: userCPUTime / 1e3, peakRssBytes: maxRSS * 1024 };
}

async function finish(command: string, args: readonly string[]): Promise<Finished & { readonly account: string }> {
  const start = performance.now();
  const child = spawn(command, args, { cwd: repositoryPath(""), stdio: ["ignore", "pipe", "inherit", "pipe"] });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  const [stdout, account] = await Promise.all([textOf(child.stdio[1]), textOf(child.stdio[3])]);
  const exitCode = await ended;
  return { stdout, account, exitCode, wallMs: performance.now() - start };
}

async function textOf(stream: unknown): Promise<string> {
  return (await buffer(stream as NodeJS.ReadableStream)).toString("utf8");
}
