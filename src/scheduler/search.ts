/**
 * Which nodes a pod may go to, as kube-scheduler searches for them: the nominated node first, then all nodes, or as many as
 * the profile samples. Source: k8s 1.36 pkg/scheduler/schedule_one.go findNodesThatFitPod.
 */

import type { Version } from "./compat.js";
import type { GivenRejection } from "./explain.js";
import { filterNode, filterNominated, type NominatedSearch } from "./nominated.js";
import type { Profile } from "./profile.js";
import { feasibleNodesToFind, type NodeOrder, visit } from "./sampling.js";
import type { Subject } from "./subject.js";

export interface SearchContext extends NominatedSearch {
  readonly profile: Profile;
  readonly version: Version;
  readonly nodeOrder: NodeOrder;
  /** Whether upstream's order of the nodes decides between equals. */
  readonly isOrdered: boolean;
}

export interface Found {
  /** A count of feasible nodes. */
  readonly feasible: number;
  /** The feasible slots in the order in which they were found; only where that order matters. */
  readonly order?: readonly number[];
  /** Taken without scoring, because the pod was nominated to it. */
  readonly isNominated: boolean;
  /** Where the next search begins, as an index into upstream's order of nodes. */
  readonly cursor: number;
}

/** Leaves the verdicts of the running cycle in the core's columns: feasible, rejected, not looked at. */
export function findFeasible(context: SearchContext, subject: Subject, cursor: number): Found {
  const nominated = nominatedSlot(context, subject);
  const refusal = nominated < 0 ? undefined : filterNode(context, subject, nominated);
  if (nominated >= 0 && refusal === undefined) {
    context.phases.restrictToOne(subject, nominated);
    return { feasible: 1, order: [nominated], isNominated: true, cursor };
  }
  const feasible = filterAll(context, subject, refusal);
  const samples = context.profile.percentageOfNodesToScore !== undefined;
  if (!samples && !context.isOrdered) return { feasible, isNominated: false, cursor };
  // Upstream counts among the nodes looked at the one that refused the pod, but not one whose filters failed.
  return sample(context, cursor, refusal?.code === "Error" ? -1 : nominated);
}

/**
 * Runs the filters on all nodes, with those that are nominated to them. Returns a count of feasible nodes.
 *
 * @param refusal what the pod's own nominated node said of it, asked for first; worked out when left out
 */
export function filterAll(
  context: SearchContext,
  subject: Subject,
  refusal: GivenRejection | undefined = undefined,
): number {
  const { phases, state } = context;
  const nominated = nominatedSlot(context, subject);
  const asked = nominated < 0 ? undefined : (refusal ?? filterNode(context, subject, nominated));
  // An error of this question is logged and forgotten.
  const refused = asked?.code === "Error" ? undefined : asked;
  const feasible = phases.filter(subject);
  filterNominated(context, subject);
  if (refused !== undefined) phases.noteRefusal(refused.plugin);
  // It was looked at, so it has a word of its own although PreFilter leaves it out.
  const isOutside = refused !== undefined && phases.isOutsideNodeSet(nominated);
  if (isOutside) phases.give(nominated, refused);
  return state.nominations.isEmpty ? feasible : phases.feasible();
}

function nominatedSlot({ state }: SearchContext, { pod }: Subject): number {
  const name = pod.status?.nominatedNodeName;
  return name ? (state.nodes.get(name)?.slot ?? -1) : -1;
}

/** Keeps the nodes that upstream would have found before it stopped looking. */
function sample({ nodeOrder, phases, profile }: SearchContext, cursor: number, failedNominee: number): Found {
  const all = nodeOrder.slots;
  const order = all.filter((slot) => !phases.isOutsideNodeSet(slot));
  const percentage = profile.percentageOfNodesToScore ?? 100;
  const target = profile.score.length === 0 ? 1 : feasibleNodesToFind(order.length, percentage);
  const { found, left, rejected } = visit(order, cursor, target, (slot) => phases.verdictOf(slot));
  for (const slot of left) phases.exclude(slot);
  const processed = found.length + rejected + Number(left.includes(failedNominee));
  return {
    feasible: found.length,
    order: found,
    isNominated: false,
    cursor: all.length === 0 ? 0 : (cursor + processed) % all.length,
  };
}
