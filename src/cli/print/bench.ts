/** Figures of families as text, in the format asked for. */

import type { FamilyFigures } from "../../bench/measure.js";
import { boundaryOf, type FamilyWorld } from "../../bench/worlds.js";
import type { Machine } from "../machine.js";
import type { Look } from "../terminal.js";
import { escaped } from "./markdown.js";
import { wrapped } from "./prose.js";
import { renderTextTable } from "./text-table.js";

export type BenchFormat = "table" | "json" | "yaml" | "csv" | "markdown";

export interface BenchReport {
  readonly schemaVersion: "stowage/bench.v1";
  /** Of this package. */
  readonly version: string;
  readonly seed: number;
  readonly machine: Machine;
  readonly families: readonly FamilyFigures[];
}

interface BenchColumn {
  readonly title: string;
  readonly field: keyof FamilyFigures;
  /** Decimals for people; text where undefined. */
  readonly decimals?: number;
}

const COLUMNS: readonly BenchColumn[] = [
  { title: "FAMILY", field: "family" },
  { title: "BOUNDARY", field: "boundary" },
  { title: "NODES", field: "nodes", decimals: 0 },
  { title: "CLASSES", field: "classes", decimals: 0 },
  { title: "BY", field: "by" },
  { title: "PODS", field: "pods", decimals: 0 },
  { title: "PLACED", field: "placed", decimals: 0 },
  { title: "PODS/S", field: "podsPerSecond", decimals: 0 },
  { title: "P50 us", field: "p50Us", decimals: 2 },
  { title: "P99 us", field: "p99Us", decimals: 2 },
  { title: "SCAN us", field: "scanUs", decimals: 0 },
  { title: "BYTES/CLASS", field: "bytesAClass", decimals: 0 },
];

/** The whole text, ending in a line break. */
export async function printFigures(report: BenchReport, format: BenchFormat, look: Look): Promise<string> {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "yaml":
      return (await import("../../kube/yaml.js")).writeYaml(report);
    case "csv": {
      const { stringify } = await import("csv-stringify/sync");
      const rows = report.families.map((family) => COLUMNS.map(({ field }) => family[field]));
      return stringify([COLUMNS.map(({ field }) => field), ...rows]);
    }
    case "markdown": {
      const { markdownTable } = await import("markdown-table");
      const align = COLUMNS.map(({ decimals }) => (decimals === undefined ? "l" : "r"));
      const rows = [titles(), ...cells(report)].map(escaped);
      return `${markdownTable(rows, { align })}\n\n${machineLine(report)}\n`;
    }
    default: {
      const columns = COLUMNS.map(({ title }) => ({ title }));
      return `${await renderTextTable(columns, cells(report), look)}\n${wrapped(machineLine(report), look.width)}\n`;
    }
  }
}

/** What each family is about, in a line or two. */
export async function printFamilies(families: readonly FamilyWorld[], look: Look): Promise<string> {
  const columns = [{ title: "FAMILY" }, { title: "BOUNDARY" }, { title: "ABOUT", isFlexible: true }];
  const rows = families.map((world) => [world.name, boundaryOf(world), (width: number) => wrapped(world.about, width)]);
  return renderTextTable(columns, rows, look);
}

function titles(): string[] {
  return COLUMNS.map(({ title }) => title);
}

/** As people read them; what was not measured is `-`. */
function cells({ families }: BenchReport): string[][] {
  return families.map((family) =>
    COLUMNS.map(({ field, decimals }) => {
      const value = family[field];
      if (typeof value !== "number") return value ?? "-";
      return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    }),
  );
}

function machineLine({ version, seed, machine }: BenchReport): string {
  const { runtime, platform, cpu, cores, memoryBytes } = machine;
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  return `stowage ${version}, seed ${seed}; ${runtime}, ${platform}; ${cores} cores of ${cpu}, ${memory}`;
}
