// The chart through Helm's own linter, schema validation and renderer: every set of good values is sound, every bad one is
// refused with a reason that names it, and the plain manifests are what the chart renders.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { expectSound } from "./checks.js";
import { type Answer, askHelm, helmAvailable, streamOf } from "./helm.js";
import { GOOD, MANIFESTS, REFUSED } from "./values.js";

const missing = helmAvailable();
if (missing !== undefined) process.stderr.write(`the chart is not rendered: ${missing}\n`);

const good = new Map<string, Answer>();
const refused = new Map<string, Answer>();

describe.skipIf(missing !== undefined)("the chart", () => {
  beforeAll(async () => {
    const answers = await askHelm([...Object.values(GOOD), ...Object.values(REFUSED).map(([values]) => values)]);
    Object.keys(GOOD).forEach((name, at) => {
      good.set(name, answers[at]!);
    });
    Object.keys(REFUSED).forEach((name, at) => {
      refused.set(name, answers[good.size + at]!);
    });
  });

  test.each(Object.keys(GOOD))("is sound with the values of %s", async (name) => {
    const answer = good.get(name)!;
    expect([answer.error, answer.lint]).toEqual([undefined, []]);
    await expectSound(streamOf(answer));
  });

  test.each(Object.keys(REFUSED))("refuses %s", (name) => {
    const [, reason] = REFUSED[name]!;
    expect(refused.get(name)?.error).toMatch(reason);
  });

  test.each(Object.keys(MANIFESTS))("renders deploy/manifests/%s", (name) => {
    const folder = fileURLToPath(new URL("../../../deploy/manifests", import.meta.url));
    expect(readFileSync(join(folder, name), "utf8")).toBe(streamOf(good.get(name)!));
  });

  test("writes a new checksum when the configuration changes, and only then", () => {
    const checksum = (name: string): string | undefined =>
      /checksum\/config: (\w+)/.exec(streamOf(good.get(name)!))?.[1];
    expect(checksum("least")).toBe(checksum("own-scheduler.yaml"));
    expect(checksum("a resource of its own")).not.toBe(checksum("own-scheduler.yaml"));
  });

  test("gives pods/binding to a binder only", () => {
    expect(streamOf(good.get("own-scheduler.yaml")!)).not.toContain("pods/binding");
    expect(streamOf(good.get("a resource of its own")!)).toContain("pods/binding");
  });
});
