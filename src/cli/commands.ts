/** Every command: what the parser has to know of it, and what runs it. A command's code is loaded when it runs. */

import type { ArgumentsCamelCase, InferredOptionTypes, Options, PositionalOptions } from "yargs";
import { BENCH_DESCRIPTION, BENCH_EPILOGUE, BENCH_OPTIONS, type BenchArguments } from "./commands/bench-options.js";
import {
  COMPARE_DESCRIPTION,
  COMPARE_EPILOGUE,
  COMPARE_OPTIONS,
  type CompareArguments,
} from "./commands/compare-options.js";
import {
  CHECK_DESCRIPTION,
  CHECK_EPILOGUE,
  CHECK_FILE,
  CHECK_OPTIONS,
  type CheckArguments,
} from "./commands/config-options.js";
import {
  DOCTOR_DESCRIPTION,
  DOCTOR_EPILOGUE,
  DOCTOR_OPTIONS,
  type DoctorArguments,
} from "./commands/doctor-options.js";
import {
  EXPLAIN_DESCRIPTION,
  EXPLAIN_EPILOGUE,
  EXPLAIN_OPTIONS,
  EXPLAIN_POD,
  type ExplainArguments,
} from "./commands/explain-options.js";
import {
  EXTENDER_DESCRIPTION,
  EXTENDER_EPILOGUE,
  EXTENDER_OPTIONS,
  type ExtenderArguments,
} from "./commands/extender-options.js";
import { PLAN_DESCRIPTION, PLAN_EPILOGUE, PLAN_OPTIONS, type PlanArguments } from "./commands/plan-options.js";
import {
  REBALANCE_DESCRIPTION,
  REBALANCE_EPILOGUE,
  REBALANCE_OPTIONS,
  type RebalanceArguments,
} from "./commands/rebalance-options.js";
import { SIZE_DESCRIPTION, SIZE_EPILOGUE, SIZE_OPTIONS, type SizeArguments } from "./commands/size-options.js";
import {
  SURVIVE_DESCRIPTION,
  SURVIVE_EPILOGUE,
  SURVIVE_OPTIONS,
  type SurviveArguments,
} from "./commands/survive-options.js";
import type { Terminal } from "./terminal.js";

/** How a command ended. `leftOver`: pods have no place. `broken`, `notMet`: what was asked about does not hold. */
export type Outcome = "allPlaced" | "allGood" | "badInput" | "leftOver" | "broken" | "notMet";

/** What a command may do with the process that it runs in. */
export interface Outside {
  readonly terminal: Terminal;
  /** Of this package. */
  readonly version: string;
  /** What runs it: "Node 20.20.2" on "linux x64". */
  readonly runtime: string;
  readonly platform: string;
  /** For what runs until it is told: the first signal asks it to end, the second ends the process. */
  endingSignal(): AbortSignal;
  /** Runs it last, however the process ends; only what kills it outright comes before. It cannot wait for anything. */
  atExit(last: () => void): void;
  /** For a search that can end with the best so far: the first interrupt asks for that, the second ends the process. */
  firstInterrupt(): () => boolean;
}

export interface Command {
  readonly description: string;
  readonly options: Readonly<Record<string, Options>>;
  readonly positionals: Readonly<Record<string, PositionalOptions>>;
  readonly epilogue: string;
  run(args: unknown, outside: Outside): Promise<Outcome>;
}

/** By what the parser calls usage: the name, and what stands behind it. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  plan: command(PLAN_DESCRIPTION, PLAN_OPTIONS, {}, PLAN_EPILOGUE, async (args: PlanArguments, { terminal }) =>
    (await import("./commands/plan.js")).runPlan(args, terminal),
  ),
  "explain <pod>": command(
    EXPLAIN_DESCRIPTION,
    EXPLAIN_OPTIONS,
    { pod: EXPLAIN_POD },
    EXPLAIN_EPILOGUE,
    async (args: ExplainArguments, { terminal }) => (await import("./commands/explain.js")).runExplain(args, terminal),
  ),
  size: command(SIZE_DESCRIPTION, SIZE_OPTIONS, {}, SIZE_EPILOGUE, async (args: SizeArguments, outside) =>
    (await import("./commands/size.js")).runSize(args, outside.terminal, outside.firstInterrupt()),
  ),
  survive: command(
    SURVIVE_DESCRIPTION,
    SURVIVE_OPTIONS,
    {},
    SURVIVE_EPILOGUE,
    async (args: SurviveArguments, outside) =>
      (await import("./commands/survive.js")).runSurvive(args, outside.terminal),
  ),
  compare: command(
    COMPARE_DESCRIPTION,
    COMPARE_OPTIONS,
    {},
    COMPARE_EPILOGUE,
    async (args: CompareArguments, outside) =>
      (await import("./commands/compare.js")).runCompare(args, outside.terminal),
  ),
  rebalance: command(
    REBALANCE_DESCRIPTION,
    REBALANCE_OPTIONS,
    {},
    REBALANCE_EPILOGUE,
    async (args: RebalanceArguments, { terminal }) =>
      (await import("./commands/rebalance.js")).runRebalance(args, terminal),
  ),
  extender: command(
    EXTENDER_DESCRIPTION,
    EXTENDER_OPTIONS,
    {},
    EXTENDER_EPILOGUE,
    async (args: ExtenderArguments, { terminal, version, endingSignal, atExit }) => {
      const { runExtender } = await import("./commands/extender.js");
      return runExtender(args, terminal, { version, ending: endingSignal(), atExit });
    },
  ),
  doctor: command(DOCTOR_DESCRIPTION, DOCTOR_OPTIONS, {}, DOCTOR_EPILOGUE, async (args: DoctorArguments, outside) =>
    (await import("./commands/doctor.js")).runDoctor(args, outside.terminal),
  ),
  bench: command(BENCH_DESCRIPTION, BENCH_OPTIONS, {}, BENCH_EPILOGUE, async (args: BenchArguments, outside) =>
    (await import("./commands/bench.js")).runBench(args, outside.terminal, outside),
  ),
};

/** Of `stowage config`, in the same way. */
export const CONFIG_COMMANDS: Readonly<Record<string, Command>> = {
  "check <file..>": command(
    CHECK_DESCRIPTION,
    CHECK_OPTIONS,
    { file: CHECK_FILE },
    CHECK_EPILOGUE,
    async (args: CheckArguments, { terminal }) =>
      (await import("./commands/config-check.js")).runConfigCheck(args, terminal),
  ),
};

type Given<T extends Readonly<Record<string, Options>>> = ArgumentsCamelCase<InferredOptionTypes<T>>;

/** Holds what a command takes against what the parser will give it. */
function command<O extends Readonly<Record<string, Options>>, P extends Readonly<Record<string, PositionalOptions>>>(
  description: string,
  options: O,
  positionals: P,
  epilogue: string,
  run: (args: Given<O & P>, outside: Outside) => Promise<Outcome>,
): Command {
  return { description, options, positionals, epilogue, run: run as Command["run"] };
}
