/**
 * Method: many kinds of pods take turns, so that each index hears of many changes at once, some of them about the same nodes, and
 * the journal runs through its ring several times; in between pods leave, and nodes come, go and change. A scheduler with
 * indexes on the vector core must decide as one without on the scalar core. Cores with a planted fault must be told from it.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Token } from "../../src/cluster/node-record.js";
import { coreModule } from "../../src/core/module.js";
import type { Node, Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { FAULTS, faultyCore, ROW_FAULTS } from "../helpers/faulty-core.js";
import { type Random, randomOf } from "../helpers/random.js";

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";

interface Setting {
  readonly nodes: number;
  readonly kinds: number;
  /** Per cent of the nodes that have room for any pod. */
  readonly open: number;
}

/** The journal's ring has as many entries as there is room for nodes: 128 at least. */
const SETTINGS: readonly Setting[] = [
  { nodes: 7, kinds: 12, open: 100 },
  { nodes: 120, kinds: 30, open: 100 },
  { nodes: 300, kinds: 40, open: 4 },
  { nodes: 700, kinds: 60, open: 100 },
];
const STEPS = 800;

const DEAF = FAULTS.find(({ what }) => what === "does not hear of nodes that change")!;

describe.each(SETTINGS)("with $kinds kinds on $nodes nodes, $open % of them open", (setting) => {
  test.each([1, 2])("indexes and scans agree in each of 800 steps, seed %i", (seed) => {
    const scans = scansOf(setting, seed);
    expect(scans.filter((node) => node !== "none").length).toBeGreaterThan(STEPS / 4);
    expect(decisions(setting, seed, coreModule({ scalar: false }), true)).toEqual(scans);
  });
});

test.each([...ROW_FAULTS, DEAF])("a core that $what is told from the right one", { timeout: 60_000 }, async (fault) => {
  const module = await faultyCore(fault);
  const isTold = SETTINGS.some((setting) => {
    try {
      return decisions(setting, 1, module, true).join() !== scansOf(setting, 1).join();
    } catch {
      // It answered what no index can.
      return true;
    }
  });
  expect(isTold).toBe(true);
});

interface Placed {
  readonly node: string;
  readonly token: Token;
}

const scansKept = new Map<string, readonly string[]>();

/** What is right, by setting and seed: many are held against it. */
function scansOf(setting: Setting, seed: number): readonly string[] {
  const key = JSON.stringify([setting, seed]);
  const scans = scansKept.get(key) ?? decisions(setting, seed, coreModule({ scalar: true }), false);
  scansKept.set(key, scans);
  return scans;
}

/** The node of each pod with its score, or "none". */
function decisions(setting: Setting, seed: number, module: WebAssembly.Module, isIndexed: boolean): string[] {
  const random = randomOf(`in turns ${seed}`);
  using cluster = new Cluster({ module });
  for (let index = 0; index < setting.nodes; index++) cluster.upsertNode(nodeOf(random, index, setting.open));
  const scheduler = new Scheduler(cluster, { isIndexed, tieBreak: "random", seed });
  const kinds = Array.from({ length: setting.kinds }, (_, kind) => podOf(random, kind));
  const placed: Placed[] = [];
  const places: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    if (random.chance(20)) disturb(random, cluster, setting, placed);
    const kind = kinds[step % kinds.length]!;
    const decision = scheduler.place({ ...kind, metadata: { ...kind.metadata, name: `p${step}` } });
    if (decision.status === "placed") {
      placed.push({ node: decision.node, token: decision.token! });
      places.push(`${decision.node} ${decision.score}`);
    } else places.push("none");
  }
  return places;
}

function disturb(random: Random, cluster: Cluster, setting: Setting, placed: Placed[]): void {
  const what = random.int(0, 9);
  if (what < 7) {
    const [gone] = placed.splice(random.int(0, placed.length), 1);
    if (gone !== undefined) cluster.forget(gone.token);
    return;
  }
  const index = random.int(0, setting.nodes - 1);
  const name = `n${index}`;
  if (what > 7) cluster.upsertNode(nodeOf(random, index, setting.open));
  else if (placed.every(({ node }) => node !== name)) cluster.removeNode(name);
}

function nodeOf(random: Random, index: number, open: number): Node {
  const isOpen = random.chance(open);
  return {
    metadata: { name: `n${index}`, labels: { [ZONE]: `z${index % 3}`, [HOST]: `n${index}` } },
    status: {
      allocatable: {
        cpu: isOpen ? random.pick(["4", "6", "200"]) : "50m",
        memory: random.pick(["16Gi", "32Gi", "100G"]),
        pods: 110,
      },
    },
  };
}

/** Most of them plain; some keep away from their like on a host, some spread over zones, some want a port. */
function podOf(random: Random, kind: number): Pod {
  const labels = { app: `a${kind}` };
  const labelSelector = { matchLabels: labels };
  const requests = { cpu: `${random.int(1, 8) * 50}m`, memory: `${random.int(100, 2_000)}Mi` };
  const what = random.int(0, 9);
  const ports = what === 9 ? [{ containerPort: 80, hostPort: 8_000 + kind }] : [];
  return {
    metadata: { name: "p", namespace: "d", labels },
    spec: {
      containers: [{ name: "c", image: "i", resources: { requests }, ports }],
      ...(what === 7 && {
        affinity: {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: HOST }] },
        },
      }),
      ...(what === 8 && {
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "ScheduleAnyway", labelSelector },
        ],
      }),
    },
  };
}
