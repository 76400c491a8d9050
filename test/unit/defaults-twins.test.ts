// Method: pods that share spec objects are defaulted in one context; the same pods as copies, each in a context of its
// own, say what must come out.
import { expect, test } from "vitest";
import { newDefaultContext } from "../../src/kube/admission.js";
import { defaultPod } from "../../src/kube/defaults.js";
import type { Pod, PodSpec } from "../../src/kube/objects.js";

const LIMITS = {
  metadata: { name: "l", namespace: "limited" },
  spec: { limits: [{ type: "Container", default: { cpu: "1" } }] },
};
const selector = { labelSelector: { matchLabels: { app: "a" } }, matchLabelKeys: ["v"], topologyKey: "zone" };
const SPECS: readonly PodSpec[] = [
  { containers: [{ name: "c", resources: { limits: { cpu: "100u" } } }] },
  { containers: [{ name: "c" }], nodeName: "n" },
  {
    containers: [{ name: "c" }],
    topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", ...selector }],
  },
  {
    containers: [{ name: "c" }],
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [selector] } },
  },
];

test("pods that share a spec are defaulted as if each had its own", () => {
  const newContext = () => newDefaultContext({ limitRanges: [LIMITS] });
  const context = newContext();
  const metadata = [
    { name: "a", namespace: "limited", labels: { app: "a", v: "1" } },
    { name: "b", labels: { app: "a", v: "2" } },
    { name: "c", namespace: "limited", creationTimestamp: "2025-01-01T00:00:00Z" },
  ];
  for (const round of [1, 2]) {
    for (const spec of SPECS) {
      for (const meta of metadata) {
        const pod: Pod = { metadata: meta, spec, status: { phase: "Pending" } };
        expect(defaultPod(pod, context), `${round}`).toEqual(defaultPod(structuredClone(pod), newContext()));
      }
    }
  }
});

test("pods that share a spec share it afterwards", () => {
  const context = newDefaultContext();
  const [spec = {}] = SPECS;
  const [a, b] = ["a", "b"].map((name) => defaultPod({ metadata: { name }, spec }, context));
  expect(a?.spec).toBe(b?.spec);
  expect(a?.metadata).toEqual({ name: "a", namespace: "default" });
});
