/** What `bench:kube` prints. */

import { markdownTable } from "markdown-table";
import type { KubeRow, SideFigures } from "./kube-measure.js";
import type { Environment } from "./report.js";

const US_A_MS = 1e3;

export interface KubeReport {
  readonly environment: Environment;
  /** As in "v1.36.3". */
  readonly kubernetes: string;
  readonly rows: readonly KubeRow[];
}

const HEAD = [
  "family",
  "nodes",
  "classes",
  "agreed",
  "real pods/s",
  "p50 ms",
  "engine pods/s",
  "times the real one",
  "API pods/s",
  "times the real one",
  "published floor, end to end",
];
const ALIGN = ["l", ...HEAD.slice(1).map(() => "r")];

export function markdownOf({ environment: machine, kubernetes, rows }: KubeReport): string {
  const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
  const lines = [
    `\`${machine.command}\`, ${machine.date}, commit ${machine.commit}, seed ${machine.seed}`,
    "",
    `kube-scheduler ${kubernetes}, ${rows[0]?.go}; ${machine.runtime}; ${machine.cpu}, ${machine.cores} cores, ${memory}; ${machine.platform}`,
    "",
    markdownTable([HEAD, ...rows.map(cellsOf)], { align: ALIGN }),
  ];
  return `${lines.join("\n")}\n`;
}

function cellsOf({ family, nodes, classes, checked, agreed, real, engine, api, floor }: KubeRow): string[] {
  return [
    family,
    grouped(nodes),
    String(classes),
    `${agreed}/${checked}`,
    rate(real),
    real === undefined ? "" : (real.p50Us / US_A_MS).toFixed(2),
    rate(engine),
    ratio(engine, real),
    rate(api),
    ratio(api, real),
    floor === undefined ? "" : grouped(floor.podsPerSecond),
  ];
}

function rate(figures: SideFigures | undefined): string {
  return figures === undefined ? "" : grouped(figures.podsPerSecond);
}

function ratio(ours: SideFigures | undefined, real: SideFigures | undefined): string {
  return ours === undefined || real === undefined ? "" : grouped(ours.podsPerSecond / real.podsPerSecond);
}

function grouped(count: number): string {
  return Number.isNaN(count) ? "" : Math.round(count).toLocaleString("en-US");
}
