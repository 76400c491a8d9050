// Scores: integers of 0..10 in the order of the profile's totals, by each of the maps.
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { mapScores, SCORE_MAPS } from "../../src/extender/score-map.js";
import { definePlugin } from "../../src/scheduler/plugin.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { ask, ChangingSource, extenderOf, nodeOf, podOf } from "../helpers/extender-world.js";

const totals = fc.array(fc.integer({ min: 0, max: 1_600 }), { minLength: 1, maxLength: 50 });

describe("every score map", () => {
  property.prop([totals, fc.constantFrom(...SCORE_MAPS)])(
    "gives integers of 0..10 and never turns an order round",
    (values, map) => {
      const scores = mapScores(Float64Array.from(values), map, 16);
      for (const [i, a] of values.entries()) {
        expect(scores[i]).toSatisfy((score: number) => Number.isInteger(score) && score >= 0 && score <= 10);
        for (const [j, b] of values.entries()) if (a <= b) expect(scores[i]).toBeLessThanOrEqual(scores[j]!);
      }
    },
  );

  property.prop([totals])("but raw uses the whole range where there is a difference", (values) => {
    for (const map of ["rank", "linear"] as const) {
      const scores = [...mapScores(Float64Array.from(values), map, 16)];
      const least = new Set(values).size === 1 ? 10 : 0;
      expect([Math.min(...scores), Math.max(...scores)]).toEqual([least, 10]);
    }
  });

  test("has its own way", () => {
    const values = Float64Array.from([0, 10, 800, 801]);
    expect([...mapScores(values, "rank", 16)]).toEqual([0, 3, 7, 10]);
    expect([...mapScores(values, "linear", 16)]).toEqual([0, 0, 10, 10]);
    expect([...mapScores(values, "raw", 16)]).toEqual([0, 0, 5, 5]);
    expect([...mapScores(new Float64Array(0), "linear", 16)]).toEqual([]);
  });
});

describe("prioritize", () => {
  const nodes = ["a", "b", "c", "d"].map((name) => nodeOf(name));
  const running = [
    podOf("r1", { requests: { cpu: "3" }, node: "b" }),
    podOf("r2", { requests: { cpu: "1" }, node: "c" }),
    podOf("r3", { requests: { cpu: "2", memory: "8Gi" }, node: "d" }),
  ];
  const pod = podOf("p", { requests: { cpu: "500m", memory: "1Gi" } });

  test("packs tightly by default", async () => {
    const { raw } = await ask(extenderOf(new ChangingSource(nodes, running)), "prioritize", {
      Pod: pod,
      NodeNames: ["d", "c", "b", "a"],
    });
    expect(raw).toBe('[{"Host":"d","Score":10},{"Host":"c","Score":3},{"Host":"b","Score":7}]');
  });

  test("scores by the configured profile over the offered nodes alone", async () => {
    const source = new ChangingSource(nodes, running);
    const offered = ["b", "a", "d"];
    const { json } = await ask(extenderOf(source, { config: {} }), "prioritize", { Pod: pod, NodeNames: offered });
    const scores = new Scheduler(source.cluster).score(pod, { feasible: offered }).nodes;
    const ranks = [...new Set(scores.map(({ total }) => total))].sort((x, y) => x - y);
    const expected = offered.map((name) => {
      const { total } = scores.find(({ node }) => node === name)!;
      return { Host: name, Score: Math.round((10 * ranks.indexOf(total)) / (ranks.length - 1)) };
    });
    expect(json).toEqual(expected.filter(({ Score }) => Score > 0));
  });

  test("scores whole nodes by what the cluster knows of them", async () => {
    const extender = extenderOf(new ChangingSource(nodes, running));
    const items = ["a", "b"].map((name) => nodeOf(name));
    const { json } = await ask(extender, "prioritize", { Pod: pod, Nodes: { items } });
    expect(json).toEqual([{ Host: "b", Score: 10 }]);
  });

  test("gives plugins their own weights beside packing", async () => {
    const likesA = definePlugin({
      name: "LikesA",
      weight: 5,
      score: (cycle) => cycle.eachNode(({ name }) => (name === "a" ? 100 : 0)),
    });
    const extender = extenderOf(new ChangingSource(nodes, running), { plugins: [likesA] });
    const { json } = await ask(extender, "prioritize", { Pod: pod, NodeNames: ["d", "a"] });
    expect(json).toEqual([{ Host: "a", Score: 10 }]);
  });

  test("names every node where none scores more than another", async () => {
    const tiny = podOf("tiny", { requests: { cpu: "1m", memory: "1Mi" } });
    const equal = async (scoreMap: "raw" | "rank", Score: number) => {
      const { json } = await ask(extenderOf(new ChangingSource(nodes), { scoreMap }), "prioritize", {
        Pod: tiny,
        NodeNames: ["c", "a"],
      });
      expect(json).toEqual([
        { Host: "c", Score },
        { Host: "a", Score },
      ]);
    };
    await equal("raw", 0);
    await equal("rank", 10);
  });

  test("suggests the sum of the weights of the scheduler's own scores", () => {
    const source = new ChangingSource(nodes);
    expect(extenderOf(source).suggestedWeight).toBe(15);
    const score = { disabled: [{ name: "*" }], enabled: [{ name: "NodeResourcesFit", weight: 7 }] };
    const config = { profiles: [{ plugins: { score } }] };
    expect(extenderOf(source, { config }).suggestedWeight).toBe(7);
  });
});
