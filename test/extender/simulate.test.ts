// POST /simulate: hypothetical nodes and pods against a whole scheduler, in the shape of its schema, leaving nothing behind.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { SimulateRequest } from "../../src/extender/simulate.js";
import { ChangingSource, extenderOf, GPU, nodeOf, podOf } from "../helpers/extender-world.js";

const schema = JSON.parse(readFileSync(new URL("../../schema/simulate.v1.json", import.meta.url), "utf8"));
const isValid = new Ajv2020({ allErrors: true }).compile(schema);
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("simulate", () => {
  const source = new ChangingSource([nodeOf("a"), nodeOf("b")], [podOf("r", { requests: { cpu: "3" }, node: "a" })]);
  const extender = extenderOf(source, { managedResources: [GPU] });
  const simulate = (request: SimulateRequest) => {
    const answer = extender.simulate(bytesOf(request));
    expect(isValid(JSON.parse(JSON.stringify(answer))), JSON.stringify(isValid.errors)).toBe(true);
    return answer;
  };

  test("says where pods would go, each beside those before it, and kube-scheduler's sentence where nowhere", () => {
    const pods = ["1", "2"].map((name) => podOf(`p${name}`, { requests: { cpu: "3" } }));
    expect(simulate({ pods })).toMatchObject({
      fits: false,
      decisions: [
        { pod: "default/p1", status: "placed", node: "b" },
        {
          pod: "default/p2",
          status: "unschedulable",
          node: null,
          message: "0/2 nodes are available: 2 Insufficient cpu.",
        },
      ],
    });
  });

  test("takes nodes that could be there, and does without others", () => {
    const pods = ["1", "2"].map((name) => podOf(`p${name}`, { requests: { cpu: "3" } }));
    const answer = simulate({ pods, nodes: [nodeOf("new-1"), nodeOf("new-2")], withoutNodes: ["b"] });
    expect(answer.decisions.map(({ node }) => node)).toEqual(["new-1", "new-2"]);
    expect([answer.fits, answer.usedNodes]).toEqual([true, ["new-1", "new-2"]]);
  });

  test("asks in-tree filters and managed resources, and about running pods as if they had no node", () => {
    const tainted = { ...nodeOf("t", { [GPU]: "1" }), spec: { taints: [{ key: "k", effect: "NoSchedule" }] } };
    const gpu = podOf("g", { requests: { [GPU]: "1" } });
    expect(simulate({ pods: [gpu], nodes: [tainted] }).decisions[0]?.message).toBe(
      `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient ${GPU}.`,
    );
    expect(simulate({ pods: [podOf("r", { requests: { cpu: "4" }, node: "a" })] }).fits).toBe(true);
  });

  test("leaves the cluster as it was", () => {
    expect(source.cluster.nodeCount).toBe(2);
    expect([...source.cluster.nodes()].map(({ pods }) => pods)).toEqual([["default/r"], []]);
  });

  test.each([
    [[], "the body is not an object with pods, and perhaps nodes and withoutNodes"],
    [{}, "pods: is not a list"],
    [{ pods: [], more: 1 }, "more: is none of nodes, withoutNodes and pods"],
    [{ pods: [{}] }, "pods[0]: Pod: metadata is missing; Pod: spec is missing"],
    [{ pods: [podOf("a"), podOf("a")] }, "pods[1]: is called default/a, as pods[0] is"],
    [{ pods: [], withoutNodes: [1] }, "withoutNodes: is not a list of texts"],
    [{ pods: [], nodes: [nodeOf("n", { cpu: "x" })] }, /^nodes\[0\]: Node n: status\.allocatable\.cpu: "x"/],
  ])("refuses %j with a sentence", (body, message) => {
    expect(() => extender.simulate(bytesOf(body))).toThrow(message);
  });
});
