// Bodies: the bytes and layers of an index, which are the same for all indexes of one class that close single nodes, count on
// them and tell them apart alike, whichever pods they mean in wider domains. These share one, so it is made and follows the
// nodes once for all of them.

import { arenaAlloc, arenaFree } from "../arena";
import { journalHead } from "../journal";
import { specsEpoch } from "../specs";
import { rebuild } from "./catch-up";
import {
  get,
  INDEX_BODY,
  INDEX_BODY_FIELDS,
  INDEX_CLASS,
  INDEX_CLOSED,
  INDEX_COMPONENTS,
  INDEX_EPOCH,
  INDEX_GROUP_TABLE,
  INDEX_HASH,
  INDEX_HOLDERS,
  INDEX_IS_LOST,
  INDEX_LAYER_AT,
  INDEX_LAYER_HINTS,
  INDEX_LAYERS,
  INDEX_NEXT,
  INDEX_SEEN,
  INDEX_SIZE,
  INDEX_STANDING,
  INDEX_TRAITS,
  pointer,
  set,
} from "./fields";
import { groupsBuild } from "./groups";
import { layersBuild, layersFree } from "./layers";
import { localBuild } from "./local";
import { standingRelease } from "./standing";
import { areSameOnNodes, hashOnNodes, traitsOnNodes } from "./traits";

const BUCKETS: u32 = 1024;
/** The first body of each, by hash. */
const heads: usize = memory.data(4 * 1024, 16);

/** Gives an index its body. False when there can be none, or memory is used up. */
export function bodyHold(index: usize): bool {
  const hash = hashOf(index);
  let body = load<usize>(headOf(hash));
  while (body != 0 && !isBodyOf(body, index, hash)) body = pointer(body, INDEX_NEXT);
  if (body == 0) body = made(index, hash);
  if (body == 0) return false;
  set(body, INDEX_HOLDERS, get(body, INDEX_HOLDERS) + 1);
  set(index, INDEX_BODY, <i32>body);
  // What stays as it is for as long as the body is there lies in the index, too.
  memory.copy(index + INDEX_BODY_FIELDS, body + INDEX_BODY_FIELDS, INDEX_SIZE - INDEX_BODY_FIELDS);
  return true;
}

export function bodyRelease(body: usize): void {
  const holders = get(body, INDEX_HOLDERS) - 1;
  set(body, INDEX_HOLDERS, holders);
  if (holders > 0) return;
  const head = headOf(get(body, INDEX_HASH));
  if (load<usize>(head) == body) store<usize>(head, pointer(body, INDEX_NEXT));
  else {
    let before = load<usize>(head);
    while (pointer(before, INDEX_NEXT) != body) before = pointer(before, INDEX_NEXT);
    set(before, INDEX_NEXT, get(body, INDEX_NEXT));
  }
  free(body);
}

@inline
function headOf(hash: i32): usize {
  return heads + ((<usize>(<u32>hash % BUCKETS)) << 2);
}

function hashOf(index: usize): i32 {
  return hashOnNodes(pointer(index, INDEX_TRAITS), get(index, INDEX_CLASS));
}

function isBodyOf(body: usize, index: usize, hash: i32): bool {
  return (
    get(body, INDEX_HASH) == hash && get(body, INDEX_CLASS) == get(index, INDEX_CLASS) &&
    get(body, INDEX_EPOCH) == specsEpoch() && get(body, INDEX_IS_LOST) == 0 &&
    areSameOnNodes(pointer(body, INDEX_TRAITS), pointer(index, INDEX_TRAITS))
  );
}

/** A new body, caught up, or 0. */
function made(index: usize, hash: i32): usize {
  const body = arenaAlloc(INDEX_SIZE);
  if (body == 0) return 0;
  const traits = pointer(index, INDEX_TRAITS);
  set(body, INDEX_CLASS, get(index, INDEX_CLASS));
  set(body, INDEX_COMPONENTS, get(index, INDEX_COMPONENTS));
  set(body, INDEX_EPOCH, specsEpoch());
  set(body, INDEX_HASH, hash);
  if (traits != 0) set(body, INDEX_TRAITS, <i32>traitsOnNodes(traits));
  const isRoom = traits == 0 || get(body, INDEX_TRAITS) != 0;
  if (isRoom && localBuild(body) && groupsBuild(body) && layersBuild(body)) {
    store<u64>(body, journalHead(), INDEX_SEEN);
    rebuild(body);
    if (get(body, INDEX_IS_LOST) == 0) {
      const head = headOf(hash);
      set(body, INDEX_NEXT, load<i32>(head));
      store<usize>(head, body);
      return body;
    }
  }
  free(body);
  return 0;
}

function free(body: usize): void {
  layersFree(body);
  const standing = pointer(body, INDEX_STANDING);
  if (standing != 0) standingRelease(standing);
  else arenaFree(pointer(body, INDEX_GROUP_TABLE));
  arenaFree(pointer(body, INDEX_TRAITS));
  arenaFree(pointer(body, INDEX_CLOSED));
  arenaFree(pointer(body, INDEX_LAYERS));
  arenaFree(pointer(body, INDEX_LAYER_AT));
  arenaFree(pointer(body, INDEX_LAYER_HINTS));
  arenaFree(body);
}
