/**
 * Method: the suite that plugin authors run, over every built-in plugin, each in a profile in which it runs alone, then
 * before and behind all others, on clusters from two seeds.
 */

import { describe, expect, test } from "vitest";
import { StowageError } from "../../src/errors.js";
import { BUILTIN_FILTERS, BUILTIN_SCORES } from "../../src/scheduler/builtin.js";
import { runPluginConformance } from "../../src/testing.js";

const BUILTINS = [...new Set([...BUILTIN_FILTERS.keys(), ...BUILTIN_SCORES.keys()])];

describe.each(BUILTINS)("%s", (plugin) => {
  describe.each([1, 2])("on clusters from seed %i", (seed) => {
    runPluginConformance(plugin, { test, seed });
  });
});

describe("names of built-in plugins", () => {
  test.each(["NoSuchPlugin", ""])("refuse %j, which is none that runs here", (name) => {
    expect(() => runPluginConformance(name)).toThrow(StowageError);
    expect(() => runPluginConformance(name)).toThrow("no built-in plugin that runs has this name");
  });
});
