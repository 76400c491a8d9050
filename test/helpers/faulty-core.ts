/** Cores with one fault each, compiled from a changed copy of the sources, to see that tests would find it. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

export interface Fault {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const FAULTS: readonly Fault[] = [
  {
    what: "counts one candidate too many when it weighs constraints",
    file: "class-index/cells.ts",
    from: "goLog(<f64>(size + 2))",
    to: "goLog(<f64>(size + 3))",
  },
  {
    what: "takes the last of equal cells",
    file: "class-index/choice.ts",
    from: "first = min(first, ",
    to: "first = max(first == i32.MAX_VALUE ? 0 : first, ",
  },
  {
    what: "takes the last of equal nodes where few are open",
    file: "class-index/narrow.ts",
    from: "if (total > best) {",
    to: "if (total >= best) {",
  },
  {
    what: "does not hear of pods in a domain that leave",
    file: "domain-counters.ts",
    from: "const after = before + amount;",
    to: "const after = before + max(amount, 0);",
  },
  {
    what: "looks at too few of the nodes that changed",
    file: "journal.ts",
    from: "== entry)",
    to: "== entry && (entry & 7) != 7)",
  },
  {
    what: "shares what is kept of nodes whichever pods are counted there",
    file: "class-index/traits.ts",
    from: "const TELLING: usize = SEEN",
    to: "const TELLING: usize = 4",
  },
  {
    what: "comes upon a node again that went before",
    file: "nodes.ts",
    from: "journalNoteGone(slot);\n",
    to: "journalNote(slot);\n",
  },
  {
    what: "does not hear of nodes that change",
    file: "nodes.ts",
    from: "journalNote(slot);\n  const cpu",
    to: "const cpu",
  },
  {
    what: "counts a node with what rejected it before, too",
    file: "diagnosis.ts",
    from: "tell(diagnosis, before, -1)",
    to: "tell(diagnosis, before, 0)",
  },
];

export const PREEMPTION_FAULT: Fault = {
  what: "forgets that those who come back take room",
  file: "dry-run.ts",
  from: "if (leavesToo) requestAdd",
  to: "requestAdd",
};

/** Faults that show where an index hears of many changes at once. */
export const ROW_FAULTS: readonly Fault[] = [
  {
    what: "reads on behind the end of the journal",
    file: "journal.ts",
    from: "(<u32>(firstRow + i) & (size - 1))",
    to: "<u32>(firstRow + i)",
  },
  {
    what: "takes four that do not lie together for four that do",
    file: "journal.ts",
    from: "const from = seen & ~3;",
    to: "const from = seen;",
  },
  {
    what: "does not look at nodes that keep changing",
    file: "journal.ts",
    from: "isRepeated(<u32>seen)) return journalRead(reader);",
    to: "isRepeated(<u32>seen)) return 0;",
  },
  {
    what: "forgets the tops of blocks when it looks at many nodes",
    file: "class-index/catch-up.ts",
    from: "putInPlace(index, count, false);\n    layerRaiseAll(index, 0);",
    to: "putInPlace(index, count, false);",
  },
];

/** Of what an index takes over from nodes that are like others. */
export const ALIKE_FAULT: Fault = {
  what: "takes nodes for alike that have changed since",
  file: "rows.ts",
  from: "store<u16>(alike + (<usize>slot >> 2), 0);",
  to: "store<u8>(alike + (<usize>slot >> 2), 0);",
};

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Not optimized: that is compiled in a third of the time. */
const ARGUMENTS = ["--config", "asconfig.json", "--target", "debug"];
const BINARY = "build/core.debug.wasm";

/**
 * Compiles the sources with a fault, in this process: the compiler has to be loaded once then, and gets faster.
 *
 * @throws Error when they do not have what the fault changes, once
 */
export async function faultyCore({ file, from, to }: Fault): Promise<WebAssembly.Module> {
  const faulty = `assembly/${file}`;
  const source = readFileSync(join(ROOT, faulty), "utf8");
  if (source.split(from).length !== 2) throw new Error(`${file} does not have ${from} once`);
  let binary: BufferSource | undefined;
  const { error, stderr } = await asc.main(ARGUMENTS, {
    readFile: (name) => (name === faulty ? source.replace(from, to) : textOf(join(ROOT, name))),
    writeFile: (name, contents) => {
      if (name === BINARY) binary = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(`${error?.message}\n${stderr}`);
  return WebAssembly.compile(binary);
}

/** Null is what the compiler takes for no file. */
function textOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}
