#!/usr/bin/env node
/** The command line's entry: the only place that knows argv, the standard streams and exit codes. */

import { readFileSync, writeSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import yargs, { type Argv, type Options } from "yargs";
import { hideBin } from "yargs/helpers";
import { formatIssue, IssuesError, StowageError } from "../errors.js";
import { CONFIG_DESCRIPTION } from "./commands/config-options.js";
import { COMMANDS, CONFIG_COMMANDS, type Command, type Outcome, type Outside } from "./commands.js";
import { visible } from "./print/visible.js";
import { lookOf, type Terminal } from "./terminal.js";

const EXIT_BUG = 1;
const EXIT_BAD_INPUT = 2;
const EXIT_BY_OUTCOME: Readonly<Record<Outcome, number>> = {
  allPlaced: 0,
  allGood: 0,
  badInput: EXIT_BAD_INPUT,
  leftOver: 3,
  broken: 4,
  notMet: 4,
};
/** 128 and the signal's number, as a shell reports a program that the signal ended. */
const EXIT_SIGINT = 130;
const EXIT_SIGPIPE = 141;
const EXIT_SIGTERM = 143;

function main(): void {
  process.stdout.on("error", (error) => exitUnwritten(error, "standard output"));
  process.stderr.on("error", (error) => exitUnwritten(error));
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
  const parser = addCommands(yargs(attachDashes(namesFirst(args))), COMMANDS)
    .scriptName("stowage")
    .usage("$0 <command>\n\nkube-scheduler's decisions, without a cluster and beside one.")
    .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "dot-notation": false })
    .command("config", CONFIG_DESCRIPTION, (config) =>
      addCommands(config, CONFIG_COMMANDS).demandCommand(
        1,
        1,
        "Say what to do with the configuration, as in: stowage config check FILE",
      ),
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
    .fail(raise);
  try {
    await parser.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof Chosen) return exitCodeOf(error);
    throw error;
  }
}

/**
 * A command and what it was given, out of the parser by being thrown: once a handler has returned, the parser lays out its help in
 * case that somebody asks for it, for a tenth of a second.
 */
class Chosen extends Error {
  readonly command: Command;
  readonly given: Readonly<Record<string, unknown>>;

  constructor(command: Command, given: Readonly<Record<string, unknown>>) {
    super();
    this.command = command;
    this.given = given;
  }
}

/** Runs it. */
async function exitCodeOf({ command, given }: Chosen): Promise<number> {
  const outcome = await command.run(undashed(given), outside(given.color !== false));
  return outcome === "leftOver" && given.exitZero === true ? 0 : EXIT_BY_OUTCOME[outcome];
}

function addCommands(parser: Argv, commands: Readonly<Record<string, Command>>): Argv {
  return Object.entries(commands).reduce(
    (added, [usage, each]) =>
      added.command(
        usage,
        each.description,
        (command) => withOptions(command, each),
        (given) => {
          throw new Chosen(each, given);
        },
      ),
    parser,
  );
}

function withOptions(command: Argv, { options, positionals, epilogue }: Command): Argv {
  for (const [name, positional] of Object.entries(positionals)) command.positional(name, positional);
  return command.options(withValues(options)).check(areGivenOnce(options)).epilogue(epilogue);
}

/** A text that is left out would be an empty one to the parser: `--namespace` alone would leave no pod. */
function withValues(options: Readonly<Record<string, Options>>): Record<string, Options> {
  const entries = Object.entries(options).map(([name, option]): [string, Options] => [
    name,
    option.type === "string" ? { ...option, requiresArg: true } : option,
  ]);
  return Object.fromEntries(entries);
}

/** The parser's own complaints come with a message, what a command throws comes without. */
function raise(message: string | null, error: Error | undefined): never {
  if (message === null || error instanceof UsageError) throw error;
  throw new UsageError(message.startsWith(TOO_FEW_NAMES) ? `${message}\n${NAMES_HINT}` : message);
}

const TOO_FEW_NAMES = "Not enough non-option arguments";
const NAMES_HINT = "Names go before options, of which some take all that follows, or behind --.";

/** Names behind `--` come before the options, for the parser would pass over them. */
function namesFirst(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  if (end < 0) return args;
  const options = args.findIndex((arg) => arg.startsWith("-"));
  return [...args.slice(0, options), ...args.slice(end + 1), ...args.slice(options, end)];
}

/** Stands for a `-` among the files of a command, which the parser would lose. No file can be called so. */
const LONE_DASH = "\0-";

/** Options of which `-` is a value. */
const READING: readonly string[] = ["-f", "--filename", "--to"];

/** Attaches values that begin with a dash to their option, for the parser takes them for options: `-f -`, `--sort -cpu`. */
function attachDashes(args: readonly string[]): string[] {
  const attached: string[] = [];
  let option = "";
  for (const arg of args) {
    const isFirst = attached.at(-1) === option;
    if (arg === "-" ? READING.includes(option) : isFirst && option === "--sort") {
      if (isFirst) attached.pop();
      attached.push(`${option}=${arg}`);
    } else attached.push(arg === "-" && args[0] === "config" ? LONE_DASH : arg);
    if (arg.startsWith("-") && arg !== "-" && attached.at(-1) === arg) option = arg.split("=", 1)[0]!;
  }
  return attached;
}

/** The arguments with the dashes back that {@link attachDashes} hid. */
function undashed(parsed: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { file } = parsed;
  return Array.isArray(file) ? { ...parsed, file: file.map((name) => (name === LONE_DASH ? "-" : name)) } : parsed;
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
  const write = (text: string): void => void process.stderr.write(`${visible(text, false)}\n`);
  if (error instanceof UsageError) {
    const [, , named] = process.argv;
    const names = Object.keys(COMMANDS).map((usage) => usage.split(" ")[0]);
    const command = named === "config" ? "config check" : (names.find((name) => name === named) ?? "plan");
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

function outside(allowColor: boolean): Outside {
  return {
    terminal: makeTerminal(allowColor),
    version: version(),
    runtime: `Node ${process.versions.node}`,
    platform: `${process.platform} ${process.arch}`,
    endingSignal,
    atExit: (last) => void process.once("exit", last),
    firstInterrupt,
  };
}

function makeTerminal(allowColor: boolean): Terminal {
  const { stdin, stdout, stderr, env, platform } = process;
  const look = lookOf(stdout, env, platform, allowColor);
  return {
    out: writerTo(stdout, (text) => visible(text, look.color)),
    err: (text) => void stderr.write(visible(text, false)),
    readStdin: () => (stdin.isTTY ? undefined : buffer(stdin)),
    progressStream: stderr.isTTY ? stderr : undefined,
    look,
  };
}

/** What writes a text in the form given, and says when there is room again where the reader is slower. */
function writerTo(stream: NodeJS.WriteStream, formOf: (text: string) => string): Terminal["out"] {
  let draining: Promise<void> | undefined;
  return (text) => {
    if (stream.write(formOf(text))) return undefined;
    draining ??= new Promise((resolve) => {
      stream.once("drain", () => {
        draining = undefined;
        resolve();
      });
    });
    return draining;
  };
}

function exitOnInterrupt(): void {
  process.exit(EXIT_SIGINT);
}

function endingSignal(): AbortSignal {
  const ending = new AbortController();
  process.removeListener("SIGINT", exitOnInterrupt);
  for (const [signal, code] of [["SIGINT", EXIT_SIGINT] as const, ["SIGTERM", EXIT_SIGTERM] as const]) {
    process.on(signal, () => (ending.signal.aborted ? process.exit(code) : ending.abort()));
  }
  return ending.signal;
}

function firstInterrupt(): () => boolean {
  let isRaised = false;
  process.off("SIGINT", exitOnInterrupt);
  process.once("SIGINT", () => {
    isRaised = true;
    process.once("SIGINT", exitOnInterrupt);
  });
  return () => isRaised;
}

/** The reader went away, as `head` does, and nobody is left to tell; or there is no room, as on a full disk. */
function exitUnwritten(error: NodeJS.ErrnoException, output?: string): void {
  if (error.code === "EPIPE") process.exit(EXIT_SIGPIPE);
  if (output !== undefined) writeSync(process.stderr.fd, `stowage: ${output} cannot be written: ${error.message}\n`);
  process.exit(EXIT_BAD_INPUT);
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}

main();
