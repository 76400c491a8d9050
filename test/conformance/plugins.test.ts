/**
 * Method: well-behaved plugins pass every check, through vitest's own `test`, through any function that takes a name and
 * a body, and at once; `stowage/testing` asks nothing else of a test runner.
 */

import { describe, expect, test } from "vitest";
import { definePlugin } from "../../src/scheduler/plugin.js";
import { pluginChecks, runPluginConformance } from "../../src/testing.js";
import { emptiest, leastCpu, ledger, mostMemory, onlySsd, zoneQuota } from "./plugins.js";

describe.each([onlySsd, emptiest, mostMemory, leastCpu, zoneQuota])("$name", (plugin) => {
  runPluginConformance(plugin, { test });
});

describe("a plugin that remembers, made anew for each cluster", () => {
  runPluginConformance(ledger, { test });
});

describe("the suite", () => {
  test("runs at once where there is no runner", () => {
    expect(() => runPluginConformance(onlySsd)).not.toThrow();
  });

  test("registers each check once with a runner, and runs none before the runner does", () => {
    const registered: string[] = [];
    let calls = 0;
    const counting = () => {
      calls++;
      return onlySsd;
    };
    runPluginConformance(counting, { test: (name) => registered.push(name) });
    expect(registered).toEqual(pluginChecks(onlySsd).map(({ name }) => name));
    expect(new Set(registered).size).toBe(registered.length);
    expect(calls).toBe(0);
  });

  test("tries the plugin on the nodes and pods of its author too", () => {
    const seen = new Set<string>();
    const watching = definePlugin({
      name: "Watching",
      filter: (cycle) =>
        cycle.eachNode((node) => {
          seen.add(`${cycle.pod.metadata?.name} ${node.name} ${node.allocatable.players}`);
          return undefined;
        }),
    });
    const nodes = [{ name: "arena", allocatable: { cpu: 4, players: 64 } }];
    runPluginConformance(watching, { nodes, pods: [{ name: "match", requests: { players: 10 } }] });
    expect(seen).toContain("match arena 64");
  });

  test("gives equal clusters for equal seeds and other clusters for other seeds", () => {
    const worldOf = (seed: number) => {
      const seen: string[] = [];
      const watching = definePlugin({
        name: "Watching",
        filter: (cycle) =>
          cycle.eachNode((node) => {
            seen.push(JSON.stringify(node.object));
            return undefined;
          }),
      });
      runPluginConformance(watching, { seed });
      return seen.join("\n");
    };
    expect(worldOf(7)).toBe(worldOf(7));
    expect(worldOf(8)).not.toBe(worldOf(7));
  });
});
