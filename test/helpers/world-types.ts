/** The shapes of random worlds and of what their makers share. */

import type { Node, Pod } from "../../src/kube/objects.js";
import type { RefConfig } from "../reference/config.js";
import type { Random } from "./random.js";

export interface World {
  readonly nodes: readonly Node[];
  /** On nodes already, or finished, or waiting for somebody else. */
  readonly pods: readonly Pod[];
  /** To be scheduled, in this order. */
  readonly incoming: readonly Pod[];
  readonly config?: RefConfig;
}

/** What a world is about. Resources are always there, in plain notation. */
export const THEMES = [
  "tight",
  "scalars",
  "notations",
  "containers",
  "podLevel",
  "resize",
  "taints",
  "affinity",
  "unschedulable",
  "ports",
  "images",
  "nodeName",
  "gates",
  "config",
] as const;
/** Nominations come from preemption, so a world has them only when it is asked for. */
export type Theme = (typeof THEMES)[number] | "nominated";

export interface WorldOptions {
  /** The exact number of nodes; left out, 0 to 20 in nine of ten worlds and up to 200 in the others. */
  readonly nodes?: number;
  /** The number of incoming pods; left out, 1 to 10. */
  readonly incoming?: number;
  /** Left out, one of THEMES or a mixture of them is drawn. */
  readonly themes?: readonly Theme[];
}

/** Passed down to the makers of nodes and pods. */
export interface WorldContext {
  readonly random: Random;
  readonly nodeNames: readonly string[];
  has(theme: Theme): boolean;
}
