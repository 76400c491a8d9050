// Golden values printed by Kubernetes' own resource.Quantity, and properties against an independent reading of the
// grammar (scaling by powers of ten in one bigint division). Nothing here is timed: hostile texts must be refused.
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { StowageError } from "../../src/errors.js";
import type { QuantityText } from "../../src/kube/objects.js";
import {
  addAmounts,
  addQuantities,
  amountOf,
  canonicalString,
  compareQuantities,
  exactAmount,
  isGreaterAmount,
  maxQuantity,
  parseQuantity,
  quantityMilli,
  quantityValue,
  roundUpToMilli,
} from "../../src/kube/quantity.js";

const BAD_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const BAD_NUMBER = "unable to parse numeric part of quantity";
const BAD_SUFFIX = "unable to parse quantity's suffix";
const TOO_LARGE = "is 2^53 or more, which cannot be counted exactly";

/** The details of the error that a call throws. */
function refusal(call: () => unknown): { code: string; path: unknown; reason: unknown } {
  try {
    call();
  } catch (error) {
    if (!(error instanceof StowageError)) throw error;
    return { code: error.code, path: error.details.path, reason: error.details.reason };
  }
  throw new Error("nothing was refused");
}

const reasonOf = (text: string): unknown => refusal(() => parseQuantity(text)).reason;

describe("golden values of the Go code", () => {
  test.each([
    ["0.5", "DecimalSI", 1, 500, "500m"],
    [".5", "DecimalSI", 1, 500, "500m"],
    ["1500m", "DecimalSI", 2, 1500, "1500m"],
    ["1.5", "DecimalSI", 2, 1500, "1500m"],
    ["100u", "DecimalSI", 1, 1, "100u"],
    ["1.1m", "DecimalSI", 1, 2, "1100u"],
    ["1.0005", "DecimalSI", 2, 1001, "1000500u"],
    ["0.0000000001", "DecimalSI", 1, 1, "1n"],
    ["1e-3", "DecimalExponent", 1, 1, "1e-3"],
    ["0.1Ki", "BinarySI", 103, 102400, "102400m"],
    ["0.3Gi", "BinarySI", 322122548, 322122547200, "322122547200m"],
    ["1.1Gi", "BinarySI", 1181116007, 1181116006400, "1181116006400m"],
    ["1.5Gi", "BinarySI", 1610612736, 1610612736000, "1536Mi"],
    ["123Mi", "BinarySI", 128974848, 128974848000, "123Mi"],
    ["128974848", "DecimalSI", 128974848, 128974848000, "128974848"],
    ["129M", "DecimalSI", 129000000, 129000000000, "129M"],
    ["129e6", "DecimalExponent", 129000000, 129000000000, "129e6"],
    ["-1.5", "DecimalSI", -2, -1500, "-1500m"],
    ["0", "DecimalSI", 0, 0, "0"],
    ["000", "DecimalSI", 0, 0, "0"],
    ["0.0Ki", "BinarySI", 0, 0, "0"],
    ["0.0001Ki", "DecimalSI", 1, 103, "102400u"],
    ["1000m", "DecimalSI", 1, 1000, "1"],
    ["1024", "DecimalSI", 1024, 1024000, "1024"],
    ["100000", "DecimalSI", 100000, 100000000, "100k"],
    ["1.5e3", "DecimalExponent", 1500, 1500000, "1500"],
    ["1.5e1", "DecimalExponent", 15, 15000, "1.5e1"],
    ["1E3", "DecimalExponent", 1000, 1000000, "1E3"],
    ["2.5Ki", "BinarySI", 2560, 2560000, "2560"],
    ["1024Mi", "BinarySI", 1073741824, 1073741824000, "1Gi"],
    ["1.G", "DecimalSI", 1000000000, 1000000000000, "1.G"],
    ["+5Mi", "BinarySI", 5242880, 5242880000, "+5Mi"],
    ["05", "DecimalSI", 5, 5000, "05"],
    ["1e+3", "DecimalExponent", 1000, 1000000, "1e+3"],
    ["1e4294967297", "DecimalExponent", 10, 10000, "10"],
  ] as const)("%s is %s, value %d, milli %d, printed %s", (text, format, value, milli, printed) => {
    const quantity = parseQuantity(text);
    expect(quantity.format).toBe(format);
    expect(quantityValue(quantity)).toBe(value);
    expect(quantityMilli(quantity)).toBe(milli);
    expect(canonicalString(quantity)).toBe(printed);
  });

  test.each(["+", "-", ".", "E", "e5", "Ti", ".m"])("%s without a digit is zero", (text) => {
    expect(parseQuantity(text).nano).toBe(0n);
  });

  test.each(["1e", "1K", "1ki", "--1", "1e+", "1Mi1", "1i", "1+5", "1e99999999999999999999"])(
    "%s has a bad suffix",
    (text) => expect(reasonOf(text)).toBe(BAD_SUFFIX),
  );

  test.each(["", " ", "1kI", "1 Gi", "0x10", "1_000", "1e2k", "1.2.3", "1,5", "１"])("%j has a bad format", (text) =>
    expect(reasonOf(text)).toBe(BAD_FORMAT),
  );

  test.each(["Ei", "-Pi", ".Ei", "e-10"])("%s has a bad number", (text) => expect(reasonOf(text)).toBe(BAD_NUMBER));

  test("BinarySI is capped at 2^63-1, decimals are not", () => {
    for (const text of ["8Ei", "16Ei", "9007199254740993Gi"]) {
      expect(canonicalString(parseQuantity(text))).toBe("9223372036854775807");
    }
    expect(canonicalString(parseQuantity("-16Ei"))).toBe("-9223372036854775807");
    expect(["12E", "100E", "1e19"].map((text) => canonicalString(parseQuantity(text)))).toEqual([
      "12E",
      "100E",
      "10e18",
    ]);
  });
});

describe("what may stand in JSON", () => {
  test("a number is read by its text, null is zero, and outer white space is dropped", () => {
    const read = (text: QuantityText | null) => canonicalString(parseQuantity(text));
    expect([read(2), read(0.1), read(1e21), read(1e-7), read(-0), read(null), read(" 1Gi\n")]).toEqual([
      "2",
      "100m",
      "1e+21",
      "100e-9",
      "0",
      "0",
      "1Gi",
    ]);
  });

  test("NaN and the infinities are refused", () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(refusal(() => amountOf("cpu", number))).toEqual({
        code: "ERR_QUANTITY",
        path: "cpu",
        reason: `${number} is not a quantity`,
      });
    }
  });

  test("anything that is neither string nor number is refused with its path", () => {
    for (const value of [true, undefined, {}, ["1"], 5n, Symbol("1"), () => 1, Object.create(null)]) {
      expect(refusal(() => amountOf("memory", value as QuantityText, "spec.overhead.memory"))).toEqual({
        code: "ERR_QUANTITY",
        path: "spec.overhead.memory",
        reason: "must be a string or a number",
      });
    }
  });

  test("hostile texts are refused before they are computed", () => {
    expect(reasonOf("1e999999999")).toBe("exponent 999999999 is too large");
    expect(reasonOf("1e2147483647")).toBe("exponent 2147483647 is too large");
    expect(reasonOf("9".repeat(2 ** 21))).toBe("is longer than 1024 characters");
    expect(reasonOf(`${" ".repeat(2 ** 21)}1`)).toBe("is longer than 1024 characters");
    expect(reasonOf(`${"1".repeat(1000)}x`)).toBe(BAD_FORMAT);
    expect(refusal(() => amountOf("memory", "9".repeat(1000))).reason).toBe(TOO_LARGE);
    expect(amountOf("memory", "1e-999999999")).toBe(1);
    expect(amountOf("memory", "0e999999999")).toBe(0);
  });
});

describe("counting", () => {
  test("a count of 2^53 is refused and one less is exact", () => {
    expect(amountOf("memory", "9007199254740991")).toBe(2 ** 53 - 1);
    expect(refusal(() => amountOf("memory", "9007199254740992")).reason).toBe(TOO_LARGE);
    expect(refusal(() => amountOf("memory", "9007199254740991.5")).reason).toBe(TOO_LARGE);
    expect(refusal(() => amountOf("memory", "8Pi")).reason).toBe(TOO_LARGE);
    expect(refusal(() => amountOf("memory", 2 ** 53)).reason).toBe(TOO_LARGE);
    expect(refusal(() => amountOf("memory", "-8Pi")).reason).toBe(TOO_LARGE);
    expect(amountOf("cpu", "9007199254740991m")).toBe(2 ** 53 - 1);
    expect(refusal(() => amountOf("cpu", "9007199254741")).reason).toBe(TOO_LARGE);
  });

  test("only cpu is counted in milli", () => {
    expect(amountOf("cpu", "1")).toBe(1000);
    expect(amountOf("memory", "1")).toBe(1);
    expect(amountOf("nvidia.com/gpu", "1500m")).toBe(2);
    expect(amountOf("memory", "2000m")).toBe(2);
  });

  test("a memo that has been filled many times over still answers right, and refusals stay refusals", () => {
    for (let round = 0; round < 2; round++) {
      const counts = Array.from({ length: 20_000 }, (_, count) => count);
      expect(counts.filter((count) => amountOf("memory", `${count}Ki`) !== count * 1024)).toEqual([]);
      expect(refusal(() => amountOf("memory", "1ki")).reason).toBe(BAD_SUFFIX);
    }
  });

  test("sums of amounts are exact beyond 2^53 and below a unit", () => {
    const most = 2 ** 53 - 1;
    expect(addAmounts("memory", addAmounts("memory", most, most), -most)).toBe(BigInt(most) * 10n ** 9n);
    const hundredMicro = exactAmount("cpu", "100u");
    expect(addAmounts("cpu", hundredMicro, 1)).toBe(1_100_000n);
    expect(isGreaterAmount("cpu", 1, hundredMicro)).toBe(true);
    expect(isGreaterAmount("cpu", hundredMicro, 1)).toBe(false);
  });
});

describe("arithmetic", () => {
  test("a sum rounds only once, where stored values would round each", () => {
    const one = parseQuantity("100u");
    expect(quantityMilli(addQuantities(one, one))).toBe(1);
    expect(quantityMilli(addQuantities(roundUpToMilli(one), roundUpToMilli(one)))).toBe(2);
  });

  test("a zero takes on the other's format and anything else keeps its own", () => {
    const printed = (a: string, b: string) => canonicalString(addQuantities(parseQuantity(a), parseQuantity(b)));
    expect(printed("0", "1Gi")).toBe("1Gi");
    expect(printed("1Gi", "1000")).toBe("1073742824");
    expect(printed("1G", "1Gi")).toBe("2073741824");
  });

  test("rounding up to milli keeps the text of what is whole already", () => {
    expect(canonicalString(roundUpToMilli(parseQuantity("+5Mi")))).toBe("+5Mi");
    expect(canonicalString(roundUpToMilli(parseQuantity("1.1m")))).toBe("2m");
    expect(canonicalString(roundUpToMilli(parseQuantity("-1.1m")))).toBe("-2m");
  });

  test("comparison ignores the format, and the first of two equal ones is the greater", () => {
    const [ki, plain, less] = [parseQuantity("1Ki"), parseQuantity("1024"), parseQuantity("1k")];
    expect(compareQuantities(ki, plain)).toBe(0);
    expect([compareQuantities(less, ki), compareQuantities(ki, less)]).toEqual([-1, 1]);
    expect(maxQuantity(ki, plain)).toBe(ki);
    expect(maxQuantity(less, plain)).toBe(plain);
  });
});

const SCALES: Readonly<Record<string, readonly [numerator: bigint, denominator: bigint]>> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  "": [1n, 1n],
  k: [1000n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  Ki: [1024n, 1n],
  Mi: [1024n ** 2n, 1n],
  Gi: [1024n ** 3n, 1n],
  Ti: [1024n ** 4n, 1n],
};

const written = fc.record({
  sign: fc.constantFrom("", "-", "+"),
  whole: fc.bigInt({ min: 0n, max: 9999n }),
  fraction: fc.option(fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 12 }), { nil: undefined }),
  suffix: fc.constantFrom(...Object.keys(SCALES)),
});
type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

const textOf = ({ sign, whole, fraction, suffix }: Written) =>
  `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}${suffix}`;

/** The value in units of 1/perUnit, rounded away from zero after the rounding to 1n that reading does. */
function expected({ sign, whole, fraction = "", suffix }: Written, perUnit: bigint): number | string {
  const [numerator, denominator] = SCALES[suffix] ?? [0n, 1n];
  const up = (dividend: bigint, divisor: bigint) => (dividend + divisor - 1n) / divisor;
  const nano = up(BigInt(`${whole}${fraction}`) * numerator * 10n ** 9n, denominator * 10n ** BigInt(fraction.length));
  const count = up(nano * perUnit, 10n ** 9n);
  return count < 2n ** 53n ? Number(sign === "-" ? -count : count) : TOO_LARGE;
}

function counted(resource: string, text: string): unknown {
  try {
    return amountOf(resource, text);
  } catch (error) {
    return error instanceof StowageError ? error.details.reason : error;
  }
}

describe("properties", () => {
  property.prop([written])("amounts agree with one exact division", (quantity) => {
    const text = textOf(quantity);
    expect(counted("memory", text)).toBe(expected(quantity, 1n));
    expect(counted("cpu", text)).toBe(expected(quantity, 1000n));
  });

  property.prop([written])("what is printed reads back as the same value", (quantity) => {
    const read = parseQuantity(textOf(quantity));
    expect(parseQuantity(canonicalString(read)).nano).toBe(read.nano);
    expect(parseQuantity(canonicalString({ nano: read.nano, format: read.format })).nano).toBe(read.nano);
  });

  property.prop([fc.string({ unit: fc.constantFrom(..."+-.019eEinumkKMGTP x"), maxLength: 12 })])(
    "any text is read or refused with ERR_QUANTITY",
    (text) => {
      try {
        amountOf("cpu", text);
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_QUANTITY", details: { path: "cpu" } });
      }
    },
  );
});
