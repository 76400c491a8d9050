/** Runs the real kube-scheduler's plugins (the Go program in `oracle/`) on worlds and reads its answers. */

import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { World } from "../helpers/worlds.js";
import { toKubeSchedulerConfiguration } from "../reference/config.js";

/** A rejection as the oracle prints it; `plugin` is missing where the place says it already. */
export interface OracleStatus {
  readonly plugin?: string;
  readonly code: string;
  readonly reasons?: readonly string[];
}

/** What the oracle says about one incoming pod. Arrays in `scores` and `totals` are aligned to `feasible`. */
export interface OracleAnswer {
  readonly pod: string;
  readonly gated?: OracleStatus;
  readonly preFilterStatus?: OracleStatus;
  readonly nodes?: readonly {
    readonly name: string;
    readonly ok: boolean;
    /** Outside the node set of PreFilter; then there is no `first`. */
    readonly excluded?: boolean;
    readonly first?: OracleStatus;
  }[];
  readonly feasible?: readonly string[];
  readonly scoreError?: string;
  readonly scores?: readonly {
    readonly plugin: string;
    readonly weight: number;
    readonly raw: readonly number[];
    readonly norm: readonly number[];
    readonly weighted: readonly number[];
  }[];
  readonly totals?: readonly number[];
  readonly selected?: string;
  readonly filterMessage?: string;
  readonly upstream?: { readonly host?: string; readonly error?: string };
  /** The oracle's checks of itself that failed. */
  readonly problems?: readonly string[];
}

export interface OracleWorldAnswer {
  readonly id?: string;
  /** The world could not be run at all. */
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly results?: readonly OracleAnswer[];
}

const SOURCES = fileURLToPath(new URL("./oracle/", import.meta.url));
const WORLDS_A_RUN = 100;

/**
 * The binary to use, if there is one: the one that STOWAGE_ORACLE names and no other, else one built from exactly these
 * sources, else the one that `oracle/run.sh` built.
 */
function findBinary(): string | undefined {
  const named = process.env.STOWAGE_ORACLE;
  const candidates = named === undefined ? [builtBinary(), join(homedir(), ".cache/kube-oracle/oracle")] : [named];
  return candidates.find((path) => existsSync(path));
}

/** Where a build of exactly these sources is kept. */
function builtBinary(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(SOURCES)
    .filter((name) => /\.go$|^go\.(mod|sum)$/.test(name))
    .sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(SOURCES, file)));
  }
  return join(homedir(), ".cache/stowage-oracle", hash.digest("hex").slice(0, 16), "oracle");
}

/** Why the oracle cannot be run right now; undefined when it can. */
export function oracleAvailable(): string | undefined {
  if (findBinary() !== undefined) return undefined;
  const named = process.env.STOWAGE_ORACLE;
  if (named !== undefined) return `STOWAGE_ORACLE names ${named}, which does not exist`;
  return "the kube-scheduler oracle is not built; `npm run test:kubernetes` builds it and needs Go and a module proxy";
}

/**
 * The path of a binary of the oracle, built with Go when there is none yet (minutes, the first time).
 * @throws Error when STOWAGE_ORACLE names a missing file, when there is no Go, or when the build fails
 */
export async function buildOracle(): Promise<string> {
  const found = findBinary();
  if (found !== undefined) return found;
  if (process.env.STOWAGE_ORACLE !== undefined) throw new Error(oracleAvailable());
  const path = builtBinary();
  mkdirSync(dirname(path), { recursive: true });
  await promisify(execFile)("go", ["build", "-ldflags=-s -w", "-o", path, "."], { cwd: SOURCES });
  return path;
}

/** Schedules every world's pods one after the other; one answer a world, in order. */
export async function askOracle(worlds: readonly World[]): Promise<OracleWorldAnswer[]> {
  const binary = findBinary();
  if (binary === undefined) throw new Error(oracleAvailable());
  const answers: OracleWorldAnswer[] = [];
  for (let start = 0; start < worlds.length; start += WORLDS_A_RUN) {
    const chunk = worlds.slice(start, start + WORLDS_A_RUN);
    const lines = (await run(binary, chunk.map(toLine).join(""))).split("\n").filter((line) => line !== "");
    if (lines.length !== chunk.length) throw new Error(`${chunk.length} worlds, but ${lines.length} answers`);
    for (const line of lines) answers.push(JSON.parse(line) as OracleWorldAnswer);
  }
  return answers;
}

function toLine({ nodes, pods, incoming, config }: World): string {
  const configuration = toKubeSchedulerConfiguration(config ?? {});
  const world = { mode: "schedule", tieBreak: "input", config: configuration, nodes, pods, incoming };
  return `${JSON.stringify(world)}\n`;
}

function run(binary: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ["run"], { stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.stdin.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`the oracle ended with exit code ${code}`));
    });
    child.stdin.end(input);
  });
}
