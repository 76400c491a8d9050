/** What a figure was measured on. */

import { cpus, totalmem } from "node:os";

/** What runs. */
export interface Program {
  /** Of this package. */
  readonly version: string;
  /** As in "Node 20.20.2". */
  readonly runtime: string;
  /** As in "linux x64". */
  readonly platform: string;
}

export interface Machine extends Omit<Program, "version"> {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

export function machineOf({ runtime, platform }: Omit<Program, "version">): Machine {
  const all = cpus();
  return { runtime, platform, cpu: all[0]?.model ?? "unknown", cores: all.length, memoryBytes: totalmem() };
}
