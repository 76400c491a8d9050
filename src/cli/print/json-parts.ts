/** JSON in parts. Joined they are what `JSON.stringify(document, null, 2)` gives. */

import { inParts, isList } from "./parts.js";

/** @param document with only what JSON can say, or what gives entries in place of a list; fields that are undefined are left out */
export function* jsonParts(document: object): Generator<string> {
  let before = "{\n";
  for (const [key, value] of Object.entries(document)) {
    if (value === undefined) continue;
    yield `${before}  ${JSON.stringify(key)}: `;
    if (isList(value)) yield* listParts(value);
    else yield indented(value, "  ");
    before = ",\n";
  }
  yield before === "{\n" ? "{}\n" : "\n}\n";
}

function* listParts(list: Iterable<unknown>): Generator<string> {
  let before = "[";
  for (const entries of inParts(list)) {
    yield `${before}\n${entries.map((entry) => `    ${indented(entry, "    ")}`).join(",\n")}`;
    before = ",";
  }
  yield before === "[" ? "[]" : "\n  ]";
}

/** Line breaks stand between fields and entries alone: in texts they are escaped. */
function indented(value: unknown, indent: string): string {
  return JSON.stringify(value ?? null, null, 2).replaceAll("\n", `\n${indent}`);
}
