/** A family's pods in their turns, and what is there before the first. */

import { randomOf } from "../packing/random.js";
import type { Setting } from "./setting.js";
import type { AnyObject, Turn } from "./turns.js";
import { classPods, named, withVolumes } from "./worlds.js";

export interface Course {
  /** Claims and volumes of the pods to come. */
  readonly objects: readonly AnyObject[];
  readonly turns: readonly Turn[];
}

/** The first turns of a family at a size. The same setting makes the same. */
export function courseOf({ world, nodes, classes, seed }: Setting, count: number): Course {
  const random = randomOf(seed);
  const pods = classPods(world, classes);
  const objects: AnyObject[] = [];
  const turns: Turn[] = [];
  for (let index = 0; index < count; index++) {
    const name = `pod-${index}`;
    const pod = withVolumes(world, named(pods[index % classes]!, name), index);
    objects.push(...(world.volumesOf?.(name, index).objects ?? []));
    turns.push({
      changes: [],
      pod,
      preempts: false,
      isHopeless: false,
      ...world.turnOf?.({ index, nodes, pod, random }),
    });
  }
  return { objects, turns };
}
