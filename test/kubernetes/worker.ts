/** A process of its own that judges its share of a run's worlds, a chunk at a time. */

import { type Judgement, type JudgeOptions, judge } from "./judge.js";
import { drawWorld } from "./themes.js";

/** What the runner sends: judge the worlds of these names. */
export interface Chunk {
  readonly names: readonly string[];
  readonly options: JudgeOptions;
}

/** What comes back. */
export type ChunkAnswer = { readonly judgement: Judgement } | { readonly error: string };

process.on("message", ({ names, options }: Chunk) => {
  const worlds = names.map((name) => ({ name, world: drawWorld(name, options.only) }));
  judge(worlds, options).then(
    (judgement) => answer({ judgement }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});

// When the runner ends before its time, nobody waits for an answer.
process.on("disconnect", () => process.exit());

function answer(message: ChunkAnswer): void {
  process.send?.(message);
}
