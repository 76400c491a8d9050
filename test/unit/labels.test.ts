/**
 * Method: label columns of a small cluster read back value by value, and their tables held against matchesRequirement,
 * the plain predicate, for each kind of requirement and each value including the missing one.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { LabelColumn } from "../../src/cluster/labels.js";
import type { Requirement } from "../../src/kube/objects.js";
import { type LabelRequirement, matchesRequirement, parseNodeSelectorTerm } from "../../src/kube/requirement.js";

function nodeIn(name: string, zone?: string) {
  return { name, allocatable: { cpu: 1 }, ...(zone === undefined ? {} : { labels: { zone } }) };
}

function idsOf(cluster: Cluster, column: LabelColumn): number[] {
  return [...cluster.state.engine.wordsOf(column.column)];
}

describe("a label column", () => {
  test("numbers values in the order in which it meets them, and a missing label is 0", () => {
    const cluster = new Cluster();
    for (const [name, zone] of [["n1", "b"], ["n2"], ["n3", "a"], ["n4", "b"], ["n5", ""]] as const) {
      cluster.upsertNode(nodeIn(name, zone));
    }
    const column = cluster.state.labelColumn("zone");
    expect(idsOf(cluster, column)).toEqual([1, 0, 2, 1, 3]);
    expect(column.size).toBe(4);
    expect([column.id(undefined), column.id("a"), column.id("")]).toEqual([0, 2, 3]);
  });

  test("is the same when asked for again, and follows nodes that come, change and go", () => {
    const cluster = new Cluster();
    cluster.upsertNode(nodeIn("n1", "a"));
    const column = cluster.state.labelColumn("zone");
    cluster.upsertNode(nodeIn("n2", "b"));
    cluster.upsertNode(nodeIn("n3", "a"));
    expect(cluster.state.labelColumn("zone")).toBe(column);
    expect(idsOf(cluster, column)).toEqual([1, 2, 1]);
    cluster.upsertNode(nodeIn("n1", "b"));
    cluster.upsertNode(nodeIn("n2"));
    cluster.removeNode("n3");
    expect(idsOf(cluster, column)).toEqual([2, 0, 0]);
  });

  test("does not take a label for the name of the node", () => {
    const cluster = new Cluster();
    cluster.upsertNode({ name: "n1", allocatable: { cpu: 1 }, labels: { "metadata.name": "other" } });
    const names = cluster.state.nodeNameColumn();
    expect(idsOf(cluster, names)).toEqual([names.id("n1")]);
    expect(idsOf(cluster, cluster.state.labelColumn("metadata.name"))).toEqual([1]);
    expect(cluster.state.labelColumn("metadata.name")).not.toBe(names);
  });
});

describe("the table of a requirement", () => {
  const VALUES = [undefined, "a", "b", "", "5", "7", "-1", "x7"];

  function requirementOf(requirement: Requirement): LabelRequirement {
    const term = parseNodeSelectorTerm({ matchExpressions: [requirement] });
    if (!term.ok) throw new Error(term.error);
    return term.expressions[0]!;
  }

  test.each<Requirement>([
    { key: "zone", operator: "In", values: ["a", "7", "never-seen"] },
    { key: "zone", operator: "NotIn", values: ["a", "never-seen"] },
    { key: "zone", operator: "Exists" },
    { key: "zone", operator: "DoesNotExist" },
    { key: "zone", operator: "Gt", values: ["5"] },
    { key: "zone", operator: "Lt", values: ["7"] },
  ])("$operator says of each value what the plain predicate says", (written) => {
    const column = new Cluster().state.labelColumn("zone");
    const ids = VALUES.map((value) => column.id(value));
    const requirement = requirementOf(written);
    const table = new Uint8Array(column.size).fill(2);
    column.fillTable(requirement, table);
    expect(ids.map((id) => table[id])).toEqual(VALUES.map((value) => Number(matchesRequirement(requirement, value))));
  });
});
