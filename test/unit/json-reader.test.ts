// Method: JSON.parse is the oracle, on lists of alike objects (the case that sharing is for), on the same with one
// character changed, and on noise; fixed texts show what is shared, what is not, and what is left to the scanner.
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { scanJsonValue } from "../../src/kube/json.js";
import { JsonReader } from "../../src/kube/json-reader.js";
import { tries } from "../helpers/tries.js";

const SEED = 20_260_102;
const DEEP = 100;
console.log(`seed ${SEED}`);

interface Read {
  readonly value: unknown;
  readonly end: number;
}

/** The whole text as a list whose items are read one by one, or as one value; undefined when the reader gives up. */
function read(text: string, maxDepth = DEEP): Read | undefined {
  const reader = new JsonReader(text, maxDepth);
  const start = reader.skipSpace(0);
  try {
    if (text.charAt(start) !== "[") return { value: reader.value(start), end: reader.skipSpace(reader.end) };
    const items: unknown[] = [];
    reader.list(start, (at) => {
      items.push(reader.value(at));
    });
    return { value: items, end: reader.skipSpace(reader.end) };
  } catch {
    return undefined;
  }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** What the reader takes as a whole is what JSON.parse makes of it, and sound; what is not JSON it does not take. */
function agrees(text: string): void {
  const ours = read(text);
  const theirs = parsed(text);
  if (ours === undefined || ours.end < text.length) return;
  expect(ours.value).toEqual(theirs?.value);
  expect(JSON.stringify(ours.value)).toBe(JSON.stringify(theirs?.value));
  expect(scanJsonValue(text, 0, DEEP)).toMatchObject({ value: { isSound: true }, problems: [] });
}

const key = fc.constantFrom("a", "b", "spec", "items", 'q"', "\\", "", "a long key of more than a dozen characters");
const leaf = fc.oneof(
  fc.constantFrom<unknown>(0, -1.5e-7, true, null, "", "x", 'a "quoted" \\ text', "\u0000\ud83d\ude00", {}, []),
  fc.integer(),
);
const { value: alike } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}));
const object = fc.dictionary(key, alike, { maxKeys: 4 });
/** Few objects, each several times. */
const list = fc
  .array(object, { minLength: 1, maxLength: 4 })
  .chain((objects) => fc.array(fc.constantFrom(...objects), { minLength: 1, maxLength: 12 }));
const indent = fc.constantFrom(undefined, 1, "\t");

property.prop([list, indent], { seed: SEED, numRuns: 500 })(
  "lists of alike objects are read as written",
  (items, by) => {
    const text = JSON.stringify(items, undefined, by);
    expect(read(text)?.value).toEqual(JSON.parse(text));
    expect(read(text)?.end).toBe(text.length);
    agrees(text);
  },
);

property.prop(
  [list, indent, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.string({ maxLength: 2 })],
  {
    seed: SEED,
    numRuns: tries(800, 2000),
  },
)("with a character changed they are read as they are then, or not at all", (items, by, place, put) => {
  const text = JSON.stringify(items, undefined, by);
  const at = Math.floor(place * text.length);
  agrees(text.slice(0, at) + put + text.slice(at + 1));
  agrees(text.slice(0, at) + put + text.slice(at));
  agrees(text.slice(0, at));
});

property.prop([fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]:,"\\-+.eE012truefalsn \n') }))], {
  seed: SEED,
  numRuns: tries(800, 2000),
})("noise is read as JSON.parse reads it, or not at all", (noise) => {
  agrees(noise);
  agrees(`[${noise},${noise}]`);
  agrees(`{"a":${noise},"b":[${noise}]}`);
});

describe("equal text", () => {
  const spec = { containers: [{ name: "c", env: [{ name: "A", value: "1" }] }], volumes: [{ name: "v" }] };
  const read2 = (a: unknown, b: unknown) => read(JSON.stringify([a, b]))?.value as [Pair, Pair];
  type Pair = { spec: typeof spec; items: object[]; metadata: object };

  test("at an equal place is one value", () => {
    const [a, b] = read2({ spec }, { spec });
    expect(a).not.toBe(b);
    expect(a.spec).toBe(b.spec);
  });

  test("inside of different text is one value, three levels down", () => {
    const [a, b] = read2(
      { spec },
      { spec: { ...spec, volumes: [{ name: "w" }], containers: [{ ...spec.containers[0], name: "d" }] } },
    );
    expect(a.spec).not.toBe(b.spec);
    expect(a.spec.containers[0]).not.toBe(b.spec.containers[0]);
    expect(a.spec.containers[0]?.env).toBe(b.spec.containers[0]?.env);
    expect(b.spec.volumes).toEqual([{ name: "w" }]);
  });

  test("of objects that stand in lists of lists is a value for each", () => {
    const [a, b] = read2({ items: [spec, spec] }, { items: [spec, spec] });
    expect(new Set([...a.items, ...b.items]).size).toBe(4);
  });

  test("is forgotten when many others stood at its place, and read again", () => {
    const items = Array.from({ length: 200 }, (_, index) => ({ spec: { index: index % 100 } }));
    expect(read(JSON.stringify(items))?.value).toEqual(items);
  });
});

describe("left to the scanner are", () => {
  test("keys that stand twice, at any level", () => {
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":1,"\\u0061":2}',
      '{"a":{"b":{"c":{"d":{"e":1,"e":2}}}}}',
      '[{"a":[{"b":1,"b":2}]}]',
    ]) {
      expect(read(text), text).toBeUndefined();
    }
  });

  test("keys of JavaScript's own", () => {
    for (const name of ["__proto__", "constructor", "toString"]) expect(read(`{"${name}":1}`), name).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("values nested deeper than the limit, to the level", () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const lists = (depth: number) => `[{"a":${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}}]`;
    for (const text of [nested, lists]) {
      for (const limit of [3, 5, 6, 20]) {
        expect(read(text(limit), limit), `${limit}`).toBeDefined();
        expect(read(text(limit + 1), limit), `${limit}`).toBeUndefined();
        expect(scanJsonValue(text(limit + 1), 0, limit).problems[0]?.code).toBe("too-deep");
      }
    }
  });

  test("texts that end too early or go on wrongly", () => {
    for (const text of [
      '{"a":"',
      '{"a":"\\"',
      '{"a":[1,{',
      "[1,]",
      '{"a":1,}',
      "[1 2]",
      '{"a" 1}',
      "{a:1}",
      "",
      "tru",
      "[01]",
    ]) {
      expect(read(text), text).toBeUndefined();
    }
  });
});

test("more keys than are told apart at one place are read all the same", () => {
  const labels = (from: number) =>
    Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${from + index}`, { x: index }]));
  const items = [{ labels: labels(0) }, { labels: labels(200) }, { labels: labels(0) }];
  expect(read(JSON.stringify(items))?.value).toEqual(items);
});
