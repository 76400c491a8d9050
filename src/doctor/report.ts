/** The examination as data: schema/doctor.v1.json. */

import { isDeepStrictEqual } from "node:util";
import type { Examination, ExtenderReport } from "./doctor.js";
import { type Draft, extenderOf, type Finding, SEVERITIES, type Severity } from "./finding.js";
import type { LoadResult } from "./load.js";
import { type Change, editsOf, unifiedDiff } from "./patch.js";
import type { SourceText } from "./source.js";
import type { ClusterFacts } from "./world.js";

export interface DoctorReport {
  readonly schemaVersion: "stowage/doctor.v1";
  readonly file: string;
  /** The worst of the findings. */
  readonly verdict: Severity;
  readonly cluster: {
    readonly nodes: number;
    /** Such as "1.36"; null where nothing tells it. */
    readonly version: string | null;
    /** The manifest that has kube-scheduler's pod. */
    readonly schedulerFile: string | null;
  };
  readonly extenders: readonly ExtenderReport[];
  /** The worst first; equals in the order of the file. */
  readonly findings: readonly Finding[];
  readonly loads: readonly LoadResult[];
  /** All cures that can be made together, a diff a file; `patch -p0` takes them. */
  readonly patches: readonly { readonly file: string; readonly diff: string }[];
}

export function reportOf(config: SourceText, facts: ClusterFacts, examination: Examination): DoctorReport {
  const told = examination.drafts.map((draft) => tell(draft, config, facts)).sort(bySeverity);
  const sources = [config, ...(facts.scheduler ? [facts.scheduler.source] : [])];
  return {
    schemaVersion: "stowage/doctor.v1",
    file: config.file,
    verdict: told[0]?.finding.severity ?? "ok",
    cluster: {
      nodes: facts.nodes.length,
      version: facts.minor === undefined ? null : `1.${facts.minor}`,
      schedulerFile: facts.scheduler?.source.file ?? null,
    },
    extenders: examination.extenders,
    findings: told.map(({ finding }) => finding),
    loads: examination.loads,
    patches: sources.flatMap((source) => {
      const diff = diffOf(source, compatibleChanges(source, told));
      return diff === null ? [] : [{ file: source.file, diff }];
    }),
  };
}

/** A finding with the changes that would mend it. */
interface Told {
  readonly finding: Finding;
  readonly source: SourceText;
  readonly changes: readonly Change[];
}

function tell(draft: Draft, config: SourceText, { scheduler }: ClusterFacts): Told {
  const { code, severity, subject = "config", path, message, evidence = null, fix } = draft;
  const source = subject === "pod" && scheduler !== undefined ? scheduler.source : config;
  const changes = fix?.changes ?? [];
  const finding: Finding = {
    code,
    severity,
    extender: extenderOf(path),
    file: source.file,
    line: source.lineOf(path) ?? null,
    path,
    message,
    evidence,
    fix: fix === undefined ? null : { text: fix.text, diff: diffOf(source, changes) },
  };
  return { finding, source, changes };
}

function bySeverity({ finding: a }: Told, { finding: b }: Told): number {
  const order = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return order || (a.line ?? 0) - (b.line ?? 0);
}

/** The changes that can be made together; of two that get in each other's way, the one for the worse finding. */
function compatibleChanges(source: SourceText, told: readonly Told[]): readonly Change[] {
  let taken: readonly Change[] = [];
  for (const { finding, changes, source: of } of told) {
    if (of !== source || finding.severity === "ok") continue;
    const fresh = changes.filter((change) => !taken.some((other) => isDeepStrictEqual(other, change)));
    if (fresh.length > 0 && editsOf(source, [...taken, ...fresh]) !== undefined) taken = [...taken, ...fresh];
  }
  return taken;
}

function diffOf(source: SourceText, changes: readonly Change[]): string | null {
  const edits = editsOf(source, changes) ?? [];
  return edits.length === 0 ? null : unifiedDiff(source.file, source.text, edits);
}
