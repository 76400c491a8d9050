/**
 * Method: two zones of a few nodes and pods whose terms match or do not, one rule of InterPodAffinity at a time; the
 * normalized scores are those that upstream's order of float64 operations gives.
 */

import { describe, expect, test } from "vitest";
import type { Affinity, KubeObject, Node, Pod, PodAffinityTerm, StringMap } from "../../src/kube/objects.js";
import type { Compat } from "./compat.js";
import { ReferenceScheduler, type RefWorld } from "./scheduler.js";

const ZONE = "topology.kubernetes.io/zone";

function node(name: string, zone?: string): Node {
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...(zone && { [ZONE]: zone }) } },
    status: { allocatable: { cpu: 8, memory: "16Gi", pods: 110 } },
  };
}

const NODES = [node("a1", "a"), node("a2", "a"), node("b1", "b"), node("nowhere")];

function pod(
  name: string,
  labels: StringMap,
  affinity?: Affinity,
  more: { nodeName?: string; namespace?: string } = {},
) {
  const { nodeName, namespace } = more;
  return {
    metadata: { name, labels, ...(namespace && { namespace }) },
    spec: { containers: [{ name: "c" }], ...(affinity && { affinity }), ...(nodeName && { nodeName }) },
  } satisfies Pod;
}

function term(app: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm {
  return { topologyKey: ZONE, labelSelector: { matchLabels: { app } }, ...more };
}

function together(...terms: PodAffinityTerm[]): Affinity {
  return { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
}

function apart(...terms: PodAffinityTerm[]): Affinity {
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
}

function schedulerOf(pods: readonly Pod[], more: Partial<RefWorld> = {}): ReferenceScheduler {
  return new ReferenceScheduler({ nodes: NODES, pods, tieBreak: "first", ...more });
}

function feasible(incoming: Pod, pods: readonly Pod[], more: Partial<RefWorld> = {}): readonly string[] {
  return schedulerOf(pods, more).filter(incoming).feasible;
}

const DB = pod("db", { app: "db" }, undefined, { nodeName: "a1" });

describe("required terms", () => {
  test("draw a pod to the domains of pods that match all of them at once", () => {
    expect(feasible(pod("p", {}, together(term("db"))), [DB])).toEqual(["a1", "a2"]);
    const both = pod("both", { app: "db", tier: "back" }, undefined, { nodeName: "b1" });
    const tier = term("db", { labelSelector: { matchLabels: { tier: "back" } } });
    expect(feasible(pod("p", {}, together(term("db"), tier)), [DB, both])).toEqual(["b1"]);
  });

  test("let the first pod of a series come where its labels are", () => {
    const first = pod("p", { app: "db" }, together(term("db")));
    expect(feasible(first, [])).toEqual(["a1", "a2", "b1"]);
    expect(feasible(pod("p", { app: "web" }, together(term("db"))), [])).toEqual([]);
    expect(feasible(first, [DB])).toEqual(["a1", "a2"]);
  });

  test("keep a pod from the domains of pods that it or they avoid", () => {
    expect(feasible(pod("p", {}, apart(term("db"))), [DB])).toEqual(["b1", "nowhere"]);
    const shy = pod("shy", {}, apart(term("web")), { nodeName: "b1" });
    const { rejected } = schedulerOf([shy]).filter(pod("p", { app: "web" }));
    expect([...rejected]).toEqual([
      [
        "b1",
        {
          plugin: "InterPodAffinity",
          code: "Unschedulable",
          reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
        },
      ],
    ]);
  });

  test("mean the pod's own namespace unless they name or select others", () => {
    const other = pod("db", { app: "db" }, undefined, { nodeName: "a1", namespace: "other" });
    const avoiding = (more: Partial<PodAffinityTerm>) => pod("p", {}, apart(term("db", more)));
    expect(feasible(avoiding({}), [other])).toContain("a1");
    expect(feasible(avoiding({ namespaces: ["other"] }), [other])).not.toContain("a1");
    expect(feasible(avoiding({ namespaceSelector: {} }), [other])).not.toContain("a1");
    const namespaces: KubeObject[] = [{ metadata: { name: "other", labels: { team: "red" } } }];
    const red = { namespaceSelector: { matchLabels: { team: "red" } } };
    expect(feasible(avoiding(red), [other], { objects: { namespaces } })).not.toContain("a1");
    expect(feasible(avoiding(red), [other])).toContain("a1");
  });

  test.each<[Compat, readonly "namespaceSelector"[], boolean]>([
    ["1.36", [], false],
    ["1.36", ["namespaceSelector"], true],
    ["1.37", [], true],
  ])("of %s with %j mended: a NotIn selector spares the namespace it excludes: %s", (compat, mended, isSpared) => {
    const other = pod("db", { app: "db" }, undefined, { nodeName: "a1", namespace: "other" });
    const namespaces: KubeObject[] = [{ metadata: { name: "other", labels: { team: "red" } } }];
    const namespaceSelector = { matchExpressions: [{ key: "team", operator: "NotIn", values: ["red"] }] };
    const incoming = pod("p", {}, apart(term("db", { namespaceSelector })));
    expect(feasible(incoming, [other], { objects: { namespaces }, compat, mended }).includes("a1")).toBe(isSpared);
  });

  test("that cannot be parsed reject the pod as a whole, in Kubernetes' words", () => {
    const labelSelector = { matchExpressions: [{ key: "app", operator: "In" }] };
    const { preFilter } = schedulerOf([]).filter(pod("p", {}, together(term("db", { labelSelector }))));
    const what = "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty";
    expect(preFilter).toEqual({
      plugin: "InterPodAffinity",
      code: "UnschedulableAndUnresolvable",
      reasons: [`parsing pod: requiredAffinityTerms: ${what}`],
    });
  });
});

function prefer(weight: number, app: string): Affinity {
  return {
    podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(app) }] },
  };
}

function parts(incoming: Pod, pods: readonly Pod[]) {
  const found = schedulerOf(pods).score(incoming, ["a1", "b1", "nowhere"]);
  return [...found.values()].map((score) => score.parts.get("InterPodAffinity"));
}

describe("preferences", () => {
  test("add up in a domain, of either pod's terms, and required terms of pods there count 1", () => {
    const friend = pod("friend", {}, prefer(5, "web"), { nodeName: "b1" });
    const needy = pod("needy", {}, together(term("web")), { nodeName: "b1" });
    const found = parts(pod("p", { app: "web" }, prefer(10, "db")), [DB, friend, needy]);
    expect(found.map((part) => part?.raw)).toEqual([10n, 6n, 0n]);
  });

  test("skip a pod that nobody has a word about, but not for a word of weight 0", () => {
    expect(parts(pod("p", { app: "web" }), [DB])).toEqual([undefined, undefined, undefined]);
    expect(parts(pod("p", {}, prefer(0, "db")), [DB])[0]).toMatchObject({ raw: 0n, normalized: 0n });
  });

  test.each([
    [29, 100, 28n],
    [57, 100, 56n],
    [58, 100, 57n],
    [29, 50, 57n],
    [87, 150, 57n],
  ])("are scaled as float64: %d of %d becomes %d", (raw, range, normalized) => {
    const chunks = (total: number, app: string, zone: string) =>
      [Math.min(total, 100), total - Math.min(total, 100)]
        .filter((weight) => weight > 0)
        .map((weight, index) => pod(`${app}${index}`, {}, prefer(weight, "web"), { nodeName: zone }));
    const found = parts(pod("p", { app: "web" }), [...chunks(range, "top", "a1"), ...chunks(raw, "mid", "b1")]);
    expect(found.map((part) => part?.normalized)).toEqual([100n, normalized, 0n]);
  });
});
