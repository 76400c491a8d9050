// Which slots the running cycle judges: all of them, or one when a single node is asked about. Sums over domains always
// run over all nodes.

let first: i32 = 0;
let end: i32 = 0;

export function setRange(from: i32, to: i32): void {
  first = from;
  end = to;
}

@inline
export function rangeFrom(): i32 {
  return first;
}

@inline
export function rangeTo(): i32 {
  return end;
}
