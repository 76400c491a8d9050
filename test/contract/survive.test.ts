// `stowage survive`, built and run as a user runs it: what is printed as JSON is held against its published schema by ajv,
// exit codes against what a check in continuous integration relies on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { load as parseYaml } from "js-yaml";
import { expect, test } from "vitest";
import { printSurvival } from "../../src/cli/print/survive.js";
import { additionsFor } from "../../src/planning/additions.js";
import type { Survival } from "../../src/planning/survival.js";
import { survive } from "../../src/planning/survive.js";
import { type Run, type RunOptions, root, useCommandLine } from "../helpers/command-line.js";
import { tries } from "../helpers/tries.js";
import { worldArbitrary } from "../helpers/world-arbitraries.js";
import { ALL_THEMES } from "../helpers/worlds.js";
import { openWorld } from "../unit/explain-worlds.js";

const SEED = 20_261_129;
const example = join(root, "examples/three-servers");
const schema = JSON.parse(readFileSync(join(root, "schema/survive.v1.json"), "utf8")) as object;
const isSurvival = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
const commandLine = useCommandLine("survive");

const run = (args: readonly string[], options?: RunOptions): Promise<Run> =>
  commandLine.run(["survive", ...args], options);

function checked(document: unknown): Survival {
  expect(isSurvival(document) || isSurvival.errors).toBe(true);
  return document as Survival;
}

function file(name: string, text: string): string {
  const path = join(commandLine.folder, name);
  writeFileSync(path, text);
  return path;
}

const web = (replicas: number, cpu = "1"): string =>
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i, resources: {requests: {cpu: ${cpu}}}}]}
`;

test("tells of each node, zone and drain of the example, and that pods had no node before", async () => {
  const json = await run(["-f", example, "-o", "json"]);
  expect([json.code, json.stderr]).toEqual([3, ""]);
  const survival = checked(JSON.parse(json.stdout));
  expect(survival.levels.map(({ level, cases }) => [level, cases])).toEqual([
    ["node", 3],
    ["domain", 2],
    ["drain", 3],
  ]);
  expect(survival.summary).toEqual({ nodes: 3, pods: 31, placed: 31, leftOver: 4 });
  const yaml = await run(["-f", example, "-o", "yaml"]);
  expect(parseYaml(yaml.stdout)).toEqual(survival);
  for (const format of ["table", "wide", "markdown"]) {
    const { stdout } = await run(["-f", example, "-o", format]);
    for (const name of ["server-1", "server-2", "server-3", "rack-a", "rack-b"]) expect(stdout).toContain(name);
    expect(stdout).toContain("node: 0 of 3 survived\n");
  }
  expect((await run(["-f", example, "-o", "json"])).stdout).toBe(json.stdout);
});

test("is a check: exits 0 where a required level is met, 4 where it is not, 3 where pods had no node before", async () => {
  const small = file("small.yaml", web(4));
  const check = (nodes: string, ...more: string[]) => run(["-f", small, "--nodes", nodes, ...more]);
  const met = await check("3x2cpu,4Gi", "--require", "node");
  expect([met.code, met.stdout.includes("node: required, met: 3 of 3 survived")]).toEqual([0, true]);
  const unmet = await check("2x2cpu,4Gi", "--require", "node");
  expect([unmet.code, unmet.stdout.includes("node: required, not met: 0 of 2 survived")]).toEqual([4, true]);
  expect((await check("2x2cpu,4Gi")).code).toBe(0);
  expect((await check("1x2cpu,4Gi")).code).toBe(3);
  expect((await check("3x2cpu,4Gi", "--require", "pair")).code).toBe(4);
  expect((await check("4x2cpu,4Gi,zone=a", "--require", "zone")).code).toBe(4);
  const racks = ["--nodes", "2x4cpu,4Gi,label.rack=one", "--nodes", "2x4cpu,4Gi,label.rack=two"];
  expect((await run(["-f", small, ...racks, "--domain", "rack", "--require", "rack"])).code).toBe(0);
});

test("says what to add: nodes like those that are there, or offers at their price, for the worst or for all", async () => {
  const small = file("add.yaml", web(4));
  const full = ["-f", small, "--nodes", "2x2cpu,4Gi"];
  const copies = await run(full);
  expect(copies.stdout).toMatch(/TO SURVIVE +ADD\n.*\nserver-1 +1 like server-1\nserver-1 drained +1 like server-1\n/);
  const offers = ["--offers", join(root, "examples/sizing/offers.yaml")];
  const bought = await run([...full, ...offers, "--require", "node", "-o", "markdown"]);
  expect([bought.code, bought.stderr]).toEqual([4, ""]);
  expect(bought.stdout).toMatch(
    /\| TO SURVIVE +\| ADD +\| EUR AN HOUR \|\n.*\n\| any node +\| 2 small +\| 0.1240 +\|\n/,
  );
  const json = await run([...full, ...offers, "--require", "node", "-o", "json"]);
  const [any] = checked(JSON.parse(json.stdout)).additions;
  expect(any).toEqual({
    level: "node",
    isEnough: true,
    mix: [{ offer: "small", count: 2, pricePerHour: 0.062 }],
    nodes: [
      { name: "small-1", offer: "small" },
      { name: "small-2", offer: "small" },
    ],
    perHour: 0.124,
    unplaceable: [],
  });
  const met = await run([...full, "--nodes", "2xcpu=1920m,7168Mi", "--require", "node"]);
  expect([met.code, met.stdout.includes("TO SURVIVE")]).toEqual([0, false]);
});

test("names the pods that nothing helps", async () => {
  const { stdout } = await run(["-f", example, "--offers", join(root, "examples/sizing/offers.yaml")]);
  expect(stdout).toContain("STILL WITHOUT A NODE");
  expect(stdout).toContain("shop/postgres-0 and 1 like it");
});

test("counts a lost pod unless told not to", async () => {
  const bare = file(
    "bare.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: bare}\nspec: {containers: [{name: c, image: i}]}\n",
  );
  const args = ["-f", bare, "--nodes", "2x2cpu,4Gi", "--require", "node"];
  const { code, stdout } = await run(args);
  expect([code, stdout.includes("bare: lost, no controller makes it again")]).toEqual([4, true]);
  expect((await run([...args, "--allow-lost"])).code).toBe(0);
});

test("refuses what makes no sense, and says what would", async () => {
  const small = file("one.yaml", web(1));
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(["-f", small, ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    return stderr;
  };
  expect(await refused("--nodes", "2x2cpu,4Gi", "--require", "zone")).toBe(
    "topology.kubernetes.io/zone: no node has this label, so there is nothing to fail together\n",
  );
  expect(await refused("--nodes", "201x2cpu,4Gi", "--any", "2")).toContain(
    "pairs are tried of up to 200 nodes; there are 201",
  );
  expect(await refused("--nodes", "1x2cpu,4Gi", "--any", "2")).toBe("--any 2: there are no two nodes\n");
  expect(await refused("--nodes", "2x2cpu,4Gi", "--any", "3")).toContain(
    "See stowage --help or stowage survive --help.",
  );
  expect(await refused()).toContain("the input has no Node objects");
  expect(await refused("--nodes", "2x2cpu,4Gi", "--offers", "none.yaml")).toContain("none.yaml: no such file");
  expect(await refused("--nodes", "2x2cpu,4Gi", "--types", "m*")).toContain(
    "--types: chooses among --offers, and there are none",
  );
});

test("of many failures shows the worst, up to ten that are not survived, and counts the others", async () => {
  const many = file("many.yaml", web(30));
  const roomy = await run(["-f", many, "--nodes", "20x4cpu,4Gi"]);
  expect(roomy.stdout).toContain("server-1 ");
  expect(roomy.stdout).not.toContain("server-2 ");
  expect(roomy.stdout).toContain("and 19 more that cost less: 19 survived (-o wide shows them)");
  const full = await run(["-f", many, "--nodes", "15x2cpu,4Gi"]);
  expect(full.stdout).toContain("server-10 ");
  expect(full.stdout).not.toContain("server-11 ");
  expect(full.stdout).toContain("and 5 more that cost less: 5 not survived (-o wide shows them)");
  const wide = await run(["-f", many, "--nodes", "15x2cpu,4Gi", "-o", "wide"]);
  expect(wide.stdout).toContain("server-15 ");
});

test("whatever the world, the library's answer follows the schema", async () => {
  const property = fc.asyncProperty(worldArbitrary({ among: ALL_THEMES }), async (world) => {
    const { cluster, scheduler, incoming } = openWorld({ ...world, nodes: world.nodes.slice(0, 12) });
    const waiting = incoming.filter(({ spec }) => !spec?.nodeName);
    const survival = await survive(cluster, scheduler, waiting);
    const additions = await additionsFor(cluster, scheduler, waiting, survival);
    checked(JSON.parse(JSON.stringify({ ...survival, additions })));
    cluster.dispose();
  });
  await fc.assert(property, { numRuns: tries(10, 25), seed: SEED });
});

test("says one pod and one node where there is one", async () => {
  const { stdout } = await run(["-f", file("single.yaml", web(1)), "--nodes", "1x2cpu,4Gi"]);
  expect(stdout).toMatch(/\n1 pod has a node, of 1 node\.\n$/);
});

test("fits a screen of 80 columns", async () => {
  const { stdout } = await run(["-f", example, "-o", "json"]);
  const survival = checked(JSON.parse(stdout));
  const view = { survival, required: [], unmet: [], currency: "", pods: new Map(), hasManyNamespaces: true };
  const text = await printSurvival(view, "table", { width: 80, color: false, unicode: true });
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
});
