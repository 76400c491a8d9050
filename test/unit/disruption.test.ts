/**
 * Method: small sets of pods whose order and whose fate by PodDisruptionBudgets can be worked out by hand from
 * kube-scheduler's rules; then drawn sets, whose order must be sorted by the same rules and keep its pods.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LabelSelector, Pod, PodDisruptionBudget, StringMap } from "../../src/kube/objects.js";
import { breakBudgets, budgetsOf, byImportance, startTimeMs } from "../../src/scheduler/disruption.js";

const SEED = 20_260;
const NOW_MS = Date.UTC(2030, 0, 1);

function pod(name: string, priority: number | undefined, startTime?: string): Pod {
  return {
    metadata: { name, namespace: "default" },
    spec: priority === undefined ? {} : { priority },
    status: startTime === undefined ? {} : { startTime },
  };
}

const at = (hour: number) => `2029-12-31T${String(hour).padStart(2, "0")}:00:00Z`;

function sorted(pods: readonly Pod[]): string {
  return byImportance(pods, (each) => each, NOW_MS)
    .map(({ metadata }) => metadata?.name)
    .join(" ");
}

describe("pods by importance", () => {
  test("are those of higher priority first, a missing one being 0", () => {
    expect(sorted([pod("low", -1), pod("none", undefined), pod("high", 7)])).toBe("high none low");
  });

  test("of equal priority are those that started earlier first, and last those that have not", () => {
    expect(sorted([pod("c", 1), pod("b", 1, at(9)), pod("a", 1, at(8))])).toBe("a b c");
  });

  test("that are equal keep their order if they have started, and turn it round if they have not", () => {
    expect(sorted(["a", "b", "c"].map((name) => pod(name, 1, at(8))))).toBe("a b c");
    expect(sorted(["a", "b", "c"].map((name) => pod(name, 1)))).toBe("c b a");
  });

  test("do not ask for the time of day, only for the now that they are given", () => {
    expect(startTimeMs(pod("a", 1, at(8)), NOW_MS)).toBe(Date.UTC(2029, 11, 31, 8));
    expect(startTimeMs({ status: { startTime: new Date(5) } }, NOW_MS)).toBe(5);
    expect([startTimeMs(pod("a", 1), NOW_MS), startTimeMs({}, NOW_MS)]).toEqual([NOW_MS, NOW_MS]);
  });

  test(`are all there and in order, whatever order they came in (seed ${SEED})`, () => {
    const drawn = fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(1, 2, 3));
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 30 }), (keys) => {
        const pods = keys.map(([priority, hour], index) => pod(`p${index}`, priority, at(hour)));
        const rank = ({ spec, status }: Pod) => (spec?.priority ?? 0) * 1e15 - startTimeMs({ status: status! }, NOW_MS);
        const stable = [...pods].sort((a, b) => rank(b) - rank(a));
        expect(byImportance(pods, (each) => each, NOW_MS)).toEqual(stable);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

function budget(selector: LabelSelector | null | undefined, left: number, more: object = {}): PodDisruptionBudget {
  return {
    metadata: { name: "budget", namespace: "default" },
    spec: { ...(selector === undefined ? {} : { selector }) },
    status: { disruptionsAllowed: left, ...more },
  };
}

function labelled(name: string, labels: StringMap, namespace = "default"): Pod {
  return { metadata: { name, namespace, labels } };
}

const WEB = { matchLabels: { app: "web" } };

function broken(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[], chargesAll = true): boolean[] {
  return breakBudgets(pods, budgetsOf(budgets), chargesAll);
}

describe("a budget", () => {
  const web = (name: string) => labelled(name, { app: "web" });

  test("breaks with the first pod beyond those that it lets go", () => {
    const pods = ["a", "b", "c"].map(web);
    expect(broken(pods, [budget(WEB, 2)])).toEqual([false, false, true]);
    expect(broken(pods, [budget(WEB, 0)])).toEqual([true, true, true]);
    expect(broken(pods, [budget(WEB, 3)])).toEqual([false, false, false]);
    expect(broken(pods, [{ ...budget(WEB, 0), status: {} }])).toEqual([true, true, true]);
  });

  test("is asked anew each time: what is worked out once is not charged to the next question", () => {
    const budgets = budgetsOf([budget(WEB, 1)]);
    for (let turn = 0; turn < 3; turn++)
      expect(breakBudgets([web("a"), web("b")], budgets, true)).toEqual([false, true]);
  });

  test.each<[string, LabelSelector | null | undefined]>([
    ["no selector", undefined],
    ["a null selector", null],
    ["an empty selector", {}],
    ["a selector that does not parse", { matchExpressions: [{ key: "app", operator: "Like", values: ["web"] }] }],
  ])("with %s covers no pod", (_what, selector) => {
    expect(broken([web("a")], [budget(selector, 0)])).toEqual([false]);
  });

  test("covers pods of its own namespace only, which is default when it says none", () => {
    const pods = [labelled("a", { app: "web" }, "other"), labelled("b", { app: "web" }, "")];
    expect(broken(pods, [budget(WEB, 0)])).toEqual([false, true]);
    expect(broken(pods, [{ ...budget(WEB, 0), metadata: { name: "budget" } }])).toEqual([false, true]);
  });

  test("covers no pod without labels, even where its selector would", () => {
    const absent = { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] };
    expect(broken([labelled("a", {}), labelled("b", { tier: "x" })], [budget(absent, 0)])).toEqual([false, true]);
  });

  test("does not count again a pod whose eviction was granted already", () => {
    const granted = budget(WEB, 0, { disruptedPods: { a: "2029-12-31T08:00:00Z" } });
    expect(broken([web("a"), web("b")], [granted])).toEqual([false, true]);
  });

  test("is charged for a pod that another budget has broken already in 1.36, and not in 1.37", () => {
    const budgets = [budget(WEB, 0), budget({ matchLabels: { tier: "front" } }, 1)];
    const pods = [labelled("a", { app: "web", tier: "front" }), labelled("b", { tier: "front" })];
    expect(broken(pods, budgets, true)).toEqual([true, true]);
    expect(broken(pods, budgets, false)).toEqual([true, false]);
  });
});
