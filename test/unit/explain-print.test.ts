// Golden texts of small questions, read by eye once; then what must hold at every width and without colours.

import { stripVTControlCharacters } from "node:util";
import { load as parseYaml } from "js-yaml";
import { describe, expect, test } from "vitest";
import { printStory, type StoryView } from "../../src/cli/print/explain.js";
import type { Look } from "../../src/cli/terminal.js";
import { Cluster, Scheduler, type SchedulerOptions } from "../../src/index.js";
import type { Pod } from "../../src/kube/objects.js";
import { type ExplainPodOptions, explainPod } from "../../src/planning/explain.js";

const PLAIN: Look = { width: 100, color: false, unicode: true };

function clusterOf(): Cluster {
  const cluster = new Cluster();
  const add = (name: string, cpu: number, taint?: string) =>
    cluster.upsertNode({
      metadata: { name, labels: { "kubernetes.io/hostname": name } },
      spec: { taints: taint === undefined ? [] : [{ key: "dedicated", value: taint, effect: "NoSchedule" }] },
      status: { allocatable: { cpu, memory: "16Gi", pods: 110 } },
    });
  add("n-1", 4);
  add("n-2", 8);
  add("n-3", 8, "gpu");
  add("n-4", 1);
  return cluster;
}

function podOf(cpu: string, spec: Pod["spec"] = {}): Pod {
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu, memory: "1Gi" } } }];
  return { metadata: { name: "web", namespace: "shop" }, spec: { containers, ...spec } };
}

async function viewOf(
  pod: Pod,
  options: ExplainPodOptions & Partial<StoryView> = {},
  scheduling: SchedulerOptions = {},
  cluster = clusterOf(),
): Promise<StoryView> {
  const { filledIn = [], top = 5, nodes = [], ...rest } = options;
  const story = await explainPod(cluster, new Scheduler(cluster, scheduling), pod, { ...rest, rooms: nodes });
  return { story, filledIn, top, nodes };
}

test("a pod with a node: where, how the points came about, who is next, and why not elsewhere", async () => {
  expect(await printStory(await viewOf(podOf("2")), "table", PLAIN)).toBe(
    `shop/web goes to n-2: one of 2 nodes that can take it, of 4.

BEST NODES  Node       Node        TOTAL
            Resources  Resources
            Fit        Balanced
                       Allocation
────────────────────────────────────────
n-2         84         70          454
n-1         71         64          435
The same everywhere: TaintToleration 300, DynamicResources 0, ImageLocality 0.
Runner-up: n-1 with 435, 19 behind n-2 (NodeResourcesFit +13, NodeResourcesBalancedAllocation +6).

NOT THERE  NODES  WHY
────────────────────────────────────────────────────────────────────────────────────────────────────
n-3        1      TaintToleration: node(s) had untolerated taint(s) (dedicated=gpu:NoSchedule)
n-4        1      NodeResourcesFit: Insufficient cpu (more than the node has, even when it is empty)

REQUEST    cpu  memory  OF
────────────────────────────────────────────────────────
effective  2    1Gi     what NodeResourcesFit filters by
`,
  );
});

test("a pod without a node: the sentence, what it lacks, and who would have to go", async () => {
  const cluster = clusterOf();
  cluster.upsertPod({ ...podOf("7700m", { nodeName: "n-2" }), metadata: { name: "low", namespace: "shop" } });
  const text = await printStory(await viewOf(podOf("4300m", { priority: 7 }), {}, {}, cluster), "table", PLAIN);
  const [headline] = text.split("\n\n");
  expect(headline).toBe(
    [
      "shop/web fits on no node. 0/4 nodes are available: 1 node(s) had untolerated taint(s), 3",
      "Insufficient cpu.",
      "Nearest: needs 300m more cpu on n-1; needs 3300m more cpu on n-4; needs 4 more cpu on n-2.",
      "kube-scheduler would make room on n-2 by evicting shop/low (priority 0).",
    ].join("\n"),
  );
});

test("a running pod: what was done for the question", async () => {
  const cluster = clusterOf();
  const running = podOf("2", { nodeName: "n-2" });
  cluster.upsertPod(running);
  const text = await printStory(await viewOf(running, { before: [] }, {}, cluster), "table", PLAIN);
  expect(text).toContain("shop/web would go to n-2, where it runs: one of 2 nodes that can take it, of 4.");
  expect(text).toContain("It runs on n-2; for this question it was taken away from there, with all that it takes up.");
  expect(text).toContain("Asked after the other pods were placed: 0 have a node.");
});

test.each([
  ["first", "The one listed first was taken."],
  ["random", "The seed drew one of them."],
  ["heap", "kube-scheduler's heap has the one taken on top."],
] as const)("equals by %s", async (tieBreak, sentence) => {
  const cluster = new Cluster();
  for (let i = 0; i < 7; i++) cluster.upsertNode({ name: `n-${i}`, allocatable: { cpu: 4, memory: "8Gi" } });
  const text = await printStory(await viewOf(podOf("1"), { top: 2 }, { tieBreak }, cluster), "table", PLAIN);
  expect(text.replaceAll("\n", " ")).toContain(
    `7 nodes have as many points: n-0, n-1, n-2, n-3, n-4, +2 more. ${sentence}`,
  );
  expect(text).toContain("(2 of 7 nodes; --top 7 shows them all)");
});

test("one node in full: every filter, every score, its room", async () => {
  const view = await viewOf(podOf("2"), { nodes: ["n-3", "n-1"] });
  const text = await printStory(view, "table", { ...PLAIN, unicode: false });
  expect(text).toContain("n-3: cannot take the pod\n");
  expect(text).toMatch(/^TaintToleration +node\(s\) had untolerated taint\(s\) \(dedicated=gpu:NoSchedule\)$/m);
  expect(text).toMatch(/^NodeResourcesFit +passed$/m);
  expect(text).toMatch(/^\(not asked\) +NodeAffinity, NodePorts, /m);
  expect(text).toContain("n-1: can take the pod, with 435 points\n");
  expect(text).toMatch(/^NodeResourcesFit +71 +71 +71$/m);
  expect(text).toMatch(/^cpu +4 +0 \.{6} +4 +2$/m);
});

test("what was filled in is told apart from what nearly every pod gets", async () => {
  const filledIn = [
    { path: "spec.schedulerName", value: "default-scheduler", by: "defaults" },
    { path: "spec.containers[0].resources.requests.cpu", value: "2", by: "defaults" },
    { path: "spec.priority", value: 9, was: 0, by: "Priority" },
  ];
  const view = await viewOf(podOf("2"), { filledIn });
  expect((await printStory(view, "table", PLAIN)).split("\n\n").at(-1)).toBe(`Filled in as by an API server:
spec.containers[0].resources.requests.cpu = "2", by defaults
spec.priority = 9 (was 0), by Priority
(+1 more with -o wide)
`);
  expect(await printStory(view, "wide", PLAIN)).toContain('spec.schedulerName = "default-scheduler"');
});

describe("at every width", () => {
  test.each([40, 60, 80, 100, 200])("%i columns: lines end before the screen does", async (width) => {
    const view = await viewOf(podOf("2"), { filledIn: [{ path: "spec.priority", value: 9, by: "Priority" }] });
    const text = await printStory(view, "table", { ...PLAIN, width });
    // A table's fixed columns run over where nothing sensible can be laid out.
    const most = Math.max(width, 60);
    expect(text.split("\n").filter((line) => line.length > most)).toEqual([]);
  });

  test("colours add nothing but colours", async () => {
    const view = await viewOf(podOf("2"), { nodes: ["n-1"] });
    const [plain, coloured] = [
      await printStory(view, "wide", PLAIN),
      await printStory(view, "wide", { ...PLAIN, color: true }),
    ];
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(plain).toBe(stripVTControlCharacters(plain));
  });
});

test("json and yaml say the same, and all of it", async () => {
  const view = await viewOf(podOf("2"), { top: 1, nodes: ["n-1"] });
  const json: unknown = JSON.parse(await printStory(view, "json", PLAIN));
  expect(parseYaml(await printStory(view, "yaml", PLAIN))).toEqual(json);
  expect(json).toEqual(JSON.parse(JSON.stringify(view.story.explanation)));
  expect(Object.keys((json as { filterResult: object }).filterResult)).toEqual(["n-1", "n-2", "n-3", "n-4"]);
});
