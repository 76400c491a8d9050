// The built command line, run as a user runs it, and explanations of random worlds: what is printed as JSON, and what the
// library writes, is held against the published schema by ajv.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { load as parseYaml } from "js-yaml";
import { describe, expect, test } from "vitest";
import { BUILTIN_SCORES } from "../../src/scheduler/builtin.js";
import type { ExplanationDocument } from "../../src/scheduler/explanation-document.js";
import { defaultProfile } from "../../src/scheduler/profile.js";
import { type Run, root, useCommandLine } from "../helpers/command-line.js";
import { tries } from "../helpers/tries.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES } from "../helpers/worlds.js";
import { openWorld } from "../unit/explain-worlds.js";

const example = join(root, "examples/three-servers");
const schema = JSON.parse(readFileSync(join(root, "schema/explain.v1.json"), "utf8")) as object;
const isDocument = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

const SEED = 20_261_126;
const WORLDS = tries(60, 200);

const commandLine = useCommandLine("explain");

function explain(args: readonly string[], stdin = ""): Promise<Run> {
  return commandLine.run(["explain", ...args], { stdin });
}

function checked(document: unknown): ExplanationDocument {
  expect(isDocument(document) || isDocument.errors).toBe(true);
  return document as ExplanationDocument;
}

const podText = (name: string, cpu: string, spec = ""): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {${spec}containers: [{name: c, image: i, resources: {requests: {cpu: ${cpu}}}}]}\n`;

describe("stowage explain", () => {
  test("exits 0 with the way of a pod that has a node to go to", async () => {
    const run = await explain(["deployment/search", "-f", example, "-o", "json"]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const document = checked(JSON.parse(run.stdout));
    expect(document).toMatchObject({ pod: "shop/search-1", status: "placed", node: "server-1", message: "" });
    expect(document.filterResult["server-3"]?.TaintToleration).toBe("node(s) had untolerated taint(s)");
    const parts = Object.values(document.finalScoreResult["server-1"] ?? {});
    expect(document.totals["server-1"]).toBe(parts.reduce((sum, part) => sum + part, 0));
    expect(document.ties).toEqual(["server-1", "server-2"]);
    const yaml = await explain(["deployment/search", "-f", example, "-o", "yaml"]);
    expect(parseYaml(yaml.stdout)).toEqual(document);
  });

  test("exits 3 with every reason of a pod that fits nowhere", async () => {
    const run = await explain(["recommendation-1", "-n", "shop", "-f", example, "-o", "json"]);
    expect(run.code).toBe(3);
    const { status, node, message, filterResult } = checked(JSON.parse(run.stdout));
    expect([status, node]).toEqual(["unschedulable", null]);
    expect(message).toMatch(/^0\/3 nodes are available: /);
    expect(filterResult["server-3"]).toMatchObject({
      TaintToleration: "node(s) had untolerated taint(s)",
      NodeAffinity: "node(s) didn't match Pod's node affinity/selector",
      NodeResourcesFit: "passed",
    });
  });

  test("asks against the cluster as it is, or with --after-plan once the others have their place", async () => {
    const stdin = [podText("a", "600m"), podText("b", "600m")].join("---\n");
    const args = ["b", "-f", "-", "--nodes", "1x1cpu,1Gi", "-o", "json"];
    expect((await explain(args, stdin)).code).toBe(0);
    const after = await explain([...args, "--after-plan"], stdin);
    expect(after.code).toBe(3);
    expect(checked(JSON.parse(after.stdout)).message).toBe("0/1 nodes are available: 1 Insufficient cpu.");
  });

  test("takes a running pod away for the question, and says so", async () => {
    const stdin = podText("a", "600m", "nodeName: server-1, ");
    const run = await explain(["a", "-f", "-", "--nodes", "2x1cpu,1Gi"], stdin);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("It runs on server-1; for this question it was taken away from there");
  });

  test("names whom preemption would evict", async () => {
    const low = podText("low", "800m", "priority: 0, nodeName: server-1, ");
    const stdin = `${low}---\n${podText("high", "800m", "priority: 5, ")}`;
    const run = await explain(["high", "-f", "-", "--nodes", "1x1cpu,1Gi", "-o", "json"], stdin);
    expect(run.code).toBe(3);
    expect(checked(JSON.parse(run.stdout))).toMatchObject({
      nominatedNode: "server-1",
      victims: [{ pod: "default/low", priority: 0, violatesBudget: false }],
    });
  });

  test("tells what an API server would have filled in, and that a limit became the request", async () => {
    const stdin = podText("a", "1").replace("requests", "limits");
    const run = await explain(["a", "-f", "-", "--nodes", "1x2cpu,1Gi"], stdin);
    expect(run.stdout).toContain("spec.containers[0].resources.requests.cpu = 1, by defaults");
  });

  test("decides by the configuration and the tie-break that are given", async () => {
    const config = join(commandLine.folder, "config.yaml");
    writeFileSync(
      config,
      "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{plugins: {filter: {disabled: [{name: NodeResourcesFit}]}}}]\n",
    );
    const args = ["a", "-f", "-", "--nodes", "1x1cpu,1Gi", "--config", config, "-o", "json"];
    const run = await explain(args, podText("a", "9"));
    expect(run.code).toBe(0);
    expect(checked(JSON.parse(run.stdout)).filterResult["server-1"]).not.toHaveProperty("NodeResourcesFit");
  });

  test("gives the same bytes for the same question", async () => {
    for (const format of ["wide", "json"]) {
      const args = ["deployment/search", "-f", example, "-o", format, "--tie-break", "random", "--seed", "7"];
      const [one, other] = [await explain(args), await explain(args)];
      expect(one.stdout.length).toBeGreaterThan(100);
      expect(other).toEqual(one);
    }
  });
});

describe("exit code 2 and nothing on standard output", () => {
  test.each([
    [[], "Not enough non-option arguments"],
    [["a"], "Missing required argument: filename"],
    [["a", "-f", example, "-o", "csv"], 'Invalid values:\n  Argument: output, Given: "csv"'],
    [["a", "-f", example, "--top", "1", "--top", "2"], "--top is given more than once"],
    [["a", "b", "-f", example], "Unknown argument: b"],
  ])("%j", async (args, message) => {
    const run = await explain(args);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("stowage explain --help");
  });

  test.each([
    [
      ["deployment/serch", "-f", example],
      "deployment/serch: no pod and no workload with pods is called so; did you mean",
    ],
    [["search-1", "-f", example, "--top", "x"], "--top x: is not a whole number"],
    [["search-1", "-f", example, "--node", "serve-1"], "--node serve-1: no node is called so; did you mean server-1"],
    [["search-1", "-f", example, "--seed", "x"], "--seed x: is not a whole number"],
    [["search-1", "-f", "none.yaml"], "none.yaml: no such file or directory"],
  ])("%j", async (args, message) => {
    const run = await explain(args);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(message);
  });

  test("for a name that several pods have, with all of them", async () => {
    const other = podText("a", "1").replace("{name: a}", "{name: a, namespace: other}");
    const run = await explain(["a", "-f", "-", "--nodes", "1x1cpu,1Gi"], `${podText("a", "1")}---\n${other}`);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toBe("a: this could be any of default/a, other/a\n");
  });
});

test(`explanations of ${WORLDS} random worlds are of the schema, and add up (seed ${SEED})`, {
  timeout: 600_000,
}, () => {
  const weights = new Map(defaultProfile().score.map(({ name, weight }) => [name, weight]));
  const seen = new Set<string>();
  fc.assert(
    fc.property(worldArbitrary({ among: ALL_THEMES }), (world) => {
      const { cluster, scheduler, incoming } = openWorld(world);
      for (const pod of incoming) {
        const document = checked(JSON.parse(JSON.stringify(scheduler.explain(pod))));
        const { status, node, totals, ties, finalScoreResult, normalizedResult, scoreResult } = document;
        seen.add(status);
        if (status === "placed") expect(ties).toContain(node);
        for (const maps of [scoreResult, normalizedResult, finalScoreResult]) {
          expect(Object.keys(maps)).toEqual(Object.keys(totals));
        }
        for (const [name, parts] of Object.entries(finalScoreResult)) {
          expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(totals[name]);
          if (world.config !== undefined) continue;
          for (const [plugin, part] of Object.entries(parts)) {
            expect(BUILTIN_SCORES.has(plugin)).toBe(true);
            expect(part).toBe(normalizedResult[name]![plugin]! * weights.get(plugin)!);
          }
        }
      }
      cluster.dispose();
    }),
    { numRuns: WORLDS, seed: SEED },
  );
  expect([...seen]).toEqual(expect.arrayContaining(["error", "gated", "placed", "unschedulable"]));
});
