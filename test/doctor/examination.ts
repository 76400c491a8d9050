// One examination, from texts to the report, as the command makes it.
import { type ExamineOptions, examine } from "../../src/doctor/doctor.js";
import type { Finding } from "../../src/doctor/finding.js";
import { type DoctorReport, reportOf } from "../../src/doctor/report.js";
import { readSources } from "../../src/doctor/source.js";
import { factsOf } from "../../src/doctor/world.js";

export const HEAD = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

/** A right configuration for a right server on loopback. */
export function rightConfig(url: string): string {
  return `${HEAD}extenders:
  - urlPrefix: ${url}
    filterVerb: filter
    prioritizeVerb: prioritize
    bindVerb: bind
    preemptVerb: preempt
    weight: 20
    httpTimeout: 5s
    nodeCacheCapable: true
    ignorable: false
`;
}

export async function diagnose(
  config: string,
  manifests: readonly string[] = [],
  options: Partial<ExamineOptions> = {},
): Promise<DoctorReport> {
  const [source] = readSources(config, "scheduler.yaml").sources;
  if (source === undefined) throw new Error("the configuration has no object");
  const sources = manifests.flatMap((text, at) => readSources(text, `manifest-${at}.yaml`).sources);
  const facts = factsOf(sources);
  return reportOf(source, facts, await examine(source, facts, { calls: true, idleMs: 0, nowMs: soonMs(), ...options }));
}

/** A minute from now, when every certificate that the tests have made is valid. */
export const soonMs = (): number => Date.now() + 60_000;

export function codesOf({ findings }: DoctorReport, severity: Finding["severity"]): string[] {
  return findings.filter((finding) => finding.severity === severity).map(({ code }) => code);
}
