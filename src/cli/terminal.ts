/** What a command may do with the outside: write data, write notes, read standard input. Only main.ts makes one. */
export interface Terminal {
  /** Data, to standard output. Where much comes, wait before more of it: until then a slow reader's part is kept. */
  readonly out: (text: string) => void | Promise<void>;
  /** Notes, warnings and issues, to standard error. */
  readonly err: (text: string) => void;
  /** All of standard input; undefined when it is a terminal, which nobody is going to type a manifest into. */
  readonly readStdin: () => Promise<Uint8Array> | undefined;
  /** Where a progress bar may be drawn; undefined when standard error is not a terminal. */
  readonly progressStream: NodeJS.WriteStream | undefined;
  readonly look: Look;
}

/** How text for people may look. */
export interface Look {
  /** Columns of the screen. */
  readonly width: number;
  /** Whether colours may be used. */
  readonly color: boolean;
  /** Whether characters outside ASCII may be used. */
  readonly unicode: boolean;
}

/** The width when standard output is not a terminal. */
export const DEFAULT_WIDTH = 120;
/** Narrower than this nothing sensible can be laid out; lines then run over. */
const LEAST_WIDTH = 40;

/**
 * Decides how text may look. `FORCE_COLOR` (not `0` or `false`) outranks `NO_COLOR`, as in Node itself, which also knows
 * what `TERM` can do; characters outside ASCII need a UTF-8 locale, by POSIX' order of LC_ALL, LC_CTYPE, LANG.
 *
 * @param allowColor false for `--no-color`, which outranks every variable.
 */
export function lookOf(
  stdout: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
  allowColor: boolean,
): Look {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return {
    width: Math.max(LEAST_WIDTH, (stdout.isTTY && stdout.columns) || DEFAULT_WIDTH),
    color: allowColor && mayColor(stdout, env),
    unicode: /utf-?8/i.test(locale) || platform === "win32",
  };
}

function mayColor(stdout: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== "0" && force !== "false";
  if (env.NO_COLOR) return false;
  return Boolean(stdout.isTTY) && stdout.hasColors();
}
