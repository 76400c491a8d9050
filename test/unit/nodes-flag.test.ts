// Golden nodes for the values of --nodes, written by hand, and every way of getting one wrong.
// A property holds parsing and an independent printer of values together.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeNodes } from "../../src/cli/nodes-flag.js";

const problems = (...values: string[]): string[] =>
  makeNodes(values).issues.map(({ path, message }) => `${path}: ${message}`);

describe("--nodes", () => {
  test("makes what a kubelet on Linux would register, with 110 pods", () => {
    const { nodes, issues } = makeNodes(["1x4cpu,16Gi"]);
    expect(issues).toEqual([]);
    expect(nodes).toEqual([
      {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
          name: "server-1",
          labels: {
            "beta.kubernetes.io/arch": "amd64",
            "beta.kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": "server-1",
            "kubernetes.io/os": "linux",
          },
        },
        status: {
          capacity: { cpu: "4", memory: "16Gi", pods: "110" },
          allocatable: { cpu: "4", memory: "16Gi", pods: "110" },
        },
      },
    ]);
  });

  test("numbers the nodes on over all values", () => {
    const { nodes } = makeNodes(["2x4cpu,16Gi", "1x8cpu,32Gi"]);
    expect(nodes.map((node) => [node.metadata?.name, node.status?.allocatable?.cpu])).toEqual([
      ["server-1", "4"],
      ["server-2", "4"],
      ["server-3", "8"],
    ]);
    expect(nodes.at(-1)?.metadata?.labels?.["kubernetes.io/hostname"]).toBe("server-3");
  });

  test("passes over the numbers of names that are taken", () => {
    const { nodes } = makeNodes(["2x4cpu,16Gi", "1x8cpu,32Gi"], new Set(["server-1", "server-3", "other"]));
    expect(nodes.map((node) => node.metadata?.name)).toEqual(["server-2", "server-4", "server-5"]);
  });

  test("takes extended resources, local storage, a number of pods, a zone and labels", () => {
    const { nodes, issues } = makeNodes([
      "1x500mcpu,2Gi,nvidia.com/gpu=1,ephemeral-storage=100Gi,pods=250,zone=b,label.disk=ssd,label.example.com/rack=",
    ]);
    expect(issues).toEqual([]);
    expect(nodes[0]?.status?.allocatable).toEqual({
      cpu: "500m",
      memory: "2Gi",
      "nvidia.com/gpu": "1",
      "ephemeral-storage": "100Gi",
      pods: "250",
    });
    expect(nodes[0]?.metadata?.labels).toMatchObject({
      "topology.kubernetes.io/zone": "b",
      "failure-domain.beta.kubernetes.io/zone": "b",
      disk: "ssd",
      "example.com/rack": "",
    });
  });

  test("takes cpu and memory by name, in any order, with blanks around the commas", () => {
    const [byName, short] = [makeNodes(["1xmemory=16Gi, cpu=4"]), makeNodes(["1x4cpu,16Gi"])];
    expect(byName).toEqual(short);
  });

  test.each([
    ["", "is not COUNTxCPU,MEMORY as in --nodes 3x4cpu,16Gi"],
    ["4cpu,16Gi", "is not COUNTxCPU,MEMORY as in --nodes 3x4cpu,16Gi"],
    ["0x4cpu,16Gi", "the count must be 1 to 1000000"],
    ["99999999999999999999x4cpu,16Gi", "the count must be 1 to 1000000"],
    ["3x16Gi", "says no cpu, as in --nodes 3x4cpu,16Gi"],
    ["3x4cpu", "says no memory, as in --nodes 3x4cpu,16Gi"],
    ["3x4cpu,16", 'memory "16": is 16 bytes; a unit such as Gi is probably missing'],
    ["3x4cpu,16GB", /^memory "16GB": quantities must match the regular expression/],
    ["3x-4cpu,16Gi", 'cpu "-4": must not be negative'],
    ["3x4cpu,16Gi,32Gi", "memory is given twice"],
    ["3x4cpu,,16Gi", "there is nothing between two commas"],
    [
      "3x4cpu,16Gi,gpu=1",
      "gpu is not a resource the scheduler counts; an extended one has a domain, as nvidia.com/gpu has",
    ],
    ["3x4cpu,16Gi,zone=-b", /^label value "-b": a valid label must be/],
  ])("refuses %j", (value, message) => {
    const { nodes, issues } = makeNodes([value]);
    expect(nodes).toEqual([]);
    expect(issues.map((issue) => [issue.severity, issue.path])).toEqual(
      issues.map(() => ["error", `--nodes ${value}`]),
    );
    expect(issues.map((issue) => issue.message)).toContainEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  });

  test("reports everything that is wrong with every value at once, and makes the good ones", () => {
    expect(problems("3xcpu=x,memory=y,disk=1", "x", "1x1cpu,1Gi")).toHaveLength(4);
    expect(makeNodes(["bad", "2x1cpu,1Gi"]).nodes.map((node) => node.metadata?.name)).toEqual(["server-1", "server-2"]);
  });

  test("gives back the count and the amounts that were written, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 10 ** 6 }),
        fc.integer({ min: 1, max: 4096 }),
        fc.integer({ min: 0, max: 500 }),
        (count, milli, gib, pods) => {
          const { nodes, issues } = makeNodes([`${count}x${milli}mcpu,${gib}Gi,pods=${pods}`]);
          expect(issues).toEqual([]);
          expect(nodes).toHaveLength(count);
          expect(nodes.at(-1)?.status?.allocatable).toEqual({ cpu: `${milli}m`, memory: `${gib}Gi`, pods: `${pods}` });
        },
      ),
    );
  });

  test("makes an issue or a node of any text, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), fc.boolean(), (text, isPrefixed) => {
        const { nodes, issues } = makeNodes([isPrefixed ? `1x4cpu,${text}` : text]);
        expect(nodes.length > 0).toBe(issues.length === 0);
      }),
    );
  });
});
