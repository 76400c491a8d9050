// Method: real manifests (else the fixture) damaged by fast-check in bytes, lines, types and keys, as YAML and as JSON:
// reading never throws and gives objects or issues; the JSON scan agrees with JSON.parse on what is JSON.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fc, test as property } from "@fast-check/vitest";
import { JSON_SCHEMA, load, loadAll } from "js-yaml";
import { describe, expect, test } from "vitest";
import { locateJson, scanJsonValue } from "../../src/kube/json.js";
import { parseManifest } from "../../src/kube/manifest.js";
import type { KubeObject } from "../../src/kube/objects.js";
import { addPath, emptyPathTree, offsetOf, type Segment } from "../../src/kube/path.js";
import { parseManifests } from "../../src/manifests.js";

const SEED = 20_260_101;
const REAL = "../shared/data/manifests";
const FIXTURE = "test/fixtures/manifests.yaml";

const texts = existsSync(REAL)
  ? readdirSync(REAL, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yaml"))
      .toSorted()
      .map((name) => readFileSync(`${REAL}/${name}`, "utf8"))
  : [];
if (texts.length === 0) console.log(`skipped: real manifests, since ${REAL} is missing; ${FIXTURE} stands in for them`);
texts.push(readFileSync(FIXTURE, "utf8"));
console.log(`seed ${SEED}`);

const text = fc.constantFrom(...texts);
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Nothing is thrown, and every issue has a place. */
function readable(input: string | Uint8Array): void {
  const { objects, issues } = parseManifests([{ file: "f", text: input }]);
  for (const issue of issues) {
    expect(issue.file).toBe("f");
    expect(issue.line).toBeGreaterThan(0);
    expect(issue.message).not.toBe("");
  }
  for (const { kind } of objects) expect(typeof kind).toBe("string");
}

/** As {@link readable}, of a text that holds something: what is read and what is wrong cannot both be nothing. */
function answered(input: string | Uint8Array): void {
  readable(input);
  const { objects, issues } = parseManifest(input, "f");
  expect(objects.length + issues.length).toBeGreaterThan(0);
}

describe("damaged manifests give objects or issues", () => {
  property.prop([text, fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 })], {
    seed: SEED,
    numRuns: 150,
  })("bytes overwritten", (whole, flips) => {
    const bytes = new TextEncoder().encode(whole);
    for (const [at, byte] of flips) bytes[Math.floor(at * bytes.length)] = byte;
    answered(bytes);
  });

  property.prop(
    [
      text,
      fc.array(fc.tuple(place, fc.constantFrom("drop", "twice", "indent", "tab", "cut")), {
        minLength: 1,
        maxLength: 6,
      }),
    ],
    {
      seed: SEED,
      numRuns: 150,
    },
  )("lines dropped, doubled, moved and cut", (whole, changes) => {
    let lines = whole.split("\n");
    for (const [at, change] of changes) {
      const index = Math.floor(at * lines.length);
      const line = lines[index] ?? "";
      const made = {
        drop: [],
        twice: [line, line],
        indent: [`  ${line}`],
        tab: [`\t${line}`],
        cut: [line.slice(0, line.length / 2)],
      };
      lines = lines.toSpliced(index, 1, ...made[change]);
    }
    answered(lines.join("\n"));
  });

  const odd = fc.constantFrom<unknown>(
    null,
    "",
    "text",
    0,
    -1,
    1e300,
    true,
    [],
    {},
    [null],
    { a: null },
    [[]],
    "9999999999999Ei",
  );
  property.prop([text, fc.array(fc.tuple(place, fc.oneof(odd, fc.jsonValue())), { minLength: 1, maxLength: 6 })], {
    seed: SEED,
    numRuns: 150,
  })("values replaced by others, written as JSON", (whole, changes) => {
    const items = loadAll(whole, { schema: JSON_SCHEMA });
    const list = { kind: "List", items };
    for (const [at, value] of changes) {
      const places = placesIn(list);
      const [holder, key] = places[Math.floor(at * places.length)]!;
      holder[key] = value;
    }
    answered(JSON.stringify(list));
    answered(JSON.stringify(list, null, 1));
  });

  property.prop(
    [
      text,
      fc.array(
        fc.tuple(place, fc.constantFrom("kind", "metadata", "spec", "__proto__", "constructor", "items", "toString")),
        { minLength: 1, maxLength: 6 },
      ),
    ],
    {
      seed: SEED,
      numRuns: 150,
    },
  )("keys renamed", (whole, renames) => {
    let changed = whole;
    for (const [at, name] of renames) {
      const keys = [...changed.matchAll(/([\w.-]+):/g)];
      const key = keys[Math.floor(at * keys.length)];
      if (key !== undefined)
        changed = `${changed.slice(0, key.index)}${name}:${changed.slice(key.index + key[0].length)}`;
    }
    answered(changed);
  });
});

property.prop(
  [fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."{}[]:,\"'-&*!|>%@#?~ \n\tab1") }))],
  {
    seed: SEED,
    numRuns: 400,
  },
)("noise is read or refused", (noise) => {
  readable(noise);
  readable(`kind: Pod\nmetadata:\n  name: ${noise}\n`);
});

property.prop([fc.oneof(fc.json(), fc.string({ unit: fc.constantFrom(...'{}[]:,"\\-+.eE012truefalsn \n') }))], {
  seed: SEED,
  numRuns: 1000,
})("the scan takes for JSON what JSON.parse does", (candidate) => {
  const { value, problems } = scanJsonValue(candidate, 0, 500);
  const isWhole = value !== undefined && candidate.slice(value.end).trim() === "";
  const isOne = isWhole && !problems.some(({ code }) => code !== "duplicate-key");
  expect(isOne).toBe(isJson(candidate));
});

property.prop([fc.object({ maxDepth: 4, withBigInt: false }), fc.boolean()], { seed: SEED, numRuns: 300 })(
  "every field of a JSON text is found where it stands",
  (value, isIndented) => {
    const json = JSON.stringify(value, null, isIndented ? 2 : 0);
    const paths = pathsIn(JSON.parse(json));
    const tree = emptyPathTree();
    for (const path of paths) addPath(tree, path);
    locateJson(json, 0, tree);
    for (const path of paths) {
      const last = path.at(-1);
      const rest = json.slice(offsetOf(tree, path));
      if (typeof last === "string") expect(rest.startsWith(JSON.stringify(last))).toBe(true);
      else expect(rest).toMatch(/^[[{"\-\dtfn]/);
    }
  },
);

test("the text is read as the parser reads it whole: pieces change nothing", () => {
  for (const whole of texts) {
    const documents = loadAll(whole, { schema: JSON_SCHEMA }) as (KubeObject | null | undefined)[];
    const alone = documents.flatMap((one): readonly KubeObject[] => {
      if (!one) return [];
      return one.kind === "List" ? (one.items as KubeObject[]) : [one];
    });
    expect(parseManifest(whole, "f").objects.map(({ kind, metadata }) => [kind, metadata?.name])).toEqual(
      alone.map(({ kind, metadata }) => [kind, metadata?.name]),
    );
    const listed = alone.map((one) => `- ${JSON.stringify(one)}`).join("\n");
    const list = `kind: List\nitems:\n${listed}\n`;
    expect(parseManifest(list, "f").objects).toEqual(
      (load(list, { schema: JSON_SCHEMA }) as { items: unknown[] }).items,
    );
  }
});

function isJson(candidate: string): boolean {
  try {
    JSON.parse(candidate);
    return true;
  } catch {
    return false;
  }
}

type Holder = Record<string | number, unknown>;

/** Every place in a value that something stands at. */
function placesIn(value: unknown): [Holder, string][] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((key): [Holder, string][] => [[holder, key], ...placesIn(holder[key])]);
}

function pathsIn(value: unknown, path: readonly Segment[] = []): (readonly Segment[])[] {
  if (typeof value !== "object" || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, one]) => {
    const below = [...path, isList ? Number(key) : key];
    return [below, ...pathsIn(one, below)];
  });
}
