/** The proof of a bound by numbers of nodes, as a reader can check it: with names of pods and offers. */

import { namespacedName } from "../kube/objects.js";
import type { CountBranch, CountProof } from "../packing/problem.js";
import { priceOf } from "./offers.js";
import type { CountBound, CountedNode, CountTree } from "./size-document.js";
import type { SizeProblem } from "./size-problem.js";

export function countDocument(
  { groups, types, packing }: SizeProblem,
  { below, limits, tree }: CountProof,
): CountBound {
  const listed = [...(limits[0]?.ceilings.keys() ?? [])];
  const places = new Map(listed.map((type, at) => [type, at]));
  const nodes = listed.map((type): CountedNode => {
    const { offer, zone, names } = types[type]!;
    const { cost, most } = packing.types[type]!;
    return {
      name: offer?.name ?? names[0]!,
      ...(zone !== undefined && { zone }),
      perHour: priceOf(cost),
      ...(most !== undefined && { most }),
    };
  });
  const named = ({ weights, rest, split }: CountBranch): CountTree => ({
    weights,
    ...(rest !== undefined && { rest: named(rest) }),
    ...(split !== undefined && {
      split: { node: places.get(split.type)!, cut: split.cut, lower: named(split.lower), upper: named(split.upper) },
    }),
  });
  return {
    belowPerHour: priceOf(below),
    pods: groups.map(({ pods }) => ({ pod: namespacedName(pods[0]!), count: pods.length })),
    nodes,
    limits: limits.map(({ prices, ceilings, needed }) => ({ worth: prices, ceilings: [...ceilings.values()], needed })),
    tree: named(tree),
  };
}
