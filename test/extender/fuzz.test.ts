// Hostile bodies by the thousand, on the handler and over HTTP: no crash, no hang, each answered with a sentence, and the
// cluster as it was. STOWAGE_FUZZ_RUNS says how many: 20000 in CI, 1000000 in a long run.
import { readFileSync } from "node:fs";
import { fc, test as property } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Extender, VERBS, type Verb } from "../../src/extender/extender.js";
import { post, type Serving, serve } from "../helpers/extender-server.js";
import { bindArgs, ChangingSource, extenderOf, GPU, nodeOf, podOf } from "../helpers/extender-world.js";

const RUNS = Number(process.env.STOWAGE_FUZZ_RUNS ?? 1_500);
/** Over HTTP one in so many. */
const HTTP_SHARE = 15;
const NOT_LONG_MS = 5_000;

const names = ["filter-names", "filter-nodes", "prioritize-names", "bind-names", "preempt-names", "preempt-nodes"];
const samples = names.map((name) =>
  readFileSync(new URL(`../fixtures/extender/${name}.json`, import.meta.url), "utf8"),
);

const hostile = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1e308,
  "",
  "__proto__",
  [],
  {},
  [[]],
  "x".repeat(5_000),
  "\u0000",
  "\ud800",
  "9".repeat(400),
  { toString: 1, valueOf: null, constructor: {} },
);
const keys = fc.constantFrom(
  "__proto__",
  "constructor",
  "Pod",
  "pod",
  "nodenames",
  "metadata",
  "items",
  "spec",
  "toString",
  "UID",
  "Pods",
);

/** One place of a body, by the numbers of the choices on the way to it. */
interface Mutation {
  readonly way: readonly number[];
  readonly how: "replace" | "delete" | "rename" | "wrap" | "repeat";
  readonly value: unknown;
  readonly key: string;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  way: fc.array(fc.nat(20), { maxLength: 8 }),
  how: fc.constantFrom("replace", "delete", "rename", "wrap", "repeat"),
  value: fc.oneof(hostile, fc.jsonValue()),
  key: keys,
});

/** JSON.parse makes `__proto__` a plain member, and so must whoever changes what it made. */
function set(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function mutate(root: unknown, { way, how, value: given, key }: Mutation): unknown {
  // Of its own: the next mutation may change it.
  const value: unknown = structuredClone(given);
  let parent: object | undefined;
  let last = "";
  let here = root;
  for (const choice of way) {
    if (typeof here !== "object" || here === null) break;
    const options = Object.keys(here);
    if (options.length === 0) break;
    parent = here;
    last = options[choice % options.length] ?? "";
    here = Reflect.get(here, last);
  }
  if (parent === undefined) return how === "wrap" ? [root] : value;
  if (how === "replace") set(parent, last, value);
  if (how === "delete") Reflect.deleteProperty(parent, last);
  if (how === "rename") {
    Reflect.deleteProperty(parent, last);
    set(parent, key, here);
  }
  if (how === "wrap") set(parent, last, [here]);
  if (how === "repeat") set(parent, key, structuredClone(here));
  return root;
}

/** Of the text: cut, bytes changed, a member twice. */
const scar = fc.oneof(
  fc.record({ how: fc.constant("none" as const) }),
  fc.record({ how: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({ how: fc.constant("byte" as const), at: fc.nat(), byte: fc.nat(255) }),
  fc.record({ how: fc.constant("double" as const), from: fc.nat(), length: fc.nat(200) }),
  fc.record({ how: fc.constant("nest" as const), depth: fc.nat(3_000) }),
);
type Scar = typeof scar extends fc.Arbitrary<infer T> ? T : never;

function scarred(text: string, each: Scar): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.from(text));
  const place = (at: number): number => at % Math.max(1, bytes.length);
  switch (each.how) {
    case "cut":
      return bytes.slice(0, place(each.at));
    case "byte":
      bytes[place(each.at)] = each.byte;
      return bytes;
    case "double": {
      const from = place(each.from);
      const part = bytes.subarray(from, from + each.length);
      return new Uint8Array([...bytes.subarray(0, from), ...part, ...bytes.subarray(from)]);
    }
    case "nest":
      return new Uint8Array(Buffer.from(`{"Pod":${'{"a":'.repeat(each.depth)}${text}${"}".repeat(each.depth)}}`));
    default:
      return bytes;
  }
}

const body = fc
  .tuple(fc.constantFrom(...samples), fc.array(mutation, { maxLength: 4 }), scar)
  .map(([sample, mutations, each]) =>
    scarred(JSON.stringify(mutations.reduce(mutate, JSON.parse(sample))) ?? "", each),
  );
const verb = fc.constantFrom(...VERBS);

const source = new ChangingSource(
  ["n0", "n1", "n2"].map((name) => nodeOf(name, { [GPU]: "2" })),
  [podOf("a0", { node: "n0", requests: { [GPU]: "1" } })],
);
/** What it is asked to bind comes of bodies that a real pod had: if it were bound, it would keep its room. */
async function refuse(): Promise<never> {
  throw new Error("refused");
}
const extender: Extender = extenderOf(source, { managedResources: [GPU], config: {}, binder: refuse });

/** What is inside a whole node that the cluster knows is given back as it came: broken when it came broken. */
function isGivenBack(asked: Verb, bytes: Uint8Array, text: string): boolean {
  return asked === "filter" && text.startsWith('{"Nodes":{') && !isJson(Buffer.from(bytes).toString());
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Kept by every answer. */
function expectSound(asked: Verb, bytes: Uint8Array, status: number, text: string): void {
  if (isGivenBack(asked, bytes, text)) return;
  const answer = JSON.parse(text);
  expect([200, 400, 500]).toContain(status);
  if (status !== 200) expect(answer.Error).toBeTypeOf("string");
  else if (asked === "prioritize") {
    for (const { Score } of answer) expect(Number.isInteger(Score) && Score >= 0 && Score <= 10).toBe(true);
  } else if (asked === "preempt") {
    for (const victims of Object.values<{ Pods: unknown[] }>(answer.NodeNameToMetaVictims))
      expect(victims.Pods.length).toBeGreaterThan(0);
  } else expect(answer.Error).toBeTypeOf("string");
  expect(text).not.toContain("this is a bug");
}

describe("hostile bodies", () => {
  let serving: Serving;
  beforeAll(async () => {
    serving = await serve(source, {}, { managedResources: [GPU], config: {} });
  });
  afterAll(async () => {
    await serving.server.close();
  });

  property.prop([verb, body], { numRuns: RUNS })(
    "are answered by the handler, soundly and soon",
    async (asked, bytes) => {
      const start = performance.now();
      const { status, body: answer } = await extender.handle(asked, bytes);
      expect(performance.now() - start).toBeLessThan(NOT_LONG_MS);
      expectSound(asked, bytes, status, typeof answer === "string" ? answer : Buffer.from(answer).toString());
      expect([source.cluster.nodeCount, extender.isAlive]).toEqual([3, true]);
      expect(Reflect.get({}, "Pod")).toBeUndefined();
    },
  );

  property.prop([verb, body], { numRuns: Math.ceil(RUNS / HTTP_SHARE) })(
    "are answered over HTTP as well",
    async (asked, bytes) => {
      const { status, text } = await post(`${serving.url}/${asked}`, bytes);
      expectSound(asked, bytes, status, text);
    },
  );

  property("leave it answering as before", async () => {
    const { text } = await post(`${serving.url}/bind`, JSON.stringify(bindArgs(podOf("a0"), "n0")));
    expect(JSON.parse(text).Error).toBe("this extender does not bind: it has no API server to ask");
    const filtered = await post(`${serving.url}/filter`, samples[0] ?? "");
    expect([extender.promised, source.cluster.podCount]).toEqual([0, 1]);
    expect(JSON.parse(filtered.text).NodeNames).toEqual(["n0", "n2", "n1"]);
  });
});
