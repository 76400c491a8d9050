/** What a run of the benches says: figures with their boundary, counters with their limits, and the machine. */

import { execFileSync } from "node:child_process";
import { markdownTable } from "markdown-table";
import { machineOf } from "../src/cli/machine.js";
import { repositoryPath } from "./built.js";

export const REPORT_VERSION = "stowage/figures.v1";

/**
 * engine: a decision in the core. plugin: one filter or score over all nodes. api: objects in, decisions out. end to end: a
 * whole process.
 */
export type Boundary = "engine" | "plugin" | "api" | "end to end";

/** One timed figure. */
export interface Figure {
  readonly name: string;
  readonly boundary: Boundary;
  /** 0 where nodes play no part. */
  readonly nodes: number;
  /** What is counted per second, or undefined where one run is timed. */
  readonly perSecond?: number;
  /** Nanoseconds of one decision for each node there is. */
  readonly nsANode?: number;
  /** Nanoseconds of single decisions or runs, not of averages over batches. */
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly samples: number;
  /** Whole processes only. */
  readonly userCpuMs?: number;
  readonly peakRssBytes?: number;
}

/** Something that is counted and not timed; the only thing that fails a run. */
export interface Counter {
  readonly name: string;
  readonly nodes: number;
  readonly value: number;
  /** The largest value that passes; undefined where a counter only informs. */
  readonly limit?: number;
}

export interface Environment {
  readonly runtime: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly seed: string;
  /** Short hash, with `+` where the work tree differs. */
  readonly commit: string;
  readonly date: string;
  readonly command: string;
}

export interface Report {
  readonly schemaVersion: typeof REPORT_VERSION;
  readonly environment: Environment;
  readonly figures: readonly Figure[];
  readonly counters: readonly Counter[];
}

export function environmentOf(seed: string, command: string): Environment {
  return {
    ...machineOf({
      runtime: `Node ${process.versions.node}, V8 ${process.versions.v8}`,
      platform: `${process.platform} ${process.arch}`,
    }),
    seed,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    command,
  };
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: repositoryPath(""), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no").trim() !== "";
    return `${git("rev-parse", "--short", "HEAD").trim()}${changed ? "+" : ""}`;
  } catch {
    return "unknown";
  }
}

/** Counters beyond their limit, as sentences. */
export function failures({ counters }: Report): string[] {
  return counters
    .filter(({ value, limit }) => limit !== undefined && value > limit)
    .map(({ name, nodes, value, limit }) => `${name}${atNodes(nodes)} is ${rounded(value)}, the limit is ${limit}`);
}

function atNodes(nodes: number): string {
  return nodes === 0 ? "" : ` at ${nodes} nodes`;
}

const FIGURE_HEAD = [
  "figure",
  "boundary",
  "nodes",
  "a second",
  "ns a node",
  "p50",
  "p99",
  "samples",
  "user CPU",
  "peak RSS",
];
const FIGURE_ALIGN = ["l", "l", "r", "r", "r", "r", "r", "r", "r", "r"];
const COUNTER_HEAD = ["counter", "nodes", "value", "limit"];
const COUNTER_ALIGN = ["l", "r", "r", "r"];

/** The report as Markdown. */
export function markdownOf(report: Report): string {
  const { environment: machine, figures, counters } = report;
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  const lines = [
    `\`${machine.command}\`, ${machine.date}, commit ${machine.commit}, seed ${machine.seed}`,
    "",
    `${machine.runtime}; ${machine.cpu}, ${machine.cores} cores, ${memory}; ${machine.platform}`,
    "",
    markdownTable([FIGURE_HEAD, ...figures.map(figureCells)], { align: FIGURE_ALIGN }),
    "",
    markdownTable([COUNTER_HEAD, ...counters.map(counterCells)], { align: COUNTER_ALIGN }),
  ];
  return `${lines.join("\n")}\n`;
}

function figureCells(figure: Figure): string[] {
  const { name, boundary, nodes, perSecond, nsANode, p50Ns, p99Ns, samples, userCpuMs, peakRssBytes } = figure;
  return [
    name,
    boundary,
    nodes === 0 ? "" : grouped(nodes),
    perSecond === undefined ? "" : grouped(Math.round(perSecond)),
    nsANode === undefined ? "" : nsANode.toFixed(2),
    duration(p50Ns),
    duration(p99Ns),
    grouped(samples),
    userCpuMs === undefined ? "" : duration(userCpuMs * 1e6),
    peakRssBytes === undefined ? "" : `${Math.round(peakRssBytes / 2 ** 20)} MiB`,
  ];
}

function counterCells({ name, nodes, value, limit }: Counter): string[] {
  return [name, nodes === 0 ? "" : grouped(nodes), rounded(value), limit === undefined ? "" : String(limit)];
}

function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** Nanoseconds in the unit that a reader would choose. */
function duration(ns: number): string {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(2)} us`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(1)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}
