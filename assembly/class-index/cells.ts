// Cells: the part of filters and scores that is equal for all nodes of a group in a layer, and the normalization over all
// feasible nodes, which is one over the cells that have any.

import { arenaAlloc, arenaFree } from "../arena";
import { field } from "../blocks";
import { classField } from "../class-block";
import { counterDomains, counterMinimum, counterSum, counterTotal, isCounterLost } from "../domain-counters";
import { domainAt } from "../domains";
import { goLog } from "../go-log";
import {
  CLASS_RAW_AFFINITY,
  CLASS_RAW_IMAGES,
  CLASS_RAW_TAINTS,
  CLASS_WEIGHT_AFFINITY,
  CLASS_WEIGHT_IMAGES,
  CLASS_WEIGHT_TAINTS,
  SPREAD_EMPTY_VALUE,
  SPREAD_MAX_SKEW,
  SPREAD_MIN_DOMAINS,
  SPREAD_SELF,
} from "../layout";
import { columnPtr } from "../nodes";
import { defaultNormalize } from "../normalize";
import { affinityNormalized } from "../plugins/inter-pod-affinity";
import { goRound, INVALID_SCORE, normalized } from "../plugins/pod-topology-spread";
import {
  get,
  GROUP_SLOT,
  groupAt,
  INDEX_BODY,
  INDEX_CLASS,
  INDEX_GROUPS,
  INDEX_IS_LOST,
  INDEX_IS_SELF,
  INDEX_LAYER_END,
  INDEX_REQUIRES_ALL,
  INDEX_SCORING,
  INDEX_TRAITS,
  INDEX_WEIGHT_AFFINITY,
  INDEX_WEIGHT_SPREAD,
  layerAt,
  MAX_CELLS,
  MAX_GROUPS,
  MAX_LAYERS,
  pointer,
  set,
} from "./fields";
import { cellCount, cellTop, keyAt } from "./layers";
import { trait, TRAIT_HARD, TRAIT_OWN, TRAIT_SCORED, TRAIT_SHUNNED, TRAIT_SOFT, traitCount } from "./traits";

/** Flags of a group. */
const OPEN: u8 = 1;
/** Pods that the class must be near are near, as far as wide domains say. */
const NEAR: u8 = 2;
/** The nodes lack a topology key that soft spreading asks for. */
const IGNORED: u8 = 4;

const MAX_CONSTRAINTS: i32 = 64;

/** The cells of the running decision, layer after layer, and what is known of them. */
let tops: usize = 0;
let totals: usize = 0;
let spreads: usize = 0;
let affinities: usize = 0;
let flags: usize = 0;
let bases: usize = 0;
let layers: usize = 0;
let minima: usize = 0;
let weights: usize = 0;
let stamps: usize = 0;
let stampsSize: i32 = 0;
let stamp: u32 = 0;
let layerCount: i32 = 0;

/** Makes room once. False when memory is used up. */
export function cellsReady(): bool {
  if (tops != 0) return true;
  const cells = <usize>MAX_CELLS;
  totals = arenaAlloc(cells << 3);
  spreads = arenaAlloc(cells << 3);
  affinities = arenaAlloc(cells << 3);
  bases = arenaAlloc((<usize>MAX_GROUPS) << 3);
  flags = arenaAlloc(<usize>MAX_GROUPS);
  layers = arenaAlloc((<usize>(MAX_LAYERS + 1)) << 2);
  minima = arenaAlloc((<usize>MAX_CONSTRAINTS) << 3);
  weights = arenaAlloc((<usize>MAX_CONSTRAINTS) << 3);
  tops = arenaAlloc(cells);
  return (
    totals != 0 && spreads != 0 && affinities != 0 && bases != 0 && flags != 0 && layers != 0 && minima != 0 &&
    weights != 0 && tops != 0
  );
}

/** Room to count domains of a label column of this many values. False when memory is used up. */
export function cellsReadyFor(size: i32): bool {
  if (size <= stampsSize) return true;
  arenaFree(stamps);
  stamps = arenaAlloc((<usize>size) << 2);
  stampsSize = stamps == 0 ? 0 : size;
  return stamps != 0;
}

@inline
export function cellsLayers(): i32 {
  return layerCount;
}

/** The area of the i-th layer of the running decision. */
@inline
export function cellsLayer(i: i32): usize {
  return load<u32>(layers + ((<usize>i) << 2));
}

/** The largest byte of a cell, 0 when the class cannot go there. */
@inline
export function cellsTop(cell: i32): i32 {
  return load<u8>(tops + <usize>cell);
}

/** The total of the best nodes of a cell. */
@inline
export function cellsTotal(cell: i32): f64 {
  return load<f64>(totals + ((<usize>cell) << 3));
}

@inline
function doubleAt(area: usize, i: i32): f64 {
  return load<f64>(area + ((<usize>i) << 3));
}

@inline
function setDouble(area: usize, i: i32, value: f64): void {
  store<f64>(area + ((<usize>i) << 3), value);
}

@inline
function flagsOf(group: i32): u8 {
  return load<u8>(flags + <usize>group);
}

/** The domain in which all nodes of a group lie, by a trait whose first or second field is its label column. */
@inline
function domainOf(index: usize, group: i32, values: i32): i32 {
  return domainAt(values, get(groupAt(index, group), GROUP_SLOT));
}

/** Finds the best total of the class and what each cell has to do with it. INFEASIBLE cells have no top. */
export function judgeCells(index: usize): void {
  findMinima(index);
  const groups = get(index, INDEX_GROUPS);
  const isFirst = isFirstOfSeries(index);
  for (let group = 0; group < groups; group++) store<u8>(flags + <usize>group, flagsFor(index, group));
  layerCount = 0;
  for (let layer = 0, end = get(pointer(index, INDEX_BODY), INDEX_LAYER_END); layer < end; layer++) {
    const area = layerAt(index, layer);
    if (area == 0) continue;
    const isOpen = isLayerOpen(index, area);
    const isNear = isFirst || isLayerNear(index, area);
    const row = tops + <usize>(layerCount * groups);
    for (let group = 0; group < groups; group++) {
      const flag = flagsOf(group);
      const passes = isOpen && (flag & OPEN) != 0 && (isFirst || (isNear && (flag & NEAR) != 0));
      store<u8>(row + <usize>group, passes ? <u8>cellTop(index, area, group) : 0);
    }
    store<u32>(layers + ((<usize>layerCount) << 2), <u32>area);
    layerCount++;
  }
  baseTotals(index, groups);
  if (traitCount(pointer(index, INDEX_TRAITS), TRAIT_SOFT) > 0) addSpreading(index, groups);
  addAffinity(index, groups);
}

/** What each hard constraint compares with. */
function findMinima(index: usize): void {
  const traits = pointer(index, INDEX_TRAITS);
  for (let i = 0, n = traitCount(traits, TRAIT_HARD); i < n; i++) {
    const item = trait(traits, TRAIT_HARD, i);
    const counter = pointer(item, 8);
    if (isCounterLost(counter)) set(index, INDEX_IS_LOST, 1);
    const isEnough = <f64>counterDomains(counter) >= field(pointer(item, 0), SPREAD_MIN_DOMAINS);
    setDouble(minima, i, isEnough ? <f64>counterMinimum(counter) : 0);
  }
}

/** Whether no pod is there that the class must be near, and it would be the first of its own series. */
function isFirstOfSeries(index: usize): bool {
  const traits = pointer(index, INDEX_TRAITS);
  const n = traitCount(traits, TRAIT_OWN);
  if (n == 0) return true;
  if (get(index, INDEX_IS_SELF) == 0) return false;
  for (let i = 0; i < n; i++) if (counterTotal(pointer(trait(traits, TRAIT_OWN, i), 4)) != 0) return false;
  return true;
}

@inline
function isSkewed(entry: usize, pods: f64, i: i32): bool {
  return pods + field(entry, SPREAD_SELF) - doubleAt(minima, i) > field(entry, SPREAD_MAX_SKEW);
}

function flagsFor(index: usize, group: i32): u8 {
  const traits = pointer(index, INDEX_TRAITS);
  let flag: u8 = NEAR;
  for (let i = 0, n = traitCount(traits, TRAIT_HARD); i < n; i++) {
    const item = trait(traits, TRAIT_HARD, i);
    if (get(item, 12) >= 0) continue;
    const domain = domainOf(index, group, get(item, 4));
    if (domain == 0) return 0;
    if (isSkewed(pointer(item, 0), <f64>counterSum(pointer(item, 8), domain), i)) return 0;
  }
  for (let i = 0, n = traitCount(traits, TRAIT_SHUNNED); i < n; i++) {
    const item = trait(traits, TRAIT_SHUNNED, i);
    const domain = domainOf(index, group, get(item, 0));
    if (domain != 0 && counterSum(pointer(item, 4), domain) > 0) return 0;
  }
  for (let i = 0, n = traitCount(traits, TRAIT_OWN); i < n; i++) {
    const item = trait(traits, TRAIT_OWN, i);
    if (get(item, 8) >= 0) continue;
    const domain = domainOf(index, group, get(item, 0));
    if (domain == 0) return 0;
    if (counterSum(pointer(item, 4), domain) <= 0) flag &= ~NEAR;
  }
  if (get(index, INDEX_REQUIRES_ALL) != 0) {
    for (let i = 0, n = traitCount(traits, TRAIT_SOFT); i < n; i++) {
      if (domainOf(index, group, get(trait(traits, TRAIT_SOFT, i), 4)) == 0) flag |= IGNORED;
    }
  }
  return flag | OPEN;
}

function isLayerOpen(index: usize, area: usize): bool {
  const traits = pointer(index, INDEX_TRAITS);
  for (let i = 0, n = traitCount(traits, TRAIT_HARD); i < n; i++) {
    const item = trait(traits, TRAIT_HARD, i);
    const component = get(item, 12);
    if (component >= 0 && isSkewed(pointer(item, 0), <f64>keyAt(area, component), i)) return false;
  }
  return true;
}

function isLayerNear(index: usize, area: usize): bool {
  const traits = pointer(index, INDEX_TRAITS);
  for (let i = 0, n = traitCount(traits, TRAIT_OWN); i < n; i++) {
    const component = get(trait(traits, TRAIT_OWN, i), 8);
    if (component >= 0) return keyAt(area, component) == 0;
  }
  return true;
}

@inline
function rawOf(column: i32, index: usize, group: i32): f64 {
  if (column < 0) return 0;
  return load<f64>(columnPtr(column) + ((<usize>get(groupAt(index, group), GROUP_SLOT)) << 3));
}

/** Whether some node of a group is feasible. */
function isGroupLive(group: i32, groups: i32): bool {
  for (let i = 0; i < layerCount; i++) if (cellsTop(i * groups + group) != 0) return true;
  return false;
}

/** Totals of bytes, taints, node affinity and images. */
function baseTotals(index: usize, groups: i32): void {
  const block = pointer(index, INDEX_CLASS);
  const taints = <i32>classField(block, CLASS_RAW_TAINTS);
  const affinity = <i32>classField(block, CLASS_RAW_AFFINITY);
  const images = <i32>classField(block, CLASS_RAW_IMAGES);
  let taintsMax: f64 = 0;
  let affinityMax: f64 = 0;
  if (taints >= 0 || affinity >= 0) {
    for (let group = 0; group < groups; group++) {
      if (!isGroupLive(group, groups)) continue;
      taintsMax = max(taintsMax, rawOf(taints, index, group));
      affinityMax = max(affinityMax, rawOf(affinity, index, group));
    }
  }
  for (let group = 0; group < groups; group++) {
    const taintsScore = taints < 0 ? 100 : defaultNormalize(rawOf(taints, index, group), taintsMax, true);
    let base = classField(block, CLASS_WEIGHT_TAINTS) * taintsScore;
    const affinityScore = affinity < 0 ? 0 : defaultNormalize(rawOf(affinity, index, group), affinityMax, false);
    base += classField(block, CLASS_WEIGHT_AFFINITY) * affinityScore;
    base += classField(block, CLASS_WEIGHT_IMAGES) * rawOf(images, index, group);
    setDouble(bases, group, base);
  }
  for (let i = 0, cell = 0; i < layerCount; i++) {
    for (let group = 0; group < groups; group++, cell++) {
      setDouble(totals, cell, doubleAt(bases, group) + <f64>(cellsTop(cell) - 1));
    }
  }
}

/** PodTopologySpread's soft constraints, in upstream's order of float operations. */
function addSpreading(index: usize, groups: i32): void {
  weighConstraints(index, groups);
  const traits = pointer(index, INDEX_TRAITS);
  const n = traitCount(traits, TRAIT_SOFT);
  let smallest: f64 = Infinity;
  let largest: f64 = 0;
  for (let i = 0, cell = 0; i < layerCount; i++) {
    for (let group = 0; group < groups; group++, cell++) {
      if (cellsTop(cell) == 0 || (flagsOf(group) & IGNORED) != 0) continue;
      let score: f64 = 0;
      for (let c = 0; c < n; c++) score += constraintScore(index, trait(traits, TRAIT_SOFT, c), c, cellsLayer(i), group);
      score = goRound(score);
      setDouble(spreads, cell, score);
      smallest = min(smallest, score);
      largest = max(largest, score);
    }
  }
  const weight = load<f64>(index, INDEX_WEIGHT_SPREAD);
  for (let cell = 0, group = 0, end = layerCount * groups; cell < end; cell++) {
    const isScored = cellsTop(cell) != 0 && (flagsOf(group) & IGNORED) == 0 && doubleAt(spreads, cell) != INVALID_SCORE;
    if (isScored) {
      setDouble(totals, cell, doubleAt(totals, cell) + weight * normalized(doubleAt(spreads, cell), smallest, largest));
    }
    if (++group == groups) group = 0;
  }
}

@inline
function constraintScore(index: usize, item: usize, c: i32, area: usize, group: i32): f64 {
  const domain = domainOf(index, group, get(item, 4));
  if (domain == 0) return 0;
  const component = get(item, 12);
  const pods = component >= 0 ? keyAt(area, component) : counterSum(pointer(item, 8), domain);
  return <f64>pods * doubleAt(weights, c) + (field(pointer(item, 0), SPREAD_MAX_SKEW) - 1);
}

/** The weight of each soft constraint: by how many domains, or nodes, the feasible nodes lie in. */
function weighConstraints(index: usize, groups: i32): void {
  const traits = pointer(index, INDEX_TRAITS);
  let candidates = 0;
  for (let i = 0, cell = 0; i < layerCount; i++) {
    for (let group = 0; group < groups; group++, cell++) {
      if (cellsTop(cell) != 0 && (flagsOf(group) & IGNORED) == 0) candidates += cellCount(cellsLayer(i), group);
    }
  }
  for (let c = 0, n = traitCount(traits, TRAIT_SOFT); c < n; c++) {
    const item = trait(traits, TRAIT_SOFT, c);
    const size = get(item, 12) >= 0 ? candidates : countDomains(index, item, groups);
    setDouble(weights, c, goLog(<f64>(size + 2)));
  }
}

function countDomains(index: usize, item: usize, groups: i32): i32 {
  stamp++;
  if (stamp == 0) {
    memory.fill(stamps, 0, (<usize>stampsSize) << 2);
    stamp = 1;
  }
  const empty = <i32>field(pointer(item, 0), SPREAD_EMPTY_VALUE);
  let domains = 0;
  for (let group = 0; group < groups; group++) {
    if ((flagsOf(group) & IGNORED) != 0 || !isGroupLive(group, groups)) continue;
    const domain = domainOf(index, group, get(item, 4));
    const at = stamps + ((<usize>(domain == 0 ? empty : domain)) << 2);
    domains += <i32>(load<u32>(at) != stamp);
    store<u32>(at, stamp);
  }
  return domains;
}

/** InterPodAffinity's score. */
function addAffinity(index: usize, groups: i32): void {
  const traits = pointer(index, INDEX_TRAITS);
  const component = get(index, INDEX_SCORING);
  const n = traitCount(traits, TRAIT_SCORED);
  if (n == 0 && component < 0) return;
  let smallest: f64 = Infinity;
  let largest: f64 = -Infinity;
  for (let group = 0; group < groups; group++) setDouble(bases, group, domainsScore(index, traits, n, group));
  for (let i = 0, cell = 0; i < layerCount; i++) {
    const onNode: f64 = component < 0 ? 0 : <f64>keyAt(cellsLayer(i), component);
    for (let group = 0; group < groups; group++, cell++) {
      if (cellsTop(cell) == 0) continue;
      const score = doubleAt(bases, group) + onNode;
      setDouble(affinities, cell, score);
      smallest = min(smallest, score);
      largest = max(largest, score);
    }
  }
  const weight = load<f64>(index, INDEX_WEIGHT_AFFINITY);
  if (largest <= smallest) return;
  for (let cell = 0, end = layerCount * groups; cell < end; cell++) {
    if (cellsTop(cell) == 0) continue;
    const score = affinityNormalized(doubleAt(affinities, cell), smallest, largest);
    setDouble(totals, cell, doubleAt(totals, cell) + weight * score);
  }
}

function domainsScore(index: usize, traits: usize, n: i32, group: i32): f64 {
  let score: f64 = 0;
  for (let i = 0; i < n; i++) {
    const item = trait(traits, TRAIT_SCORED, i);
    const domain = domainOf(index, group, get(item, 0));
    if (domain != 0) score += <f64>(get(item, 8) * counterSum(pointer(item, 4), domain));
  }
  return score;
}
