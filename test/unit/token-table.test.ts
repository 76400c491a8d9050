// Against a Map, under what tokens do: they count up, end in any order, and come back when a what-if is rolled back.
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import type { Token } from "../../src/cluster/node-record.js";
import { TokenTable } from "../../src/cluster/token-table.js";

const step = fc.record({ do: fc.constantFrom("set", "delete", "get"), token: fc.nat(5_000) });

test.prop([fc.array(step, { maxLength: 200, size: "max" })])("is a map of tokens", (steps) => {
  const table = new TokenTable<number>();
  const map = new Map<Token, number>();
  for (const [index, each] of steps.entries()) {
    const token = each.token as Token;
    if (each.do === "set") {
      table.set(token, index);
      map.set(token, index);
    }
    if (each.do === "delete") {
      table.delete(token);
      map.delete(token);
    }
    expect(table.get(token)).toBe(map.get(token));
  }
  const inOrder = (entries: Iterable<[Token, number]>) => [...entries].sort(([a], [b]) => a - b);
  expect(inOrder(table.entries())).toEqual(inOrder(map));
});

test("knows nothing of what was never a token", () => {
  const table = new TokenTable<number>();
  table.set(1 as Token, 7);
  for (const odd of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1025]) {
    expect(table.get(odd as Token)).toBeUndefined();
    table.delete(odd as Token);
  }
  expect([...table.entries()]).toEqual([[1, 7]]);
});
