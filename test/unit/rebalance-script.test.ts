// The script of moves for names that no API server would take: a manifest may have them all the same, and none may become a
// command.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { scriptText } from "../../src/cli/print/rebalance-script.js";
import type { Goal, Rebalance } from "../../src/planning/rebalancing.js";

const utilization = { nodes: 3, nodesUsed: 2, resources: {} };

function scriptFor(goal: Goal, from: string, to: string, pod: string, unused: readonly string[]): string {
  const plan: Rebalance = {
    schemaVersion: "stowage/rebalance.v1",
    goal,
    isSurge: false,
    before: utilization,
    after: { ...utilization, nodesUsed: 1 },
    emptied: goal === "stranding" ? [] : [from],
    unused,
    moves: [{ pod: `default/${pod}`, from, to, gain: 1, empties: true }],
    kept: [],
    stoppedBy: "done",
  };
  return scriptText(plan, [], new Set(["cordoned"]));
}

test.each<Goal>(["nodes", "stranding"])("names with line breaks and quotes stay words and comments, for %s", (goal) => {
  const nasty = "a\necho hacked; echo '$(echo hacked)' \u001b[2J\r";
  const script = scriptFor(goal, nasty, nasty, nasty, [nasty]);
  const plain = scriptFor(goal, "a", "b", "c", ["d"]);
  const isCommand = (line: string): boolean => /^(kubectl|evict) /.test(line);
  expect(script.split("\n").filter(isCommand)).toHaveLength(plain.split("\n").filter(isCommand).length);
  // With functions in their place nothing is run, and nothing else is there to print.
  const stubs = "kubectl() { :; }\nevict() { :; }\n";
  const body = script.slice(script.indexOf("\n}\n") + 3);
  expect(execFileSync("bash", ["-c", `${stubs}${body}`], { encoding: "utf8" })).toBe("");
});

test("nodes that were empty are cordoned meanwhile, and opened again unless they were cordoned before", () => {
  const lines = scriptFor("nodes", "a", "b", "c", ["idle", "cordoned"]).split("\n");
  const calls = lines.filter((line) => /^(kubectl (un)?cordon|evict) /.test(line));
  expect(calls).toEqual([
    "kubectl cordon a",
    "kubectl cordon idle",
    "kubectl cordon cordoned",
    "evict default c",
    "kubectl uncordon idle",
  ]);
});
