/** A preemption as the scheduler answers it. */

import { NO_PREEMPTION, type Preemption } from "./decision.js";
import type { DryRun, DryRunLists } from "./dry-run.js";
import type { PostFilterOutcome } from "./preemption.js";

/** An answer whose lists are made when one of them is read first, as of the moment of the answer: most callers want the best. */
export function preemptionOf(
  { pod, key }: Pick<Preemption, "pod" | "key">,
  { status, message, run }: PostFilterOutcome,
): Preemption {
  const lists = onFirstCall(run);
  const chosen = run?.chosen;
  if (status !== "possible" || chosen === undefined) {
    const { victims, pdbViolations, best, candidates } = NO_PREEMPTION;
    return {
      pod,
      key,
      status,
      message,
      victims,
      pdbViolations,
      best,
      candidates,
      get rejected() {
        return lists().rejected;
      },
    };
  }
  const { node, victims, pdbViolations } = chosen;
  return {
    pod,
    key,
    status,
    node,
    victims,
    pdbViolations,
    get best() {
      return lists().best;
    },
    get candidates() {
      return lists().candidates;
    },
    get rejected() {
      return lists().rejected;
    },
    message,
  };
}

function onFirstCall(run: DryRun | undefined): () => DryRunLists {
  let made: DryRunLists | undefined;
  return () => {
    made ??= run?.lists() ?? NO_PREEMPTION;
    return made;
  };
}
