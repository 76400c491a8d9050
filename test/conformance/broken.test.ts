/**
 * Method: one tiny plugin for each way of breaking a promise. The suite must catch every one, by the check that is
 * about it, with an ERR_PLUGIN that names the plugin and says what it did.
 */

import { describe, expect, test } from "vitest";
import { StowageError } from "../../src/errors.js";
import type { Pod } from "../../src/kube/objects.js";
import type { Plugin } from "../../src/scheduler/plugin.js";
import { type PluginSubject, pluginChecks, runPluginConformance } from "../../src/testing.js";

const NAME = "is an object with a name that is not taken";
const AT_ONCE = "answers at once, without promises and without throwing";
const TWICE = "answers the same when asked twice";
const EQUAL = "answers the same on an equal cluster";
const UNCHANGED = "changes neither cluster, nodes nor pods";
const REASONS = "rejects feasible nodes only, each with a reason";
const INTEGERS = "scores in integers, 0 to 100 once normalized";
const RESERVE = "lets reserve take note of a placement, and change nothing";
const ORDER = "finds the same nodes first and last among the built-in filters";

interface Broken {
  readonly subject: PluginSubject;
  readonly plugin: string;
  readonly check: string;
  readonly says: string | RegExp;
}

/** JavaScript lets through what the types refuse. */
function untyped(plugin: object): Plugin {
  return plugin as Plugin;
}

function broken(way: string, check: string, says: Broken["says"], plugin: object): [string, Broken] {
  return [way, { subject: untyped({ name: "Bad", ...plugin }), plugin: "Bad", check, says }];
}

let answerCount = 0;
/** How often a factory below was called in the running test. */
let made = 0;
const NOTHING = undefined as unknown as Plugin;

const BROKEN: readonly (readonly [way: string, Broken])[] = [
  broken("filters in a promise", AT_ONCE, "returned a promise", { filter: async () => {} }),
  broken("prepares in a promise", AT_ONCE, "returned a promise", { prepare: async () => {}, filter: () => {} }),
  broken("scores in a promise", AT_ONCE, "returned a promise", { score: async () => {} }),
  broken("normalizes in a promise", AT_ONCE, "returned a promise", { score: () => {}, normalize: async () => {} }),
  broken("reserves in a promise", RESERVE, "returned a promise", { reserve: async () => {} }),
  broken("gives a promise of a reason", REASONS, "returned a promise", {
    filter: (cycle: FilterOf) => cycle.eachNode(async () => undefined),
  }),
  broken("fails in a promise", AT_ONCE, "returned a promise", {
    filter: async () => {
      throw new Error("late");
    },
  }),
  broken("scores NaN", INTEGERS, "score NaN of node node-1 is not an integer", scoring(Number.NaN)),
  broken("scores infinity", INTEGERS, "score Infinity of node node-1 is not an integer", scoring(Infinity)),
  broken("scores a fraction", INTEGERS, "score 0.5 of node node-1 is not an integer", scoring(0.5)),
  broken("scores a text", INTEGERS, 'score "7" of node node-1 is not an integer', scoring("7")),
  broken("scores 101", INTEGERS, "score 101 of node node-1 is outside 0..100", scoring(101)),
  broken("scores -1", INTEGERS, "score -1 of node node-1 is outside 0..100", scoring(-1)),
  broken("normalizes to 101", INTEGERS, "score 101 of node node-1 is outside 0..100", {
    score: () => {},
    normalize: (cycle: ScoreOf) => cycle.eachNode(() => 101),
  }),
  broken("scores a slot that is none", INTEGERS, "slot 999 is not feasible", {
    score: (cycle: ScoreOf) => cycle.set(999, 1),
  }),
  broken("throws", AT_ONCE, "no idea", {
    filter: () => {
      throw new Error("no idea");
    },
  }),
  broken("throws what is no error", AT_ONCE, "no idea", {
    filter: () => {
      throw "no idea";
    },
  }),
  broken("throws without nodes", AT_ONCE, "empty", {
    filter: ({ slots }: FilterOf) => {
      if ([...slots].length === 0) throw new Error("empty");
    },
  }),
  broken("throws for a pod without requests", AT_ONCE, /Cannot read properties/, {
    prepare: (pod: Pod) => pod.spec!.containers!.length,
    filter: () => {},
  }),
  broken("throws in reserve", RESERVE, "not today", {
    reserve: () => {
      throw new Error("not today");
    },
  }),
  broken("rejects a slot twice", REASONS, /slot \d+ is not feasible/, {
    filter: (cycle: FilterOf) => {
      for (const slot of cycle.slots) {
        cycle.reject(slot, "no");
        cycle.reject(slot, "no");
      }
    },
  }),
  broken("rejects a slot that is none", REASONS, "slot -1 is not feasible", {
    filter: (cycle: FilterOf) => cycle.reject(-1, "no"),
  }),
  broken("rejects without a reason", REASONS, 'the reason to reject node node-1 is ""', rejecting("")),
  broken("rejects with null", REASONS, "the reason to reject node node-1 is null", rejecting(null)),
  broken("rejects with true", REASONS, "the reason to reject node node-1 is true", rejecting(true)),
  broken("writes on the node", UNCHANGED, "it changed a node or the pod", {
    filter: (cycle: FilterOf) =>
      cycle.eachNode((node) => {
        const labels = node.labels as Record<string, string>;
        labels.seen = `${labels.seen ?? ""}x`;
        return undefined;
      }),
  }),
  broken("writes on the pod", UNCHANGED, "it changed a node or the pod", {
    prepare: (pod: Pod) => {
      const labels = pod.metadata!.labels as Record<string, string>;
      labels.seen = `${labels.seen ?? ""}x`;
    },
    filter: () => {},
  }),
  broken("writes on the node in reserve", RESERVE, "it changed a node or the pod", {
    reserve: (_pod: Pod, node: { labels: Record<string, string> }) => {
      node.labels.seen = `${node.labels.seen ?? ""}x`;
    },
  }),
  broken("reaches for the cluster", UNCHANGED, "cluster.removeNode is not a function", {
    prepare: (_pod: Pod, cluster: { removeNode(name: string): void }) => cluster.removeNode("node-1"),
    filter: () => {},
  }),
  broken("rejects at random", TWICE, /asked twice, its fit are/, {
    filter: (cycle: FilterOf) => cycle.eachNode(() => (answerCount++ % 3 === 0 ? "bad luck" : undefined)),
  }),
  broken("scores at random", TWICE, /asked twice, its scores are/, {
    score: (cycle: ScoreOf) => cycle.eachNode(() => answerCount++ % 101),
  }),
  broken("keeps the first slot only", ORDER, /when it runs first, and .* when it runs last/, {
    filter: (cycle: FilterOf) => {
      const [, ...others] = cycle.slots;
      for (const slot of others) cycle.reject(slot, "node(s) came later");
    },
  }),
  broken("has a misspelt mode", NAME, 'normalize must be "default", "reverse" or a function', { normalize: "revers" }),
  broken("has a filter that is a list", NAME, "filter must be a function", { filter: [] }),
  ["has no name", { subject: untyped({ filter: () => {} }), plugin: "(unnamed)", check: NAME, says: "needs a name" }],
  ["has an empty name", { subject: untyped({ name: "" }), plugin: "(unnamed)", check: NAME, says: "needs a name" }],
  [
    "has the name of a built-in plugin",
    { subject: untyped({ name: "NodePorts" }), plugin: "NodePorts", check: NAME, says: "the name is taken" },
  ],
  ["is not there", { subject: () => NOTHING, plugin: "(unnamed)", check: NAME, says: "a plugin is an object" }],
  [
    "changes its name",
    {
      subject: () => untyped({ name: `Bad${made++ % 2}` }),
      plugin: "Bad0",
      check: NAME,
      says: "made anew, its name is",
    },
  ],
  [
    "differs from its twin",
    {
      subject: () => untyped({ name: "Bad", ...scoring(made++ % 100) }),
      plugin: "Bad",
      check: EQUAL,
      says: /asked twice, its scores are/,
    },
  ],
];

interface FilterOf {
  readonly slots: Iterable<number>;
  reject(slot: number, reason: string): void;
  eachNode(verdict: (node: { readonly labels: object }) => unknown): void;
}

interface ScoreOf {
  set(slot: number, score: number): void;
  eachNode(score: () => unknown): void;
}

function scoring(score: unknown): object {
  return { score: (cycle: ScoreOf) => cycle.eachNode(() => score) };
}

function rejecting(reason: unknown): object {
  return { filter: (cycle: FilterOf) => cycle.eachNode(() => reason) };
}

function errorOf(action: () => void): StowageError {
  try {
    action();
  } catch (error) {
    if (error instanceof StowageError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a plugin that", () => {
  test.each(BROKEN)("%s is caught by the check about it, by name", (_way, { subject, plugin, check, says }) => {
    made = 0;
    const found = pluginChecks(subject).find(({ name }) => name === check)!;
    const error = errorOf(() => found.run());
    expect(error.code).toBe("ERR_PLUGIN");
    expect(error.details.plugin).toBe(plugin);
    expect(error.message).toMatch(says);
  });

  test.each(BROKEN)("%s does not pass the suite", (_way, { subject, plugin, check }) => {
    made = 0;
    const error = errorOf(() => runPluginConformance(subject));
    expect(error.code).toBe("ERR_PLUGIN");
    expect(error.details.plugin).toBe(plugin);
    expect(error.message).toContain(`plugin ${plugin}: breaks `);
    expect(error.message).toContain(`${check}: `);
  });
});
