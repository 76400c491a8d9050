// Blocks are arrays of f64, one a field; layout.ts says which field is where.

@inline
export function field(block: usize, index: i32): f64 {
  return load<f64>(block + ((<usize>index) << 3));
}

@inline
export function setField(block: usize, index: i32, value: f64): void {
  store<f64>(block + ((<usize>index) << 3), value);
}
