/**
 * Method: every argument that a count of a million nodes can give is hashed, in both binaries, against what Go's math.Log
 * printed on amd64 (go-log.go beside this file, go 1.26); single values of it say where the first difference lies.
 */

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Engine } from "../../src/core/engine.js";
import { coreModule } from "../../src/core/module.js";

/** The candidates or domains of a constraint, and two. */
const FIRST = 2;
const LAST = 1_000_002;
const SHA256 = "8d093fca85987ea7647ee08dc760e3306442630e6f16d564808b1ec7fa385ef8";

/** Bits of Go's logarithm. */
const BITS = {
  2: "3fe62e42fefa39ef",
  3: "3ff193ea7aad030a",
  7: "3fff2272ae325a57",
  10: "40026bb1bbb55516",
  1002: "401ba3965d405f5f",
  5002: "40210901f6dc84b9",
  9007199254740991: "40425e4f7b2737fa",
};

/** Those that V8's Math.log rounds otherwise in the last bit. */
const BITS_UNLIKE_V8 = {
  14: "40051cca16d7bba8",
  176: "4014ae935b3cb89e",
  185: "4014e1a4f518c72b",
  220: "4015931319798d6e",
  680: "401a169f7e9678c3",
  835: "401ae8e3dcb13aab",
};

describe.each([
  ["vectors", false],
  ["scalars", true],
] as const)("the logarithm of the binary with %s", (_name, scalar) => {
  const { core } = new Engine({ module: coreModule({ scalar }) });

  test.each(Object.entries({ ...BITS, ...BITS_UNLIKE_V8 }))("of %s has the bits that Go gives it", (x, bits) => {
    expect(hexOf(core.goLog(Number(x)))).toBe(bits);
  });

  test("has Go's bits for every count that there can be", () => {
    const logs = new DataView(new ArrayBuffer((LAST - FIRST + 1) * 8));
    for (let x = FIRST; x <= LAST; x++) logs.setFloat64((x - FIRST) * 8, core.goLog(x), true);
    expect(createHash("sha256").update(logs).digest("hex")).toBe(SHA256);
  });
});

function hexOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}
