#!/usr/bin/env node
/** The command line's entry: the only place that knows argv, the standard streams and exit codes. */

import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import yargs, { type Options } from "yargs";
import { hideBin } from "yargs/helpers";
import { formatIssue, IssuesError, StowageError } from "../errors.js";
import {
  CHECK_DESCRIPTION,
  CHECK_EPILOGUE,
  CHECK_FILE,
  CHECK_OPTIONS,
  type CheckArguments,
  CONFIG_DESCRIPTION,
} from "./commands/config-options.js";
import {
  EXPLAIN_DESCRIPTION,
  EXPLAIN_EPILOGUE,
  EXPLAIN_OPTIONS,
  EXPLAIN_POD,
  type ExplainArguments,
} from "./commands/explain-options.js";
import { PLAN_DESCRIPTION, PLAN_EPILOGUE, PLAN_OPTIONS, type PlanArguments } from "./commands/plan-options.js";
import { lookOf, type Terminal } from "./terminal.js";

const EXIT_BUG = 1;
const EXIT_BAD_INPUT = 2;
const EXIT_BY_OUTCOME = { allPlaced: 0, allGood: 0, badInput: EXIT_BAD_INPUT, leftOver: 3 } as const;
/** 128 and the signal's number, as a shell reports a program that the signal ended. */
const EXIT_SIGINT = 130;
const EXIT_SIGPIPE = 141;

function main(): void {
  process.stdout.on("error", exitOnClosedPipe);
  process.stderr.on("error", exitOnClosedPipe);
  process.once("SIGINT", () => process.exit(EXIT_SIGINT));
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
    .usage("$0 <command>\n\nkube-scheduler's decisions without a cluster.")
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
    .command(
      "explain <pod>",
      EXPLAIN_DESCRIPTION,
      (command) =>
        command
          .positional("pod", EXPLAIN_POD)
          .options(EXPLAIN_OPTIONS)
          .check(areGivenOnce(EXPLAIN_OPTIONS))
          .epilogue(EXPLAIN_EPILOGUE),
      async (parsed) => {
        const { runExplain } = await import("./commands/explain.js");
        code = EXIT_BY_OUTCOME[await runExplain(parsed satisfies ExplainArguments, makeTerminal(parsed.color))];
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
            const given = { ...parsed, file } satisfies CheckArguments;
            code = EXIT_BY_OUTCOME[await runConfigCheck(given, makeTerminal(parsed.color))];
          },
        )
        .demandCommand(1, 1, "Say what to do with the configuration, as in: stowage config check FILE"),
    )
    .completion("completion", "Print a completion script for bash or zsh")
    .demandCommand(1, 1, "Name a command.")
    .strict()
    .recommendCommands()
    .version(version())
    .help()
    .alias("help", "h")
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      // The parser's own complaints come with a message, what a command throws comes without.
      throw message === null || error instanceof UsageError ? error : new UsageError(message);
    });
  await parser.parseAsync();
  return code;
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
    const command = named === "config" ? "config check" : named === "explain" ? "explain" : "plan";
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
