// The arguments of the call before are those of this one where the bytes are, and only there.
import { expect, test } from "vitest";
import { LastCall } from "../../src/extender/last-call.js";
import { ask, ChangingSource, extenderOf, nodeOf, podOf } from "../helpers/extender-world.js";

const bytesOf = (body: object): Uint8Array => new TextEncoder().encode(JSON.stringify(body));

test("equal bytes are read once, others anew, and a buffer that is used again is no equal", () => {
  const last = new LastCall();
  const bytes = bytesOf({ Pod: podOf("p"), NodeNames: ["a", "b"] });
  const first = last.read(bytes);
  expect(last.read(Buffer.from(bytes))).toBe(first);
  const place = new TextDecoder().decode(bytes).indexOf('"a"') + 1;
  bytes[place] = "c".charCodeAt(0);
  const second = last.read(bytes);
  expect(second).not.toBe(first);
  expect(new TextDecoder().decode(second.offer.bytes)).toContain('["c","b"]');
  expect(() => last.read(bytesOf({ NodeNames: [] }))).toThrow("Pod: missing");
  expect(last.read(bytes)).not.toBe(second);
  expect(last.read(bytesOf({ Pod: podOf("p"), NodeNames: ["a"] })).offer.names).toHaveLength(1);
});

test("the same question has another answer when the nodes have changed", async () => {
  const source = new ChangingSource([nodeOf("a"), nodeOf("b")], []);
  const extender = extenderOf(source, { managedResources: ["example.com/slot"] });
  const question = { Pod: podOf("p"), NodeNames: ["a", "b", "c"] };
  const passing = async () => (await ask(extender, "filter", question)).json.NodeNames;
  expect(await passing()).toEqual(["a", "b"]);
  source.cluster.upsertNode(nodeOf("c"));
  expect(await passing()).toEqual(["a", "b", "c"]);
  source.cluster.removeNode("a");
  expect(await passing()).toEqual(["b", "c"]);
});
