/** Who is judged: the engine, and the reference scheduler that the engine's own tests are held against. */

import { ENGINE } from "./engine-verdicts.js";
import { REFERENCE } from "./reference-verdicts.js";
import type { Side } from "./verdict.js";

export const SIDES: ReadonlyMap<string, Side> = new Map([ENGINE, REFERENCE].map((side) => [side.name, side]));
