/** Builds the Go program in `oracle/`, which runs the real kube-scheduler's plugins, and asks it about worlds. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Compat } from "../../src/scheduler/compat.js";
import { configurationOf, type World } from "../helpers/world-types.js";
import { outputOf } from "./go-program.js";

/** A rejection as the oracle prints it; `plugin` is missing where the place says it already. */
export interface OracleStatus {
  readonly plugin?: string;
  readonly code: string;
  readonly reasons?: readonly string[];
}

/** A verdict of every plugin on one node. */
export interface OracleNode {
  readonly name: string;
  readonly ok: boolean;
  /** PreFilter left it out; `first` then says so. */
  readonly excluded?: boolean;
  /** What the framework reports: the first plugin that fails. */
  readonly first?: OracleStatus;
  /** Every filter plugin that fails by itself, without nominated pods. */
  readonly filters?: Readonly<Record<string, OracleStatus>>;
}

/** What DefaultPreemption would do. */
export interface OraclePreemption {
  readonly candidates?: readonly {
    readonly node: string;
    /** `namespace/name`, the most important first. */
    readonly victims: readonly string[];
    readonly pdbViolations?: number;
  }[];
  /** By node, why the pod does not fit even without its victims. */
  readonly statuses?: Readonly<Record<string, OracleStatus>>;
  /** The nodes that no criterion tells apart; the one that comes first in the world is nominated. */
  readonly best?: readonly string[];
  readonly nominated?: string;
  readonly victims?: readonly string[];
  /** PostFilter's part of the message when there is no candidate. */
  readonly message?: string;
  /** Mode preempt: the pod did not land on the node that was made free for it, but this happened. */
  readonly after?: string;
}

/** What the oracle says about one incoming pod. Arrays in `scores` and `totals` are aligned to `feasible`. */
export interface OracleAnswer {
  readonly pod: string;
  /** No profile has its scheduler's name. */
  readonly ignored?: boolean;
  readonly gated?: OracleStatus;
  /** PreFilter plugins that by themselves reject the pod or leave nodes out. */
  readonly preFilter?: readonly (OracleStatus & { readonly nodes?: readonly string[] })[];
  /** The pod as a whole is rejected. */
  readonly preFilterStatus?: OracleStatus;
  readonly skipFilter?: readonly string[];
  readonly nodes?: readonly OracleNode[];
  readonly feasible?: readonly string[];
  readonly skipScore?: readonly string[];
  readonly scoreError?: string;
  readonly scores?: readonly {
    readonly plugin: string;
    readonly weight: number;
    readonly raw: readonly number[];
    readonly norm: readonly number[];
    readonly weighted: readonly number[];
  }[];
  readonly totals?: readonly number[];
  readonly best?: readonly string[];
  readonly nominatedPath?: boolean;
  readonly selected?: string;
  /** FitError without and with what PostFilter adds. */
  readonly filterMessage?: string;
  readonly message?: string;
  readonly upstream?: { readonly host?: string; readonly feasible?: number; readonly error?: string };
  readonly preemption?: OraclePreemption;
  readonly reserve?: OracleStatus;
  /** The oracle's checks of itself that failed. */
  readonly problems?: readonly string[];
}

export interface OracleWorldAnswer {
  /** The world could not be run at all. */
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly results?: readonly OracleAnswer[];
}

/** Which modules a version is built from. A further version is a row here, a pair of files in `oracle/versions`, and a build. */
export const MODULE_FILES: Readonly<Record<Compat, string>> = { "1.36": "go.mod", "1.37": "versions/1.37.mod" };

const SOURCES = fileURLToPath(new URL("./oracle/", import.meta.url));

/** The version of k8s.io/kubernetes that a judge is built from, such as `v1.36.3`. */
export function kubernetesVersion(compat: Compat): string {
  const modules = readFileSync(join(SOURCES, MODULE_FILES[compat]), "utf8");
  const [, version] = /^\tk8s\.io\/kubernetes (v\S+)$/m.exec(modules) ?? [];
  if (version === undefined) throw new Error(`${MODULE_FILES[compat]} requires no k8s.io/kubernetes`);
  return version;
}

/** By version; sources that change while a process runs concern the next one. */
const paths = new Map<Compat, string>();

/** Where a build of exactly these sources and modules is kept, built or not. */
export function oraclePath(compat: Compat): string {
  const path = paths.get(compat) ?? hashedPath(compat);
  paths.set(compat, path);
  return path;
}

function hashedPath(compat: Compat): string {
  const hash = createHash("sha256");
  const modules = MODULE_FILES[compat];
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith(".go"));
  for (const file of [...sources.sort(), modules, modules.replace(/mod$/, "sum")]) {
    hash.update(`${file}\0`).update(readFileSync(join(SOURCES, file)));
  }
  return join(homedir(), ".cache/stowage-oracle", `${compat}-${hash.digest("hex").slice(0, 16)}`, "oracle");
}

/** Why the oracle cannot be asked right now; undefined when it can. */
export function oracleAvailable(compat: Compat = "1.36"): string | undefined {
  if (existsSync(oraclePath(compat))) return undefined;
  const command = `npm run test:kubernetes -- --compat ${compat} --worlds 0`;
  return `the oracle for ${compat} is not built; \`${command}\` builds it and needs Go and a module proxy`;
}

/**
 * The path of the oracle, built with Go when there is none yet (the first time minutes).
 * @throws Error when there is no Go, or when the build fails
 */
export async function buildOracle(compat: Compat): Promise<string> {
  const path = oraclePath(compat);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Under another name until it is whole: a build that is cut short must not be taken for one.
  const unfinished = `${path}-${process.pid}`;
  const options = ["build", `-modfile=${MODULE_FILES[compat]}`, "-ldflags=-s -w", "-o", unfinished, "."];
  await promisify(execFile)("go", options, { cwd: SOURCES });
  renameSync(unfinished, path);
  return path;
}

/** Builds the oracle where it is not built. Returns why there is none. @throws Error when the build fails */
export async function prepareOracle(compat: Compat): Promise<string | undefined> {
  try {
    await buildOracle(compat);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "there is no Go here to build the oracle with, and no binary";
    throw new Error(`the oracle does not build: ${message}`);
  }
}

export interface AskOptions {
  readonly compat?: Compat;
  /** Every pod is judged against the world as it is, and none is placed. */
  readonly diagnose?: boolean;
  /** How many worlds are run at a time. Left out, as many as there are processors. */
  readonly jobs?: number;
}

/**
 * What the real scheduler decides about every world's pods; one answer a world, in order.
 * @throws Error when the oracle is not built or ends with an error
 */
export async function askOracle(
  worlds: readonly World[],
  { compat = "1.36", diagnose = false, jobs }: AskOptions = {},
): Promise<OracleWorldAnswer[]> {
  const flags = jobs === undefined ? [] : ["-j", String(jobs)];
  const output = await runOracle(compat, [...flags, "run"], worlds.map((world) => toLine(world, diagnose)).join(""));
  const lines = output.split("\n").filter((line) => line !== "");
  if (lines.length !== worlds.length) throw new Error(`${worlds.length} worlds, but ${lines.length} answers`);
  return lines.map((line) => JSON.parse(line) as OracleWorldAnswer);
}

function toLine(world: World, diagnose: boolean): string {
  const { nodes, pods, incoming, objects, mode = "schedule", sampling = false } = world;
  const tieBreak = sampling ? "upstream" : "input";
  const config = settledConfiguration(world);
  const document = { mode: diagnose ? "diagnose" : mode, tieBreak, config, nodes, pods, incoming, ...objects };
  return `${JSON.stringify(document)}\n`;
}

/** The world's configuration with a share of nodes in it: where it says none, every node is looked at. */
export function settledConfiguration(world: World): Record<string, unknown> {
  const apiVersion = "kubescheduler.config.k8s.io/v1";
  return { apiVersion, kind: "KubeSchedulerConfiguration", percentageOfNodesToScore: 100, ...configurationOf(world) };
}

/** What the oracle prints. @throws Error when it is not built or ends with an error */
export async function runOracle(compat: Compat, args: readonly string[], input: string): Promise<string> {
  const missing = oracleAvailable(compat);
  if (missing !== undefined) throw new Error(missing);
  return await outputOf("the oracle", oraclePath(compat), args, input);
}
