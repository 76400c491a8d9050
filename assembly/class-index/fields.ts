// What a class index is made of. It answers for one class (a class block, and what its pods have to do with others) which
// node is best, from what changed since it was last asked.
//
//   places     the nodes in an order of the index's own: by group, in a group by slot; each group begins a new block of 64
//   group      nodes that differ only in what placements move node by node: equal raw scores of taints, affinity and images,
//              equal values of the topology keys that reach over several nodes
//   layer      nodes with equal counts of the pods that the class looks for on single nodes; one maximum tree a layer
//   cell       a group in a layer: its nodes differ in the byte alone
//   byte       0 = infeasible, else 1 + the weighted scores of NodeResourcesFit and NodeResourcesBalancedAllocation
//
//   layer area   [ key 4 x i32 | nodes | counts by group i32 | tops by block u8 | marks by block u8 | tops by group u8 |
//                  bytes by place u8 ]                  a marked block is one whose top is older than its bytes

/** Fields of an index, in bytes; i32 or pointers unless another type is named. */
export const INDEX_CLASS: usize = 0;
/** Lists of traits, 0 = the class has nothing to do with other pods. */
export const INDEX_TRAITS: usize = 4;
/** What it keeps of the nodes, shared with other indexes: an area of the same fields, but for those from here to its own. */
export const INDEX_BODY: usize = 8;
/** Beyond what an index can tell apart: it must not be asked again. Of a body: nor any index that has it. */
export const INDEX_IS_LOST: usize = 12;
/** f64 */
export const INDEX_WEIGHT_SPREAD: usize = 16;
export const INDEX_WEIGHT_AFFINITY: usize = 24;
export const INDEX_REQUIRES_ALL: usize = 32;
export const INDEX_IS_SELF: usize = 36;
/** Whether there is one group in one layer, with nothing to add up but a constant. */
export const INDEX_IS_PLAIN: usize = 40;
/** The component of keys that scores in InterPodAffinity, or -1. */
export const INDEX_SCORING: usize = 44;
/** The nodes that are open to the class (narrow.ts), and then there is no body; 0 = it is an index of all nodes. */
export const INDEX_NARROW: usize = 48;
/** Of a body alone. u64: where the journal is read on. */
export const INDEX_SEEN: usize = 56;
/** How many indexes have it, of which specs of nodes it was made, what it is found by, and the next one in that list. */
export const INDEX_HOLDERS: usize = 64;
export const INDEX_EPOCH: usize = 68;
export const INDEX_HASH: usize = 72;
export const INDEX_NEXT: usize = 76;
/** Layers beyond this number have no area. */
export const INDEX_LAYER_END: usize = 80;
/** From here on an index has what its body has. */
export const INDEX_BODY_FIELDS: usize = 84;
export const INDEX_PLACES: usize = 84;
export const INDEX_GROUPS: usize = 88;
/** u32 by slot, and slots by place; 0 = places are slots. */
export const INDEX_PLACE_OF: usize = 92;
export const INDEX_SLOT_AT: usize = 96;
/** GROUP_BYTES a group. */
export const INDEX_GROUP_TABLE: usize = 100;
/** u16 by block. */
export const INDEX_BLOCK_GROUP: usize = 104;
/** u32 by block: where its top stands in the tops of a layer; 0 = at its own number. */
export const INDEX_BLOCK_TOP: usize = 108;
/** What the fields about places and groups are taken from, shared; 0 = there is one group, and its table is the body's own. */
export const INDEX_STANDING: usize = 112;
/** u8 by place: the layer of a node; 0 = there is one layer. */
export const INDEX_LAYER_AT: usize = 116;
/** u32 by layer: its area, 0 = none. */
export const INDEX_LAYERS: usize = 120;
/** u8 by hash of a key: where its layer was last. */
export const INDEX_LAYER_HINTS: usize = 124;
export const INDEX_COMPONENTS: usize = 128;
/** Where the parts of a layer area begin, and how long it is. */
export const INDEX_TOPS_AT: usize = 132;
export const INDEX_MARKS_AT: usize = 136;
export const INDEX_GROUP_TOPS_AT: usize = 140;
export const INDEX_BYTES_AT: usize = 144;
export const INDEX_LAYER_BYTES: usize = 148;
/** Whether other things than cpu, memory and pods can close a node. */
export const INDEX_IS_CLOSING: usize = 152;
/** u8 by slot, not 0 = other pods or a label that it lacks close the node; 0 = nothing of the kind can. */
export const INDEX_CLOSED: usize = 156;
export const INDEX_SIZE: usize = 160;

export const GROUP_BYTES: usize = 16;
/** First block of the group, its blocks, where its tops begin, its first slot. */
export const GROUP_BLOCK: usize = 0;
export const GROUP_BLOCKS: usize = 4;
export const GROUP_TOP: usize = 8;
export const GROUP_SLOT: usize = 12;

export const LAYER_NODES: usize = 16;
export const LAYER_COUNTS: usize = 32;

export const MAX_GROUPS: i32 = 1024;
export const MAX_LAYERS: i32 = 255;
export const MAX_CELLS: i32 = 8192;
export const MAX_COMPONENTS: i32 = 4;
/** A node that is in no layer, for it is infeasible. */
export const NO_LAYER: i32 = 255;
/** The largest sum of scores that a byte holds beside its 1. */
export const MAX_LOCAL: f64 = 254;

@inline
export function get(at: usize, field: usize): i32 {
  return load<i32>(at + field);
}

@inline
export function set(at: usize, field: usize, value: i32): void {
  store<i32>(at + field, value);
}

@inline
export function pointer(at: usize, field: usize): usize {
  return load<usize>(at + field);
}

@inline
export function groupAt(index: usize, group: i32): usize {
  return pointer(index, INDEX_GROUP_TABLE) + (<usize>group) * GROUP_BYTES;
}

@inline
export function layerAt(index: usize, layer: i32): usize {
  return load<usize>(pointer(index, INDEX_LAYERS) + ((<usize>layer) << 2));
}

@inline
export function placeOf(index: usize, slot: i32): i32 {
  const places = pointer(index, INDEX_PLACE_OF);
  return places == 0 ? slot : load<i32>(places + ((<usize>slot) << 2));
}

@inline
export function slotAt(index: usize, place: i32): i32 {
  const slots = pointer(index, INDEX_SLOT_AT);
  return slots == 0 ? place : load<i32>(slots + ((<usize>place) << 2));
}

@inline
export function groupOf(index: usize, place: i32): i32 {
  const groups = pointer(index, INDEX_BLOCK_GROUP);
  return groups == 0 ? 0 : load<u16>(groups + ((<usize>(place >> 6)) << 1));
}

/** Where the top of a place's block stands in the tops of a layer. */
@inline
export function topOffset(index: usize, place: i32): usize {
  const tops = pointer(index, INDEX_BLOCK_TOP);
  return tops == 0 ? <usize>(place >> 6) : <usize>load<u32>(tops + ((<usize>(place >> 6)) << 2));
}
