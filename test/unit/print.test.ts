// Golden texts of one small plan in every format, read by eye once; then properties that hold for plans of any shape:
// nothing is dropped, nothing is cut, nothing is wider than the screen allows.

import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { load as parseYaml } from "js-yaml";
import { describe, expect, test } from "vitest";
import { type Format, printPlan } from "../../src/cli/print/print.js";
import { onScreen } from "../../src/cli/print/prose.js";
import { renderTextTable } from "../../src/cli/print/text-table.js";
import { amountInWords } from "../../src/cli/print/units.js";
import { viewOf } from "../../src/cli/print/view.js";
import type { Look } from "../../src/cli/terminal.js";
import { StowageError } from "../../src/errors.js";
import { namespacedName, type Pod } from "../../src/kube/objects.js";
import type { Decided, MadePlan, Plan, PlanDecision, PlanNode } from "../../src/planning/plan.js";
import type { Eviction } from "../../src/planning/preempting.js";

const GIB = 2 ** 30;
const PLAIN: Look = { width: 120, color: false, unicode: true };

function node(name: string, cpu: number, requestedCpu: number, pods: readonly string[]): PlanNode {
  return {
    name,
    allocatable: { cpu, memory: 16 * GIB, "ephemeral-storage": 100 * GIB, pods: 110 },
    requested: { cpu: requestedCpu, memory: pods.length * GIB, "ephemeral-storage": 0, pods: pods.length },
    pods,
  };
}

function planOf(nodes: readonly PlanNode[], decisions: readonly PlanDecision[], evictions?: readonly Eviction[]): Plan {
  const count = (status: string): number => decisions.filter((decision) => decision.status === status).length;
  const names = [...new Set(nodes.flatMap((one) => Object.keys(one.allocatable)))];
  const resources = names.map((name) => {
    const [has, gave] = [nodes.map((n) => n.allocatable[name] ?? 0), nodes.map((n) => n.requested[name] ?? 0)];
    const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
    return [
      name,
      { allocatable: sum(has), requested: sum(gave), largestFree: Math.max(0, ...has.map((h, i) => h - gave[i]!)) },
    ];
  });
  return {
    schemaVersion: "stowage/plan.v1",
    summary: {
      nodes: nodes.length,
      nodesUsed: nodes.filter((one) => one.pods.length > 0).length,
      pods: decisions.length,
      existing: count("existing"),
      placed: count("placed"),
      unschedulable: count("unschedulable"),
      unsupported: count("unsupported"),
      gated: count("gated"),
      evicted: evictions?.length ?? 0,
      resources: Object.fromEntries(resources),
    },
    ...(evictions && { evictions }),
    nodes,
    decisions,
  };
}

function pod(namespace: string, name: string, owner?: { kind: string; name: string; hash?: string }): Pod {
  return {
    metadata: {
      namespace,
      name,
      ...(owner?.hash !== undefined && { labels: { "pod-template-hash": owner.hash } }),
      ...(owner !== undefined && { ownerReferences: [{ controller: true, kind: owner.kind, name: owner.name }] }),
    },
    spec: { containers: [{ name: "main", resources: { requests: { cpu: "250m", memory: "1Gi" } } }] },
  };
}

const MESSAGE = "0/2 nodes are available: 2 Insufficient cpu.";
const PODS: readonly Pod[] = [
  pod("shop", "web-abc-1", { kind: "ReplicaSet", name: "web-abc", hash: "abc" }),
  pod("shop", "web-abc-2", { kind: "ReplicaSet", name: "web-abc", hash: "abc" }),
  pod("shop", "db-0", { kind: "StatefulSet", name: "db" }),
  pod("platform", "agent-x", { kind: "DaemonSet", name: "agent" }),
  pod("shop", "report-29000000-x", { kind: "Job", name: "report-29000000" }),
  pod("shop", "report-29000000-y", { kind: "Job", name: "report-29000000" }),
  pod("shop", "alone"),
];
const PLAN: Plan = planOf(
  [
    node("server-1", 4000, 3650, ["platform/agent-x", "shop/web-abc-1", "shop/web-abc-2"]),
    node("server-2", 8000, 250, ["shop/db-0"]),
  ],
  [
    { pod: "platform/agent-x", status: "existing", node: "server-1" },
    { pod: "shop/web-abc-1", status: "placed", node: "server-1", score: 200 },
    { pod: "shop/web-abc-2", status: "placed", node: "server-1", score: 190 },
    { pod: "shop/db-0", status: "placed", node: "server-2", score: 210 },
    ...["x", "y"].map(
      (suffix): PlanDecision => ({
        pod: `shop/report-29000000-${suffix}`,
        status: "unschedulable",
        message: MESSAGE,
        reasons: [{ plugin: "NodeResourcesFit", reason: "Insufficient cpu", nodes: 2 }],
        nearest: [{ node: "server-2", lacks: { cpu: 300, memory: 1.5 * GIB } }],
      }),
    ),
    { pod: "shop/alone", status: "unsupported", message: "spec.volumes[0].persistentVolumeClaim", reasons: [] },
  ],
);

/** The plan as it was made, with the pods of its rows. */
function madeOf(plan: Plan): MadePlan {
  const byKey = new Map(PODS.map((one) => [namespacedName(one), one]));
  const decisions = plan.decisions.map(({ pod: key, ...fate }): Decided => {
    const [namespace = "", name = ""] = key.split("/");
    return { pod: byKey.get(key) ?? { metadata: { namespace, name } }, fate };
  });
  return { ...plan, decisions };
}

async function print(format: Format, sort?: string, look: Look = PLAIN, plan: Plan = PLAN): Promise<string> {
  let text = "";
  for await (const part of printPlan(viewOf(madeOf(plan)), format, sort, look)) text += part;
  return text;
}

describe("the table", () => {
  test("has a node a row, what is left over with why, and one line at the end", async () => {
    expect(await print("table")).toBe(
      [
        "NODE      CPU (cores)    MEMORY (GiB)  PODS   WORKLOADS",
        "─".repeat(74),
        "server-1  3.65/4 █████▌  3/16 █▏░░░░   3/110  platform: agent; shop: web×2",
        "server-2  0.25/8 ▎░░░░░  1/16 ▍░░░░░   1/110  shop: db",
        "",
        "LEFT OVER             STATUS         WHY",
        "─".repeat(87),
        "shop/report (2 pods)  unschedulable  0/2 nodes are available: 2 Insufficient cpu.",
        "                                     nearest: server-2 lacks 300m cpu and 1536Mi memory",
        "shop/alone            unsupported    spec.volumes[0].persistentVolumeClaim",
        "",
        "3 of 6 pods placed (3 of 6 containers) beside 1 existing, 2 of 2 nodes used; left over: 2 unschedulable, " +
          "1 unsupported. Requested: cpu 33 %, memory 13 %; most free on one node: 7.75 cores, 15 GiB.",
        "",
      ].join("\n"),
    );
  });

  test("names a thousand of the pods that are left over, counts the others, and has all where it is wide", async () => {
    const decisions = Array.from({ length: 1_002 }, (_, index): PlanDecision => {
      return { pod: `shop/bare-${index}`, status: "unschedulable", message: MESSAGE, reasons: [] };
    });
    const plan = { ...PLAN, decisions };
    const text = await print("table", undefined, PLAIN, plan);
    expect(text).toContain("shop/bare-999 ");
    expect(text).not.toContain("shop/bare-1000 ");
    expect(text).toMatch(/^and 2 more +all with -o wide$/m);
    const markdown = await print("markdown", undefined, PLAIN, plan);
    expect(markdown).toContain("| shop/bare-999 ");
    expect(markdown).toMatch(/^\| and 2 more +\| +\| all with -o wide +\|/m);
    expect(markdown).not.toContain("shop/bare-1000 ");
    const wide = await print("wide", undefined, PLAIN, plan);
    expect(wide).toContain("shop/bare-1001 ");
    expect(wide).not.toContain("all with");
  });

  test("lists every pod by its full name, and every resource, where it is wide", async () => {
    const text = await print("wide", undefined, { ...PLAIN, width: 200 });
    for (const one of PODS) expect(text).toContain(`${one.metadata?.namespace}/${one.metadata?.name}`);
    expect(text).toContain("ephemeral-storage (GiB)");
  });

  test("is plain ASCII where the locale is not UTF-8", async () => {
    const text = await print("table", undefined, { ...PLAIN, unicode: false });
    expect(text).toMatch(/^[\n -~]*$/);
    expect(text).toContain("server-1  3.65/4 #####.");
    expect(text).toContain("web*2");
  });

  test("draws bars in blue, and from nine tenths on in yellow, when colours are allowed", async () => {
    const text = await print("table", undefined, { ...PLAIN, color: true });
    expect(text).toContain("\u001b[33m█████▌\u001b[39m");
    expect(text).toContain("\u001b[34m▎░░░░░\u001b[39m");
    expect(stripVTControlCharacters(text)).toBe(await print("table"));
  });

  test("leaves the bars out of a narrow screen", async () => {
    expect(await print("table", undefined, { ...PLAIN, width: 80 })).not.toContain("░");
  });

  test("keeps the line at the end within a narrow screen, and whole elsewhere", async () => {
    const linesAt = async (width: number) =>
      (await print("table", undefined, { ...PLAIN, width })).trimEnd().split("\n");
    const last = (await linesAt(120)).at(-1)!;
    expect(last).toMatch(/^3 of 6 pods placed .*on one node: .* GiB\.$/);
    const narrow = await linesAt(80);
    expect(narrow.slice(narrow.lastIndexOf("") + 1).join(" ")).toBe(last);
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("lets neighbours that read the same share a row that counts them", async () => {
    const plan = planOf(
      ["a", "b", "c", "d"].map((name) => node(name, 4000, 0, [])),
      [],
    );
    expect((await print("table", undefined, PLAIN, plan)).split("\n").slice(2, 6)).toEqual([
      "a to              0/4 ░░░░░░   0/16 ░░░░░░   0/110",
      "d",
      "(4 nodes, each:)",
      "",
    ]);
    const wide = await print("wide", undefined, PLAIN, plan);
    for (const name of ["a", "b", "c", "d"]) expect(wide).toMatch(new RegExp(`^${name} `, "m"));
  });

  test("never cuts a name, drops a pod in silence, or runs over the screen where words are short", async () => {
    const name = fc.stringMatching(/^[a-z]{1,12}$/);
    const nodes = fc.array(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9-]{0,60}$/), fc.array(name, { maxLength: 60 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(nodes, fc.integer({ min: 100, max: 200 }), async (worlds, width) => {
        const plan = planOf(
          worlds.map(([nodeName, pods], i) =>
            node(
              `${nodeName}${i}`,
              4000,
              0,
              pods.map((p, j) => `shop/${p}-${j}`),
            ),
          ),
          [],
        );
        const text = await print("table", undefined, { ...PLAIN, width }, plan);
        const lines = text.split("\n").slice(0, -2);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        expect(text).not.toContain("…");
        const more = [...text.replace(/\s+/g, " ").matchAll(/\+(\d+) more/g)].reduce((sum, m) => sum + Number(m[1]), 0);
        const shown = plan.nodes.flatMap((one) => one.pods).filter((p) => text.includes(p.slice("shop/".length)));
        expect(shown.length + more).toBeGreaterThanOrEqual(plan.nodes.reduce((sum, one) => sum + one.pods.length, 0));
      }),
      { numRuns: 60 },
    );
  });
});

const evicted = (name: string, from: string, by: string, violatesBudget = false, isRecreated = true): Eviction => ({
  pod: `shop/${name}`,
  priority: -100,
  node: from,
  by: `shop/${by}`,
  byPriority: 1000,
  violatesBudget,
  isRecreated,
});

const EVICTING: Plan = planOf(
  PLAN.nodes,
  [
    { pod: "shop/report-29000000-x", status: "placed", node: "server-2", score: 9 },
    {
      pod: "shop/report-29000000-y",
      status: "unschedulable",
      message: MESSAGE,
      postFilterMessage: "preemption: none.",
      reasons: [],
    },
    { pod: "shop/alone", status: "evicted", node: "server-1", by: "shop/db-0" },
    { pod: "shop/web-abc-1", status: "placed", node: "server-1", score: 1 },
    { pod: "shop/web-abc-2", status: "placed", node: "server-2", score: 1 },
    { pod: "shop/db-0", status: "placed", node: "server-1", score: 1 },
  ],
  [
    evicted("report-29000000-x", "server-1", "web-abc-1"),
    evicted("report-29000000-y", "server-2", "web-abc-2"),
    evicted("alone", "server-1", "db-0", true, false),
  ],
);

describe("evictions", () => {
  test("stand before everything else, with both priorities, all nodes, what comes of them, and broken budgets", async () => {
    const text = await print("table", undefined, PLAIN, EVICTING);
    expect(text.slice(0, text.indexOf("NODE "))).toBe(
      [
        "EVICTED               BY                 FROM",
        "─".repeat(110),
        "shop/report (2 pods)  shop/web (2 pods)  server-1, server-2",
        "priority -100         priority 1000      then: 1 made again and placed on server-2; 1 made again and left over",
        "shop/alone            shop/db-0          server-1",
        "priority -100         priority 1000      then: gone, no controller makes it again",
        "                                         against a PodDisruptionBudget",
        "",
        "",
      ].join("\n"),
    );
    expect(text).toContain("; 3 evictions, 1 against a PodDisruptionBudget; left over: ");
  });

  test("are one by one where it is wide", async () => {
    const text = await print("wide", undefined, { ...PLAIN, width: 200 }, EVICTING);
    expect(text.match(/^shop\/report-29000000-. +shop\/web-abc-. +server-.$/gm)).toHaveLength(2);
  });

  test("are told of in the lines of left-over pods, in csv and in markdown", async () => {
    expect(await print("table", undefined, PLAIN, EVICTING)).toContain(`${MESSAGE} preemption: none.`);
    const [head = "", ...rows] = (await print("csv", undefined, PLAIN, EVICTING)).split("\n");
    expect(head).toMatch(/,message,nearest,postFilterMessage,evictedFrom,evictedBy$/);
    expect(rows[1]).toMatch(/,preemption: none\.,server-2,shop\/web-abc-2$/);
    expect(rows[2]).toMatch(/,evicted,server-1,.*,server-1,shop\/db-0$/);
    const markdown = await print("markdown", undefined, PLAIN, EVICTING);
    expect(markdown).toMatch(/^\| EVICTED +\| PRIORITY \| BY +\| PRIORITY \| FROM +\| BUDGET \| THEN/);
    expect(markdown).toMatch(/\| shop\/alone +\| +-100 \| shop\/db-0 +\| +1000 \| server-1 +\| broken/);
  });

  test("of a pod that is evicted again say so", async () => {
    const twice = planOf(
      PLAN.nodes,
      [{ pod: "shop/alone", status: "evicted", node: "server-2", by: "shop/db-0" }],
      [evicted("alone", "server-1", "web-abc-1"), evicted("alone", "server-2", "db-0", false, false)],
    );
    const text = await print("table", undefined, PLAIN, twice);
    expect(text).toMatch(/then: evicted again[\s\S]*then: gone, no controller makes it again/);
  });

  test("are no word where there are none", async () => {
    const text = await print("table", undefined, PLAIN, planOf(PLAN.nodes, PLAN.decisions, []));
    expect(text).toBe(await print("table"));
  });
});

describe("the formats for programs", () => {
  test("json and yaml are the plan itself", async () => {
    expect(JSON.parse(await print("json"))).toEqual(PLAN);
    expect(parseYaml(await print("yaml"))).toEqual(PLAN);
  });

  test("csv has a pod a row, with raw numbers", async () => {
    expect((await print("csv")).split("\n")).toEqual([
      "namespace,pod,workload,status,node,score,cpu,memory,ephemeral-storage,message,nearest",
      "platform,agent-x,agent,existing,server-1,,250,1073741824,0,,",
      "shop,web-abc-1,web,placed,server-1,200,250,1073741824,0,,",
      "shop,web-abc-2,web,placed,server-1,190,250,1073741824,0,,",
      "shop,db-0,db,placed,server-2,210,250,1073741824,0,,",
      `shop,report-29000000-x,report,unschedulable,,,250,1073741824,0,${MESSAGE},server-2 lacks 300m cpu and 1536Mi memory`,
      `shop,report-29000000-y,report,unschedulable,,,250,1073741824,0,${MESSAGE},server-2 lacks 300m cpu and 1536Mi memory`,
      "shop,alone,alone,unsupported,,,250,1073741824,0,spec.volumes[0].persistentVolumeClaim,",
      "",
    ]);
  });

  test("markdown has the tables of the screen, and no text breaks out of its cell", async () => {
    const failed = { pod: "shop/alone", status: "error", message: "a | b\n<script>\rend", reasons: [] } as const;
    const plan = planOf(PLAN.nodes, [...PLAN.decisions.slice(0, 4), failed]);
    const text = await print("markdown", undefined, PLAIN, plan);
    expect(text).toContain("| server-1 |      3.65/4 |         3/16 | 3/110 | platform: agent; shop: web×2 |");
    expect(text).toContain("| shop/alone | error  | a \\| b<br>\\<script\\><br>end |         |");
  });
});

describe("--sort", () => {
  test("orders nodes by the share of a resource, by name in natural order, or by their pods", async () => {
    const plan = planOf(
      [node("server-10", 1000, 100, []), node("server-2", 4000, 300, ["shop/a"]), node("server-1", 8000, 4000, [])],
      [],
    );
    const names = async (sort: string): Promise<string[]> =>
      (JSON.parse(await print("json", sort, PLAIN, plan)) as Plan).nodes.map((one) => one.name);
    expect(await names("name")).toEqual(["server-1", "server-2", "server-10"]);
    expect(await names("-name")).toEqual(["server-10", "server-2", "server-1"]);
    expect(await names("cpu")).toEqual(["server-2", "server-10", "server-1"]);
    expect(await names("-CPU")).toEqual(["server-1", "server-10", "server-2"]);
    expect(await names("-pods")).toEqual(["server-2", "server-10", "server-1"]);
  });

  test("orders csv by its own columns", async () => {
    const lines = (await print("csv", "-score")).split("\n");
    expect(lines[1]).toContain("db-0");
  });

  test("names the columns there are when there is none of that name", async () => {
    const error = await print("table", "-disk").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StowageError);
    expect((error as StowageError).message).toContain(
      "--sort -disk: there is no such column; there are name, cpu, memory, ephemeral-storage, pods",
    );
  });
});

test.each([
  ["cpu", 300, "300m cpu"],
  ["cpu", 12000, "12 cpu"],
  ["memory", 1.5 * GIB, "1536Mi memory"],
  ["memory", 1_234_567_890, "1178Mi memory"],
  ["memory", 1000, "1k memory"],
  ["pods", 1, "room for 1 pod"],
  ["nvidia.com/gpu", 2, "2 nvidia.com/gpu"],
])("%s %d is written as %j", (resource, amount, text) => {
  expect(amountInWords(resource, amount)).toBe(text);
});

test("lines that are meant to be one are broken on narrow screens only, each by itself", () => {
  const lines = `${"word ".repeat(20).trim()}\nshort`;
  expect(onScreen(lines, PLAIN)).toBe(lines);
  expect(onScreen(lines, { ...PLAIN, width: 60 })).toBe(
    `${"word ".repeat(12).trim()}\n${"word ".repeat(8).trim()}\nshort`,
  );
});

test("a cell of many lines takes no time that grows with the cube of them", async () => {
  const lines = Array.from({ length: 300 }, (_, at) => `shop/web-${at}: 0/3 nodes are available: 3 Insufficient cpu.`);
  const columns = [{ title: "NODE" }, { title: "WITHOUT A NODE", isFlexible: true }];
  const rows = [
    ["server-1", lines.join("\n")],
    ["server-2", "one"],
  ];
  const text = await renderTextTable(columns, rows, PLAIN);
  const others = lines.slice(1).map((line) => `          ${line}`);
  expect(text.trimEnd().split("\n").slice(2)).toEqual([`server-1  ${lines[0]}`, ...others, "server-2  one"]);
});
