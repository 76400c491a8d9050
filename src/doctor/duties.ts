/** Who answers for what: one binder, resources that nobody else counts, and what happens while the extender is away. */

import type { ExtenderConfig } from "../scheduler/extender-config.js";
import { VERBS } from "./address.js";
import { type Draft, fieldOf } from "./finding.js";
import type { ClusterFacts } from "./world.js";

/** What concerns the list as a whole. */
export function checkList(configs: readonly ExtenderConfig[]): Draft[] {
  if (configs.length === 0) {
    const message = "the file has no extenders, so none is ever called";
    return [{ code: "no-extenders", severity: "broken", path: "", message }];
  }
  return [...twoBinders(configs), ...sharedResources(configs)];
}

function twoBinders(configs: readonly ExtenderConfig[]): Draft[] {
  const binders = configs.flatMap(({ bindVerb = "" }, index) => (bindVerb === "" ? [] : [index]));
  return binders.slice(1).map((index): Draft => {
    const path = fieldOf(index, "bindVerb");
    const message = `only one extender may bind, and extenders[${binders[0]}] does: kube-scheduler does not start with this file`;
    const fix: Draft["fix"] = { text: "take bindVerb away here", changes: [{ kind: "remove", path }] };
    return { code: "two-binders", severity: "broken", path, message, fix };
  });
}

function sharedResources(configs: readonly ExtenderConfig[]): Draft[] {
  const firstOf = new Map<string, string>();
  return configs.flatMap(({ managedResources = [] }, index) =>
    managedResources.flatMap(({ name = "" }, at): Draft[] => {
      const path = fieldOf(index, `managedResources[${at}].name`);
      const first = firstOf.get(name);
      if (first === undefined) {
        firstOf.set(name, path);
        return [];
      }
      const message = `${name} is managed by ${first} already: kube-scheduler does not start with this file`;
      const fix = { text: "name each resource in one extender only" };
      return [{ code: "duplicate-managed-resource", severity: "broken", path, message, fix }];
    }),
  );
}

/** What concerns one extender's verbs and resources. */
export function checkDuties(config: ExtenderConfig, index: number, facts: ClusterFacts): Draft[] {
  return [
    ...idle(config, index),
    ...preemption(config, index),
    ...ignoredResources(config, index),
    ...resourcesNowhere(config, index, facts),
  ];
}

function idle(config: ExtenderConfig, index: number): Draft[] {
  if (VERBS.some((field) => (config[field] ?? "") !== "")) return [];
  const message = "no verb is set, so this extender is never called";
  return [{ code: "no-verbs", severity: "broken", path: fieldOf(index, ""), message, fix: { text: "set filterVerb" } }];
}

/** Preemption's dry run believes that such an extender never objects. */
function preemption({ filterVerb = "", preemptVerb = "" }: ExtenderConfig, index: number): Draft[] {
  if (filterVerb === "" || preemptVerb !== "") return [];
  const message = "preemption does not ask this extender, and may evict pods on a node that its filter then refuses";
  return [{ code: "preempt-unasked", severity: "ok", path: fieldOf(index, "preemptVerb"), message }];
}

function ignoredResources({ managedResources = [], bindVerb = "" }: ExtenderConfig, index: number): Draft[] {
  if (bindVerb !== "") return [];
  return managedResources.flatMap(({ name = "", ignoredByScheduler }, at): Draft[] => {
    if (ignoredByScheduler !== true) return [];
    const path = fieldOf(index, `managedResources[${at}].ignoredByScheduler`);
    const message = `kube-scheduler does not count ${name}, and without bindVerb the extender does not learn who got it: several pods are let into the same hole`;
    const bind = fieldOf(index, "bindVerb");
    const fix: Draft["fix"] = { text: "set bindVerb", changes: [{ kind: "set", path: bind, value: "bind" }] };
    return [{ code: "unbound-resource", severity: "broken", path, message, fix }];
  });
}

/** A resource that no node offers is Insufficient everywhere, before an extender is asked. */
function resourcesNowhere({ managedResources = [] }: ExtenderConfig, index: number, { nodes }: ClusterFacts): Draft[] {
  if (nodes.length === 0) return [];
  return managedResources.flatMap(({ name = "", ignoredByScheduler = false }, at): Draft[] => {
    const offers = nodes.filter(({ status }) => status?.allocatable?.[name] !== undefined).length;
    if (ignoredByScheduler || offers > 0) return [];
    const path = fieldOf(index, `managedResources[${at}].ignoredByScheduler`);
    const message = `no node offers ${name}, so kube-scheduler rejects every pod that asks for it before it calls the extender`;
    const fix: Draft["fix"] = { text: "set ignoredByScheduler to true", changes: [{ kind: "set", path, value: true }] };
    const evidence = `allocatable of ${nodes.length} nodes`;
    return [{ code: "resource-nowhere", severity: "broken", path, message, evidence, fix }];
  });
}

/** @param known resources that the server says it counts */
export function checkKnown(
  { managedResources = [] }: ExtenderConfig,
  index: number,
  known: readonly string[],
): Draft[] {
  return managedResources.flatMap(({ name = "" }, at): Draft[] => {
    if (known.includes(name)) return [];
    const path = fieldOf(index, `managedResources[${at}].name`);
    const message = `pods are sent to the server for ${name}, and it does not count it`;
    const evidence = `the server counts ${known.join(", ") || "none"}`;
    const fix = { text: `start it with --managed-resource ${name}` };
    return [{ code: "resource-unknown", severity: "broken", path, message, evidence, fix }];
  });
}

/** What is lost while no answer comes. */
export function checkAbsence(config: ExtenderConfig, index: number, isLocal: boolean): Draft[] {
  const { filterVerb = "", bindVerb = "", managedResources = [], ignorable = false } = config;
  const path = fieldOf(index, "ignorable");
  if (filterVerb === "" && bindVerb === "") return [];
  const uncounted = managedResources.filter(({ ignoredByScheduler }) => ignoredByScheduler === true);
  if (ignorable && uncounted.length > 0) {
    const names = uncounted.map(({ name = "" }) => name).join(", ");
    const message = `while the extender is away, pods that ask for ${names} go to any node: nobody else counts it`;
    const fix: Draft["fix"] = { text: "set ignorable to false", changes: [{ kind: "set", path, value: false }] };
    return [{ code: "ignorable-filter", severity: "warning", path, message, fix }];
  }
  if (ignorable) {
    const message = "while the extender is away, pods are placed as if it had no objection";
    return [{ code: "ignorable", severity: "ok", path, message }];
  }
  if (managedResources.length === 0 && !isLocal) {
    const message =
      "while the extender is away no pod of the cluster is placed, not even its own: a node that fails with it stops the scheduling";
    const fix: Draft["fix"] = {
      text: "set ignorable to true, or run the extender beside the scheduler on loopback",
      changes: [{ kind: "set", path, value: true }],
    };
    return [{ code: "blocks-every-pod", severity: "warning", path, message, fix }];
  }
  const whose = managedResources.length === 0 ? "no pod" : "no pod that asks for its resources";
  return [
    { code: "blocks-while-away", severity: "ok", path, message: `while the extender is away ${whose} is placed` },
  ];
}
