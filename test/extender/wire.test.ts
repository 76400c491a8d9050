// What a real kube-scheduler 1.36.3 sent (test/fixtures/extender), and what others might: letter cases, nulls, names twice.
// JSON.parse is the oracle of the span reader.
import { readFileSync } from "node:fs";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { eachElement, eachMember, type Span, valueAt, valueStart } from "../../src/extender/json-spans.js";
import {
  BadRequest,
  nameAt,
  type Offer,
  readBindingArgs,
  readExtenderArgs,
  readPreemptionArgs,
} from "../../src/extender/wire.js";
import { podOf } from "../helpers/extender-world.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const sample = (name: string): Uint8Array =>
  readFileSync(new URL(`../fixtures/extender/${name}.json`, import.meta.url));
const namesOf = (offer: Offer): string[] => offer.names.map((_, index) => nameAt(offer, index));
const json = (value: unknown): Uint8Array => bytesOf(JSON.stringify(value));

describe("bodies of kube-scheduler", () => {
  test("with names are read", () => {
    const { pod, offer } = readExtenderArgs(sample("filter-names"));
    expect(pod.metadata?.name).toBe("a0");
    expect([namesOf(offer), offer.isWhole]).toEqual([["n0", "n2", "n1"], false]);
  });

  test("with whole nodes are read, each node as the bytes that came", () => {
    const bytes = sample("filter-nodes");
    const { offer } = readExtenderArgs(bytes);
    expect([namesOf(offer), offer.isWhole]).toEqual([["n0", "n1", "n2"], true]);
    const items = JSON.parse(textOf(bytes)).Nodes.items;
    expect(offer.items.map(({ start, end }) => JSON.parse(textOf(bytes.subarray(start, end))))).toEqual(items);
  });

  test("of bind and preempt are read", () => {
    expect(readBindingArgs(sample("bind-names"))).toEqual({
      name: "a0",
      namespace: "default",
      uid: "5900e03c-7789-494b-858e-4951e9814195",
      node: "n0",
    });
    const names = readPreemptionArgs(sample("preempt-names"));
    expect(names.candidates.map(({ node, victims }) => [node, victims.length])).toEqual([
      ["n0", 1],
      ["n1", 1],
      ["n2", 1],
    ]);
    const nodes = readPreemptionArgs(sample("preempt-nodes"));
    expect(nodes.candidates[0]?.victims[0]?.pod?.metadata?.name).toBe("a0");
  });
});

describe("other bodies", () => {
  test("may have names in any letter case, and null for what is left out", () => {
    const pod = podOf("a");
    expect(namesOf(readExtenderArgs(json({ pod, nodes: null, nodenames: ["x"] })).offer)).toEqual(["x"]);
    expect(namesOf(readExtenderArgs(json({ POD: pod, NodeNames: null, nodes: { items: [] } })).offer)).toEqual([]);
    expect(readBindingArgs(json({ podName: "p", PODNAMESPACE: "n", PodUid: "u", node: "m" })).name).toBe("p");
  });

  test("may have a name twice: the last counts, whatever its letter case", () => {
    const pod = JSON.stringify(podOf("a"));
    const body = `{"Pod":${pod},"NodeNames":["x"],"nodenames":["y"],"Pod":${JSON.stringify(podOf("b"))}}`;
    const { pod: read, offer } = readExtenderArgs(bytesOf(body));
    expect([read.metadata?.name, namesOf(offer)]).toEqual(["b", ["y"]]);
  });

  test("may have more behind the first value, as for Go", () => {
    expect(
      readExtenderArgs(bytesOf(`${JSON.stringify({ Pod: podOf("a"), NodeNames: [] })} and more`)).offer.names,
    ).toEqual([]);
  });

  const pod = podOf("a");
  test.each([
    ["", "no JSON: the body ends after 0 bytes, where an object should be"],
    ["[]", "no JSON: byte 0, where an object should be"],
    ['{"Pod"', "no JSON: the body ends after 6 bytes, where a colon should be"],
    ['{"Pod":{"a":[}}', "no JSON: byte 13, where the other bracket should be"],
    ["{}", "Pod: missing"],
    [JSON.stringify({ Pod: 7 }), "Pod: is not an object"],
    [JSON.stringify({ Pod: {}, NodeNames: [] }), "Pod: metadata is missing; Pod: spec is missing"],
    [JSON.stringify({ Pod: pod }), "neither NodeNames nor Nodes: there is nothing to choose from"],
    [JSON.stringify({ Pod: pod, NodeNames: ["a", 1] }), "NodeNames[1]: is not a text"],
    [JSON.stringify({ Pod: pod, Nodes: { items: [{}] } }), "Nodes.items[0].metadata.name: missing"],
    [`{"Pod":${"[".repeat(300)}`, "no JSON: byte 263, where at most 256 brackets inside each other should be"],
  ])("that make no sense get a sentence: %j", (body, message) => {
    expect(() => readExtenderArgs(bytesOf(body))).toThrow(new BadRequest(message));
  });

  test("of bad pods get every problem with its path", () => {
    const bad = { ...pod, spec: { containers: [{ resources: { requests: { cpu: "x" } } }], nodeSelector: 5 } };
    expect(() => readExtenderArgs(json({ Pod: bad, NodeNames: [] }))).toThrow(/nodeSelector: .*; .*requests\.cpu: /);
  });
});

describe("the span reader", () => {
  const parsed = (bytes: Uint8Array, { start, end }: Span): unknown => JSON.parse(textOf(bytes.subarray(start, end)));

  property.prop([fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), fc.boolean()])(
    "finds the members that JSON.parse finds, with whatever space between, read or skipped",
    (object, indent, isRead) => {
      const bytes = bytesOf(`${" ".repeat(indent)}${JSON.stringify(object, undefined, indent)} `);
      const found: [string, unknown][] = [];
      eachMember(bytes, valueStart(bytes), (key, start) => {
        const value = valueAt(bytes, start);
        found.push([String(parsed(bytes, key)), parsed(bytes, value)]);
        return isRead ? value.end : undefined;
      });
      expect(Object.fromEntries(found)).toEqual(JSON.parse(textOf(bytes)));
    },
  );

  property.prop([fc.array(fc.jsonValue())])("finds the elements that JSON.parse finds", (array) => {
    const bytes = json(array);
    const found: unknown[] = [];
    const end = eachElement(bytes, 0, (start) => {
      found.push(parsed(bytes, valueAt(bytes, start)));
      return undefined;
    });
    expect(found).toEqual(JSON.parse(textOf(bytes)));
    expect(end).toBe(bytes.length);
  });

  property.prop([fc.jsonValue(), fc.nat()])("refuses a container that is cut off", (value, at) => {
    const bytes = json([value]);
    const cut = bytes.subarray(0, at % bytes.length);
    expect(() => valueAt(cut, 0)).toThrow("no JSON");
    expect(() => eachElement(cut, 0, () => undefined)).toThrow("no JSON");
  });
});
