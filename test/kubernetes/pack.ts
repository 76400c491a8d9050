/** Answers without what follows from the rest of them, for keeping; {@link unpack} puts it back. */

import type { OracleAnswer, OracleNode, OracleStatus, OracleWorldAnswer } from "./oracle.js";

type Score = NonNullable<OracleAnswer["scores"]>[number];

/** `filters` that hold nothing but what `first` says are left out, and so are sums and products of scores. */
type PackedAnswer = Omit<OracleAnswer, "scores" | "totals" | "best" | "feasible"> & {
  readonly scores?: readonly Omit<Score, "weighted">[];
};

export interface PackedWorldAnswer extends Omit<OracleWorldAnswer, "results"> {
  readonly results?: readonly PackedAnswer[];
}

/** @throws Error when {@link unpack} would not give the answer back */
export function pack(answer: OracleWorldAnswer): PackedWorldAnswer {
  const { results, ...rest } = answer;
  const packed = results === undefined ? rest : { ...rest, results: results.map(packResult) };
  if (sorted(unpack(packed)) !== sorted(answer))
    throw new Error(`cannot be packed: ${JSON.stringify(answer).slice(0, 2000)}`);
  return packed;
}

export function unpack({ results, ...rest }: PackedWorldAnswer): OracleWorldAnswer {
  return results === undefined ? rest : { ...rest, results: results.map(unpackResult) };
}

function packResult({ scores, totals, best, feasible, nodes, ...rest }: OracleAnswer): PackedAnswer {
  return {
    ...rest,
    ...(nodes && { nodes: nodes.map(packNode) }),
    ...(scores && { scores: scores.map(({ weighted, ...score }) => score) }),
  };
}

function unpackResult({ scores, nodes, ...rest }: PackedAnswer): OracleAnswer {
  const unpacked = nodes?.map(unpackNode);
  const feasible = unpacked?.filter(({ ok }) => ok).map(({ name }) => name) ?? [];
  const weighed = scores?.map((score) => ({ ...score, weighted: score.norm.map((norm) => norm * score.weight) }));
  // With no plugin that scores, every total is 0; where scoring failed there are none.
  const isScored = feasible.length > 0 && rest.scoreError === undefined;
  const totals = feasible.map((_, index) => (weighed ?? []).reduce((sum, { weighted }) => sum + weighted[index]!, 0));
  const most = Math.max(...totals);
  return {
    ...rest,
    ...(unpacked && { nodes: unpacked }),
    ...(feasible.length > 0 && { feasible }),
    ...(weighed && { scores: weighed }),
    ...(isScored && { totals, best: feasible.filter((_, index) => totals[index] === most) }),
  };
}

function packNode({ filters = {}, ...node }: OracleNode): OracleNode {
  return sorted(filters) === sorted(filtersOf(node) ?? {}) ? node : { ...node, filters };
}

function unpackNode({ filters: kept, ...node }: OracleNode): OracleNode {
  const filters = kept ?? filtersOf(node) ?? {};
  return Object.keys(filters).length === 0 ? node : { ...node, filters };
}

/** What `filters` holds when the plugin that the framework reports is the only one that fails. */
function filtersOf({ first, excluded }: OracleNode): Record<string, OracleStatus> | undefined {
  if (first?.plugin === undefined || excluded === true) return undefined;
  const { plugin, ...status } = first;
  return { [plugin]: status };
}

/** JSON text that does not depend on the order of keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
