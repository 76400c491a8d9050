// examples/pull-request and the outputs in docs/: the commands of the workflow and of the pages, run as they stand there, against
// what is printed below them.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load as parseYaml } from "js-yaml";
import { describe, expect, test } from "vitest";
import { root, useCommandLine } from "../helpers/command-line.js";

useCommandLine("pull-request");

const main = join(root, "dist/cli/main.js");
const example = join(root, "examples/pull-request");

interface Shown {
  readonly command: string;
  readonly output: string;
  /** Where it is told. */
  readonly code: number | undefined;
}

/** Code blocks of a page that begin with a stowage command. */
function shownIn(path: string): Shown[] {
  const page = readFileSync(join(root, path), "utf8");
  return [...page.matchAll(/```\n\$ (?:npx )?stowage (.*)\n([\s\S]*?)```\n(?:\nexit code (\d)\n)?/g)].map(
    ([, command = "", output = "", code]) => ({ command, output, code: code === undefined ? undefined : Number(code) }),
  );
}

/** A command line as a shell reads it. */
function runIn(folder: string, command: string): { readonly output: string; readonly code: number | null } {
  const { stdout, status } = spawnSync("bash", ["-c", `exec "$0" "$1" ${command}`, process.execPath, main], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env.PATH, LANG: "C.UTF-8" },
  });
  return { output: stdout, code: status };
}

describe("examples/pull-request", () => {
  const shown = shownIn("examples/pull-request/README.md");

  test("prints what its README shows, with these exit codes", () => {
    expect(shown.map(({ code }) => code)).toEqual([0, 4, 0]);
    for (const { command, output, code } of shown) {
      expect([command, runIn(example, command)]).toEqual([command, { output, code }]);
    }
  });

  test("has a workflow that runs these commands, and whose checks pass on main", () => {
    const workflow = parseYaml(readFileSync(join(example, "capacity.yaml"), "utf8")) as {
      readonly jobs: { readonly fits: { readonly steps: readonly { readonly run?: string }[] } };
    };
    const commands = workflow.jobs.fits.steps.flatMap(({ run }) => run?.replace(/^npx stowage /, "") ?? []);
    expect(commands).toEqual(shown.map(({ command }) => command));
    const onMain = commands.map((command) => runIn(example, command.replaceAll("branch", "main")).code);
    expect(onMain).toEqual([0, 0, 0]);
  });
});

test.each(["docs/survive.md", "docs/compare.md"])("%s shows what is printed", (page) => {
  const shown = shownIn(page);
  expect(shown.length).toBeGreaterThan(0);
  for (const { command, output } of shown) expect([command, runIn(root, command).output]).toEqual([command, output]);
});
