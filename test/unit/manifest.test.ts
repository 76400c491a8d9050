// Method: texts whose objects, issues and lines can be read off them; YAML scalars against what kubectl's own parser
// (sigs.k8s.io/yaml 1.6) gave for the same lines; hostile texts that must end in an issue.
import { describe, expect, test } from "vitest";
import { formatIssue, type Issue } from "../../src/errors.js";
import { scanJsonValue } from "../../src/kube/json.js";
import { parseManifest } from "../../src/kube/manifest.js";
import { parseManifests } from "../../src/manifests.js";

function read(text: string | Uint8Array, options = {}) {
  return parseManifest(text, "f", options);
}

/** `line code path` of each issue. */
function short(text: string | Uint8Array, options = {}): string[] {
  return read(text, options).issues.map(({ line, code, path }) => `${line} ${code} ${path}`.trim());
}

function names(text: string | Uint8Array): (string | undefined)[] {
  return read(text).objects.map(({ metadata }) => metadata?.name);
}

/** The value of `a` in a one-line document. */
function scalar(line: string): unknown {
  const { objects, issues } = read(`kind: X\n${line}`);
  return issues.length > 0 ? issues[0]?.code : objects[0]?.a;
}

describe("YAML streams", () => {
  test("are read document by document; empty ones and comments are nothing", () => {
    const text =
      "# Source: a.yaml\n---\nkind: A\nmetadata: {name: a}\n---\n# only this\n---\n---\nkind: B\nmetadata: {name: b}\n...\n";
    expect(names(text)).toEqual(["a", "b"]);
    expect(read("").objects).toEqual([]);
    expect(read("---\n# nothing\n---\nnull\n").issues).toEqual([]);
  });

  test("keep a document marker inside of block text apart from one at the margin", () => {
    expect(read("kind: A\nt: |\n  ---\n  x\n---\nkind: B\n").objects.map((one) => one.t)).toEqual([
      "---\nx\n",
      undefined,
    ]);
    expect(names("%YAML 1.1\n---\nkind: A\nmetadata: {name: a}\n")).toEqual(["a"]);
    expect(names("--- {kind: A, metadata: {name: a}}\n--- # c\nkind: B\nmetadata: {name: b}\n")).toEqual(["a", "b"]);
  });

  test("give the problems of every document with their lines, and the objects of the good ones", () => {
    const text =
      "kind: A\nb: [1\n---\nkind: B\nx: {k: 1, k: 2}\nx: 3\n---\n\tc: 1\n---\nkind: D\nmetadata: {name: d}\n---\nscalar\n---\n- 1\n- kind: E\n  metadata: {name: e}\n---\nmetadata: {name: f}\n---\nkind: [1]\n";
    expect(names(text)).toEqual(["d", "e"]);
    expect(short(text)).toEqual([
      "3 syntax",
      "5 duplicate-key x.k",
      "6 duplicate-key x",
      "8 syntax",
      "13 not-an-object",
      "15 not-an-object [0]",
      "19 no-kind",
      "21 no-kind",
    ]);
  });

  test("hint at templates that were not rendered", () => {
    expect(read("kind: A\nname: {{ .Values.name }}\n").issues[0]?.message).toContain("helm template");
  });

  test("with anchors, merges and tags of their own are read as kubectl reads them", () => {
    const text = "kind: A\nx: &x {b: 1, c: 2}\nw:\n  <<: *x\n  c: 3\nz: *x\nt: !mine 5\nb: !!binary aGk=\n";
    expect(read(text).objects[0]).toEqual({
      kind: "A",
      x: { b: 1, c: 2 },
      w: { b: 1, c: 3 },
      z: { b: 1, c: 2 },
      t: "5",
      b: "aGk=",
    });
    expect(short("kind: A\nb: *nowhere\n")).toEqual(["2 syntax"]);
    expect(read("kind: A\n? [1]\n: 2\n").issues.map(({ code }) => code)).toEqual(["syntax"]);
  });
});

test("YAML scalars are what kubectl's parser makes of them", () => {
  const golden: readonly (readonly [string, unknown])[] = [
    ["a: yes", true],
    ["a: y", true],
    ["a: on", true],
    ["a: oFF", "oFF"],
    ["a: TRUE", true],
    ["a: 010", 8],
    ["a: 0o10", 8],
    ["a: 0890", 890],
    ["a: -010", -8],
    ["a: 0x1F", 31],
    ["a: -0x10", -16],
    ["a: 0b11", 3],
    ["a: 0_7", 7],
    ["a: 1_000", 1000],
    ["a: 1_000.5", 1000.5],
    ["a: _1", "_1"],
    ["a: 0x", "0x"],
    ["a: 08", 8],
    ["a: +5", 5],
    ["a: -0", 0],
    ["a: .5", 0.5],
    ["a: 1.", 1],
    ["a: 1e3", 1000],
    ["a: 1E3", 1000],
    ["a: 1e+3", 1000],
    ["a: 1.5e-3", 0.0015],
    ["a: 1e400", "1e400"],
    ["a: 1e21", 1e21],
    ["a: NaN", "NaN"],
    ["a: 0.10", 0.1],
    ["a: 1:30:00", "1:30:00"],
    ["a: 190:20:30", "190:20:30"],
    ["a: 2026-01-01", "2026-01-01"],
    ["a: 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
    ["a: !!timestamp 2026-01-01", "2026-01-01"],
    ["a: !!str 1", "1"],
    ['a: !!int "5"', 5],
    ["a: !foo bar", "bar"],
    ["a: ~", null],
    ["a: null", null],
    ["a:", null],
    ["a: =", "="],
    ["a: <<", "<<"],
    ["a: 1 # c", 1],
    ['a: "\\x41"', "A"],
    ['a: "x\n  y"', "x y"],
    ["a:\tb", "b"],
    ["a: @b", "syntax"],
    ["a: `b", "syntax"],
    ["a: 'b", "syntax"],
    ["a:\n\tb: c", "syntax"],
    ["~x: 1\n~: 2", undefined],
  ];
  for (const [line, value] of golden) expect(scalar(line), line).toEqual(value);
});

describe("JSON", () => {
  test("is known by its content, alone, in a list or one after the other", () => {
    const pod = (name: string) => `{"kind": "Pod", "metadata": {"name": "${name}"}}`;
    expect(names(` \n${pod("a")}`)).toEqual(["a"]);
    expect(names(`${pod("a")}\n${pod("b")}`)).toEqual(["a", "b"]);
    expect(names(`[${pod("a")}, ${pod("b")}]`)).toEqual(["a", "b"]);
    expect(names(`${pod("a")}\n---\n${pod("b")}`)).toEqual(["a", "b"]);
    expect(names("{kind: Pod, metadata: {name: flow}}")).toEqual(["flow"]);
  });

  test("has a line for every duplicate key and for where it goes wrong, and keeps what came before", () => {
    const text =
      '{"kind":"A","metadata":{"name":"a"}}\n{"kind":"B",\n"x":{"k":1,\n"\\u006b":2},\n"x":1}\n{"kind":"C",}';
    expect(names(text)).toEqual(["a"]);
    expect(short(text)).toEqual(["4 duplicate-key x.k", "5 duplicate-key x", "6 syntax kind"]);
    expect(read('{"kind": tru}').issues[0]?.message).toBe('not JSON: found "t" instead of a value');
    expect(read('{"a": "x').issues[0]?.message).toBe("not JSON: the text ends inside a string");
  });

  test("has no limit of size; YAML has one, and the message names the flag", () => {
    const yaml = `kind: A\nmetadata: {name: a}\nx: ${"x".repeat(100)}\n`;
    const json = JSON.stringify({ kind: "A", metadata: { name: "a" }, x: "x".repeat(100) });
    expect(read(json, { maxYamlBytes: 50 }).objects).toHaveLength(1);
    expect(read(yaml, { maxYamlBytes: 50 }).objects).toHaveLength(0);
    expect(read(yaml, { maxYamlBytes: 50 }).issues[0]?.message).toContain("--max-yaml-bytes");
    expect(read(yaml, { maxYamlBytes: yaml.length }).objects).toHaveLength(1);
  });
});

describe("lists", () => {
  const item = (name: string) => ({ kind: "Pod", metadata: { name } });

  test("of any kind and inside each other are written out, in YAML as in JSON", () => {
    const list = {
      kind: "List",
      items: [
        item("a"),
        { kind: "PodList", items: [{ metadata: { name: "b" } }] },
        { kind: "List", items: null },
        item("c"),
      ],
    };
    expect(read(JSON.stringify(list)).objects).toEqual([item("a"), item("b"), item("c")]);
    const yaml =
      "kind: List\nitems:\n- kind: Pod\n  metadata: {name: a}\n- kind: PodList\n  items:\n  - metadata: {name: b}\n- kind: List\n  items:\n- kind: Pod\n  metadata: {name: c}\n";
    expect(read(yaml).objects).toEqual([item("a"), item("b"), item("c")]);
    expect(read(yaml.replaceAll("\n", "\r\n")).objects).toEqual([item("a"), item("b"), item("c")]);
    expect(names("kind: AllowList\nmetadata: {name: x}\nentries: []\n")).toEqual(["x"]);
  });

  test("lose no item to a bad one, whether they are indented or not", () => {
    const body = (pad: string) =>
      `apiVersion: v1\nkind: List\nitems:\n${[
        "kind: Pod",
        "  metadata: {name: a}",
        "kind: Pod",
        "  x: 1",
        "  x: 2",
        "kind: [",
        "kind: Pod",
        "  metadata: {name: d}",
        "5",
        "kind: Pod",
        "  t: |",
        "    - text",
        "",
        "  # c",
        "  metadata: {name: f}",
      ]
        .map((line) => (line === "" ? "" : `${pad}${line.startsWith(" ") ? line : `- ${line}`}`))
        .join("\n")}\nmetadata: {}\n`;
    for (const pad of ["", "  "]) {
      expect(names(body(pad))).toEqual(["a", "d", "f"]);
      expect(short(body(pad))).toEqual([
        "8 duplicate-key items[1].x",
        "10 syntax items[2]",
        "12 not-an-object items[4]",
      ]);
    }
  });

  test("may share anchors between their items", () => {
    const yaml = "kind: List\nitems:\n- kind: Pod\n  metadata: &m {name: a}\n- kind: Pod\n  metadata: *m\n";
    expect(names(yaml)).toEqual(["a", "a"]);
  });

  test("that are long are read in pieces, with the lines of the whole", () => {
    const items = Array.from(
      { length: 3000 },
      (_, index) => `- kind: Pod\n  metadata:\n    name: p${index}\n    pad: ${"x".repeat(40)}`,
    );
    items[2500] = "- kind: Pod\n  metadata: {name: 1}\n- metadata: {}";
    const { issues, objects } = parseManifests([{ file: "f", text: `kind: List\nitems:\n${items.join("\n")}\n` }]);
    expect(objects).toHaveLength(0);
    const line = 2 + 2500 * 4;
    expect(issues[0]).toMatchObject({ code: "no-kind", path: "items[2501]", line: line + 3 });
    expect(issues.find(({ code, path }) => code === "wrong-type" && path === "metadata.name")?.line).toBe(line + 2);
    expect(issues.filter(({ code }) => code === "missing-field")).toHaveLength(3000);
  });
});

describe("bytes", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test("may start with a byte order mark, or be UTF-16 with one", () => {
    expect(names(new Uint8Array([0xef, 0xbb, 0xbf, ...bytes("kind: A\nmetadata: {name: a}")]))).toEqual(["a"]);
    expect(names('\ufeff{"kind": "A", "metadata": {"name": "a"}}')).toEqual(["a"]);
    const text = "\ufeffkind: A\nmetadata: {name: a}";
    const wide = new Uint8Array(text.length * 2);
    [...text].forEach((character, index) => {
      wide[index * 2] = character.charCodeAt(0) & 0xff;
      wide[index * 2 + 1] = character.charCodeAt(0) >> 8;
    });
    expect(names(wide)).toEqual(["a"]);
  });

  test("that are not UTF-8 are an issue on their line; other documents are read", () => {
    const text = new Uint8Array([
      ...bytes("kind: A\nmetadata: {name: a}\n---\nkind: B\nx: "),
      0xff,
      0xfe,
      ...bytes("\n---\nkind: C\nmetadata: {name: c}\n"),
    ]);
    expect(names(text)).toEqual(["a", "c"]);
    expect(short(text)).toEqual(["5 invalid-utf8"]);
    expect(short(new Uint8Array(1000).fill(0x80))).toEqual(["1 invalid-utf8"]);
  });

  test("of zero and control characters are issues", () => {
    expect(short("kind: A\nx: \0\n")).toEqual(["2 syntax"]);
    expect(short('{"kind": "A\u0001"}')).toEqual(["1 syntax kind"]);
    expect(short("kind: A\nx: \u0007\n")).toEqual(["2 syntax"]);
  });
});

describe("hostile texts end in an issue", () => {
  test("ten thousand levels of nesting", () => {
    const depth = 10_000;
    expect(short(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)).toEqual(["1 too-deep a.a.a.a"]);
    expect(short(`${"[".repeat(depth)}${"]".repeat(depth)}`)[0]).toContain("too-deep");
    expect(short(`kind: A\nx: ${"{a: ".repeat(depth)}1${"}".repeat(depth)}`)).toEqual(["2 too-deep"]);
    expect(short(`kind: A\nx:\n  ${"- ".repeat(depth)}1`)).toEqual(["3 too-deep"]);
    const block = Array.from({ length: 300 }, (_, index) => `${" ".repeat(index)}a:`).join("\n");
    expect(short(block)[0]).toContain("too-deep");
  });

  test("aliases that stand for billions, for themselves, or in a long chain", () => {
    const laughs = Array.from(
      { length: 9 },
      (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(", ")}]`,
    );
    expect(short(`a0: &a0 [x, x, x]\n${laughs.join("\n")}\nkind: A\n`)).toEqual(["7 alias"]);
    expect(short("kind: A\nx: &x {y: *x}\n")).toEqual(["2 alias"]);
    const chain = Array.from({ length: 2000 }, (_, index) => `b${index + 1}: &b${index + 1} [*b${index}]`);
    expect(short(`kind: A\nb0: &b0 [1]\n${chain.join("\n")}\n`)[0]).toContain("alias");
    const merges = Array.from({ length: 300 }, (_, index) => `m${index}: {<<: *b}`);
    const wide = Array.from({ length: 300 }, (_, index) => `k${index}: 1`);
    expect(short(`kind: A\nb: &b {${wide.join(", ")}}\n${merges.join("\n")}\n`)[0]).toContain("syntax");
  });

  test("keys that are names of JavaScript's own", () => {
    const json = '{"kind": "A", "__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}';
    const yaml =
      "kind: A\n__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\ny: {<<: {__proto__: {polluted: 1}}}\n";
    for (const text of [json, yaml]) {
      const { objects, issues } = read(text);
      expect(issues).toEqual([]);
      expect(Object.getPrototypeOf(objects[0])).toBe(Object.prototype);
      expect(Object.keys(objects[0] ?? {})).toContain("__proto__");
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect((objects[0] as Record<string, unknown>).polluted).toBeUndefined();
    }
    const labels =
      '{"kind":"Pod","metadata":{"name":"p","labels":{"__proto__":"x","constructor":"y"}},"spec":{"containers":[{}]}}';
    const pod = parseManifests([{ file: "f", text: labels }]).objects[0];
    expect(Object.entries(pod?.metadata?.labels ?? {})).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  test("numbers that are none, where they are read", () => {
    const pod = (cpu: string) =>
      `kind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - resources:\n      requests:\n        cpu: ${cpu}\n`;
    for (const cpu of [".nan", ".inf", "-.inf", "1e400", "1e300", "NaN"]) {
      const { issues, objects } = parseManifests([{ file: "f", text: pod(cpu) }]);
      expect(objects, cpu).toEqual([]);
      expect(issues.map(formatIssue).join(), cpu).toMatch(
        /^f:7: Pod default\/p: spec\.containers\[0\]\.resources\.requests\.cpu: /,
      );
    }
  });
});

describe("the whole way", () => {
  const place = ({ file, line, code }: Issue) => `${file}:${line} ${code}`;

  test("issues found in an object have the line of the field, or of what should hold it", () => {
    const yaml =
      "# c\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n    resources:\n      requests:\n        memory: 1Zi\n        nvidia.com/gpu: -1\n    ports:\n    - containerPort: http\n";
    expect(parseManifests([{ file: "a.yaml", text: yaml }]).issues.map(place)).toEqual([
      "a.yaml:10 bad-quantity",
      "a.yaml:11 bad-quantity",
      "a.yaml:13 wrong-type",
    ]);
    const json = JSON.stringify(
      { kind: "List", items: [{ kind: "Node", metadata: {}, status: { capacity: { cpu: "x" } } }] },
      null,
      1,
    );
    const at = (needle: string) => json.slice(0, json.indexOf(needle)).split("\n").length;
    expect(parseManifests([{ file: "a.json", text: json }]).issues.map(place)).toEqual([
      `a.json:${at('"cpu"')} bad-quantity`,
      `a.json:${at('"metadata"')} missing-field`,
    ]);
  });

  test("a name that is taken names both places, across files", () => {
    const pod = "kind: Pod\nmetadata:\n  name: p\nspec: {containers: [{}]}\n";
    const { issues, objects } = parseManifests([
      { file: "a", text: `---\n${pod}` },
      { file: "b", text: pod },
    ]);
    expect(objects).toHaveLength(1);
    expect(issues.map(formatIssue)).toEqual([
      "b:3: Pod default/p: metadata.name: the name is taken by the object at a:4",
    ]);
  });

  test("classes that nothing answers to are warnings, and the pods are read", () => {
    const text =
      "kind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      priorityClassName: gone\n      runtimeClassName: gone\n      containers: [{}]\n";
    const { issues, objects } = parseManifests([{ file: "f", text }]);
    expect(issues.map(({ severity, line }) => `${severity} ${line}`)).toEqual(["warning 6", "warning 7"]);
    expect(objects.filter(({ kind }) => kind === "Pod")).toHaveLength(1);
  });

  test("nodes given beside the input get their daemons", () => {
    const nodes = ["a", "b"].map((name) => ({ metadata: { name }, status: { allocatable: { cpu: "4" } } }));
    const text =
      "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{}]}}}\n";
    const { objects } = parseManifests([{ file: "f", text }], { nodes });
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)).toEqual([
      "Node a",
      "Node b",
      "Pod d-1",
      "Pod d-2",
    ]);
  });
});

test("the JSON scan finds one value and stops at the first error", () => {
  const text = ' {"a": [1, 2]} [] 3 ';
  expect(scanJsonValue(text, 0, 9).value).toEqual({ start: 1, end: 14, isSound: true });
  expect(scanJsonValue(text, 14, 9).value).toEqual({ start: 15, end: 17, isSound: true });
  expect(scanJsonValue(text, 17, 9).value).toEqual({ start: 18, end: 19, isSound: true });
  expect(scanJsonValue("[1, ", 0, 9).value).toBeUndefined();
  const keys = Array.from({ length: 5000 }, (_, index) => `"k${index}":1`).join();
  expect(scanJsonValue(`{${keys}}`, 0, 9).problems).toEqual([]);
  expect(scanJsonValue(`{${keys},"k0":1}`, 0, 9).problems.map(({ path }) => path)).toEqual(["k0"]);
});
