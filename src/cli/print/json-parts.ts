/**
 * JSON in parts, for documents with lists of a million entries: one text of all would be longer than V8 allows. Joined they are
 * what `JSON.stringify(document, null, 2)` gives.
 */

/** Entries that are put into one part. */
const PART = 1_000;

/** @param document with only what JSON can say; fields that are undefined are left out */
export function* jsonParts(document: object): Generator<string> {
  let before = "{\n";
  for (const [key, value] of Object.entries(document)) {
    if (value === undefined) continue;
    yield `${before}  ${JSON.stringify(key)}: `;
    if (Array.isArray(value) && value.length > PART) yield* listParts(value);
    else yield indented(value, "  ");
    before = ",\n";
  }
  yield before === "{\n" ? "{}\n" : "\n}\n";
}

function* listParts(list: readonly unknown[]): Generator<string> {
  for (let start = 0; start < list.length; start += PART) {
    const texts = list.slice(start, start + PART).map((entry) => `    ${indented(entry, "    ")}`);
    yield `${start === 0 ? "[" : ","}\n${texts.join(",\n")}`;
  }
  yield "\n  ]";
}

/** Line breaks stand between fields and entries alone: in texts they are escaped. */
function indented(value: unknown, indent: string): string {
  return JSON.stringify(value ?? null, null, 2).replaceAll("\n", `\n${indent}`);
}
