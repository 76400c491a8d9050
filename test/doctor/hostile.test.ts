// Whatever stands in the files and whatever a server answers, there is a report of the published shape and no exception.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load as readYaml } from "js-yaml";
import { describe, expect } from "vitest";
import { firstReason, judgeBind, judgeFilter, judgePreempt, judgePrioritize } from "../../src/doctor/answers.js";
import { editsOf } from "../../src/doctor/patch.js";
import { readSources } from "../../src/doctor/source.js";
import { root } from "../helpers/command-line.js";
import { tries } from "../helpers/tries.js";
import { diagnose, rightConfig } from "./examination.js";
import { DEPLOYMENT, NODE, SERVICE, STATIC_POD } from "./fault.js";

const schema = JSON.parse(readFileSync(join(root, "schema/doctor.v1.json"), "utf8")) as object;
const isReport = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema);

const GO_NAMES = [
  "Nodes",
  "nodenames",
  "NodeNames",
  "FailedNodes",
  "Error",
  "Host",
  "Score",
  "NodeNameToMetaVictims",
  "Pods",
];
const strange = fc.oneof(
  fc.constantFrom(null, "", "n1", 0, -1, 1.5, true, [], {}, [null], { items: [null, 7, {}] }),
  fc.jsonValue(),
);
const answer = fc.oneof(
  fc.dictionary(fc.constantFrom(...GO_NAMES), strange).map((value) => JSON.stringify(value)),
  fc.array(fc.dictionary(fc.constantFrom("Host", "host", "Score"), strange)).map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string(),
);

describe("whatever a server answers", () => {
  test.prop([answer, fc.constantFrom<"names" | "nodes">("names", "nodes")], { numRuns: tries(800, 2000) })(
    "is judged",
    (text, form) => {
      const { problems, names } = judgeFilter(text, ["n1", "n2"], form);
      expect(problems.length > 0 || names.every((name) => ["n1", "n2"].includes(name))).toBe(true);
      for (const { message, evidence = "" } of [
        ...judgePrioritize(text, ["n1"]),
        ...judgeBind(text),
        ...judgePreempt(text, "n1"),
      ]) {
        expect(message).not.toBe("");
        expect(evidence.length).toBeLessThanOrEqual(120);
      }
      expect((firstReason(text) ?? "").length).toBeLessThanOrEqual(120);
    },
  );
});

interface Edit {
  readonly at: number;
  readonly value: unknown;
}

/** Replaces some of the values of a tree by strange ones. The kind stays, or it would be no object at all. */
function broken(tree: unknown, edits: readonly Edit[]): unknown {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, each] of Object.entries(value)) {
      if (key !== "kind") places.push([value as Record<string, unknown>, key]);
      walk(each);
    }
  };
  const copy = structuredClone(tree);
  walk(copy);
  for (const { at, value } of edits) {
    const [holder, key] = places[at % places.length]!;
    holder[key] = value;
  }
  return copy;
}

const edits = fc.array(fc.record({ at: fc.nat(200), value: strange }), { maxLength: 4 });
const CONFIG = `${rightConfig("http://stowage.kube-system.svc:8080")}    tlsConfig: {insecure: true, caFile: /a}
    managedResources: [{name: example.com/gpu, ignoredByScheduler: true}]
clientConnection: {qps: 5}
profiles: [{schedulerName: a, percentageOfNodesToScore: 5}]
`;

describe("whatever stands in the files", () => {
  test.prop([edits, fc.array(edits, { minLength: 4, maxLength: 4 })], { numRuns: tries(120, 300) })(
    "there is a report",
    async (forConfig, forManifests) => {
      const config = JSON.stringify(broken(readYaml(CONFIG), forConfig), null, 2);
      const manifests = [STATIC_POD, SERVICE, DEPLOYMENT, NODE].map((text, at) =>
        JSON.stringify(broken(readYaml(text), forManifests[at]!), null, 2),
      );
      const report = await diagnose(config, manifests, { calls: false });
      expect(isReport(report) || isReport.errors).toBe(true);
      for (const { file, diff } of report.patches) expect(diff.startsWith(`--- ${file}\n`)).toBe(true);
    },
  );

  test("a path that leads nowhere changes nothing", () => {
    const [source] = readSources("kind: K\na: 1\n", "a.yaml").sources;
    for (const path of ["a.b.c", "x[0].y", "", "a[3]"]) {
      expect(editsOf(source!, [{ kind: "set", path, value: 1 }])).toBeUndefined();
      expect(editsOf(source!, [{ kind: "remove", path }])).toBeUndefined();
    }
  });
});
