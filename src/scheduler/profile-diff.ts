/** What one profile does differently from another: plugins, weights, args and order, as a configuration names them. */

import { DEFAULT_PLUGINS, POD_POINTS, type PodPoint } from "./default-plugins.js";
import { durationOfMs } from "./duration.js";
import { fieldPath } from "./field-issues.js";
import type { PluginArgs } from "./plugin-args.js";
import type { Profile } from "./profile.js";

export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

export interface ArgChange extends Change<unknown> {
  /** Inside the args: `scoringStrategy.type`; empty for all of them. Lists are one value; null is absent. */
  readonly path: string;
}

export interface PluginChange {
  readonly name: string;
  readonly addedPoints: readonly PodPoint[];
  readonly removedPoints: readonly PodPoint[];
  /** At score; null where the plugin does not score. */
  readonly weight: Change<number | null>;
  /** Of a plugin that runs in the second profile. */
  readonly args: readonly ArgChange[];
}

export interface OrderChange {
  readonly point: PodPoint;
  /** All plugins of the point in the second profile. */
  readonly plugins: readonly string[];
  /** The fewest plugins that must move to make one order of the other, with their places (from 1) in either. */
  readonly moved: readonly ({ readonly name: string } & Change<number>)[];
}

export interface ProfileDiff {
  /** Plugins that differ in anything but their place: the default ones in their order, then all others. */
  readonly plugins: readonly PluginChange[];
  /** Points at which the plugins that both profiles run come in another order. */
  readonly order: readonly OrderChange[];
}

export function diffProfiles(before: Profile, after: Profile): ProfileDiff {
  const running = new Set([...pluginsOf(before), ...pluginsOf(after)]);
  const names = new Set([...DEFAULT_PLUGINS.map(({ name }) => name).filter((name) => running.has(name)), ...running]);
  const plugins = [...names].map((name) => diffPlugin(name, before, after)).filter(isChange);
  return {
    plugins,
    order: POD_POINTS.flatMap((point) => diffOrder(point, namesAt(before, point), namesAt(after, point))),
  };
}

/** Every plugin of a profile, in the order in which the points name them. */
export function pluginsOf(profile: Profile): ReadonlySet<string> {
  return new Set(POD_POINTS.flatMap((point) => namesAt(profile, point)));
}

function namesAt(profile: Profile, point: PodPoint): readonly string[] {
  return point === "score" ? profile.score.map(({ name }) => name) : profile[point];
}

function diffPlugin(name: string, before: Profile, after: Profile): PluginChange {
  const isAt = (profile: Profile, point: PodPoint) => namesAt(profile, point).includes(name);
  const runs = POD_POINTS.some((point) => isAt(after, point));
  return {
    name,
    addedPoints: POD_POINTS.filter((point) => isAt(after, point) && !isAt(before, point)),
    removedPoints: POD_POINTS.filter((point) => isAt(before, point) && !isAt(after, point)),
    weight: { before: weightOf(before, name), after: weightOf(after, name) },
    args: runs ? diffValues(argsOf(before, name), argsOf(after, name), "") : [],
  };
}

function isChange({ addedPoints, removedPoints, weight, args }: PluginChange): boolean {
  return addedPoints.length + removedPoints.length + args.length > 0 || weight.before !== weight.after;
}

function weightOf({ score }: Profile, plugin: string): number | null {
  return score.find(({ name }) => name === plugin)?.weight ?? null;
}

/** As a configuration writes them. */
function argsOf({ args, otherArgs }: Profile, name: string): unknown {
  if (name === "DynamicResources") return timeouts(args.DynamicResources);
  return args[name as keyof PluginArgs] ?? otherArgs.get(name) ?? null;
}

function timeouts({ filterTimeoutMs, bindingTimeoutMs }: PluginArgs["DynamicResources"]): object {
  return {
    filterTimeout: durationOfMs(filterTimeoutMs).text,
    bindingTimeout: durationOfMs(bindingTimeoutMs).text,
  };
}

function diffValues(before: unknown, after: unknown, path: string): ArgChange[] {
  if (isFields(before) && isFields(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => diffValues(before[name] ?? null, after[name] ?? null, fieldPath(path, name)));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function diffOrder(point: PodPoint, before: readonly string[], after: readonly string[]): OrderChange[] {
  const places = after.filter((name) => before.includes(name)).map((name) => before.indexOf(name));
  const kept = longestRise(places);
  const moved = places
    .filter((place) => !kept.has(place))
    .map((place) => {
      const name = before[place] ?? "";
      return { name, before: place + 1, after: after.indexOf(name) + 1 };
    });
  return moved.length === 0 ? [] : [{ point, plugins: after, moved }];
}

/** The members of a longest rising subsequence of distinct numbers; of several the one that ends first. */
function longestRise(values: readonly number[]): ReadonlySet<number> {
  const chains: number[][] = [];
  let longest: readonly number[] = [];
  for (const [index, value] of values.entries()) {
    const before = values.slice(0, index).map((other, at) => (other < value ? (chains[at] ?? []) : []));
    const chain = [...before.reduce((best, each) => (each.length > best.length ? each : best), [] as number[]), value];
    chains.push(chain);
    if (chain.length > longest.length) longest = chain;
  }
  return new Set(longest);
}
