/** `stowage config check`: configurations in, what they would change out. */

import { formatIssue } from "../../errors.js";
import type { Compat } from "../../kube/compat.js";
import { registryOf } from "../../scheduler/plugin.js";
import { makeReport } from "../config-report.js";
import { readInputs } from "../inputs.js";
import { importPlugins } from "../plugins-flag.js";
import { type ConfigFormat, printConfigReport } from "../print/config-report.js";
import type { Terminal } from "../terminal.js";
import type { CheckArguments } from "./config-options.js";

export type CheckOutcome = "allGood" | "badInput";

/** Runs the command. Problems go to standard error, and in json and yaml they stand in the data too. */
export async function runConfigCheck(args: CheckArguments, terminal: Terminal): Promise<CheckOutcome> {
  const imported = await importPlugins(args.plugin ?? []);
  for (const issue of imported.issues) terminal.err(`${formatIssue(issue)}\n`);
  if (imported.issues.length > 0) return "badInput";
  const { texts, issues } = await readInputs(args.file, terminal.readStdin);
  const report = makeReport(texts, issues, registryOf(imported.plugins), args.compat as Compat);
  for (const { issues: found } of report.files) {
    for (const issue of found) {
      const isWarning = issue.severity === "warning";
      if (!isWarning || args.quiet !== true) terminal.err(`${isWarning ? "warning: " : ""}${formatIssue(issue)}\n`);
    }
  }
  const errors = report.files.flatMap((file) => file.issues).filter(({ severity }) => severity === "error").length;
  if (errors > 0) terminal.err(`stowage: ${errors === 1 ? "1 problem" : `${errors} problems`} in the input\n`);
  terminal.out(await printConfigReport(report, args.output as ConfigFormat, terminal.look));
  return report.files.every(({ valid }) => valid) ? "allGood" : "badInput";
}
