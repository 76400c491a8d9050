/** `stowage doctor`: a scheduler's configuration and its extenders in, what is wrong with them out. */

import { examine } from "../../doctor/doctor.js";
import type { LoadSettings } from "../../doctor/load.js";
import { type DoctorReport, reportOf } from "../../doctor/report.js";
import { readSources, type SourceText } from "../../doctor/source.js";
import { type ClusterFacts, factsOf } from "../../doctor/world.js";
import { formatIssue, type Issue, IssuesError } from "../../errors.js";
import { decodeText } from "../../kube/text.js";
import { notOne } from "../config-file.js";
import { readInputs } from "../inputs.js";
import { makeNodes } from "../nodes-flag.js";
import { type DoctorFormat, printDoctorReport } from "../print/doctor.js";
import { startProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import type { DoctorArguments } from "./doctor-options.js";

export type DoctorOutcome = "allGood" | "broken" | "badInput";

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense; StowageError where the cluster cannot be read
 */
export async function runDoctor(args: DoctorArguments, terminal: Terminal): Promise<DoctorOutcome> {
  const settings = readNumbers(args);
  const made = makeNodes(args.nodes ?? []);
  if (made.issues.length > 0) throw new IssuesError("ERR_INPUT", made.issues);
  const [config, manifests] = [await readConfig(args.config), await readAll(args.filename ?? [], terminal)];
  const issues = [...config.issues, ...manifests.issues];
  for (const issue of issues) terminal.err(`${formatIssue(issue)}\n`);
  if (config.source === undefined || issues.length > 0) return "badInput";
  const facts = factsOf([...manifests.sources, ...(await readCluster(args))], made.nodes);
  const report = await makeReport(config.source, facts, settings, args, terminal);
  terminal.out(await printDoctorReport(report, args.output as DoctorFormat, args.quiet === true, terminal.look));
  return report.verdict === "broken" ? "broken" : "allGood";
}

async function readCluster({ kubeconfig, context }: DoctorArguments): Promise<readonly SourceText[]> {
  if (kubeconfig === undefined && context === undefined) return [];
  const { readClusterObjects } = await import("../cluster-objects.js");
  return readClusterObjects(kubeconfig, context);
}

async function makeReport(
  source: SourceText,
  facts: ClusterFacts,
  { idleMs, ...load }: Numbers,
  args: DoctorArguments,
  terminal: Terminal,
): Promise<DoctorReport> {
  const progress = startProgress(args.quiet === true ? undefined : terminal.progressStream, "calls");
  try {
    const examination = await examine(source, facts, {
      calls: args.call,
      idleMs,
      nowMs: Date.now(),
      ...(args.load === true && { load: { ...load, onProgress: progress.update } }),
    });
    return reportOf(source, facts, examination);
  } finally {
    progress.stop();
  }
}

interface Numbers extends LoadSettings {
  readonly idleMs: number;
}

/** The numbers among the flags; every one that is none is reported. */
function readNumbers(args: DoctorArguments): Numbers {
  const issues: Issue[] = [];
  const read = (flag: string, text: string, least: number, most: number): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    if (value >= least && value <= most) return value;
    const message = `is not a whole number from ${least} to ${most}`;
    issues.push({ code: "bad-flag", severity: "error", path: `--${flag} ${text}`, message });
    return least;
  };
  const numbers = {
    idleMs: read("idle", args.idle, 0, 600) * 1000,
    calls: read("load-calls", args.loadCalls, 1, 100_000),
    parallel: read("load-parallel", args.loadParallel, 1, 256),
    seconds: read("load-seconds", args.loadSeconds, 1, 600),
  };
  if (issues.length > 0) throw new IssuesError("ERR_INPUT", issues);
  return numbers;
}

/** The file as it stands, whatever a strict reader would say of it. */
async function readConfig(file: string): Promise<{ source: SourceText | undefined; issues: readonly Issue[] }> {
  const { texts, issues } = await readInputs([file], () => undefined);
  const [input] = texts;
  if (input === undefined || texts.length > 1) {
    return { source: undefined, issues: issues.length > 0 ? issues : [notOne(file, texts.length, "files")] };
  }
  const { sources, issues: found } = readSources(decodeText(input.text).text, input.file);
  const [source] = sources;
  if (source !== undefined && sources.length === 1 && found.length === 0) return { source, issues: [] };
  return { source: undefined, issues: found.length > 0 ? found : [notOne(file, sources.length, "objects")] };
}

async function readAll(
  names: readonly string[],
  terminal: Terminal,
): Promise<{ sources: readonly SourceText[]; issues: readonly Issue[] }> {
  const { texts, issues } = await readInputs(names, terminal.readStdin);
  const read = texts.map(({ text, file }) => readSources(decodeText(text).text, file));
  return { sources: read.flatMap(({ sources }) => sources), issues: [...issues, ...read.flatMap((one) => one.issues)] };
}
