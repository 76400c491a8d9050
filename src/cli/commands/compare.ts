/** `stowage compare`: manifests in, what differs between ways to place them out. */

import { Cluster } from "../../cluster/cluster.js";
import { type Issue, IssuesError } from "../../errors.js";
import { compare, type Variant } from "../../planning/compare.js";
import type { Comparison } from "../../planning/comparison.js";
import type { PriceOf } from "../../planning/utilization.js";
import { Scheduler } from "../../scheduler/scheduler.js";
import { parseFailOn } from "../fail-on-flag.js";
import { flagIssue } from "../flag-issue.js";
import { parsePrices } from "../price-flag.js";
import { type CompareFormat, printComparison } from "../print/compare.js";
import { startProgress } from "../progress.js";
import type { Terminal } from "../terminal.js";
import { readWorld, reportWorld, requireNodes, type World } from "../world.js";
import type { CompareArguments } from "./compare-options.js";
import { type PlanSettings, readSettings } from "./plan-settings.js";

/** What came of it. `notMet`: something of --fail-on came true. */
export type CompareOutcome = "allGood" | "notMet" | "badInput";

/** How a variant schedules. */
interface Way {
  readonly name: string;
  readonly strategy?: string;
  readonly config?: string;
}

/**
 * Runs the command.
 *
 * @throws IssuesError for flags that make no sense and input without nodes
 */
export async function runCompare(args: CompareArguments, terminal: Terminal): Promise<CompareOutcome> {
  const prices = parsePrices(args.price ?? []);
  const failOn = parseFailOn(args.failOn ?? [], prices.priceOf !== undefined);
  const ways = waysOf(args);
  const issues = [...prices.issues, ...failOn.issues, ...ways.issues, ...inputIssues(args)];
  if (issues.length > 0) throw new IssuesError("ERR_INPUT", issues);
  const clusters: Cluster[] = [];
  try {
    const variants = await readVariants(args, ways.ways, clusters, terminal);
    if (variants === undefined) return "badInput";
    const comparison = await compareAll(args, variants, prices.priceOf, terminal);
    const [first, ...others] = comparison.variants;
    const failed = failOn.conditions.flatMap(({ text, isMet }) =>
      others.filter((one) => isMet(one, first!)).map(({ name }) => `${name}: ${text}`),
    );
    const view = { comparison, failed };
    terminal.out(await printComparison(view, args.output as CompareFormat, terminal.look));
    return failed.length > 0 ? "notMet" : "allGood";
  } finally {
    for (const cluster of clusters) cluster.dispose();
  }
}

function inputIssues({ filename, to = [] }: CompareArguments): Issue[] {
  if (!filename.includes("-") || !to.includes("-")) return [];
  return [flagIssue("--to -", "standard input is read once, and -f reads it")];
}

/** At least two, unless there are two inputs. */
function waysOf({ strategy = [], config = [], to }: CompareArguments): {
  readonly ways: readonly Way[];
  readonly issues: readonly Issue[];
} {
  const asked: Way[] = [
    ...strategy.map((name) => ({ name, strategy: name })),
    ...config.map((name) => ({ name, config: name })),
  ];
  const names = asked.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  const issues = twice.map((name) => flagIssue(name, "is given twice"));
  if (to !== undefined) {
    const message = "compares two inputs in one way: give one --strategy or --config, or none";
    return {
      ways: asked.length === 0 ? [{ name: "" }] : asked,
      issues: asked.length > 1 ? [flagIssue("--to", message)] : issues,
    };
  }
  if (asked.length === 0)
    return { ways: ["least", "most", "balanced"].map((name) => ({ name, strategy: name })), issues };
  return { ways: asked.length === 1 ? [{ name: "default" }, ...asked] : asked, issues };
}

/** @returns undefined where the input is bad, which has been said then */
async function readVariants(
  args: CompareArguments,
  ways: readonly Way[],
  clusters: Cluster[],
  terminal: Terminal,
): Promise<Variant[] | undefined> {
  const settings: PlanSettings[] = [];
  for (const { strategy, config } of ways) {
    const base = { ...args, order: "queue", namespace: undefined, selector: undefined };
    settings.push(await readSettings({ ...base, strategy, config }));
  }
  const inputs =
    args.to === undefined
      ? [{ name: undefined, filename: args.filename }]
      : [
          { name: "before", filename: args.filename },
          { name: "after", filename: args.to },
        ];
  const warnings = settings.flatMap((one) => one.warnings);
  const variants: Variant[] = [];
  let isBad = false;
  for (const { name, filename } of inputs) {
    const { compat, maxYamlBytes } = settings[0]!;
    const cluster = new Cluster({ compat });
    clusters.push(cluster);
    const schedulers = settings.map(({ scheduler }) => new Scheduler(cluster, scheduler));
    const world: World = await readWorld({ ...args, filename, maxYamlBytes }, cluster, terminal);
    const issues = [...(variants.length === 0 ? warnings : []), ...world.issues];
    isBad = reportWorld({ ...world, issues }, args.quiet === true, terminal) || isBad;
    if (!isBad) requireNodes(cluster);
    const { pending } = world;
    variants.push(...ways.map((way, at) => ({ name: name ?? way.name, cluster, scheduler: schedulers[at]!, pending })));
  }
  return isBad ? undefined : variants;
}

async function compareAll(
  args: CompareArguments,
  variants: readonly Variant[],
  priceOf: PriceOf | undefined,
  terminal: Terminal,
): Promise<Comparison> {
  const progress = startProgress(args.quiet === true ? undefined : terminal.progressStream, "pods");
  try {
    return await compare(variants, { ...(priceOf && { priceOf }), onProgress: progress.update });
  } finally {
    progress.stop();
  }
}
