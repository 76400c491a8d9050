// The node table: slots and columns. See layout.ts for the drawing.

import { arenaAlloc, arenaFree } from "./arena";
import { balanceOf } from "./balance";
import { journalForget, journalGrow, journalNote, journalNoteGone } from "./journal";
import {
  COLUMN_BALANCE,
  COLUMN_CPU_ALLOCATABLE,
  COLUMN_CPU_NONZERO,
  COLUMN_CPU_REQUESTED,
  COLUMN_DETAIL,
  COLUMN_LACKING_HIGH,
  COLUMN_LACKING_LOW,
  COLUMN_MEMORY_ALLOCATABLE,
  COLUMN_MEMORY_NONZERO,
  COLUMN_MEMORY_REQUESTED,
  COLUMN_ROOM,
  COLUMN_STATE,
  COLUMN_UNRESOLVABLE,
  COLUMN_VERDICT,
  FIXED_COLUMNS,
  FIXED_RESOURCES,
  HOT_COLUMNS,
  MAX_EXACT_QUOTIENT,
  MAX_RESOURCES,
  POD_CPU,
  POD_EXTRA_COUNT,
  POD_EXTRAS,
  POD_MEMORY,
  POD_NONZERO_CPU,
  POD_NONZERO_MEMORY,
  RESOURCE_CPU,
  RESOURCE_MEMORY,
  RESOURCE_PODS,
  STATE_FREE,
  STATE_IRREGULAR,
  STATE_REGULAR,
  TILE_SHIFT,
} from "./layout";
import { rowClose, rowSet, rowsGrow } from "./rows";
import { specsChanged } from "./specs";
import { STATUS_NO_MEMORY } from "./status";

/** Slots in whole vectors and whole mask words: every column has this many elements. */
const CAPACITY_STEP: i32 = 128;

/** The tiles of the hot fields; see layout.ts. */
let tiles: usize = 0;

/** Registry of columns: pointer (0 = free id) and log2 of the element size, 8 bytes an entry. */
let registry: usize = 0;
let registryCapacity: i32 = 0;
let registryCount: i32 = 0;

/** Columns of each resource: allocatable at [2 * id], requested at [2 * id + 1]. */
const resourceColumns: usize = memory.data(4 * 2 * 64, 16);
let resourceCount: i32 = 0;

let capacity: i32 = 0;
let count: i32 = 0;
let irregularCount: i32 = 0;
let freedCount: u32 = 0;

export function nodesCapacity(): i32 {
  return capacity;
}

/** Slots given out so far, holes included. */
export function nodesCount(): i32 {
  return count;
}

export function nodesIrregular(): i32 {
  return irregularCount;
}

/** Where the tiles lie now. Valid until the next growth. */
@inline
export function tilesPtr(): usize {
  return tiles;
}

/** Where a hot field of a node lies. */
@inline
export function hotAddress(field: i32, slot: i32): usize {
  return tiles + ((<usize>(slot >> 1)) << TILE_SHIFT) + ((<usize>field) << 4) + ((<usize>(slot & 1)) << 3);
}

/** Where a column lies now; not for hot fields. Valid until the next growth. */
@inline
export function columnPtr(id: i32): usize {
  return load<usize>(registry + ((<usize>id) << 3));
}

@inline
function addressOf(column: i32, slot: i32): usize {
  return column < HOT_COLUMNS ? hotAddress(column, slot) : columnPtr(column) + ((<usize>slot) << 3);
}

/** One element of a hot field or of an f64 column. */
@inline
export function f64At(column: i32, slot: i32): f64 {
  return load<f64>(addressOf(column, slot));
}

@inline
export function setF64(column: i32, slot: i32, value: f64): void {
  store<f64>(addressOf(column, slot), value);
}

@inline
export function stateAt(slot: i32): i32 {
  return load<u8>(columnPtr(COLUMN_STATE) + <usize>slot);
}

@inline
export function allocatableColumn(resource: i32): i32 {
  return load<i32>(resourceColumns + ((<usize>resource) << 3));
}

@inline
export function requestedColumn(resource: i32): i32 {
  return load<i32>(resourceColumns + ((<usize>resource) << 3), 4);
}

/** A new column of zeros, elements of 1 << shift bytes. Its id, or a status. */
export function columnAdd(shift: i32): i32 {
  let id = FIXED_COLUMNS;
  while (id < registryCount && columnPtr(id) != 0) id++;
  return columnInstall(id, shift);
}

function columnInstall(id: i32, shift: i32): i32 {
  if (id >= registryCapacity && !registryGrow()) return STATUS_NO_MEMORY;
  const area = arenaAlloc((<usize>capacity) << shift);
  if (area == 0) return STATUS_NO_MEMORY;
  const entry = registry + ((<usize>id) << 3);
  store<usize>(entry, area);
  store<i32>(entry, shift, 4);
  if (id >= registryCount) registryCount = id + 1;
  return id;
}

function registryGrow(): bool {
  const grown = registryCapacity == 0 ? 256 : registryCapacity * 2;
  const area = arenaAlloc((<usize>grown) << 3);
  if (area == 0) return false;
  memory.copy(area, registry, (<usize>registryCount) << 3);
  arenaFree(registry);
  registry = area;
  registryCapacity = grown;
  return true;
}

export function columnFree(id: i32): void {
  freedCount++;
  arenaFree(columnPtr(id));
  store<usize>(registry + ((<usize>id) << 3), 0);
}

/** How many columns were freed so far: while it stays, an id means the same column. */
@inline
export function columnsFreed(): u32 {
  return freedCount;
}

/** Sets up the fixed columns and resources; called once, first. */
export function nodesInit(): i32 {
  capacity = CAPACITY_STEP;
  tiles = arenaAlloc((<usize>capacity) << 6);
  if (tiles == 0 || !rowsGrow(0, capacity) || !journalGrow(capacity)) return STATUS_NO_MEMORY;
  for (let id = HOT_COLUMNS; id < FIXED_COLUMNS; id++) {
    let shift = 3;
    if (isByteColumn(id)) shift = 0;
    if (id == COLUMN_LACKING_LOW || id == COLUMN_LACKING_HIGH) shift = 2;
    if (columnInstall(id, shift) < 0) return STATUS_NO_MEMORY;
  }
  closeRows(0);
  resourceInstall(RESOURCE_CPU, COLUMN_CPU_ALLOCATABLE, COLUMN_CPU_REQUESTED);
  resourceInstall(RESOURCE_MEMORY, COLUMN_MEMORY_ALLOCATABLE, COLUMN_MEMORY_REQUESTED);
  for (let id = RESOURCE_MEMORY + 1; id < FIXED_RESOURCES; id++) {
    if (resourceAdd() < 0) return STATUS_NO_MEMORY;
  }
  return 0;
}

function isByteColumn(id: i32): bool {
  return id == COLUMN_STATE || id == COLUMN_VERDICT || id == COLUMN_UNRESOLVABLE || id == COLUMN_DETAIL;
}

function resourceInstall(id: i32, allocatable: i32, requested: i32): void {
  const entry = resourceColumns + ((<usize>id) << 3);
  store<i32>(entry, allocatable);
  store<i32>(entry, requested, 4);
  resourceCount = id + 1;
}

/** Columns for one more resource name. Its id, or a status; the caller keeps to MAX_RESOURCES. */
export function resourceAdd(): i32 {
  if (resourceCount == MAX_RESOURCES) return STATUS_NO_MEMORY;
  const allocatable = columnAdd(3);
  if (allocatable < 0) return allocatable;
  const requested = columnAdd(3);
  if (requested < 0) return requested;
  resourceInstall(resourceCount, allocatable, requested);
  return resourceCount - 1;
}

/** Slots that hold no node must never look feasible to a kernel. In tiles they are zeros: no room. */
function closeRows(from: i32): void {
  for (let slot = from; slot < capacity; slot++) rowClose(slot);
}

/** A slot behind all others for one more node. Its number, or a status. */
export function nodesAdd(): i32 {
  if (count == capacity && !grow(capacity * 2)) return STATUS_NO_MEMORY;
  return count++;
}

/**
 * Makes room for `wanted` slots at once. Growing step by step leaves areas behind that were written to, as many bytes in all as
 * the last ones have; a column that nobody writes to then takes no memory either. 0, or a status.
 */
export function nodesReserve(wanted: i32): i32 {
  let grown = capacity;
  while (grown < wanted) grown *= 2;
  return grown == capacity || grow(grown) ? 0 : STATUS_NO_MEMORY;
}

/** `grown` is a power of two. */
function grow(grown: i32): bool {
  const before = capacity;
  const area = arenaAlloc((<usize>grown) << 6);
  if (area == 0) return false;
  memory.copy(area, tiles, (<usize>before) << 6);
  arenaFree(tiles);
  tiles = area;
  if (!rowsGrow(before, grown) || !journalGrow(grown) || !growColumns(before, grown)) return false;
  capacity = grown;
  closeRows(before);
  return true;
}

function growColumns(before: i32, grown: i32): bool {
  for (let id = 0; id < registryCount; id++) {
    const old = columnPtr(id);
    if (old == 0) continue;
    const entry = registry + ((<usize>id) << 3);
    const shift = load<i32>(entry, 4);
    const area = arenaAlloc((<usize>grown) << shift);
    if (area == 0) return false;
    memory.copy(area, old, (<usize>before) << shift);
    arenaFree(old);
    store<usize>(entry, area);
  }
  return true;
}

/** Takes a node out; its slot stays empty until nodesCompact. What its pods requested is forgotten with it. */
export function nodesRemove(slot: i32): void {
  specsChanged();
  journalNoteGone(slot);
  if (stateAt(slot) == STATE_IRREGULAR) irregularCount--;
  for (let field = 0; field < HOT_COLUMNS; field++) setF64(field, slot, 0);
  for (let id = HOT_COLUMNS; id < registryCount; id++) clearElement(id, slot);
  rowClose(slot);
}

function clearElement(id: i32, slot: i32): void {
  const area = columnPtr(id);
  if (area == 0) return;
  const shift = load<i32>(registry + ((<usize>id) << 3), 4);
  memory.fill(area + ((<usize>slot) << shift), 0, (<usize>1) << shift);
}

/** Squeezes out the holes, keeping the order. Returns the new count; slot i moves to the i-th place of what is left. */
export function nodesCompact(): i32 {
  specsChanged();
  const states = columnPtr(COLUMN_STATE);
  compactTiles(states);
  for (let id = HOT_COLUMNS; id < registryCount; id++) {
    if (id != COLUMN_STATE && columnPtr(id) != 0) compactColumn(id, states);
  }
  count = compactColumn(COLUMN_STATE, states);
  for (let slot = 0; slot < count; slot++) refreshPlaced(slot, stateAt(slot));
  closeRows(count);
  journalForget();
  return count;
}

function compactTiles(states: usize): void {
  let kept = 0;
  for (let slot = 0; slot < count; slot++) {
    if (load<u8>(states + <usize>slot) == STATE_FREE) continue;
    for (let field = 0; field < HOT_COLUMNS; field++) setF64(field, kept, f64At(field, slot));
    kept++;
  }
  for (let slot = kept; slot < count; slot++) {
    for (let field = 0; field < HOT_COLUMNS; field++) setF64(field, slot, 0);
  }
}

function compactColumn(id: i32, states: usize): i32 {
  const area = columnPtr(id);
  const shift = load<i32>(registry + ((<usize>id) << 3), 4);
  const size = (<usize>1) << shift;
  let kept = 0;
  for (let slot = 0; slot < count; slot++) {
    if (load<u8>(states + <usize>slot) == STATE_FREE) continue;
    if (kept != slot) memory.copy(area + ((<usize>kept) << shift), area + ((<usize>slot) << shift), size);
    kept++;
  }
  memory.fill(area + ((<usize>kept) << shift), 0, (<usize>(count - kept)) << shift);
  return kept;
}

/** Recomputes what follows from a slot's allocatable and requested: room, balance, and whether vectors may take it. */
export function nodesRefresh(slot: i32): void {
  specsChanged();
  journalNote(slot);
  const cpu = f64At(COLUMN_CPU_ALLOCATABLE, slot);
  const memoryBytes = f64At(COLUMN_MEMORY_ALLOCATABLE, slot);
  const regular =
    cpu > 0 && memoryBytes > 0 && cpu <= MAX_EXACT_QUOTIENT && memoryBytes <= MAX_EXACT_QUOTIENT;
  const state = regular ? STATE_REGULAR : STATE_IRREGULAR;
  const before = stateAt(slot);
  irregularCount += <i32>(state == STATE_IRREGULAR) - <i32>(before == STATE_IRREGULAR);
  store<u8>(columnPtr(COLUMN_STATE) + <usize>slot, <u8>state);
  refreshPlaced(slot, state);
}

/** The part of nodesRefresh that one placement changes. */
function refreshPlaced(slot: i32, state: i32): void {
  placed(slot, state);
}

/** In the place of the caller, as {@link addRequests}: one pod's placement is some 30 sums, and calls take as long. */
@inline
function placed(slot: i32, state: i32): void {
  const at = hotAddress(0, slot);
  const cpu = load<f64>(at, COLUMN_CPU_ALLOCATABLE << 4);
  const memoryBytes = load<f64>(at, COLUMN_MEMORY_ALLOCATABLE << 4);
  if (cpu == 0 || memoryBytes == 0) {
    // Vectors leave it out. A tile that nobody writes to takes no memory, as those of a million nodes without resources.
    if (load<f64>(at, COLUMN_ROOM << 4) != 0) store<f64>(at, 0, COLUMN_ROOM << 4);
    rowClose(slot);
    return;
  }
  const cpuRequested = load<f64>(at, COLUMN_CPU_REQUESTED << 4);
  const memoryRequested = load<f64>(at, COLUMN_MEMORY_REQUESTED << 4);
  const room = f64At(allocatableColumn(RESOURCE_PODS), slot) - f64At(requestedColumn(RESOURCE_PODS), slot);
  const balance = balanceOf(cpuRequested, cpu, memoryRequested, memoryBytes);
  store<f64>(at, state == STATE_REGULAR ? room : 0, COLUMN_ROOM << 4);
  store<f64>(at, balance, COLUMN_BALANCE << 4);
  if (state != STATE_REGULAR || room < 1) {
    rowClose(slot);
    return;
  }
  const cpuNonzero = load<f64>(at, COLUMN_CPU_NONZERO << 4);
  const memoryNonzero = load<f64>(at, COLUMN_MEMORY_NONZERO << 4);
  rowSet(slot, cpu, cpuRequested, cpuNonzero, memoryBytes, memoryRequested, memoryNonzero, balance);
}

@inline
function addTo(column: i32, slot: i32, value: f64): void {
  const at = addressOf(column, slot);
  store<f64>(at, load<f64>(at) + value);
}

/** Adds to a hot field of the node whose hot fields begin at `at`. */
@inline
function addHot(at: usize, field: usize, value: f64): void {
  const address = at + (field << 4);
  store<f64>(address, load<f64>(address) + value);
}

@inline
function podField(pod: usize, field: i32): f64 {
  return load<f64>(pod + ((<usize>field) << 3));
}

/** Adds (sign 1) or takes away (sign -1) a pod's occupancy block. */
export function nodesOccupy(slot: i32, pod: usize, sign: f64): void {
  addRequests(slot, pod, sign);
  placed(slot, stateAt(slot));
  journalNote(slot);
}

/** The same for a what-if that is over before anybody else looks: what depends on the sums stays as it is. */
export function requestAdd(slot: i32, pod: usize, sign: f64): void {
  addRequests(slot, pod, sign);
}

@inline
function addRequests(slot: i32, pod: usize, sign: f64): void {
  const at = hotAddress(0, slot);
  addHot(at, COLUMN_CPU_REQUESTED, sign * podField(pod, POD_CPU));
  addHot(at, COLUMN_MEMORY_REQUESTED, sign * podField(pod, POD_MEMORY));
  addHot(at, COLUMN_CPU_NONZERO, sign * podField(pod, POD_NONZERO_CPU));
  addHot(at, COLUMN_MEMORY_NONZERO, sign * podField(pod, POD_NONZERO_MEMORY));
  addTo(requestedColumn(RESOURCE_PODS), slot, sign);
  const extras = <i32>podField(pod, POD_EXTRA_COUNT);
  for (let i = 0; i < extras; i++) {
    const at = POD_EXTRAS + 2 * i;
    addTo(requestedColumn(<i32>podField(pod, at)), slot, sign * podField(pod, at + 1));
  }
}
