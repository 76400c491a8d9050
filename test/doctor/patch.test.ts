// Changes against texts in many layouts. The diff is applied by an applier of its own, and what comes out is read again and
// compared with the object that the change means; where the layout is not understood there must be no diff at all.
import { isDeepStrictEqual } from "node:util";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type Change, editsOf, unifiedDiff } from "../../src/doctor/patch.js";
import { readSources } from "../../src/doctor/source.js";
import { writeYaml } from "../../src/kube/yaml.js";
import { applyDiff } from "./diff.js";

interface Extender {
  urlPrefix: string;
  [field: string]: unknown;
}

const extender = fc.record(
  {
    urlPrefix: fc.constantFrom("http://127.0.0.1:1", "http://a.svc:80/x"),
    filterVerb: fc.constantFrom("filter", "no", "#x"),
    weight: fc.integer({ min: 0, max: 99 }),
    ignorable: fc.boolean(),
    httpTimeout: fc.constantFrom("5s", "1m30s"),
    managedResources: fc.array(
      fc.record({ name: fc.constantFrom("a.b/c", "d.e/f"), ignoredByScheduler: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
    tlsConfig: fc.record({ insecure: fc.boolean(), caFile: fc.constant("/ca.pem") }),
  },
  { requiredKeys: ["urlPrefix"] },
) as fc.Arbitrary<Extender>;

const layout = fc.constantFrom("yaml", "json", "flow", "one line");

function textOf(object: unknown, how: string): string {
  if (how === "json") return `${JSON.stringify(object, null, 2)}\n`;
  if (how === "one line") return JSON.stringify(object);
  if (how === "flow")
    return `# flow\nkind: K\nextenders: ${JSON.stringify((object as { extenders: unknown }).extenders)}\n`;
  return writeYaml(object).replace("kind: K", "kind: K # the kind");
}

const fields = ["urlPrefix", "filterVerb", "weight", "ignorable", "httpTimeout", "bindVerb"];
const change = (count: number): fc.Arbitrary<Change> =>
  fc
    .tuple(
      fc.nat(count - 1),
      fc.constantFrom(...fields),
      fc.constantFrom<"set" | "remove">("set", "remove"),
      fc.constantFrom("bind", 7, true),
    )
    .map(([at, field, kind, value]) => ({ kind, path: `extenders[${at}].${field}`, value }) as Change);

function expected(object: { extenders: Extender[] }, { kind, path, ...rest }: Change): { extenders: Extender[] } {
  const copy = structuredClone(object);
  const [, at = "0", field = ""] = /\[(\d+)\]\.(\w+)/.exec(path) ?? [];
  if (kind === "remove") delete copy.extenders[Number(at)]![field];
  else copy.extenders[Number(at)]![field] = (rest as { value: unknown }).value;
  return copy;
}

describe("patches", () => {
  test.prop(
    [
      fc
        .array(extender, { minLength: 1, maxLength: 3 })
        .chain((list) => fc.tuple(fc.constant(list), change(list.length))),
      layout,
    ],
    { numRuns: 400 },
  )("make the change that they mean, or there is none", ([extenders, one], how) => {
    const object = { kind: "K", extenders };
    const text = textOf(object, how);
    const [source] = readSources(text, "a.yaml").sources;
    const edits = editsOf(source!, [one]);
    if (edits === undefined) return;
    const changed = applyDiff(text, unifiedDiff("a.yaml", text, edits));
    const [after] = readSources(changed, "a.yaml").sources;
    expect(after?.object).toEqual(expected(object, one));
  });

  test("are made for every field in block style", () => {
    const text = "kind: K\nextenders:\n- urlPrefix: http://a:1 # here\n  weight: 1\n  tlsConfig:\n    insecure: true\n";
    const [source] = readSources(text, "a.yaml").sources;
    const changedText = (one: Change): string => {
      const edits = editsOf(source!, [one]);
      return edits === undefined ? "none" : applyDiff(text, unifiedDiff("a.yaml", text, edits));
    };
    expect(changedText({ kind: "set", path: "extenders[0].urlPrefix", value: "https://a:1" })).toContain(
      "- urlPrefix: https://a:1 # here\n",
    );
    expect(changedText({ kind: "remove", path: "extenders[0].urlPrefix" })).toContain("extenders:\n- weight: 1\n");
    expect(changedText({ kind: "remove", path: "extenders[0].tlsConfig.insecure" })).toMatch(/tlsConfig:\n$/);
    expect(changedText({ kind: "set", path: "extenders[0].ignorable", value: false })).toContain(
      "  weight: 1\n  ignorable: false\n",
    );
    expect(changedText({ kind: "map", path: "clientConnection", value: { kubeconfig: "/k" } })).toContain(
      "kind: K\nclientConnection:\n  kubeconfig: /k\n",
    );
    expect(changedText({ kind: "rename", path: "extenders[0].weight", name: "heft" })).toContain("  heft: 1\n");
  });

  test("quote what YAML would read as something else", () => {
    const text = "kind: K\nname: x\n";
    const [source] = readSources(text, "a.yaml").sources;
    for (const value of ["yes", "5", "1e3", "a: b", "# x", "", "0x10", "null", "5s", "http://a:1", "--a=b", "1_0"]) {
      const edits = editsOf(source!, [{ kind: "set", path: "name", value }]);
      const [after] = readSources(applyDiff(text, unifiedDiff("a.yaml", text, edits ?? [])), "a.yaml").sources;
      expect(after?.object).toEqual({ kind: "K", name: value });
    }
  });

  test("show no key material, as context or as a change", () => {
    const text = `kind: K\nextenders:\n- urlPrefix: http://a:1\n  tlsConfig:\n    keyData: ${"QUJD".repeat(30)}\n  weight: 1\n`;
    const [source] = readSources(text, "a.yaml").sources;
    const edits = editsOf(source!, [{ kind: "set", path: "extenders[0].weight", value: 9 }]);
    const diff = unifiedDiff("a.yaml", text, edits ?? []);
    expect(diff).not.toContain("QUJD");
    expect(applyDiff(text, diff)).toContain("weight: 9");
    expect(editsOf(source!, [{ kind: "remove", path: "extenders[0].tlsConfig.keyData" }])).toBeUndefined();
    expect(isDeepStrictEqual(source!.object, readSources(text, "a.yaml").sources[0]!.object)).toBe(true);
  });
});
