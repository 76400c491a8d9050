// `stowage size` as its users run it. What is printed as JSON is held against the published schema by ajv, and every plan
// is placed once more by `stowage plan` on the nodes that it names.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { Size } from "../../src/planning/size-document.js";
import { type Run, type RunOptions, root, useCommandLine } from "../helpers/command-line.js";

const schema = JSON.parse(readFileSync(join(root, "schema/size.v1.json"), "utf8")) as object;
const isSize = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
const commandLine = useCommandLine("size");
const example = join(root, "examples/three-servers");
const offers = join(root, "examples/sizing/offers.yaml");

const size = (args: readonly string[], options?: RunOptions): Promise<Run> =>
  commandLine.run(["size", ...args], options);

function file(name: string, text: string): string {
  const path = join(commandLine.folder, name);
  writeFileSync(path, text);
  return path;
}

function sizeOf({ stdout }: Run): Size {
  const document: unknown = JSON.parse(stdout);
  expect(isSize(document) || isSize.errors).toBe(true);
  return document as Size;
}

/** Runs a command that is interrupted after a while. An exit by the signal itself counts as 130, as in a shell. */
async function interrupted(args: readonly string[], delayMs: number): Promise<[code: number, stdout: string]> {
  const child = commandLine.start(args);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const timer = setTimeout(() => child.kill("SIGINT"), delayMs);
  const code = await new Promise<number>((resolve) => child.on("close", (value) => resolve(value ?? 130)));
  clearTimeout(timer);
  return [code, stdout];
}

/** A Deployment; `more` stands in the pod's spec. */
const deployment = (name: string, replicas: number, cpu: string, more = ""): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers: [{name: c, image: i, resources: {requests: {cpu: ${cpu}, memory: 64Mi}}}]
      ${more}
---`;

const twoSizes = `
- {name: small, price: 1, allocatable: {cpu: 2, memory: 4Gi}}
- {name: big, price: 1.9, allocatable: {cpu: 4, memory: 8Gi}, zones: [a, b]}
`;

describe("stowage size", () => {
  test("says for the example what has to be bought beside its three servers, and proves it", async () => {
    const found = sizeOf(await size(["-f", example, "--offers", offers, "-o", "json"]));
    expect(found).toMatchObject({ status: "sized", currency: "EUR", bound: { isProven: true }, leftOut: [] });
    expect(found.schedulable?.mix.map(({ offer }) => offer)).toContain("with-gpu");
    const text = await size(["-f", example, "--offers", offers]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain("proven: none costs less");
  });

  test("gives the same bytes for the same input and seed", async () => {
    const args = ["-f", "-", "--offers", "aws/us-east-1", "-o", "json", "--seed", "7", "--budget", "100000"];
    const stdin = deployment("a", 40, "300m") + deployment("b", 17, "1100m") + deployment("c", 9, "2700m");
    const [one, other] = [await size(args, { stdin }), await size(args, { stdin })];
    expect([one.code, one.stderr]).toEqual([0, ""]);
    expect(other.stdout).toBe(one.stdout);
  });

  test("names nodes on which plan places every pod in the order that it says", async () => {
    const stdin = deployment("a", 7, "900m") + deployment("b", 5, "1600m") + deployment("c", 3, "400m");
    const list = file("two.yaml", twoSizes);
    const found = sizeOf(await size(["-f", "-", "--offers", list, "-o", "json"], { stdin }));
    const { schedulable } = found;
    const nodes = (schedulable?.placement ?? []).map(({ name, allocatable }) => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name },
      status: { allocatable: { cpu: `${allocatable.cpu}m`, memory: allocatable.memory, pods: allocatable.pods } },
    }));
    const manifest = file("nodes.json", JSON.stringify({ apiVersion: "v1", kind: "List", items: nodes }));
    const { order = "queue", strategy } = schedulable?.repair ?? {};
    expect(["queue", "decreasing"]).toContain(order);
    const prefers = strategy === "most" ? ["--strategy", "most"] : [];
    const plan = await commandLine.run(["plan", "-f", "-", manifest, "--order", order, ...prefers], { stdin });
    expect([plan.code, plan.stderr]).toEqual([0, ""]);
  });

  test("counts DaemonSets on every new node, and names offers that do not even hold those", async () => {
    const daemon = deployment("d", 1, "1").replace("kind: Deployment", "kind: DaemonSet").replace("replicas: 1", "");
    const list = file("tiny.yaml", `${twoSizes}- {name: tiny, price: 0.1, allocatable: {cpu: 900m, memory: 4Gi}}\n`);
    const stdin = daemon + deployment("a", 3, "1");
    const found = sizeOf(await size(["-f", "-", "--offers", list, "-o", "json"], { stdin }));
    expect(found).toMatchObject({ status: "sized", tooSmall: ["tiny"], pods: 3, bound: { isProven: true } });
    expect(found.schedulable?.mix).toEqual([{ offer: "big", count: 1, pricePerHour: 1.9 }]);
    expect(found.schedulable?.placement[0]?.requested.cpu).toBe(4000);
  });

  test("spreads over zones, and survives the loss of a node or of a zone", async () => {
    const spread = `topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: a}}}`;
    const list = file("zoned.yaml", twoSizes);
    const args = ["-f", "-", "--offers", list, "-o", "json"];
    const zones = sizeOf(await size([...args, "--zones", "a,b"], { stdin: deployment("a", 6, "1", spread) }));
    const counts = new Map<string, number>();
    for (const { zone = "", pods } of zones.schedulable?.placement ?? []) {
      counts.set(zone, (counts.get(zone) ?? 0) + pods.length);
    }
    expect(Object.fromEntries(counts)).toEqual({ a: 3, b: 3 });
    for (const level of ["node", "zone"]) {
      const flags = ["--survive", level, "--zones", "a,b"];
      const found = sizeOf(await size([...args, ...flags], { stdin: deployment("a", 6, "1") }));
      expect(found.survives).toMatchObject({ level, lost: [] });
      expect(found.schedulable!.perHour).toBeGreaterThan(3);
    }
  });

  test("keeps headroom, reserve, and the numbers of nodes and types that it is given", async () => {
    const list = file("limits.yaml", twoSizes);
    const run = async (...flags: string[]): Promise<Size> => {
      const stdin = deployment("a", 9, "1");
      return sizeOf(await size(["-f", "-", "--offers", list, "-o", "json", ...flags], { stdin }));
    };
    expect((await run()).schedulable).toMatchObject({ nodes: 3, perHour: 4.8 });
    for (const { allocatable, requested } of (await run("--headroom", "25%")).schedulable!.placement) {
      expect(allocatable.cpu! % 1500).toBe(0);
      expect(requested.cpu!).toBeLessThanOrEqual(allocatable.cpu!);
    }
    const reserved = await run("--reserve", "cpu=1");
    expect(reserved.schedulable!.placement.every(({ allocatable }) => [1000, 3000].includes(allocatable.cpu!))).toBe(
      true,
    );
    expect((await run("--max-types", "1")).schedulable!.mix).toHaveLength(1);
    expect((await run("--types", "sm*")).schedulable!.mix).toMatchObject([{ offer: "small", count: 5 }]);
    expect((await run("--node-price", "10")).schedulable!.mix).toMatchObject([
      { offer: "big", pricePerHour: 11.9 },
      {},
    ]);
  });

  test("says which offer lacks what, and exits 3, where pods fit nowhere", async () => {
    const args = ["-f", "-", "--offers", file("small.yaml", twoSizes), "-o", "json"];
    const run = await size(args, { stdin: deployment("huge", 2, "7") });
    expect(run.code).toBe(3);
    expect(sizeOf(run)).toMatchObject({
      status: "impossible",
      unplaceable: [
        { pod: expect.stringContaining("default/huge"), count: 2, nearest: [{ offer: "big" }, { offer: "small" }] },
      ],
    });
    const apart = `affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: z}}}]}}`;
    const contradiction = await size([...args, "--types", "big"], { stdin: deployment("z", 3, "1", apart) });
    expect(contradiction.code).toBe(3);
    expect(JSON.stringify(sizeOf(contradiction).unplaceable)).toContain("InterPodAffinity");
    expect((await size([...args, "--exit-zero"], { stdin: deployment("huge", 2, "7") })).code).toBe(0);
  });

  test("answers for no pods at all with no nodes", async () => {
    const run = await size(["-f", "-", "--offers", file("none.yaml", twoSizes), "-o", "json"], { stdin: "" });
    expect(run.code).toBe(0);
    expect(sizeOf(run)).toMatchObject({ status: "sized", pods: 0, schedulable: { nodes: 0, perHour: 0 } });
  });

  test("works without HiGHS, with a bound that is said to be weaker", async () => {
    const list = file("plain.yaml", twoSizes);
    const run = await size(["-f", "-", "--offers", list, "--no-solver"], { stdin: deployment("a", 9, "1100m") });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("weaker without HiGHS");
  });

  test("ends at an interrupt with the best so far, checked like any other, and says so", async () => {
    const kinds = Array.from({ length: 40 }, (_, at) => deployment(`k${at}`, 30 + at, `${70 + at * 37}m`));
    const manifest = file("kinds.yaml", kinds.join(""));
    const args = ["-f", manifest, "--offers", "aws/us-east-1", "-o", "json", "--budget", "4000000000"];
    // Hours before the search would end. Before the program is up an interrupt just ends it, with 130: then a little later.
    let [code, stdout] = [130, ""];
    for (let delayMs = 2_000; code === 130 && delayMs < 60_000; delayMs *= 2) {
      [code, stdout] = await interrupted(["size", ...args], delayMs);
    }
    expect(code).toBe(0);
    const found = sizeOf({ code: 0, stdout, stderr: "" });
    expect(found).toMatchObject({ status: "sized", search: { wasCut: true } });
  });

  test("reports everything that is wrong with offers and flags at once, and exits 2", async () => {
    const list = file(
      "bad.yaml",
      "- {name: a, price: -1, allocatable: {cpu: 1, memory: 1Gi}}\n- {name: b, allocatable: {cpu: x}, size: 3}\n",
    );
    const run = await size(["-f", "-", "--offers", list, "--headroom", "20", "--reserve", "cpu"], {
      stdin: deployment("a", 1, "1"),
    });
    expect(run.code).toBe(2);
    for (const part of [
      "bad.yaml:1: offers[0].price: -1 is less than 0",
      "bad.yaml:2: offers[1].price: is missing",
      "bad.yaml:2: offers[1].allocatable.memory: is missing",
      "bad.yaml:2: offers[1].size: is not a field",
      "--headroom 20: is not a percentage",
      "--reserve cpu: is not RESOURCE=AMOUNT",
    ]) {
      expect(run.stderr).toContain(part);
    }
    const csv = file("bad.csv", "name,cpu_milli,memory_mib,pods,usd_per_hour\na,1000,1024,110,\nb,-5,1,1,2\n");
    const other = await size(["-f", "-", "--offers", csv], { stdin: deployment("a", 1, "1") });
    expect(other.stderr).toContain('bad.csv:2: usd_per_hour: "" is not a number of at least 0');
    expect(other.stderr).toContain('bad.csv:3: cpu_milli: "-5" is not a whole number');
  });

  test("names the line of what is wrong with offers, wherever in the file it stands", async () => {
    const list = file(
      "deep.yaml",
      [
        "# nodes on offer",
        "---",
        "currency: EUR",
        "offers:",
        "- name: a",
        "  price: 1",
        "  allocatable:",
        "    cpu: 1",
        "    memory: 1Gi",
        "    example.com/gpu: many",
        "- name: a",
        "  price: 2",
        "  allocatable: {cpu: 1, memory: 1Gi}",
        "- nothing",
      ].join("\n"),
    );
    const run = await size(["-f", "-", "--offers", list], { stdin: deployment("a", 1, "1") });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('deep.yaml:10: offers[0].allocatable["example.com/gpu"]: ');
    expect(run.stderr).toContain("deep.yaml:11: offers[1].name: a is the name of an offer before it");
    expect(run.stderr).toContain("deep.yaml:14: offers[2]: is not a map");
  });

  test.each([
    [
      "labels.yaml",
      "- {name: a, price: 1, allocatable: {cpu: 1, memory: 1Gi}, labels: {tier: 1}}",
      [".labels.tier: the"],
    ],
    ["taints.yaml", "- {name: a, price: 1, allocatable: {cpu: 1, memory: 1Gi}, taints: [x]}", [".taints[0]: the text"]],
    [
      "zones.yaml",
      "- {name: a, price: 1, allocatable: {cpu: 1, memory: 1Gi}, zones: [1]}",
      [".zones[0]: the number 1"],
    ],
    ["dear.yaml", "- {name: a, price: 2e6, allocatable: {cpu: 1, memory: 1Gi}}", ["[0].price: 2000000 is not less"]],
    ["none.yaml", "offers: []", ["none.yaml:1: offers: there are none"]],
    ["two.yaml", "offers: []\n---\noffers: []", ["two.yaml: holds 2 documents"]],
    [
      "twice.yaml",
      "- {name: a, price: 1, allocatable: {cpu: 1, memory: 1Gi}}\n- {name: a, price: 2, allocatable: {cpu: 1, memory: 1Gi}}",
      ["offers[1].name: a is the name of an offer before it"],
    ],
    [
      "all.csv",
      "name,cpu_milli,memory_mib,pods,usd_per_hour,extended\na,1,1,1,1,x.y/gpu=q;gpu\na,1,1,1,2e6,\nb,1,1,1,1,\nb,1,1,1,1,",
      [
        "all.csv:2: extended: x.y/gpu=q: quanti",
        "all.csv:2: extended: gpu: is not",
        "all.csv:3: usd",
        "all.csv:5: name: b is",
      ],
    ],
  ])("names the place of what makes no sense in %s", async (name, text, parts) => {
    const run = await size(["-f", "-", "--offers", file(name, text)], { stdin: deployment("a", 1, "1") });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    for (const part of parts) expect(run.stderr).toContain(part);
  });
});

test("names the limits that no fleet keeps, in a sentence, and where to ask why", async () => {
  const { code, stdout } = await size(["-f", example, "--offers", offers, "--max-nodes", "1", "--survive", "node"]);
  expect(code).toBe(3);
  expect(stdout.replaceAll("\n", " ")).toContain(
    "No fleet of these offers was found within these limits: at most 1 new node, any node may fail. Without, 2 new nodes",
  );
  expect(readFileSync(join(root, "docs/size.md"), "utf8")).toContain(stdout);
});
