/** YAML in parts. Joined they are what `writeYaml(document)` gives. */

import { inParts, isList } from "./parts.js";

/** @param document with at least one field, and in place of a list maybe what gives its entries; no field is undefined */
export async function* yamlParts(document: object): AsyncGenerator<string> {
  const { writeYaml } = await import("../../kube/yaml.js");
  for (const [key, value] of Object.entries(document)) {
    if (isList(value)) yield* listParts(key, value, writeYaml);
    else yield writeYaml({ [key]: value });
  }
}

/** The line of the key stands before the first entries alone. */
function* listParts(key: string, list: Iterable<unknown>, write: (value: unknown) => string): Generator<string> {
  let isFirst = true;
  for (const entries of inParts(list)) {
    const text = write({ [key]: entries });
    yield isFirst ? text : text.slice(text.indexOf("\n") + 1);
    isFirst = false;
  }
  if (isFirst) yield write({ [key]: [] });
}
