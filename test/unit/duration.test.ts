/** Method: golden texts, printed by Go 1.26's time.ParseDuration and Duration.String, and a property: what is printed reads back. */

import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { durationOfMs, parseDuration } from "../../src/scheduler/duration.js";

const SEED = 14;

describe("a duration", () => {
  test.each([
    ["0", "0s", 0],
    ["-0", "0s", 0],
    ["30s", "30s", 30_000],
    ["-90s", "-1m30s", -90_000],
    ["+2s", "2s", 2_000],
    ["600s", "10m0s", 600_000],
    ["0.0000005s", "500ns", 0.0005],
    ["900us", "900\u00b5s", 0.9],
    ["900\u03bcs", "900\u00b5s", 0.9],
    ["0.0125s", "12.5ms", 12.5],
    ["1.5h2m0.25s", "1h32m0.25s", 5_520_250],
    ["1s1.000000001s", "2.000000001s", 2_000.000001],
    ["25h", "25h0m0s", 90_000_000],
    [".5s", "500ms", 500],
    ["1.s", "1s", 1_000],
    ["0.3333333333333333333h", "20m0s", 1_200_000],
    ["2562047h47m16.854775807s", "2562047h47m16.854775807s", 2 ** 63 / 1e6],
    ["-2562047h47m16.854775808s", "-2562047h47m16.854775808s", -(2 ** 63) / 1e6],
  ])("%s is read as %s", (text, printed, ms) => {
    const duration = parseDuration(text);
    expect(duration?.text).toBe(printed);
    expect(duration?.ms).toBe(ms);
  });

  test.each(["", "1", "s", "1 s", ".s", "1x", "--1s", "1s-", "2562047h47m16.854775808s", "99999999999999999999h"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  property.prop([fc.integer({ min: -9e12, max: 9e12 })], { seed: SEED, numRuns: 1000 })(
    "of any number of milliseconds is printed so that it reads back the same",
    (ms) => {
      const duration = durationOfMs(ms);
      expect(duration.ms).toBe(ms);
      expect(parseDuration(duration.text)).toEqual(duration);
    },
  );
});
