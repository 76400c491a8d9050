/** Who imports whom, read off the import lines. */

import { posix } from "node:path";
import { isCode, lineAt, type Source } from "./sources.js";

export interface Import {
  readonly from: string;
  readonly line: number;
  /** A file of ours as its path, else the name as it stands: `yargs/helpers`, `node:fs`. */
  readonly to: string;
  readonly isOurs: boolean;
  /** Erased by the compiler: `import type` and `export type`. */
  readonly isType: boolean;
  /** `export ... from`. */
  readonly isReexport: boolean;
}

const STATIC = /^(import|export)\b(\s+type\b)?(?:[^;"'`]*?\bfrom)?\s*["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"']+)["']\s*\)/g;
/** What a worker runs is reached as if it were imported. */
const WORKER = /\bnew Worker\(new URL\(\s*["']([^"']+)["']/g;

/** The imports of every TypeScript file in `src` and `assembly`, static and dynamic. */
export function importsOf(sources: readonly Source[]): Import[] {
  return sources.filter((source) => isCode(source, ["src", "assembly"])).flatMap(importsOfFile);
}

function importsOfFile({ path, code }: Source): Import[] {
  const imports: Import[] = [];
  for (const match of code.matchAll(STATIC)) {
    const [, keyword, type, name = ""] = match;
    const flags = { isType: type !== undefined, isReexport: keyword === "export" };
    imports.push({ from: path, line: lineAt(code, match.index), ...target(path, name), ...flags });
  }
  for (const match of [...code.matchAll(DYNAMIC), ...code.matchAll(WORKER)]) {
    const flags = { isType: false, isReexport: false };
    imports.push({ from: path, line: lineAt(code, match.index), ...target(path, match[1] ?? ""), ...flags });
  }
  return imports;
}

/** `src` imports files as `./x.js`, AssemblyScript as `./x`. */
function target(from: string, name: string): Pick<Import, "to" | "isOurs"> {
  if (!name.startsWith(".")) return { to: name, isOurs: false };
  const path = posix.join(posix.dirname(from), name);
  return { to: path.endsWith(".js") ? path.replace(/\.js$/, ".ts") : `${path}.ts`, isOurs: true };
}

/** Files that can be reached from `entries`, themselves included. `withTypes` follows erased imports too. */
export function reachableFrom(entries: readonly string[], imports: readonly Import[], withTypes: boolean): Set<string> {
  const reached = new Set(entries);
  // A Set iterates over what is added on the way.
  for (const file of reached) {
    for (const { from, to, isOurs, isType } of imports) {
      if (from === file && isOurs && (withTypes || !isType)) reached.add(to);
    }
  }
  return reached;
}

/** Import cycles between files, each once: as the import that closes it and the way round. */
export function cyclesOf(imports: readonly Import[]): { readonly closing: Import; readonly way: readonly string[] }[] {
  const done = new Set<string>();
  const cycles: { closing: Import; way: string[] }[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (done.has(file)) return;
    const here = [...way, file];
    for (const next of imports.filter(({ from, isOurs }) => from === file && isOurs)) {
      const start = here.indexOf(next.to);
      if (start < 0) visit(next.to, here);
      else cycles.push({ closing: next, way: [...here.slice(start), next.to] });
    }
    done.add(file);
  };
  for (const { from } of imports) visit(from, []);
  return cycles;
}
