#!/usr/bin/env node
/** The command line's entry: the only place that knows argv, the standard streams and exit codes. */

import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import yargs, { type Argv, type Options } from "yargs";
import { hideBin } from "yargs/helpers";
import { formatIssue, IssuesError, StowageError } from "../errors.js";
import {
  CHECK_DESCRIPTION,
  CHECK_EPILOGUE,
  CHECK_FILE,
  CHECK_OPTIONS,
  CONFIG_DESCRIPTION,
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
import { lookOf, type Terminal } from "./terminal.js";

const EXIT_BUG = 1;
const EXIT_BAD_INPUT = 2;
const EXIT_BY_OUTCOME = { allPlaced: 0, allGood: 0, badInput: EXIT_BAD_INPUT, leftOver: 3, broken: 4 } as const;
/** 128 and the signal's number, as a shell reports a program that the signal ended. */
const EXIT_SIGINT = 130;
const EXIT_SIGPIPE = 141;
const EXIT_SIGTERM = 143;

function main(): void {
  process.stdout.on("error", exitOnClosedPipe);
  process.stderr.on("error", exitOnClosedPipe);
  process.once("SIGINT", exitOnInterrupt);
  run(hideBin(process.argv)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.exitCode = report(error);
    },
  );
}

/** Runs the command that the arguments name. @returns the exit code. */
async function run(args: readonly string[]): Promise<number> {
  let code = 0;
  const parser = yargs(attachDashes(args))
    .scriptName("stowage")
    .usage("$0 <command>\n\nkube-scheduler's decisions, without a cluster and beside one.")
    .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "dot-notation": false })
    .command(
      "plan",
      PLAN_DESCRIPTION,
      (command) => command.options(PLAN_OPTIONS).check(areGivenOnce(PLAN_OPTIONS)).epilogue(PLAN_EPILOGUE),
      async (parsed) => {
        const { runPlan } = await import("./commands/plan.js");
        const outcome = await runPlan(parsed satisfies PlanArguments, makeTerminal(parsed.color));
        code = outcome === "leftOver" && parsed.exitZero === true ? 0 : EXIT_BY_OUTCOME[outcome];
      },
    )
    .command("explain <pod>", EXPLAIN_DESCRIPTION, addExplainOptions, async (parsed) => {
      const { runExplain } = await import("./commands/explain.js");
      code = EXIT_BY_OUTCOME[await runExplain(parsed satisfies ExplainArguments, makeTerminal(parsed.color))];
    })
    .command(
      "extender",
      EXTENDER_DESCRIPTION,
      (command) => command.options(EXTENDER_OPTIONS).check(areGivenOnce(EXTENDER_OPTIONS)).epilogue(EXTENDER_EPILOGUE),
      async (parsed) => {
        code = await serve(parsed satisfies ExtenderArguments, makeTerminal(parsed.color));
      },
    )
    .command("config", CONFIG_DESCRIPTION, (config) =>
      config
        .command(
          "check <file..>",
          CHECK_DESCRIPTION,
          (command) =>
            command
              .positional("file", CHECK_FILE)
              .options(CHECK_OPTIONS)
              .check(areGivenOnce(CHECK_OPTIONS))
              .epilogue(CHECK_EPILOGUE),
          async (parsed) => {
            const file = parsed.file.map((name) => (name === LONE_DASH ? "-" : name));
            const { runConfigCheck } = await import("./commands/config-check.js");
            code = EXIT_BY_OUTCOME[await runConfigCheck({ ...parsed, file }, makeTerminal(parsed.color))];
          },
        )
        .demandCommand(1, 1, "Say what to do with the configuration, as in: stowage config check FILE"),
    )
    .command("doctor", DOCTOR_DESCRIPTION, addDoctorOptions, async (parsed) => {
      code = await doctor(parsed);
    })
    .completion("completion", "Print a completion script for bash or zsh")
    .demandCommand(1, 1, "Name a command.")
    .strict()
    .recommendCommands()
    .version(version())
    .help()
    .alias("help", "h")
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail(raise);
  await parser.parseAsync();
  return code;
}

function addExplainOptions(command: Argv) {
  const asked = command.positional("pod", EXPLAIN_POD);
  return asked.options(EXPLAIN_OPTIONS).check(areGivenOnce(EXPLAIN_OPTIONS)).epilogue(EXPLAIN_EPILOGUE);
}

function addDoctorOptions(command: Argv) {
  return command.options(DOCTOR_OPTIONS).check(areGivenOnce(DOCTOR_OPTIONS)).epilogue(DOCTOR_EPILOGUE);
}

/** @returns the exit code */
async function doctor(args: DoctorArguments & { readonly color: boolean }): Promise<number> {
  const { runDoctor } = await import("./commands/doctor.js");
  return EXIT_BY_OUTCOME[await runDoctor(args, makeTerminal(args.color))];
}

/** The parser's own complaints come with a message, what a command throws comes without. */
function raise(message: string | null, error: Error | undefined): never {
  throw message === null || error instanceof UsageError ? error : new UsageError(message);
}

async function serve(args: ExtenderArguments, terminal: Terminal): Promise<number> {
  const { runExtender } = await import("./commands/extender.js");
  return EXIT_BY_OUTCOME[await runExtender(args, terminal, version(), endingSignal())];
}

/** Stands for a `-` among the files of a command, which the parser would lose. No file can be called so. */
const LONE_DASH = "\0-";

/** Attaches values that begin with a dash to their option, for the parser takes them for options: `-f -`, `--sort -cpu`. */
function attachDashes(args: readonly string[]): string[] {
  const attached: string[] = [];
  for (const arg of args) {
    const option = attached.at(-1) ?? "";
    const isValue = arg === "-" ? /^(-f|--filename)$/.test(option) : arg.startsWith("-") && option === "--sort";
    if (isValue) attached[attached.length - 1] = `${option}=${arg}`;
    else attached.push(arg === "-" && args[0] === "config" ? LONE_DASH : arg);
  }
  return attached;
}

/** An option that is no list but was given several times is a list to the parser. */
function areGivenOnce(options: Readonly<Record<string, Options>>) {
  return (parsed: Readonly<Record<string, unknown>>): true => {
    for (const [name, { array = false }] of Object.entries(options)) {
      if (!array && Array.isArray(parsed[name])) throw new UsageError(`--${name} is given more than once`);
    }
    return true;
  };
}

class UsageError extends Error {}

/** Says what went wrong. @returns the exit code. */
function report(error: unknown): number {
  const write = (text: string): void => void process.stderr.write(`${text}\n`);
  if (error instanceof UsageError) {
    const [, , named] = process.argv;
    const command =
      named === "config" ? "config check" : ["explain", "doctor", "extender"].includes(named ?? "") ? named : "plan";
    write(`stowage: ${error.message}\nSee stowage --help or stowage ${command} --help.`);
    return EXIT_BAD_INPUT;
  }
  if (error instanceof IssuesError) {
    for (const issue of error.issues) write(formatIssue(issue));
    return EXIT_BAD_INPUT;
  }
  if (error instanceof StowageError && error.code !== "ERR_INTERNAL") {
    write(`stowage: ${error.message}`);
    return EXIT_BAD_INPUT;
  }
  const message = error instanceof Error ? error.message : String(error);
  write(message.startsWith("this is a bug") ? `stowage: ${message}` : `stowage: this is a bug in stowage: ${message}`);
  if (process.env.STOWAGE_DEBUG === "1" && error instanceof Error) write(error.stack ?? "");
  return EXIT_BUG;
}

function makeTerminal(allowColor: boolean): Terminal {
  const { stdin, stdout, stderr, env, platform } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    readStdin: () => (stdin.isTTY ? undefined : buffer(stdin)),
    progressStream: stderr.isTTY ? stderr : undefined,
    look: lookOf(stdout, env, platform, allowColor),
  };
}

function exitOnInterrupt(): void {
  process.exit(EXIT_SIGINT);
}

/** For commands that run until they are told: the first signal asks them to end, the second one ends them. */
function endingSignal(): AbortSignal {
  const ending = new AbortController();
  process.removeListener("SIGINT", exitOnInterrupt);
  for (const [signal, code] of [["SIGINT", EXIT_SIGINT] as const, ["SIGTERM", EXIT_SIGTERM] as const]) {
    process.on(signal, () => (ending.signal.aborted ? process.exit(code) : ending.abort()));
  }
  return ending.signal;
}

/** The reader went away, as `head` does: nobody is left to tell. */
function exitOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(EXIT_SIGPIPE);
  throw error;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}

main();
