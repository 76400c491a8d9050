/** Amounts by resource name: milli for cpu, base units for the rest, `pods` a count. */
export type Quantities = Readonly<Record<string, number>>;
