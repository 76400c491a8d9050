/** What a run has to say about itself. */

import type { Judgement } from "./judge.js";

const FAILURES_NAMED = 20;

export function tellJudgement(what: string, { failures, judged, notJudged }: Judgement): void {
  for (const [side, pods] of Object.entries(judged)) {
    const own = failures.filter((failure) => failure.side === side);
    console.log(`${what}, ${side}: ${pods} pods compared, ${own.length} worlds with differences`);
    const names = own.slice(0, FAILURES_NAMED).map(({ name }) => name);
    if (names.length > 0) console.log(`  ${names.join(", ")}${own.length > names.length ? ", ..." : ""}`);
    for (const [reason, count] of sorted(notJudged[side] ?? {}))
      console.log(`  not compared, ${count} pods: ${reason}`);
  }
}

function sorted(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([, a], [, b]) => b - a);
}

/** A Markdown table. */
export function tellCoverage({ coverage }: Judgement): void {
  const lines = coverage.map(({ plugin, what, count }) => `| ${plugin} | ${what.replaceAll("|", "\\|")} | ${count} |`);
  console.log(["", "| plugin | what | count |", "|---|---|---:|", ...lines].join("\n"));
}
