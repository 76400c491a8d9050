/** One thing in which a side and the real scheduler differ, and the words for it. */

export interface Difference {
  /** `namespace/name`, or what else it is about. */
  readonly pod: string;
  readonly what: string;
  /** Whose business it is; empty when it is nobody's in particular. */
  readonly plugins: readonly string[];
  readonly real: string;
  readonly ours: string;
}

/** One difference, or none when both texts are the same. */
export function differ(
  what: string,
  real: string | undefined,
  ours: string | undefined,
  plugins: readonly string[] = [],
): Difference[] {
  if (real === ours) return [];
  const named = plugins.flatMap((plugin) => (plugin === "" ? [] : [plugin]));
  return [{ pod: "", what, plugins: [...new Set(named)], real: real ?? "nothing", ours: ours ?? "nothing" }];
}

export function describe({ pod, what, real, ours }: Difference): string {
  return `${pod}: ${what}: kube-scheduler has ${real}, we have ${ours}`;
}

export function say(list: readonly string[] | undefined): string | undefined {
  return list?.join(", ");
}

interface Status {
  readonly plugin?: string;
  readonly code: string;
  readonly reasons?: readonly string[];
}

export function sayStatus(status: Status | undefined): string {
  if (status === undefined) return "none";
  const { plugin = "", code, reasons = [] } = status;
  return `${plugin} ${code} [${reasons.join(" | ")}]`.trimStart();
}
