/** What a class of pods takes of the core's memory, family by family. Counted, so that a run can fail by it. */

import type { Built } from "./built.js";
import type { Counter } from "./report.js";

const NODES = 1_000;
const CLASSES = 16;
const SEED = 1;
/** Of an index with groups and layers, the largest kind there is. */
const MOST_BYTES_A_NODE = 32;
const EFFORT = { boundary: "engine", pods: 1_000, seconds: 1 } as const;

/** @throws StowageError ERR_INTERNAL where index and scan differ */
export function countClassBytes({ families, measure }: Built): Counter[] {
  const figures = families.FAMILIES.filter(({ turnOf }) => turnOf === undefined).map((world) =>
    measure.measureFamily({ world, nodes: NODES, classes: CLASSES, seed: SEED }, EFFORT),
  );
  const scanned = figures.filter(({ by }) => by === "scan");
  return [
    ...figures.map(({ family, bytesAClass }) => ({
      name: `bytes a class: ${family}`,
      nodes: NODES,
      value: bytesAClass ?? 0,
      limit: MOST_BYTES_A_NODE * NODES,
    })),
    { name: "families without an index", nodes: NODES, value: scanned.length, limit: 0 },
  ];
}
