/**
 * Strict decoding of plain values (parsed JSON or YAML, or an object made in code) against a declared shape, as
 * Kubernetes decodes a component's configuration: a field that is not declared is an error, a value of another type is an
 * error and is not converted, null is the same as absent. Everything wrong is reported, not only the first.
 */

import { type Duration, parseDuration } from "./duration.js";
import { type FieldIssues, fieldPath } from "./field-issues.js";

export interface Decoder<T> {
  /** What null stands for as an item of a list; Go's zero value. */
  readonly zero: T;
  /** The value read, or undefined when it is null or was reported as wrong. */
  decode(value: unknown, path: string, issues: FieldIssues): T | undefined;
}

type Shape = Readonly<Record<string, Decoder<unknown>>>;
type Fields<S extends Shape> = { readonly [F in keyof S]?: Value<S[F]> };

/** What a decoder reads. */
export type Value<D> = D extends Decoder<infer T> ? T : never;

/** An object with these fields and no others, each of which may be absent. */
export function object<const S extends Shape>(shape: S): Decoder<Fields<S>> {
  const known = Object.keys(shape);
  return {
    zero: {},
    decode(value, path, issues) {
      if (value === null) return undefined;
      if (!isObject(value)) return wrong(issues, path, "an object", value);
      const fields: Record<string, unknown> = {};
      for (const [name, raw] of Object.entries(value)) {
        if (raw === undefined) continue;
        const at = fieldPath(path, name);
        const decoder = Object.hasOwn(shape, name) ? shape[name] : undefined;
        if (decoder === undefined) issues.unknownField(at, name, known);
        else {
          const decoded = decoder.decode(raw, at, issues);
          if (decoded !== undefined) fields[name] = decoded;
        }
      }
      return fields as Fields<S>;
    },
  };
}

/** A list; an item that cannot be read becomes the item's zero value, so that indexes stay those of the input. */
export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return {
    zero: [],
    decode(value, path, issues) {
      if (value === null) return undefined;
      if (!Array.isArray(value)) return wrong(issues, path, "a list", value);
      return value.map((each: unknown, index) => item.decode(each ?? null, `${path}[${index}]`, issues) ?? item.zero);
    },
  };
}

/** An object whose field names are data. */
export function map<T>(item: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return {
    zero: {},
    decode(value, path, issues) {
      if (value === null) return undefined;
      if (!isObject(value)) return wrong(issues, path, "an object", value);
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [
          key,
          item.decode(each ?? null, fieldPath(path, key), issues) ?? item.zero,
        ]),
      );
    },
  };
}

/** Anything, carried as it is. */
export const raw: Decoder<unknown> = { zero: undefined, decode: (value) => value ?? undefined };

export const string: Decoder<string> = scalar("", "a string", (value) => typeof value === "string");
export const boolean: Decoder<boolean> = scalar(false, "a boolean", (value) => typeof value === "boolean");
export const number: Decoder<number> = scalar(0, "a number", (value) => Number.isFinite(value));
export const int32: Decoder<number> = scalar(
  0,
  "a whole number from -2147483648 to 2147483647",
  (value) => Number.isInteger(value) && value === Number(value) && Math.abs(value + 0.5) < 2 ** 31,
);
/** Go's int64; beyond 2^53 a JavaScript number no longer says which integer was meant, so those are refused. */
export const int64: Decoder<number> = scalar(0, "a whole number below 2^53", (value) => Number.isSafeInteger(value));
/** Bytes as base64 text, carried as text. */
export const base64: Decoder<string> = scalar(
  "",
  "base64 text",
  (value) => typeof value === "string" && isBase64(value),
);

/** Go's *metav1.Duration. */
export const durationPointer: Decoder<Duration> = {
  zero: { text: "0s", ms: 0 },
  decode(value, path, issues) {
    if (value === null) return undefined;
    const parsed = typeof value === "string" ? parseDuration(value) : undefined;
    return parsed ?? wrong(issues, path, 'a duration such as "30s" or "1m30s"', value);
  },
};

/** Go's metav1.Duration, whose reader, unlike every other, refuses null. */
export const duration: Decoder<Duration> = {
  zero: durationPointer.zero,
  decode(value, path, issues) {
    if (value !== null) return durationPointer.decode(value, path, issues);
    return wrong(issues, path, 'a duration such as "30s" or "1m30s"', value);
  },
};

function scalar<T>(zero: T, wanted: string, accepts: (value: T) => boolean): Decoder<T> {
  return {
    zero,
    decode(value, path, issues) {
      if (value === null) return undefined;
      return accepts(value as T) ? (value as T) : wrong(issues, path, wanted, value);
    },
  };
}

function wrong(issues: FieldIssues, path: string, wanted: string, value: unknown): undefined {
  issues.wrongType(path, wanted, value);
  return undefined;
}

/** Neither a list nor a Date, Map or the like, which some YAML readers make. */
function isObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, ""));
}
