/** Method: golden texts, printed by Go 1.26's strconv.Quote and encoding/json for the same values. */

import { describe, expect, test } from "vitest";
import { jsonText, quoteText } from "../../src/scheduler/go-text.js";

describe("a quoted text", () => {
  test.each([
    ["plain", '"plain"'],
    ['a"b\\c', String.raw`"a\"b\\c"`],
    ["\u0007\b\f\n\r\t\u000b", String.raw`"\a\b\f\n\r\t\v"`],
    ["\u0000\u001b\u007f", String.raw`"\x00\x1b\x7f"`],
    ["\u0085\u00a0\u200b\ufeff", String.raw`"\u0085\u00a0\u200b\ufeff"`],
    ["\u{e0001}", String.raw`"\U000e0001"`],
    ["ä 漢字 \u{1d11e}", '"ä 漢字 \u{1d11e}"'],
    ["a<b>&c", '"a<b>&c"'],
  ])("%j has what cannot be printed escaped, and nothing else", (text, quoted) => {
    expect(quoteText(text)).toBe(quoted);
  });
});

describe("JSON", () => {
  test.each([
    ["a<b>&c", String.raw`"a\u003cb\u003e\u0026c"`],
    ["\u2028\u2029", String.raw`"\u2028\u2029"`],
    ["\b\f\n\u0001", String.raw`"\b\f\n\u0001"`],
    [{ Name: "<", List: [1, null] }, String.raw`{"Name":"\u003c","List":[1,null]}`],
    [undefined, "null"],
  ])("of %j is compact and safe inside HTML", (value, text) => {
    expect(jsonText(value)).toBe(text);
  });
});
