// The reader of lists against JSON.parse, over lists of anything that JSON can say, cut into chunks anywhere.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineTooLong, linesOf } from "../../src/live/json-lines.js";
import { type ListHead, readList } from "../../src/live/list.js";

const MAX_BYTES = 1_000_000;

async function* chunksOf(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function read(text: string, sizes: readonly number[] = [], max = MAX_BYTES) {
  const items: unknown[] = [];
  const head: ListHead = await readList(chunksOf(text, sizes), max, (item) => items.push(item));
  return { items, head };
}

describe("a list read item by item", () => {
  test("is what JSON.parse makes of it, however it is cut", async () => {
    const item = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
    const list = fc.record({ metadata: item, items: fc.array(item), kind: fc.string(), other: item });
    await fc.assert(
      fc.asyncProperty(
        list,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.constantFrom(0, 1),
        async (value, sizes, indent) => {
          const text = JSON.stringify(value, null, indent);
          const whole = JSON.parse(text) as { items: unknown[] };
          const { items, head } = await read(text, sizes);
          expect(items).toEqual(whole.items);
          expect({ ...head, items }).toEqual(whole);
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  test.each([
    ["", "it is not JSON"],
    ["<html>", "it is not JSON"],
    ["[]", "this is no list"],
    ["null", "this is no list"],
    ['{"items":{}}', "its items are no list"],
    ['{"items":[{"a":1}', "the list ends early"],
    ['{"items":[{"a":1}],"metadata":"', "the list ends early"],
    ['{"items":[{"a"}]}', "it is not JSON"],
    ["]]]", "the list ends early"],
  ])("%j is refused: %s", async (text, reason) => {
    await expect(read(text)).rejects.toThrow(reason);
  });

  test("has no items longer than allowed, nor much around them", async () => {
    const long = "x".repeat(100);
    await expect(read(`{"items":[{"a":"${long}"}]}`, [7], 50)).rejects.toThrow("an item of more than 50 bytes");
    await expect(read(`{"kind":"${long}"}`, [7], 50)).rejects.toThrow("this is no list");
    expect((await read(`{"items":[${Array(50).fill('{"a":1}').join(",")}]}`, [7], 50)).items).toHaveLength(50);
  });
});

describe("lines of a stream", () => {
  test("are found however it is cut; one without an end is none", async () => {
    const lines: string[] = [];
    for await (const line of linesOf(chunksOf("é1\n\n  \n{2}\r\nend", [1]), 100)) lines.push(line.trim());
    expect(lines).toEqual(["é1", "{2}"]);
  });

  test("are not held when they are too long, whether their end comes or not", async () => {
    const drain = async (text: string) => {
      for await (const _ of linesOf(chunksOf(text, [4]), 10));
    };
    await drain("0123456789\n0123456789\n");
    await expect(drain("0123456789a\n")).rejects.toThrow(LineTooLong);
    await expect(drain("0123456789abc")).rejects.toThrow("a line of more than 10 bytes");
  });
});
