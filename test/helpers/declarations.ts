/** Declaration files as the compiler writes them: which types an entry's users see and cannot name. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Module {
  /** Top-level declarations by name, without comments and texts. */
  readonly declared: ReadonlyMap<string, string>;
  /** Local name to where it comes from. */
  readonly imported: ReadonlyMap<string, Origin>;
  /** The same of what is passed on; under "*" whole modules are. */
  readonly passedOn: readonly (Origin & { readonly as: string })[];
}

interface Origin {
  readonly path: string;
  readonly name: string;
}

const NAMES = /(import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"(\.[^"]+)"/g;
const STAR = /export\s+(?:type\s+)?\*\s+from\s+"(\.[^"]+)"/g;
const DECLARATION = /^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(interface|type|class|const|function)\s+(\w+)/;

/** Types in what the entries export that no entry exports, each as "Type, in path Declaration". */
export function unnamableTypes(entries: readonly string[]): string[] {
  const modules = new Map<string, Module>();
  const moduleAt = (path: string): Module => {
    const known = modules.get(path) ?? readModule(path);
    modules.set(path, known);
    return known;
  };
  const find = ({ path, name }: Origin): Origin | undefined => {
    const { declared, imported, passedOn } = moduleAt(path);
    if (declared.has(name)) return { path, name };
    const from = imported.get(name) ?? passedOn.find(({ as }) => as === name);
    return from === undefined ? undefined : find(from);
  };
  const visible = new Map<string, Origin>();
  const show = (origin: Origin | undefined): void => {
    if (origin !== undefined) visible.set(`${origin.path} ${origin.name}`, origin);
  };
  for (const path of entries) {
    const { declared, passedOn } = moduleAt(path);
    for (const [name, text] of declared) if (text.startsWith("export")) show({ path, name });
    for (const from of passedOn) {
      if (from.as !== "*") show(find(from));
      else for (const name of moduleAt(from.path).declared.keys()) show({ path: from.path, name });
    }
  }
  const missing = new Set<string>();
  for (const { path, name } of visible.values()) {
    const text = moduleAt(path).declared.get(name) ?? "";
    for (const used of typesIn(text)) {
      const origin = find({ path, name: used });
      if (origin !== undefined && !visible.has(`${origin.path} ${origin.name}`))
        missing.add(`${used}, in ${path} ${name}`);
    }
  }
  return [...missing].sort();
}

/** Names that stand for types; what a type extends is no name that its users need. */
function typesIn(text: string): string[] {
  const bare = text.replace(/\bextends\s[^{]*\{/, "{").replace(/\b(?:typeof|unique)\s+\w+/g, "");
  return bare.match(/(?<![.\w])[A-Z]\w*/g) ?? [];
}

function readModule(path: string): Module {
  const text = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const at = (specifier: string): string => join(dirname(path), specifier.replace(/\.js$/, ".d.ts"));
  const imported = new Map<string, Origin>();
  const passedOn: (Origin & { as: string })[] = [];
  for (const [, keyword, names = "", specifier = ""] of text.matchAll(NAMES)) {
    for (const each of names.split(",")) {
      const [name = "", as = name] = each
        .trim()
        .replace(/^type\s+/, "")
        .split(/\s+as\s+/);
      if (name === "") continue;
      if (keyword === "import") imported.set(as, { path: at(specifier), name });
      else passedOn.push({ path: at(specifier), name, as });
    }
  }
  for (const [, specifier = ""] of text.matchAll(STAR)) passedOn.push({ path: at(specifier), name: "*", as: "*" });
  const declared = new Map<string, string>();
  for (const part of text.split(/^(?=(?:export|declare|interface|type|class|import)\b)/m)) {
    const [, kind = "", name] = DECLARATION.exec(part) ?? [];
    // Types alone are passed on by a star; a function or a constant of such a module is no part of what is published.
    if (name !== undefined && (kind !== "function" || !/(?:objects|volume-sources)\.d\.ts$/.test(path))) {
      declared.set(name, part.replace(/"(?:[^"\\]|\\.)*"/g, '""'));
    }
  }
  return { declared, imported, passedOn };
}
