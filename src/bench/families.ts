/** Every family there is. */

import { COURSE_FAMILIES } from "./course-families.js";
import { PLACEMENT_FAMILIES } from "./placement-families.js";
import type { FamilyWorld } from "./worlds.js";

export const FAMILIES: readonly FamilyWorld[] = [...PLACEMENT_FAMILIES, ...COURSE_FAMILIES];
