/**
 * Random worlds for fast-check: drawn as {@link worldOf} draws them, and cut down object by object and field by field
 * when a property fails, so that the counterexample shows only what matters.
 */

import { Arbitrary, type Random as FastCheckRandom, Stream, Value } from "fast-check";
import { smallerWorlds } from "./smaller-worlds.js";
import { type World, type WorldOptions, worldOf } from "./worlds.js";

export function worldArbitrary(options: WorldOptions = {}): Arbitrary<World> {
  return new WorldArbitrary(options);
}

class WorldArbitrary extends Arbitrary<World> {
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    super();
    this.#options = options;
  }

  override generate(random: FastCheckRandom): Value<World> {
    return new Value(worldOf(String(random.nextInt()), this.#options), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is World {
    return typeof value === "object" && value !== null && "incoming" in value;
  }

  override shrink(world: World): Stream<Value<World>> {
    return new Stream(values(world));
  }
}

function* values(world: World): Generator<Value<World>, void, undefined> {
  for (const smaller of smallerWorlds(world)) yield new Value(smaller, undefined);
}
