// The gauges of how well the nodes are packed, by hand on a small cluster, and the exposition they come in.
import { afterEach, describe, expect, test } from "vitest";
import { packingOf } from "../../src/extender/packing.js";
import { get, post, type Serving, serve } from "../helpers/extender-server.js";
import { ChangingSource, GPU, nodeOf, podOf } from "../helpers/extender-world.js";

const GIB = 2 ** 30;
const cluster = () =>
  new ChangingSource(
    [nodeOf("a", { [GPU]: "2" }), nodeOf("b")],
    [
      podOf("full", { requests: { cpu: "4", memory: "4Gi" }, node: "a" }),
      podOf("half", { requests: { cpu: "1", memory: "8Gi", [GPU]: "0" }, node: "b" }),
    ],
  );

describe("packing", () => {
  test("strands what is free beyond the share of the tightest resource", () => {
    const rows = new Map(packingOf(cluster().cluster).map((row) => [row.resource, row]));
    // On a no cpu is left, so all its free memory is stranded; on b half of the memory and three quarters of the cpu are free.
    expect(rows.get("cpu")).toEqual({
      resource: "cpu",
      allocatable: 8_000,
      requested: 5_000,
      stranded: 1_000,
      largestFree: 3_000,
    });
    expect(rows.get("memory")).toEqual({
      resource: "memory",
      allocatable: 32 * GIB,
      requested: 12 * GIB,
      stranded: 12 * GIB,
      largestFree: 12 * GIB,
    });
    expect(rows.get(GPU)).toMatchObject({ allocatable: 2, requested: 0, stranded: 2, largestFree: 2 });
  });
});

describe("metrics", () => {
  let serving: Serving | undefined;
  afterEach(async () => serving?.server.close());

  test("follow kube-scheduler's names, and have as few labels as there are verbs, profiles and resources", async () => {
    serving = await serve(cluster());
    const { url } = serving;
    for (const [schedulerName, names] of [
      ["default-scheduler", ["a"]],
      ["whatever-1", ["b"]],
      ["whatever-2", []],
    ] as const) {
      await post(`${url}/filter`, JSON.stringify({ Pod: podOf("p", { schedulerName }), NodeNames: names }));
    }
    await post(`${url}/filter`, "nonsense");
    await post(`${url}/bind`, "x".repeat(2 ** 20 + 1));
    const { text } = await get(`${url}/metrics`);
    const value = (line: string): number =>
      Number(
        text
          .split("\n")
          .find((each) => each.startsWith(`${line} `))
          ?.split(" ")[1],
      );
    const point = 'extension_point="Filter"';
    const duration = "stowage_framework_extension_point_duration_seconds_count";
    expect(value(`${duration}{${point},status="Success",profile="default-scheduler"}`)).toBe(2);
    expect(value(`${duration}{${point},status="Unschedulable",profile="default-scheduler"}`)).toBe(1);
    expect(value(`${duration}{${point},status="Error",profile=""}`)).toBe(1);
    expect(value('stowage_schedule_attempts_total{result="unschedulable",profile="default-scheduler"}')).toBe(1);
    expect(value('stowage_cache_size{type="pods"}')).toBe(2);
    expect(value('stowage_node_resources_stranded{resource="cpu"}')).toBe(1_000);
    expect(value('stowage_extender_refused_requests_total{reason="body-limit"}')).toBe(1);
    expect(value("stowage_extender_requests_in_flight")).toBe(0);
    expect(text).not.toContain("whatever");
  });
});
