/** Method: `stowage doctor` as a user runs it, with the real API server, scheduler configuration and extender around it. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { DoctorReport } from "../../../src/doctor/report.js";
import type { Outcome } from "./checks.js";
import { type ExtenderOptions, extenderAt } from "./scheduler-config.js";
import { onStage, type Stage } from "./stage.js";
import { STOWAGE } from "./stowage.js";

/** 500 nodes, of which the scheduler would send 230. */
const NODE_COUNT = 500;
const NO_PODS: Outcome = { pods: 0, binder: "system:kube-scheduler" };

function diagnose(stage: Stage, options: ExtenderOptions, url: string): { code: number | null; report: DoctorReport } {
  const config = join(stage.folder, "doctor.yaml");
  const document = {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    extenders: [extenderAt(url, options)],
  };
  writeFileSync(config, JSON.stringify(document, undefined, 2));
  const cluster = ["--kubeconfig", stage.plane.kubeconfig("admin")];
  const args = [STOWAGE, "doctor", "--config", config, ...cluster, "--load", "--load-calls", "50", "-o", "json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (stdout === "") throw new Error(stderr);
  return { code: status, report: JSON.parse(stdout) as DoctorReport };
}

function bad({ findings }: DoctorReport): string[] {
  return findings.filter(({ severity }) => severity !== "ok").map(({ code }) => code);
}

onStage("the doctor finds nothing wrong with stowage's own extender, every verb called", async (stage) => {
  await stage.createNodes(NODE_COUNT);
  const { url } = await stage.stowage();
  const options = { weight: 15, bindVerb: "bind", preemptVerb: "preempt", ignorable: true } as const;
  const { code, report } = diagnose(stage, options, url);
  expect([code, bad(report), report.cluster.nodes]).toEqual([0, [], NODE_COUNT]);
  expect(report.loads.map(({ verb, nodes, errors }) => [verb, nodes, errors])).toEqual([
    ["filter", 230, 0],
    ["prioritize", 230, 0],
  ]);
  return NO_PODS;
});

onStage("the doctor tells what whole nodes cost, and an extender that is not there", async (stage) => {
  await stage.createNodes(NODE_COUNT);
  const { url, child } = await stage.stowage();
  const whole = diagnose(stage, { weight: 15, nodeCacheCapable: false, ignorable: true }, url);
  expect([whole.code, bad(whole.report)]).toEqual([0, ["whole-nodes"]]);
  await child.stop();
  const gone = diagnose(stage, { weight: 15, ignorable: true }, url);
  expect([gone.code, bad(gone.report)]).toEqual([4, ["unreachable"]]);
  return NO_PODS;
});
