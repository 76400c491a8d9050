// Names that no API server would store, as a file may hold them all the same: what a terminal gets to see of them.
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bar } from "../../src/cli/print/bar.js";
import { renderTextTable } from "../../src/cli/print/text-table.js";
import { visible } from "../../src/cli/print/visible.js";

const LOOK = { width: 80, color: false, unicode: true };

test.each([
  ["\u001b[31mred\u001b[0m", "\\u001b[31mred\\u001b[0m"],
  ["\u001b]0;title\u0007", "\\u001b]0;title\\u0007"],
  ["\u009b2J, \u007f, \r", "\\u009b2J, \\u007f, \\u000d"],
  ["\u202eabc\u2066\u2028", "\\u202eabc\\u2066\\u2028"],
  ["two\nlines\tand more", "two\nlines\tand more"],
  ["节点 ×2 \u{1F680} é", "节点 ×2 \u{1F680} é"],
])("%j is shown as %j", (text, shown) => {
  expect(visible(text, false)).toBe(shown);
  expect(visible(text, true)).toBe(shown);
});

test("styles stay where there may be colour, those that are printed here and no others", () => {
  const styled = `${bar(0.5, { ...LOOK, color: true })} \u001b[1mword\u001b[22m`;
  expect(visible(styled, true)).toBe(styled);
  expect(visible(styled, false)).toContain("\\u001b[34m");
  expect(visible("\u001b[41m\u001b[5m", true)).toBe("\\u001b[41m\\u001b[5m");
});

test("the strings of JSON stay the same texts", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0x20ff }).map((code) => String.fromCharCode(code)) }),
      (text) => {
        expect(JSON.parse(visible(JSON.stringify({ [text]: text }, null, 2), false))).toEqual({ [text]: text });
      },
    ),
  );
});

test("a table shows cells and titles so, and its columns stand where they should", async () => {
  const columns = [{ title: "NA\u001b[1mME" }, { title: "CPU" }];
  const text = await renderTextTable(
    columns,
    [
      ["a\u001b[2Jb", "1/4"],
      ["plain", "2\u0007/4"],
    ],
    LOOK,
  );
  expect(text.split("\n")).toEqual([
    "NA\\u001b[1mME  CPU",
    "─".repeat(24),
    "a\\u001b[2Jb    1/4",
    "plain          2\\u0007/4",
    "",
  ]);
});

test("a table cuts no wide text short", async () => {
  const unit = fc.constantFrom(
    "a",
    "-",
    "节",
    "ポ",
    "한",
    "é",
    "\u{1F680}",
    "\u{2705}",
    "×",
    "Ａ",
    "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    "\u{1F1E9}\u{1F1EA}",
    "e\u0301",
    "\u{2601}\u{FE0F}",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit, minLength: 1, maxLength: 60, size: "max" }), { minLength: 1, maxLength: 5 }),
      async (names) => {
        const rows = names.map((name) => [name, "1/4", () => name]);
        const columns = [{ title: "NODE" }, { title: "CPU" }, { title: "WHY", isFlexible: true }];
        const text = stripVTControlCharacters(await renderTextTable(columns, rows, LOOK));
        expect(text).not.toContain("…");
        for (const name of names) {
          const shown = [...name].every((char) => text.includes(char));
          expect(shown).toBe(true);
        }
      },
    ),
    { numRuns: 40 },
  );
});
