// The arithmetic of NodeResourcesBalancedAllocation over two resources, shared by the plugin and by the node table, which
// keeps the half of the score that no pod changes.

@inline
export function fractionOf(requested: f64, allocatable: f64): f64 {
  const fraction = requested / allocatable;
  return fraction > 1 ? 1 : fraction;
}

/** trunc((1 - std) * 100) over two fractions. */
@inline
export function balanceOfTwo(first: f64, second: f64): f64 {
  return floor((1 - abs((first - second) / 2)) * 100);
}

/** The same from amounts; where one of the resources is missing there is no deviation. */
@inline
export function balanceOf(cpu: f64, cpuAllocatable: f64, memoryBytes: f64, memoryAllocatable: f64): f64 {
  if (cpuAllocatable == 0 || memoryAllocatable == 0) return 100;
  return balanceOfTwo(fractionOf(cpu, cpuAllocatable), fractionOf(memoryBytes, memoryAllocatable));
}
