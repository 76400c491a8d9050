/** What `-f` names, read into memory: files, directories and standard input. Nothing is parsed here. */

import { isAscii } from "node:buffer";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { Issue } from "../errors.js";

/** One text to parse and what to call it in messages. */
export interface InputText {
  readonly text: string | Uint8Array;
  readonly file: string;
}

export interface Inputs {
  readonly texts: readonly InputText[];
  readonly issues: readonly Issue[];
}

const EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml", ".json"]);
/** What standard input is called in messages. */
const STDIN = "<stdin>";

/**
 * Reads every file that the given names stand for, in the order given. A directory stands for the .yaml, .yml and .json
 * files below it, sorted by path; what begins with a dot is passed over there, and so are links to directories. `-` is
 * standard input. A file named twice is read once.
 *
 * @param readStdin gives undefined where standard input is a terminal.
 * @returns what could be read, and one issue for each name that could not.
 */
export async function readInputs(
  names: readonly string[],
  readStdin: () => Promise<Uint8Array> | undefined,
): Promise<Inputs> {
  const texts: InputText[] = [];
  const issues: Issue[] = [];
  const seen = new Set<string>();
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      issues.push(unreadable(name, error));
      return undefined;
    }
  };
  for (const name of names) {
    const key = name === "-" ? STDIN : resolve(name);
    if (seen.has(key)) continue;
    seen.add(key);
    const files = name === "-" ? [STDIN] : ((await attempt(name, () => filesOf(name, seen))) ?? []);
    for (const file of files) {
      const text = await attempt(file, () => (file === STDIN ? fromStdin(readStdin) : readFile(file)));
      if (text !== undefined) texts.push({ file, text: decoded(text) });
    }
  }
  return { texts, issues };
}

/** Bytes that are characters become text at once: inputs are kept while they are planned, and would be there twice. */
function decoded(bytes: Uint8Array): string | Uint8Array {
  return isAscii(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1") : bytes;
}

async function fromStdin(readStdin: () => Promise<Uint8Array> | undefined): Promise<Uint8Array> {
  const reading = readStdin();
  if (reading === undefined) throw new Error("standard input is a terminal; send manifests into it");
  return await reading;
}

/** The file itself, or the files below a directory that were not read before. */
async function filesOf(name: string, seen: Set<string>): Promise<string[]> {
  if (!(await stat(name)).isDirectory()) return [name];
  const all = await filesBelow(name);
  if (all.length === 0) throw new Error("the directory holds no .yaml, .yml or .json file");
  const fresh = all.filter((file) => !seen.has(resolve(file)));
  for (const file of fresh) seen.add(resolve(file));
  return fresh;
}

async function filesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else if (EXTENSIONS.has(extname(entry.name)) && (await isFile(path))) files.push(path);
  }
  return files;
}

/** Follows links; a broken one counts as a file, so that reading it says what is wrong. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return true;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ELOOP: "too many symbolic links",
  ERR_FS_FILE_TOO_LARGE: "larger than 2 GiB",
};

function unreadable(name: string, error: unknown): Issue {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  return { code: "unreadable", severity: "error", path: "", file: name, message: reason };
}
