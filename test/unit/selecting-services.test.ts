/** Method: services that come, change and go by a drawn sequence; what they select a pod by is compared with asking every one. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Pod, StringMap } from "../../src/kube/objects.js";
import { SelectingServices } from "../../src/scheduler/selecting-services.js";
import { tries } from "../helpers/tries.js";

const SEED = Number(process.env.STOWAGE_SEED ?? 20_261);

const value = fc.constantFrom("x", "y");
const labels = fc.record({ a: value, b: value, constructor: value }, { requiredKeys: [] });
const service = fc.record({
  name: fc.constantFrom("s0", "s1", "s2"),
  namespace: fc.constantFrom("one", "two", undefined),
  selector: fc.oneof(labels, fc.constant(null), fc.constant(undefined)),
});
const step = fc.record({ service, isRemoved: fc.boolean(), isUndone: fc.boolean() });

const PODS: readonly Pod[] = ["one", "two", undefined].flatMap((namespace) =>
  [undefined, {}, { a: "x" }, { a: "x", b: "y" }, { b: "x", constructor: "y" }].map((own) => ({
    metadata: { name: "p", ...(namespace && { namespace }), ...(own && { labels: own }) },
  })),
);

/** What the services of the pod's namespace that select it select by. */
function selectorOf({ metadata }: Pod, cluster: Cluster): Record<string, string> {
  const own: Record<string, string> = metadata?.labels ?? {};
  const has = ([label, wanted]: [string, string]) => Object.hasOwn(own, label) && own[label] === wanted;
  const selectors = [...cluster.state.objects.list("Service")]
    .filter((service) => (service.metadata?.namespace ?? "default") === (metadata?.namespace ?? "default"))
    .map(({ spec }) => Object.entries(spec?.selector ?? {}));
  return Object.fromEntries(selectors.filter((pairs) => pairs.every(has)).flat());
}

test(`tells the pods that a service selects, as services come, change and go (STOWAGE_SEED=${SEED})`, () => {
  const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    using cluster = new Cluster();
    const selecting = new SelectingServices(cluster.state.objects);
    const compare = () => {
      const asked = PODS.map((pod) => selectorOf(pod, cluster));
      expect(PODS.map((pod) => selecting.selectorOf(pod))).toEqual(asked);
      expect(PODS.map((pod) => selecting.isSelected(pod))).toEqual(asked.map((pairs) => Object.keys(pairs).length > 0));
    };
    for (const { service: drawn, isRemoved, isUndone } of steps) {
      const { name, namespace, selector } = drawn;
      if (isUndone) cluster.begin();
      if (isRemoved) cluster.removeObject("Service", name, namespace);
      else
        cluster.upsertObject({
          kind: "Service",
          metadata: { name, ...(namespace && { namespace }) },
          spec: { selector: selector as StringMap | null },
        });
      compare();
      if (isUndone) cluster.rollback();
    }
    compare();
  });
  fc.assert(property, { seed: SEED, numRuns: tries(120, 300) });
});

test("knows of services that were there before, and of more changes than are remembered", () => {
  using cluster = new Cluster();
  const put = (name: string, app: string) =>
    cluster.upsertObject({ kind: "Service", metadata: { name, namespace: "one" }, spec: { selector: { app } } });
  const isWeb = () => selecting.isSelected({ metadata: { namespace: "one", labels: { app: "web" } } });
  put("first", "web");
  const selecting = new SelectingServices(cluster.state.objects);
  expect(isWeb()).toBe(true);
  for (let turn = 0; turn < 300; turn++) put("first", `other-${turn}`);
  expect(isWeb()).toBe(false);
  for (let turn = 0; turn < 300; turn++) put(`more-${turn}`, turn === 7 ? "web" : "db");
  expect(isWeb()).toBe(true);
});
