// A directory with files, nested folders, links and things to pass over, made anew for each test in the system's
// temporary folder; what is read is compared with what was written.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readInputs } from "../../src/cli/inputs.js";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stowage-inputs-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): string {
  const full = join(root, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, text);
  return full;
}

async function read(names: readonly string[], stdin?: string): Promise<[string, string][]> {
  const { texts, issues } = await readInputs(names, () =>
    stdin === undefined ? undefined : Promise.resolve(new TextEncoder().encode(stdin)),
  );
  const where = (file: string | undefined): string => (file ?? "").replace(`${root}/`, "");
  return [
    ...texts.map(({ file, text }): [string, string] => [
      where(file),
      typeof text === "string" ? text : new TextDecoder().decode(text),
    ]),
    ...issues.map(({ file, message }): [string, string] => [where(file), `issue: ${message}`]),
  ];
}

describe("-f", () => {
  test("reads a file whatever it is called", async () => {
    expect(await read([write("pods.txt", "a")])).toEqual([["pods.txt", "a"]]);
  });

  test("reads the .yaml, .yml and .json files below a directory, sorted by path", async () => {
    write("b.yaml", "1");
    write("a/z.json", "2");
    write("a/c/d.yml", "3");
    write("README.md", "no");
    write(".git/config.yaml", "no");
    write(".hidden.yaml", "no");
    expect(await read([root])).toEqual([
      ["a/c/d.yml", "3"],
      ["a/z.json", "2"],
      ["b.yaml", "1"],
    ]);
  });

  test("follows links to files, but not links to directories, which may turn in circles", async () => {
    write("a.yaml", "1");
    symlinkSync(join(root, "a.yaml"), join(root, "b.yaml"));
    symlinkSync(root, join(root, "circle"));
    symlinkSync(root, join(root, "circle.yaml"));
    expect(await read([root])).toEqual([
      ["a.yaml", "1"],
      ["b.yaml", "1"],
    ]);
  });

  test("keeps the order of the names, and reads a file that is named twice once", async () => {
    const [a, b] = [write("a.yaml", "1"), write("b.yaml", "2")];
    expect(await read([b, root, a, b])).toEqual([
      ["b.yaml", "2"],
      ["a.yaml", "1"],
    ]);
  });

  test("reads standard input for -, once", async () => {
    expect(await read(["-", "-"], "x")).toEqual([["<stdin>", "x"]]);
  });

  test("does not wait for somebody to type", async () => {
    expect(await read(["-"])).toEqual([["<stdin>", "issue: standard input is a terminal; send manifests into it"]]);
  });

  test("reports every name that cannot be read, and reads the others", async () => {
    mkdirSync(join(root, "empty"));
    write("d/good.yaml", "1");
    symlinkSync(join(root, "gone"), join(root, "d/broken.yaml"));
    expect(await read([join(root, "nowhere"), join(root, "empty"), join(root, "d")])).toEqual([
      ["d/good.yaml", "1"],
      ["nowhere", "issue: no such file or directory"],
      ["empty", "issue: the directory holds no .yaml, .yml or .json file"],
      ["d/broken.yaml", "issue: no such file or directory"],
    ]);
  });
});
