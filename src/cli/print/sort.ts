/** `--sort NAME` and `--sort -NAME`: by one column, ascending or descending. */

/** A column that rows can be sorted by. */
export interface SortColumn<Row> {
  readonly name: string;
  readonly value: (row: Row) => string | number;
}

const NATURAL = new Intl.Collator("en", { numeric: true });

/**
 * The rows in another order; equal ones keep theirs. Numbers by size, words in natural order: server-2 before server-10.
 *
 * @returns undefined where no column has the name; then `columns` are the choice.
 */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly SortColumn<Row>[],
  by: string,
): Row[] | undefined {
  const isDescending = by.startsWith("-");
  const name = by.slice(isDescending ? 1 : 0).toLowerCase();
  const column = columns.find((one) => one.name.toLowerCase() === name);
  if (column === undefined) return undefined;
  const sign = isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: column.value(row) }))
    .sort((a, b) => sign * compare(a.value, b.value))
    .map(({ row }) => row);
}

function compare(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : NATURAL.compare(String(a), String(b));
}
