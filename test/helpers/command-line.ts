// The built command line, run as a user runs it: arguments and standard input in; output, messages and exit code out.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const main = join(root, "dist/cli/main.js");

// What else stands in the environment of whoever runs the tests (NO_COLOR, STOWAGE_DEBUG) must not change what they see.
const PLAIN_ENV = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: "C.UTF-8" };

/** What one run left: its exit code (`null` if a signal ended it) and all it wrote. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run is given besides its arguments. Standard input is empty and closed unless given. */
export interface RunOptions {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** The command line in a folder of its own. */
export class CommandLine {
  /** The working directory of every run: there from before a file's first test until after its last. */
  folder = "";

  /** A run under way, its standard input still open. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [main, ...args], { cwd: this.folder, env: { ...PLAIN_ENV, ...env } });
  }

  /** A run to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const child = this.start(args, options.env);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => undefined).end(options.stdin ?? "");
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  }
}

/** The command line for the tests of one file, in a new folder named after `name` that is gone after them. */
export function useCommandLine(name: string): CommandLine {
  const line = new CommandLine();
  beforeAll(() => {
    if (!existsSync(main)) throw new Error("dist/cli/main.js is missing: run `npm run build` first");
    line.folder = mkdtempSync(join(tmpdir(), `stowage-${name}-`));
  });
  afterAll(() => {
    rmSync(line.folder, { recursive: true, force: true });
  });
  return line;
}
