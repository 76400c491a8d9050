// Fleets of which any node may fail, beside nodes that are there: what they can do by themselves costs nothing, and the bound
// says no more than that.
import { expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import { size } from "../../src/planning/size.js";
import type { Size } from "../../src/planning/size-document.js";

const HOSTNAME = "kubernetes.io/hostname";

const node = (name: string): Node => ({
  metadata: { name, labels: { [HOSTNAME]: name } },
  status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10 } },
});

const pod = (name: string, cpu: number, isAlone = false): Pod => ({
  metadata: { name, labels: { app: "web" } },
  spec: {
    containers: [{ name: "main", resources: { requests: { cpu } } }],
    ...(isAlone && {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: { app: "web" } }, topologyKey: HOSTNAME },
          ],
        },
      },
    }),
  },
});

async function sized(nodes: readonly string[], pods: readonly Pod[]): Promise<Size> {
  using cluster = new Cluster();
  for (const name of nodes) cluster.upsertNode(node(name));
  const offer = { name: "new", price: 1, allocatable: { cpu: 4, memory: "8Gi", pods: 10 } };
  return await size(cluster, pods, [offer], { survive: "node", budget: 20_000 });
}

const answerOf = ({ schedulable, bound, survives }: Size) => [
  schedulable?.perHour,
  bound?.perHour,
  bound?.isProven,
  survives?.lost,
];

test("nothing is bought where the nodes that are there hold what any of them holds", async () => {
  expect(answerOf(await sized(["a", "b", "c"], [pod("one", 1)]))).toEqual([0, 0, true, []]);
  expect(answerOf(await sized(["a", "b"], [pod("one", 2), pod("two", 2)]))).toEqual([0, 0, true, []]);
  const apart = [pod("one", 1, true), pod("two", 1, true)];
  expect(answerOf(await sized(["a", "b", "c"], apart))).toEqual([0, 0, true, []]);
});

test("a node is bought, and proven to be needed, where they do not without one of them", async () => {
  expect(answerOf(await sized(["a", "b"], [pod("one", 3), pod("two", 3)]))).toEqual([1, 1, true, []]);
  expect(answerOf(await sized(["a"], [pod("one", 1)]))).toEqual([1, 1, true, []]);
});

test("nothing is proven where room alone would do, and a rule about other pods keeps them out", async () => {
  const apart = [pod("one", 1, true), pod("two", 1, true)];
  expect(answerOf(await sized(["a", "b"], apart))).toEqual([1, 0, false, []]);
});
