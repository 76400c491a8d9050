// Making and letting go of an index.

import { arenaAlloc, arenaFree } from "../arena";
import { field } from "../blocks";
import { classField } from "../class-block";
import {
  AFFINITY_SELF,
  CLASS_RAW_IMAGES,
  CLASS_RAW_TAINTS,
  CLASS_WEIGHT_AFFINITY,
  CLASS_WEIGHT_BALANCED,
  CLASS_WEIGHT_FIT,
  CLASS_WEIGHT_IMAGES,
  CLASS_WEIGHT_TAINTS,
  REQUEST_AFFINITY_FILTER,
  REQUEST_AFFINITY_SCORE,
  REQUEST_CLASS,
  REQUEST_IS_STATIC,
  REQUEST_SPREAD_FILTER,
  REQUEST_SPREAD_SCORE,
  REQUEST_WEIGHT_AFFINITY,
  REQUEST_WEIGHT_SPREAD,
  SPREAD_REQUIRES_ALL,
} from "../layout";
import { STATUS_LOST, STATUS_NO_MEMORY } from "../status";
import { bodyHold, bodyRelease } from "./body";
import { cellsReady, cellsReadyFor } from "./cells";
import {
  get,
  INDEX_BODY,
  INDEX_CLASS,
  INDEX_COMPONENTS,
  INDEX_GROUPS,
  INDEX_IS_PLAIN,
  INDEX_IS_SELF,
  INDEX_NARROW,
  INDEX_REQUIRES_ALL,
  INDEX_SCORING,
  INDEX_SIZE,
  INDEX_TRAITS,
  INDEX_WEIGHT_AFFINITY,
  INDEX_WEIGHT_SPREAD,
  MAX_COMPONENTS,
  MAX_LOCAL,
  pointer,
  set,
} from "./fields";
import { localReady } from "./local";
import { narrowBuild } from "./narrow";
import { traitsComponents, traitsFree, traitsLargest, traitsRead, traitsScoring } from "./traits";

/** Whether the scores of single nodes fit a byte, and no score is a penalty. */
function isByteEnough(block: usize): bool {
  const fit = classField(block, CLASS_WEIGHT_FIT);
  const balanced = classField(block, CLASS_WEIGHT_BALANCED);
  return (
    fit >= 0 && balanced >= 0 && 100 * (fit + balanced) <= MAX_LOCAL &&
    classField(block, CLASS_WEIGHT_TAINTS) >= 0 && classField(block, CLASS_WEIGHT_AFFINITY) >= 0 &&
    classField(block, CLASS_WEIGHT_IMAGES) >= 0
  );
}

/** An index for what a request block asks, caught up; STATUS_LOST when there can be none, or STATUS_NO_MEMORY. */
export function indexAdd(request: usize): usize {
  const block = <usize>field(request, REQUEST_CLASS);
  if (!isByteEnough(block)) return STATUS_LOST;
  const index = arenaAlloc(INDEX_SIZE);
  if (index == 0) return STATUS_NO_MEMORY;
  if (!localReady()) {
    arenaFree(index);
    return STATUS_NO_MEMORY;
  }
  set(index, INDEX_CLASS, <i32>block);
  set(index, INDEX_SCORING, -1);
  const isRead = readTraits(index, request);
  if (isRead && field(request, REQUEST_IS_STATIC) != 0 && isPlain(index) && narrowBuild(index)) return index;
  if (isRead && bodyHold(index) && judgeReady(index)) return index;
  indexFree(index);
  return STATUS_LOST;
}

/** Whether the index can be judged: a plain one needs no cells. */
function judgeReady(index: usize): bool {
  set(index, INDEX_IS_PLAIN, <i32>isPlain(index));
  return isPlain(index) || cellsReady();
}

/** Whether nothing but the byte of a node is to be added up. */
function isPlain(index: usize): bool {
  return pointer(index, INDEX_TRAITS) == 0 && !hasRaws(pointer(index, INDEX_CLASS));
}

function hasRaws(block: usize): bool {
  for (let which = CLASS_RAW_TAINTS; which <= CLASS_RAW_IMAGES; which++) if (classField(block, which) >= 0) return true;
  return false;
}

function readTraits(index: usize, request: usize): bool {
  const spreadFilter = <usize>field(request, REQUEST_SPREAD_FILTER);
  const spreadScore = <usize>field(request, REQUEST_SPREAD_SCORE);
  const affinityFilter = <usize>field(request, REQUEST_AFFINITY_FILTER);
  const affinityScore = <usize>field(request, REQUEST_AFFINITY_SCORE);
  store<f64>(index, field(request, REQUEST_WEIGHT_SPREAD), INDEX_WEIGHT_SPREAD);
  store<f64>(index, field(request, REQUEST_WEIGHT_AFFINITY), INDEX_WEIGHT_AFFINITY);
  if (spreadFilter + spreadScore + affinityFilter + affinityScore == 0) return true;
  const traits = traitsRead(spreadFilter, spreadScore, affinityFilter, affinityScore);
  if (traits == 0) return false;
  set(index, INDEX_TRAITS, <i32>traits);
  set(index, INDEX_COMPONENTS, traitsComponents());
  set(index, INDEX_SCORING, traitsScoring());
  if (spreadScore != 0) set(index, INDEX_REQUIRES_ALL, <i32>field(spreadScore, SPREAD_REQUIRES_ALL));
  if (affinityFilter != 0) set(index, INDEX_IS_SELF, <i32>field(affinityFilter, AFFINITY_SELF));
  return traitsComponents() <= MAX_COMPONENTS && cellsReadyFor(traitsLargest());
}

export function indexFree(index: usize): void {
  traitsFree(pointer(index, INDEX_TRAITS));
  if (get(index, INDEX_BODY) != 0) bodyRelease(pointer(index, INDEX_BODY));
  arenaFree(pointer(index, INDEX_NARROW));
  arenaFree(index);
}

/** How many groups of nodes an index tells apart; 0 of one that lists its nodes. */
export function indexGroups(index: usize): i32 {
  return get(index, INDEX_GROUPS);
}
