/**
 * Method: for every bug that is emulated, the smallest cluster on which it shows, decided with it and without it. With it, the
 * answers are those of kube-scheduler 1.36.3 (test/kubernetes judges that); without it, those of its own rules.
 */

import { describe, expect, test } from "vitest";
import { Cluster, type IssuesError, Scheduler, type SchedulerOptions } from "../../src/index.js";
import type { Node, Pod, PodSpec } from "../../src/kube/objects.js";
import { type Quirks, VERSIONS } from "../../src/scheduler/compat.js";

type Quirk = keyof Quirks;

function nodeOf(name: string): Node {
  const labels = { "kubernetes.io/hostname": name };
  return { metadata: { name, labels }, status: { allocatable: { cpu: 4, memory: "8Gi", pods: 9 } } };
}

function podOf(name: string, spec: PodSpec = {}, namespace = "n"): Pod {
  return { metadata: { name, namespace, labels: { app: "web" } }, spec: { containers: [{ name: "c" }], ...spec } };
}

interface Asked {
  readonly pods?: readonly Pod[];
  readonly config?: unknown;
}

/** What a scheduler says with the bug and without it, on nodes `a` and `b`. */
function withAndWithout<T>(quirk: Quirk, ask: (scheduler: Scheduler) => T, { pods = [], config }: Asked = {}): T[] {
  return [true, false].map((isOn) => {
    using cluster = new Cluster();
    for (const name of ["a", "b"]) cluster.upsertNode(nodeOf(name));
    for (const pod of pods) cluster.upsertPod(pod);
    for (const name of ["n", "other"]) cluster.upsertObject({ kind: "Namespace", metadata: { name } });
    const options: SchedulerOptions = { quirks: { [quirk]: isOn }, ...(config === undefined ? {} : { config }) };
    return ask(new Scheduler(cluster, options));
  });
}

describe("a bug that is emulated", () => {
  test("is on in the versions that have it", () => {
    const quirksOf = ({ leakedNamespaceSelector, postFilterNotFound, containersOnlyFitScore, lateFitArgs }: Quirks) =>
      [leakedNamespaceSelector, postFilterNotFound, containersOnlyFitScore, lateFitArgs].map(Number).join("");
    expect(Object.entries(VERSIONS).map(([name, version]) => [name, quirksOf(version)])).toEqual([
      ["1.36", "1111"],
      ["1.37", "0111"],
    ]);
  });

  test("leakedNamespaceSelector: a selector of namespaces without a label matches those with it, too", () => {
    const namespaceSelector = { matchExpressions: [{ key: "team", operator: "DoesNotExist" }] };
    const term = {
      labelSelector: { matchLabels: { app: "web" } },
      namespaceSelector,
      topologyKey: "kubernetes.io/hostname",
    };
    const antiAffinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const pods = ["a", "b"].map((nodeName) => podOf(`on-${nodeName}`, { nodeName }, "unknown"));
    const asked = podOf("p", { affinity: antiAffinity });
    const feasible = (scheduler: Scheduler) => scheduler.filter(asked).feasible;
    expect(withAndWithout("leakedNamespaceSelector", feasible, { pods })).toEqual([[], ["a", "b"]]);
  });

  test("postFilterNotFound: a pod that PreFilter rejects ends in an error of PostFilter", () => {
    const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "absent" } }];
    const message = (scheduler: Scheduler) => scheduler.preempt(podOf("p", { volumes })).message;
    expect(withAndWithout("postFilterNotFound", message)).toEqual([
      "not found",
      "no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    ]);
  });

  describe("containersOnlyFitScore", () => {
    const rawOf = (spec: PodSpec, config?: unknown) =>
      withAndWithout(
        "containersOnlyFitScore",
        (scheduler) => scheduler.score(podOf("p", spec), { feasible: ["a"] }).nodes[0]?.parts.NodeResourcesFit?.raw,
        { config },
      );

    test("the score counts the containers of a pod that has requests of its own", () => {
      // 100m and 200Mi are assumed of a container that says nothing: 97 of 100 would be left; else half.
      expect(rawOf({ resources: { requests: { cpu: 2, memory: "4Gi" } } })).toEqual([97, 50]);
    });

    test("what the pod does not request of its own stays with the containers, and overhead is added", () => {
      const resources = { requests: { cpu: 1 } };
      // Left of cpu: 4000m - 100m - 1000m, or 4000m - 1000m - 1000m; of memory 97 either way.
      expect(rawOf({ resources, overhead: { cpu: 1 } })).toEqual([(72 + 97) >> 1, (50 + 97) >> 1]);
    });

    test("a pod without requests of its own is counted alike", () => {
      const containers = [{ name: "c", resources: { requests: { cpu: 1, memory: "2Gi" } } }];
      expect(rawOf({ containers })).toEqual([75, 75]);
    });
  });

  describe("lateFitArgs", () => {
    const args = { ignoredResources: ["/"], ignoredResourceGroups: ["a/b"], scoringStrategy: { type: "Other" } };
    const pluginConfig = [{ name: "NodeResourcesFit", args }];
    const multiPoint = { disabled: [{ name: "NodeResourcesFit" }] };
    const extenders = [{ managedResources: [{ name: "a/b", ignoredByScheduler: true }] }];

    const problemsOf = (config: object) =>
      [true, false].map((lateFitArgs) => {
        using cluster = new Cluster();
        try {
          new Scheduler(cluster, { config, quirks: { lateFitArgs } });
          return [];
        } catch (error) {
          return (error as IssuesError).issues.filter(({ path = "" }) => path.includes(".args."));
        }
      });
    /** The fields that are complained about. */
    const fieldsOf = (config: object) =>
      problemsOf(config).map((issues) => [...new Set(issues.map(({ path = "" }) => path.split(".args.")[1]))]);
    const all = ["ignoredResources[0]", "ignoredResourceGroups[0]", "scoringStrategy.type"];

    test("args of a plugin that no profile enables pass unseen", () => {
      expect(fieldsOf({ profiles: [{ plugins: { multiPoint }, pluginConfig }] })).toEqual([[], all]);
    });

    test("what extenders replace of the args passes unseen", () => {
      expect(fieldsOf({ extenders, profiles: [{ pluginConfig }] })).toEqual([all.slice(1), all]);
    });

    test("the args of a plugin that runs are refused in any case, in the same words", () => {
      expect(fieldsOf({ profiles: [{ pluginConfig }] })).toEqual([all, all]);
      const [late, early] = problemsOf({ profiles: [{ pluginConfig }] });
      expect(late).toEqual(early);
    });
  });
});
