// Method: pods made by fast-check from few values, so that many are alike: with owners and without (both found among siblings),
// bound and not, two have one shape where the texts of their content are one; each field that scheduling reads is changed once
// by hand.
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { contentOf, isSameContent } from "../../src/cluster/shape-content.js";
import type { PodShape } from "../../src/cluster/shapes.js";
import { Cluster } from "../../src/index.js";
import type { Pod, PodSpec } from "../../src/kube/objects.js";
import { toPod } from "../../src/kube/plain.js";
import { tries } from "../helpers/tries.js";

const SEED = 20_260_103;
console.log(`seed ${SEED}`);

function podOf(spec: PodSpec, uid?: string): Pod {
  const ownerReferences = uid === undefined ? {} : { ownerReferences: [{ kind: "ReplicaSet", name: "r", uid }] };
  return { metadata: { name: "p", namespace: "n", ...ownerReferences }, spec: structuredClone(spec) };
}

const amounts = fc.constantFrom({ cpu: "1" }, { cpu: "1", memory: "1Gi" }, { memory: "1Gi", cpu: "1" }, { cpu: 1 }, {});
const container = fc.record(
  {
    name: fc.constantFrom("a", "b"),
    image: fc.constantFrom("x", "y"),
    resources: fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] }),
    ports: fc.constantFrom([{ hostPort: 80, containerPort: 80 }], []),
    env: fc.constantFrom([{ name: "A" }], []),
  },
  { requiredKeys: ["name"] },
);
const spec: fc.Arbitrary<PodSpec> = fc.record(
  {
    nodeName: fc.constantFrom("n1", "n2"),
    containers: fc.array(container, { maxLength: 2 }),
    initContainers: fc.array(container, { maxLength: 1 }),
    overhead: amounts,
    nodeSelector: fc.constantFrom({ zone: "a" }, { zone: "b" }),
    tolerations: fc.constantFrom([{ key: "k", operator: "Exists" }], [{ key: "k" }], []),
    volumes: fc.constantFrom([{ name: "v" }], [{ name: "w" }], [{ name: "v", image: { reference: "i" } }]),
    serviceAccountName: fc.constantFrom("s", "t"),
  },
  { requiredKeys: [] },
);

property.prop([fc.array(spec, { minLength: 2, maxLength: 12 })], { seed: SEED, numRuns: tries(120, 300) })(
  "siblings get the shape that their content has",
  (specs) => {
    using cluster = new Cluster();
    const { shapes } = cluster.state;
    const byContent = new Map<string, PodShape>();
    const shapesOf = new Set<PodShape>();
    for (const one of specs) {
      for (const pod of [podOf(one, "owner"), podOf(one)]) {
        for (const isBound of [false, true]) {
          const shape = isBound ? shapes.ofBound(pod) : shapes.of(pod);
          const content = contentOf(pod, one, isBound);
          expect(byContent.get(content) ?? shape).toBe(shape);
          byContent.set(content, shape);
          shapesOf.add(shape);
        }
      }
    }
    expect(shapesOf.size).toBe(byContent.size);
  },
);

test("a pod in plain form has a shape of its own, whatever else is like it", () => {
  using cluster = new Cluster();
  const { shapes } = cluster.state;
  const plain = () => toPod({ name: "p", requests: { cpu: 1 } });
  const shape = shapes.of(plain());
  const copy = (): Pod => ({ metadata: { name: "p" }, spec: structuredClone(plain().spec!) });
  expect(shapes.of(copy())).not.toBe(shape);
  expect(shapes.of(plain())).toBe(shape);
  expect(shapes.of(copy())).not.toBe(shape);
});

property.prop([spec, spec, fc.boolean()], { seed: SEED, numRuns: 2000 })(
  "specs are called the same only if their content is one text",
  (a, b, isBound) => {
    const isOneText = contentOf(podOf(a), a, isBound) === contentOf(podOf(b), b, isBound);
    if (isSameContent(a, b, isBound)) expect(isOneText).toBe(true);
    expect(isSameContent(a, structuredClone(a), isBound)).toBe(true);
  },
);

test("every field that scheduling reads tells siblings apart, others do not", () => {
  using cluster = new Cluster();
  const { shapes } = cluster.state;
  const base = { name: "c", image: "i", resources: { requests: { cpu: "1" } } };
  const whole: PodSpec = { containers: [base], nodeSelector: { a: "b" } };
  const shape = shapes.of(podOf(whole, "o"));
  const read: PodSpec[] = [
    { ...whole, containers: [{ ...base, image: "j" }] },
    { ...whole, containers: [{ ...base, resources: { requests: { cpu: "2" } } }] },
    { ...whole, containers: [{ ...base, ports: [{ containerPort: 80, hostPort: 80 }] }] },
    { ...whole, containers: [base, base] },
    { ...whole, initContainers: [base] },
    { ...whole, overhead: { cpu: "1" } },
    { ...whole, resources: { requests: { cpu: "3" } } },
    { ...whole, nodeSelector: { a: "c" } },
    { ...whole, nodeName: "n" },
    { ...whole, tolerations: [{ operator: "Exists" }] },
    {
      ...whole,
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
    },
    { ...whole, volumes: [{ name: "v", image: { reference: "r" } }] },
  ];
  for (const changed of read) expect(shapes.of(podOf(changed, "o")), JSON.stringify(changed)).not.toBe(shape);
  expect(new Set(read.map((changed) => shapes.of(podOf(changed, "o")))).size).toBe(read.length);
  const other = { ...base, resources: { ...base.resources, limits: { cpu: "9" } } };
  const unread: PodSpec = { ...whole, containers: [other], hostNetwork: true };
  expect(shapes.of(podOf(unread, "o"))).toBe(shape);
});

test("data that is not plain is compared by what JSON makes of it", () => {
  const dated = (time: number): PodSpec => ({ nodeSelector: { at: new Date(time) as unknown as string } });
  expect(isSameContent(dated(0), dated(1), false)).toBe(false);
  expect(contentOf(podOf({}), dated(0), false)).not.toBe(contentOf(podOf({}), dated(1), false));
});
