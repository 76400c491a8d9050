/**
 * Method: the examples, run as their READMEs say, over the built package. What they print is read back and held against
 * what must be true of it, and against the README to the byte.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const built = join(root, "dist/index.js");

interface Server {
  readonly name: string;
  readonly lease: string;
  readonly workloads: number;
  /** Used and allocatable: cpu, memory in GiB, players. */
  readonly amounts: readonly (readonly [used: number, allocatable: number])[];
}

/** The rows of the printed table. */
function serversIn(output: string): Server[] {
  return [...output.matchAll(/^│ (server-\d+) │ (\w+) +│ +(\d+) │(.*)│$/gm)].map(
    ([, name, lease, workloads, rest]) => ({
      name: name!,
      lease: lease!,
      workloads: Number(workloads),
      amounts: rest!.split("│").map((cell) => {
        const [used, allocatable] = cell.split("/").map(Number);
        return [used!, allocatable!];
      }),
    }),
  );
}

function numbersIn(output: string, sentence: RegExp): number[] {
  const found = sentence.exec(output);
  if (found === null) throw new Error(`the output has no ${sentence}`);
  return found.slice(1).map(Number);
}

describe("examples/embed", () => {
  let output: string;

  beforeAll(() => {
    if (!existsSync(built)) throw new Error("dist/index.js is missing: run `npm run build` first");
    output = execFileSync(process.execPath, ["examples/embed/main.mjs"], { cwd: root, encoding: "utf8" });
  });

  test("puts nothing over capacity on any of its 40 servers", () => {
    const servers = serversIn(output);
    expect(servers).toHaveLength(40);
    for (const { amounts } of servers) {
      expect(amounts).toHaveLength(3);
      for (const [used, allocatable] of amounts) expect(used).toBeLessThanOrEqual(allocatable);
    }
  });

  test("accounts for every workload: it runs or is named with the reason", () => {
    const [total, running, leftOver] = numbersIn(output, /^(\d+) workloads: (\d+) run, (\d+) have no room$/m);
    const onServers = serversIn(output).reduce((sum, { workloads }) => sum + workloads, 0);
    const named = new Set(
      [...output.matchAll(/^(\S+) has no room: 0\/40 nodes are available: .+\.$/gm)].map(([, name]) => name),
    );
    expect(onServers).toBe(running);
    expect(named.size).toBe(leftOver);
    expect(running! + leftOver!).toBe(total);
  });

  test("accounts for every promise: started, refused or expired", () => {
    const rounds = [
      ...output.matchAll(
        /^round \d+: (\d+) promised, (\d+) started, (\d+) refused, (\d+) expired, \d+ without room$/gm,
      ),
    ].map(([, ...counts]) => counts.map(Number));
    expect(rounds.length).toBeGreaterThan(1);
    for (const [promised, started, refused, expired] of rounds) expect(started! + refused! + expired!).toBe(promised);
    const [, running] = numbersIn(output, /^(\d+) workloads: (\d+) run/m);
    expect(rounds.reduce((sum, [, started]) => sum + started!, 0)).toBe(running);
    expect(rounds.some(([, , refused]) => refused! > 0)).toBe(true);
    expect(rounds.some(([, , , expired]) => expired! > 0)).toBe(true);
  });

  test("obeys its own policy, and says so where it costs a workload its room", () => {
    expect(output).toMatch(/^lobby-\d+ has no room: .*\d+ node\(s\) are on a spot lease/m);
  });

  test("answers for each workload of the failed server, and takes the what-if back", () => {
    const [placed, victims] = numbersIn(
      output,
      /^If server-03 failed, (\d+) of its (\d+) workloads would find room:$/m,
    );
    expect(victims).toBe(serversIn(output).find(({ name }) => name === "server-03")?.workloads);
    const moves = [...output.matchAll(/^ {2}(\S+) (?:-> (server-\d+)|has none: .+)$/gm)];
    expect(moves).toHaveLength(victims!);
    expect(moves.filter(([, , server]) => server !== undefined)).toHaveLength(placed!);
    expect(moves.map(([, , server]) => server)).not.toContain("server-03");
    for (const [, name, server] of moves) {
      const lease = serversIn(output).find((each) => each.name === server)?.lease;
      if (name!.startsWith("lobby")) expect(lease).not.toBe("spot");
    }
    expect(output).toContain("Taken back: the cluster is as it was.\n");
  });

  test("prints what its README shows", () => {
    const readme = readFileSync(join(root, "examples/embed/README.md"), "utf8");
    expect(/```\n([\s\S]*?)```/.exec(readme)?.[1]).toBe(output);
  });
});
