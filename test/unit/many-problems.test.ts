// Method: inputs of more problems and objects than anybody can read, in every way in which JSON can hold them; what is
// kept of them is counted, not measured.
import { describe, expect, test } from "vitest";
import { MAX_LISTED } from "../../src/kube/issue-list.js";
import { parseManifest } from "../../src/kube/manifest.js";
import { parseManifests } from "../../src/manifests.js";

const MANY = 3 * MAX_LISTED;
const times = (text: string, separator: string) => Array.from({ length: MANY }, () => text).join(separator);
const parse = (text: string) => parseManifests([{ text, file: "f" }]);
const last = <T>(list: readonly T[]) => list.at(-1);

describe("objects without a kind are counted and not kept", () => {
  const texts = {
    stream: times("{}", "\n"),
    array: `[\n${times("{}", "\n,")}]`,
    list: `{"kind":"List","items":[\n${times("{}", "\n,")}]}`,
    "list as kubectl writes it": `{"items":[\n${times("{}", "\n,")}],"kind":"List"}`,
    "stream behind a duplicate key": `{"a":1,"a":1}\n${times("{}", "\n")}`,
  };
  test.each(Object.entries(texts))("in a %s", (_, text) => {
    const { objects, issues } = parseManifest(text, "f");
    expect(objects).toEqual([]);
    const noKind = issues.filter(({ code }) => code === "no-kind");
    expect(noKind).toHaveLength(MAX_LISTED);
    expect(noKind[1]?.line).toBe((noKind[0]?.line ?? 0) + 1);
    expect(last(issues)).toMatchObject({
      code: "too-many-issues",
      severity: "error",
      line: noKind[0]?.line,
      message: `and ${MANY - MAX_LISTED} more of this kind: this object has no kind`,
    });
  });
});

test("of broken objects so many are listed of each kind of problem; all of them are left out, and what is sound is read", () => {
  const sound = '{"kind":"Pod","metadata":{"name":"sound"},"spec":{"containers":[{}]}}';
  const { objects, issues } = parse(`${times('{"kind":"Pod"}', "\n")}\n${sound}\n{"kind":"Node"}`);
  expect(objects.map(({ metadata }) => metadata?.name)).toEqual(["sound"]);
  expect(issues).toHaveLength(MAX_LISTED + 1);
  expect(last(issues)?.message).toBe(`and ${2 * MANY + 1 - MAX_LISTED} more of this kind: metadata is missing`);
});

test("what is read a second time has its problems once", () => {
  const sound = '{"kind":"Pod","metadata":{"name":"sound"},"spec":{"containers":[{}]}}';
  // Until its kind is known, behind the items, this counts as a List, whose items say their own kinds.
  const { objects, issues } = parse(`{"items":[{"kind":"Pod"},${sound}],"kind":"PodList"}`);
  expect(objects.map(({ metadata }) => metadata?.name)).toEqual(["sound"]);
  expect(issues.map(({ message }) => message)).toEqual(["metadata is missing", "spec is missing"]);
});

test("problems of one kind do not hide those of another, nor warnings errors", () => {
  const idle = (index: number) => `{"kind":"Pod","metadata":{"name":"p${index}"},"spec":{"containers":[]}}`;
  const text = Array.from({ length: MAX_LISTED + 3 }, (_, index) => idle(index)).join("\n");
  const { issues } = parse(`${text}\n{"kind":"Node","metadata":{"name":"n"},"status":{"capacity":{"cpu":"x"}}}`);
  const errors = issues.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, line }) => [code, line])).toEqual([["bad-quantity", MAX_LISTED + 4]]);
  expect(last(issues)).toMatchObject({
    severity: "warning",
    message: "and 3 more of this kind: a pod without containers",
  });
});

test("names that are taken are counted beyond the limit", () => {
  const pod = '{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{}]}}';
  const { objects, issues } = parse(times(pod, "\n"));
  expect(objects).toHaveLength(1);
  expect(issues).toHaveLength(MAX_LISTED + 1);
  expect(issues[0]?.message).toBe("the name is taken by the object at f:1");
  expect(last(issues)?.message).toMatch(`and ${MANY - 1 - MAX_LISTED} more of this kind`);
});

describe("a JSON list is read item by item", () => {
  const item = (name: string) => `{"kind":"A","metadata":{"name":"${name}"}}`;
  const untyped = (name: string) => `{"metadata":{"name":"${name}"}}`;
  const kinds = (text: string) =>
    parseManifest(text, "f").objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`);

  test("whether its kind stands before or behind the items", () => {
    expect(kinds(`{"kind":"List","items":[${item("a")},${item("b")}]}`)).toEqual(["A a", "A b"]);
    expect(kinds(`{"items":[${item("a")},${item("b")}],"kind":"List"}`)).toEqual(["A a", "A b"]);
    expect(kinds(`{"kind":"PodList","items":[${untyped("a")},${item("b")}]}`)).toEqual(["Pod a", "A b"]);
    expect(kinds(`{"items":[${untyped("a")},${item("b")}],"kind":"PodList"}`)).toEqual(["Pod a", "A b"]);
    expect(kinds(`{"kind":"List","items":[{"kind":"NodeList","items":[${untyped("a")}]},${item("b")}]}`)).toEqual([
      "Node a",
      "A b",
    ]);
  });

  test("and is an object where its kind is none of a list", () => {
    const text = `{"items":[${item("a")}],"kind":"Thing","metadata":{"name":"t"}}`;
    expect(kinds(text)).toEqual(["Thing t"]);
    expect(parseManifest(text, "f").objects[0]?.items).toHaveLength(1);
    expect(parseManifest(`{"items":[${item("a")}]}`, "f").issues.map(({ code }) => code)).toEqual(["no-kind"]);
  });

  test("and leaves nothing behind when something is wrong at its end", () => {
    const before = item("before");
    const half = `{"kind":"List","items":[${item("a")},{},{"kind":"B","x":1,"x":2}]}`;
    const { objects, issues } = parseManifest(`${before}\n${half}\n${item("after")}`, "f");
    expect(objects.map(({ metadata }) => metadata?.name)).toEqual(["before", "after"]);
    expect(issues.map(({ code, line, path }) => `${line} ${code} ${path}`)).toEqual(["2 duplicate-key items[2].x"]);
  });

  test("with the lines of its items", () => {
    const text = `{"items":[\n${item("a")},\n{"metadata":\n{"name":"b"}}],"kind":"List"}`;
    expect(parseManifest(text, "f").issues.map(({ line, path }) => `${line} ${path}`)).toEqual(["3 items[1]"]);
  });

  test("and equal items are objects of their own: the second is the one too many", () => {
    const pod = '{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{}]}}';
    for (const text of [
      `{"kind":"List","items":[${pod},\n${pod}]}`,
      `{"kind":"List","items":[{"kind":"List","items":[${pod},\n${pod}]}]}`,
    ]) {
      const { objects, issues } = parse(text);
      expect(objects).toHaveLength(1);
      expect(issues.map(({ line, message }) => `${line} ${message}`)).toEqual([
        "2 the name is taken by the object at f:1",
      ]);
    }
  });
});

test("a spec that was found sound does not vouch for the rest of another pod", () => {
  const spec = '{"containers":[{"name":"c"}]}';
  const text = `[{"kind":"Pod","metadata":{"name":"a"},"spec":${spec}},
    {"kind":"Pod","metadata":{"name":7},"spec":${spec}},
    {"kind":"Pod","metadata":{"name":"c"},"spec":${spec},"status":{"phase":1}}]`;
  const { objects, issues } = parse(text);
  expect(objects.map(({ metadata }) => metadata?.name)).toEqual(["a"]);
  expect(issues.map(({ line, path }) => `${line} ${path}`)).toEqual(["2 metadata.name", "3 status.phase"]);
});
