/** A plugin at work in one world: in a profile of its own or among the built-in plugins, asked the scheduler's questions. */

import { Cluster } from "../cluster/cluster.js";
import { StowageError } from "../errors.js";
import { namespacedName } from "../kube/objects.js";
import { type PodInput, toPod } from "../kube/plain.js";
import { BUILTIN_FILTERS, BUILTIN_SCORES } from "../scheduler/builtin.js";
import type { Fit, Scores } from "../scheduler/decision.js";
import { type Plugin, pluginProblems } from "../scheduler/plugin.js";
import { Scheduler } from "../scheduler/scheduler.js";
import type { World } from "./worlds.js";

/** A plugin, what makes one anew, or the name of a built-in plugin. */
export type PluginSubject = Plugin | (() => Plugin) | string;

/** Where the plugin stands in its profile: alone, or before or behind all built-in plugins. */
export type Standing = "alone" | "first" | "last";

/** A pod's questions answered, without changing anything. */
export interface Answers {
  readonly fit: Fit;
  readonly scores: Scores;
}

const BUILTIN_NAMES: readonly string[] = [...new Set([...BUILTIN_FILTERS.keys(), ...BUILTIN_SCORES.keys()])];

/** One cluster and one scheduler with the plugin. */
export class Trial implements Disposable {
  readonly plugin: string;
  readonly cluster = new Cluster();
  readonly pods: readonly PodInput[];
  readonly #scheduler: Scheduler;
  readonly #where: string;

  /** @throws StowageError ERR_PLUGIN for what is not a plugin */
  constructor(subject: PluginSubject, world: World, standing: Standing, seed: number) {
    const { name, plugins } = enlist(subject);
    this.plugin = name;
    this.pods = world.pods;
    this.#where = `seed ${seed}, ${world.name}, ${standing === "alone" ? "alone" : `${standing} in the profile`}`;
    for (const node of world.nodes) this.cluster.upsertNode(node);
    for (const pod of world.residents) this.cluster.upsertPod(pod);
    this.#scheduler = new Scheduler(this.cluster, { config: configOf(name, standing), plugins });
  }

  ask(pod: PodInput): Answers {
    const fit = this.#scheduler.filter(pod);
    return { fit, scores: this.#scheduler.score(pod, fit) };
  }

  /** Places the pod, so that the plugin's reserve runs, and takes it back. */
  placeAndForget(pod: PodInput): void {
    const decision = this.#scheduler.place(pod);
    if (decision.status === "placed" && decision.token !== undefined) this.cluster.forget(decision.token);
  }

  /** All that a plugin could have changed, as text. */
  snapshot(pod: PodInput): string {
    const nodes = [...this.cluster.nodes()].map(({ name, object, allocatable, requested, pods }) => {
      return { name, object, allocatable, requested, pods };
    });
    return JSON.stringify([nodes, toPod(pod)]);
  }

  /** An error that names the plugin and the case. */
  failure(pod: PodInput, reason: string): StowageError {
    const at = `${this.#where}, pod ${namespacedName(toPod(pod))}`;
    return new StowageError("ERR_PLUGIN", { plugin: this.plugin, reason: `${reason} (${at})` });
  }

  [Symbol.dispose](): void {
    this.cluster.dispose();
  }
}

/** The plugin's name, and what a scheduler is given for it. @throws StowageError ERR_PLUGIN */
export function enlist(subject: PluginSubject): { readonly name: string; readonly plugins: readonly Plugin[] } {
  if (typeof subject === "string") {
    if (BUILTIN_NAMES.includes(subject)) return { name: subject, plugins: [] };
    throw new StowageError("ERR_PLUGIN", { plugin: subject, reason: "no built-in plugin that runs has this name" });
  }
  const plugin = typeof subject === "function" ? subject() : subject;
  const [problem] = pluginProblems(plugin);
  if (problem !== undefined) throw new StowageError("ERR_PLUGIN", { plugin: nameIn(plugin), reason: problem });
  return { name: plugin.name, plugins: [plugin] };
}

/** A KubeSchedulerConfiguration that runs these plugins and no others. */
function configOf(name: string, standing: Standing): object {
  const others = BUILTIN_NAMES.filter((other) => other !== name);
  const order = { alone: [name], first: [name, ...others], last: [...others, name] }[standing];
  const enabled = ["PrioritySort", "DefaultBinder", ...order].map((each) => ({ name: each }));
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [{ plugins: { multiPoint: { disabled: [{ name: "*" }], enabled } } }],
  };
}

function nameIn(plugin: Plugin | undefined): string {
  return typeof plugin?.name === "string" && plugin.name !== "" ? plugin.name : "(unnamed)";
}
