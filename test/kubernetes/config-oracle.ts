/** What the real kube-scheduler makes of configurations: the oracle's command `config`, a document a line. */

import { spawnSync } from "node:child_process";
import type { Compat } from "../../src/kube/compat.js";
import { oraclePath } from "./oracle.js";

/** A plugin set as upstream's internal type prints it. */
interface OracleSet {
  readonly Enabled: readonly { readonly Name: string; readonly Weight: number }[] | null;
}

export interface ConfigAnswer {
  /** Which step refused it; absent when kube-scheduler takes the configuration. */
  readonly stage?: "decode" | "validate" | "build";
  /** Of `validate` every problem; the other steps stop at their first, or print a list as one text. */
  readonly errors?: readonly string[];
  /** By scheduler name, the plugins that run. */
  readonly profiles?: Readonly<Record<string, Readonly<Record<string, OracleSet>>>>;
  /** The configuration after defaulting, as v1. */
  readonly config?: {
    readonly percentageOfNodesToScore: number;
    readonly profiles: readonly {
      readonly schedulerName: string;
      readonly percentageOfNodesToScore?: number;
      readonly pluginConfig: readonly { readonly name: string; readonly args?: object }[];
    }[];
  };
}

/** One answer a configuration, in order. The oracle must be there. */
export function askAboutConfigs(configs: readonly object[], compat: Compat): readonly ConfigAnswer[] {
  const input = configs.map((config) => JSON.stringify(config)).join("\n");
  const run = spawnSync(oraclePath(compat), ["config"], { input, encoding: "utf8", maxBuffer: 2 ** 30 });
  const answers = run.stdout.split("\n").filter((line) => line !== "");
  if (answers.length !== configs.length) throw new Error(`${configs.length} configurations, ${answers.length} answers`);
  return answers.map((line) => JSON.parse(line) as ConfigAnswer);
}
