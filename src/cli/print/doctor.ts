/** What the doctor found, as text in the format asked for. */

import { styleText } from "node:util";
import type { Finding, Severity } from "../../doctor/finding.js";
import type { LoadResult } from "../../doctor/load.js";
import type { DoctorReport } from "../../doctor/report.js";
import type { Look } from "../terminal.js";
import { wrapped } from "./prose.js";
import { renderTextTable } from "./text-table.js";

export type DoctorFormat = "table" | "json" | "yaml" | "patch";

const INDENT = "  ";

/** The whole text, ending in a line break unless it is empty. */
export async function printDoctorReport(
  report: DoctorReport,
  format: DoctorFormat,
  isQuiet: boolean,
  look: Look,
): Promise<string> {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "yaml": {
      const { writeYaml } = await import("../../kube/yaml.js");
      return writeYaml(report);
    }
    case "patch":
      return report.patches.map(({ diff }) => diff).join("");
    default: {
      const shown = report.findings.filter(({ severity }) => severity === "broken" || !isQuiet);
      const parts = [...shown.map((finding) => findingText(finding, look)), await loadTable(report.loads, look)];
      return [...parts, `${wrapped(summary(report), look.width)}\n`].filter((part) => part !== "").join("\n");
    }
  }
}

function findingText(finding: Finding, look: Look): string {
  const { severity, code, message, evidence, fix } = finding;
  const inner = look.width - INDENT.length;
  const indented = (text: string): string => wrapped(text, inner).replace(/^/gm, INDENT);
  const lines = [`${mark(severity, look)} ${code}  ${placeOf(finding)}`, indented(sentence(message))];
  if (evidence !== null) lines.push(indented(`Seen: ${oneLine(evidence)}`));
  if (fix !== null && severity !== "ok") {
    lines.push(indented(sentence(`Fix: ${fix.text}`)));
    if (fix.diff !== null) lines.push(diffText(fix.diff, look));
  }
  return `${lines.join("\n")}\n`;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function placeOf({ file, line, path }: Finding): string {
  return `${file}${line === null ? "" : `:${line}`}${path === "" ? "" : `: ${path}`}`;
}

/** What a server sent must not move the cursor. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}

/**
 * Words of one width, so that they are told apart without colour. Yellow and blue are told apart by every common kind of
 * colour vision, and what is broken is bold as well.
 */
function mark(severity: Severity, { color }: Look): string {
  const word = { broken: "BROKEN ", warning: "WARNING", ok: "ok     " }[severity];
  if (!color || severity === "ok") return word;
  return styleText(severity === "broken" ? ["bold", "yellow"] : "blue", word, { validateStream: false });
}

function diffText(diff: string, { color }: Look): string {
  const paint = (line: string): string => {
    if (!color || /^(?:---|\+\+\+)/.test(line) || !/^[-+]/.test(line)) return line;
    return styleText(line.startsWith("+") ? "blue" : "yellow", line, { validateStream: false });
  };
  return diff
    .trimEnd()
    .split("\n")
    .map((line) => `${INDENT}${INDENT}${paint(line)}`)
    .join("\n");
}

async function loadTable(loads: readonly LoadResult[], look: Look): Promise<string> {
  if (loads.length === 0) return "";
  const titles = ["LOAD", "NODES", "CALLS", "ERRORS", "P50", "P99", "MAX", "CALLS/S", "LARGEST BODY", "LARGEST ANSWER"];
  const rows = loads.map((one) => [
    `extenders[${one.extender}] ${one.verb}`,
    `${one.nodes}`,
    `${one.calls}`,
    `${one.errors}`,
    ...[one.p50Ms, one.p99Ms, one.maxMs].map((ms) => `${ms} ms`),
    `${one.callsPerSecond}`,
    bytesInWords(one.requestBytes),
    bytesInWords(one.largestAnswerBytes),
  ]);
  return renderTextTable(
    titles.map((title) => ({ title })),
    rows,
    look,
  );
}

function bytesInWords(bytes: number): string {
  return bytes < 10_000
    ? `${bytes} B`
    : bytes < 10_000_000
      ? `${Math.round(bytes / 1e3)} kB`
      : `${Math.round(bytes / 1e6)} MB`;
}

function summary({ findings, extenders, patches, file }: DoctorReport): string {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const [broken, warnings, ok] = [count("broken"), count("warning"), count("ok")];
  const called = extenders.filter((extender) => extender.called).length;
  const who = `${file}: ${extenders.length} extender${extenders.length === 1 ? "" : "s"}, ${called} answered`;
  const mend = patches.length === 0 || broken + warnings === 0 ? "" : " All diffs at once: -o patch.";
  return `${who}; ${broken} broken, ${warnings} warning${warnings === 1 ? "" : "s"}, ${ok} ok.${mend}`;
}
