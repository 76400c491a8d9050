/** Who is judged: the engine, and the reference scheduler that the engine's own tests are held against. */

import type { World } from "../helpers/world-types.js";
import { ENGINE } from "./engine-verdicts.js";
import { type ReferenceVerdict, referenceVerdicts } from "./reference-verdicts.js";
import type { DecideOptions, Side, Verdict } from "./verdict.js";

const VOLUME_FILTERS = ["VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone"];

const REFERENCE: Side = {
  name: "reference",
  missing: { filters: new Set(VOLUME_FILTERS), scores: new Set(["VolumeBinding"]), preemption: false },
  decide: referenceDecides,
};

export const SIDES: ReadonlyMap<string, Side> = new Map([ENGINE, REFERENCE].map((side) => [side.name, side]));

function referenceDecides(world: World, { compat, diagnose = false }: DecideOptions): Verdict[] {
  if (!diagnose) return referenceVerdicts(world, compat).map(plain);
  // Each pod comes first into a world of its own.
  return world.incoming.flatMap((pod) => {
    const others = world.incoming.filter((other) => other !== pod && other.status?.nominatedNodeName);
    const alone = { ...world, mode: "schedule" as const, pods: [...world.pods, ...others], incoming: [pod] };
    return referenceVerdicts(alone, compat).map(plain);
  });
}

function plain({ preemption, ...verdict }: ReferenceVerdict): Verdict {
  if (preemption === undefined) return verdict;
  const { candidates, statuses, nominated } = preemption;
  const said = nominated === undefined ? {} : { nominated: nominated.node };
  return { ...verdict, preemption: { candidates, statuses: Object.fromEntries(statuses), ...said } };
}
