// The matching table of the scheduler, row by row, and its quirks; the first untolerated taint by the list's order.
// A property says that tolerating everything leaves nothing untolerated.
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Taint, Toleration } from "../../src/kube/objects.js";
import { findUntoleratedTaint, tolerates } from "../../src/kube/toleration.js";

const gpu: Taint = { key: "gpu", value: "a100", effect: "NoSchedule" };

describe("tolerates", () => {
  test.each<[sentence: string, toleration: Toleration, taint: Taint, answer: boolean]>([
    [
      "the same key, value and effect",
      { key: "gpu", operator: "Equal", value: "a100", effect: "NoSchedule" },
      gpu,
      true,
    ],
    ["no operator means Equal", { key: "gpu", value: "a100" }, gpu, true],
    ["an empty operator means Equal", { key: "gpu", operator: "", value: "h100" }, gpu, false],
    ["another value is not equal", { key: "gpu", value: "h100" }, gpu, false],
    ["a missing value equals an empty one", { key: "gpu" }, { key: "gpu", value: "", effect: "NoSchedule" }, true],
    ["Exists ignores the value", { key: "gpu", operator: "Exists", value: "h100" }, gpu, true],
    ["Exists keeps to its key", { key: "tpu", operator: "Exists" }, gpu, false],
    ["Exists without a key takes every key", { operator: "Exists" }, gpu, true],
    ["an empty effect takes every effect", { key: "gpu", operator: "Exists", effect: "" }, gpu, true],
    ["another effect does not match", { operator: "Exists", effect: "NoExecute" }, gpu, false],
    ["Equal without a key compares the value alone", { operator: "Equal", value: "a100" }, gpu, true],
    ["nothing at all tolerates a taint without value", {}, { key: "x", effect: "NoExecute" }, true],
    ["Gt is off", { key: "n", operator: "Gt", value: "1" }, { key: "n", value: "5", effect: "NoSchedule" }, false],
    ["Lt is off", { key: "n", operator: "Lt", value: "9" }, { key: "n", value: "5", effect: "NoSchedule" }, false],
    ["an unknown operator tolerates nothing", { key: "gpu", operator: "exists" }, gpu, false],
  ])("%s", (_, toleration, taint, answer) => {
    expect(tolerates(toleration, taint)).toBe(answer);
  });
});

describe("findUntoleratedTaint", () => {
  const soft: Taint = { key: "soft", effect: "PreferNoSchedule" };
  const disk: Taint = { key: "disk", effect: "NoExecute" };

  test("finds the first of the list that has one of the effects", () => {
    expect(findUntoleratedTaint([soft, gpu, disk], [], ["NoSchedule", "NoExecute"])).toBe(gpu);
    expect(findUntoleratedTaint([soft, gpu, disk], [], ["NoExecute"])).toBe(disk);
    expect(
      findUntoleratedTaint([soft, gpu, disk], [{ key: "gpu", operator: "Exists" }], ["NoSchedule"]),
    ).toBeUndefined();
  });

  test("any one toleration is enough", () => {
    const tolerations = [{ key: "a" }, { key: "gpu", operator: "Exists" }];
    expect(findUntoleratedTaint([gpu], tolerations, ["NoSchedule"])).toBeUndefined();
  });

  test("missing lists are empty ones", () => {
    expect(findUntoleratedTaint(undefined, null, ["NoSchedule"])).toBeUndefined();
    expect(findUntoleratedTaint([gpu], null, ["NoSchedule"])).toBe(gpu);
    expect(findUntoleratedTaint(null, undefined, ["NoSchedule"])).toBeUndefined();
  });

  const effects = ["NoSchedule", "NoExecute", "PreferNoSchedule"];
  const taints = fc.array(fc.record({ key: fc.string(), value: fc.string(), effect: fc.constantFrom(...effects) }));

  property.prop([taints])("a toleration with nothing but Exists leaves nothing untolerated", (list) => {
    expect(findUntoleratedTaint(list, [{ operator: "Exists" }], effects)).toBeUndefined();
    expect(findUntoleratedTaint(list, [], effects)).toBe(list[0]);
  });
});
