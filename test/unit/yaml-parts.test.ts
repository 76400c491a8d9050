// Against writeYaml, of documents with lists around the length that is put into one part.
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { yamlParts } from "../../src/cli/print/yaml-parts.js";
import { writeYaml } from "../../src/kube/yaml.js";

const value = fc.oneof(fc.string(), fc.integer(), fc.record({ pod: fc.string(), lacks: fc.array(fc.integer()) }));
const list = fc
  .tuple(value, fc.constantFrom(0, 1, 999, 1_000, 1_001, 2_500))
  .map(([one, length]) => Array.from({ length }, (_, index) => (index % 2 === 0 ? one : index)));
const document = fc.record({ summary: value, nodes: list, decisions: list });

test.prop([document], { numRuns: 20 })("joined parts are the text of writeYaml", async (given) => {
  let text = "";
  for await (const part of yamlParts(given)) text += part;
  expect(text).toBe(writeYaml(given));
});
