/** The order in which resources are told of. */

const FIRST_NAMES: readonly string[] = ["cpu", "memory", "ephemeral-storage", "pods"];

/** cpu, memory, ephemeral-storage and pods first, then by name, so that equal answers are equal byte for byte. */
export function inOrder<T>(byName: Readonly<Record<string, T>>): Record<string, T> {
  const rank = (name: string): number =>
    (FIRST_NAMES.indexOf(name) + FIRST_NAMES.length + 1) % (FIRST_NAMES.length + 1);
  const names = Object.keys(byName).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, byName[name]!]));
}
