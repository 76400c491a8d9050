/** The flags of `stowage size` that need reading: numbers, amounts, and which offers are meant. */

import { type Issue, IssuesError, StowageError } from "../../errors.js";
import { isSchedulerResource } from "../../kube/pod-request.js";
import { amountOf } from "../../kube/quantity.js";
import type { Offer } from "../../planning/offers.js";
import type { SizeOptions } from "../../planning/size-context.js";
import { flagIssue } from "../flag-issue.js";
import { readOffersFlag } from "../offers-flag.js";
import { type PlanSettings, readSettings } from "./plan-settings.js";
import type { SizeArguments } from "./size-options.js";

export interface SizeSettings {
  readonly plan: PlanSettings;
  readonly offers: readonly Offer[];
  /** What the library is asked; without solver, signal and progress. */
  readonly size: SizeOptions;
  readonly timeMs: number | undefined;
}

/** @throws IssuesError ERR_INPUT with everything that is wrong with the flags and the files they name. */
export async function readSizeSettings(args: SizeArguments): Promise<SizeSettings> {
  const issues: Issue[] = [];
  const plan = await readSettings({ ...args, order: "queue", tieBreak: "first", seed: undefined }).catch(
    (error: unknown) => {
      if (!(error instanceof IssuesError)) throw error;
      issues.push(...error.issues);
      return undefined;
    },
  );
  const { offers, currency } = await readOffersFlag(args, issues);
  const number = (flag: string, text: string | undefined, isWhole: boolean): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+(\.\d+)?$/.test(text) && (!isWhole || Number.isSafeInteger(value))) return value;
    issues.push(flagIssue(`${flag} ${text}`, `is not a ${isWhole ? "whole " : ""}number of at least 0`));
    return undefined;
  };
  const given = definedOf({
    seed: number("--seed", args.seed, true),
    budget: number("--budget", args.budget, true),
    maxTypes: number("--max-types", args.maxTypes, true),
    maxNodes: number("--max-nodes", args.maxNodes, true),
    nodePrice: number("--node-price", args.nodePrice, false),
    currency: args.currency ?? currency,
    survive: args.survive as "node" | "zone" | undefined,
  });
  const kept = { headroom: headroomOf(args.headroom, issues), reserve: reserveOf(args.reserve, issues) };
  const seconds = number("--time", args.time, false);
  if (args.maxTypes === "0") issues.push(flagIssue("--max-types 0", "leaves no kind of node"));
  if (plan === undefined || issues.some(({ severity }) => severity === "error")) {
    throw new IssuesError("ERR_INPUT", issues);
  }
  return {
    plan,
    offers,
    size: { ...given, kept, scheduler: plan.scheduler },
    timeMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

/** Without what is not there, as the library's options want it. */
function definedOf<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function headroomOf(text: string | undefined, issues: Issue[]): number {
  if (text === undefined) return 0;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const share = percent === undefined ? Number.NaN : Number(percent) / 100;
  if (share >= 0 && share < 1) return share;
  issues.push(flagIssue(`--headroom ${text}`, "is not a percentage below 100%, as in 20%"));
  return 0;
}

function reserveOf(text: string | undefined, issues: Issue[]): Record<string, number> {
  const reserve: Record<string, number> = {};
  for (const part of text?.split(",") ?? []) {
    const [name = "", amount = ""] = part.trim().split("=");
    const path = `--reserve ${part.trim()}`;
    if (!isSchedulerResource(name) || amount === "") {
      issues.push(flagIssue(path, "is not RESOURCE=AMOUNT, as in cpu=200m,memory=512Mi"));
      continue;
    }
    try {
      reserve[name] = amountOf(name, amount);
    } catch (error) {
      if (!(error instanceof StowageError)) throw error;
      issues.push(flagIssue(path, String(error.details.reason ?? error.message)));
    }
    if ((reserve[name] ?? 0) < 0) issues.push(flagIssue(path, "must not be negative"));
  }
  return reserve;
}
