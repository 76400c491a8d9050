/**
 * Method: worlds of pods that spread, attract and shun each other go through both binaries at sizes around vectors, blocks and
 * growth; the columns that kernels write, and all answers, must be equal byte for byte after every phase.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { coreModule } from "../../src/core/module.js";
import { StowageError } from "../../src/errors.js";
import type { Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { configurationOf, type Theme, type World } from "../helpers/world-types.js";
import { worldOf } from "../helpers/worlds.js";
import { isWaitingOnNode, startedPods } from "../kubernetes/incoming.js";

const SIZES = [0, 1, 3, 4, 5, 63, 64, 65, 127, 128, 129, 1_000];

const THEMES: readonly (readonly Theme[])[] = [
  ["spread"],
  ["defaultSpread"],
  ["interPod"],
  ["nominated", "tight"],
  ["sampling", "spread"],
  ["spread", "defaultSpread", "interPod", "nominated", "taints", "affinity", "sampling"],
];

describe.each(THEMES.map((themes) => [themes.join(", "), themes] as const))("with %s", (name, themes) => {
  test.each(SIZES)("vectors and scalars leave the same bytes on %i nodes", (size) => {
    const world = worldOf(`twins of ${name} on ${size}`, { nodes: size, themes, incoming: size < 1_000 ? 8 : 4 });
    const vectors = run(world, false);
    expect(run(world, true)).toEqual(vectors);
    expect(vectors).toHaveLength(world.incoming.length);
  });
});

/** What each incoming pod was told and what the kernels wrote for it, one after the other. */
function run(world: World, scalar: boolean): unknown[] {
  using cluster = new Cluster({ module: coreModule({ scalar }) });
  const incoming = startedPods(world);
  for (const object of Object.values(world.objects ?? {}).flat()) cluster.upsertObject(object);
  for (const node of world.nodes) cluster.upsertNode(node);
  for (const pod of [...world.pods, ...incoming.filter(isWaitingOnNode)]) cluster.upsertPod(pod);
  const scheduler = new Scheduler(cluster, {
    config: configurationOf(world) ?? {},
    tieBreak: world.sampling === true ? "heap" : "random",
  });
  return incoming.map((pod) => phases(cluster, scheduler, pod));
}

function phases(cluster: Cluster, scheduler: Scheduler, pod: Pod): unknown {
  try {
    const fit = scheduler.filter(pod);
    const verdicts = columnsOf(cluster, ["COLUMN_VERDICT", "COLUMN_UNRESOLVABLE", "COLUMN_DETAIL"]);
    const scores = scheduler.score(pod, fit);
    const { buffer, byteOffset, byteLength } = cluster.state.engine.doublesOf(cluster.state.engine.ids.COLUMN_TOTAL);
    const totals = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
    return { fit, verdicts, scores, totals, decision: placed(scheduler, pod) };
  } catch (error) {
    if (error instanceof StowageError && error.code !== "ERR_INTERNAL") return [error.message, placed(scheduler, pod)];
    throw error;
  }
}

function columnsOf(
  { state: { engine } }: Cluster,
  names: readonly ("COLUMN_VERDICT" | "COLUMN_UNRESOLVABLE" | "COLUMN_DETAIL")[],
) {
  return names.map((name) => Buffer.from(engine.bytesOf(engine.ids[name])).toString("base64"));
}

function placed(scheduler: Scheduler, pod: Pod): unknown {
  const { pod: _, ...decision } = scheduler.place(pod);
  return decision;
}
