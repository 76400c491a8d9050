/** Random KubeSchedulerConfigurations, most of them nearly valid, some with something wrong at any place of them. */

import fc from "fast-check";
import { CATALOG_1_37, type ExtensionPoint } from "../../src/scheduler/default-plugins.js";

/** The newest, so that older versions are asked about what they do not know. */
const NEWEST = CATALOG_1_37;

/** Mostly the first, sometimes something else. */
function mostly<T>(usual: fc.Arbitrary<T>, ...others: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: usual as fc.Arbitrary<unknown> }, fc.constantFrom(...others));
}

/** An object with any of these fields, each left out about half of the time; now and then it is none, or has one more. */
function fields(model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const usual = fc.record(model, { requiredKeys: [] });
  const withMore = usual.map((value) => ({ ...value, extra: 1 }));
  return fc.oneof(
    { weight: 60, arbitrary: usual as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: withMore },
    { weight: 1, arbitrary: fc.constantFrom(null, [], "text", {}) },
  );
}

function pluginNames(point: ExtensionPoint | "multiPoint"): readonly string[] {
  const names = [...NEWEST.plugins].filter(([, points]) => point === "multiPoint" || points.includes(point));
  return names.map(([name]) => name);
}

function pluginSet(point: ExtensionPoint | "multiPoint"): fc.Arbitrary<unknown> {
  const own = pluginNames(point);
  const usual = own.length === 0 ? fc.constant("Absent") : fc.constantFrom(...own);
  const name = mostly(usual, "Absent", "NodeName", "EBSLimits", "");
  const weight = mostly(fc.integer({ min: 0, max: 9 }), -1, 1.5, "3", null);
  const entry = fc.oneof(fc.record({ name }), fc.record({ name, weight }));
  const disabled = fc.record({ name: mostly(fc.constantFrom(...own, "PodTopologySpread"), "*", "Absent") });
  return fields({ enabled: fc.array(entry, { maxLength: 3 }), disabled: fc.array(disabled, { maxLength: 3 }) });
}

/** Every point that no in-tree plugin implements is left out: it could only be refused. */
const VARIED_POINTS = NEWEST.points.filter((point) => pluginNames(point).length > 0 && point !== "queueSort");
const plugins = fc.oneof(
  fields({ multiPoint: pluginSet("multiPoint"), score: pluginSet("score"), filter: pluginSet("filter") }),
  fc.constantFrom(...VARIED_POINTS).chain((point) => fields({ [point]: pluginSet(point), score: pluginSet("score") })),
  { weight: 1, arbitrary: fields({ queueSort: pluginSet("queueSort"), multiPoint: pluginSet("multiPoint") }) },
);

const resources = fc.array(
  fields({
    name: mostly(fc.constantFrom("cpu", "memory", "a/b", "ä/b"), 'a"<\u0007'),
    weight: mostly(fc.integer({ min: 0, max: 100 }), -1, 101),
  }),
  { maxLength: 2 },
);
const shape = fc.array(
  fields({ utilization: mostly(fc.constantFrom(0, 50, 100), 101), score: mostly(fc.constantFrom(0, 5, 10), 11) }),
  { maxLength: 3 },
);
const requirement = fields({
  key: mostly(fc.constantFrom("disk", "a.b/c"), "-bad", "a/b/c", ""),
  operator: mostly(fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"), "in", ""),
  values: mostly(fc.array(mostly(fc.constantFrom("ssd", "5"), "-5", "a b"), { maxLength: 2 }), null),
});
const term = fields({
  matchExpressions: fc.array(requirement, { maxLength: 2 }),
  matchFields: fc.array(requirement, { maxLength: 1 }),
});
const duration = mostly(
  fc.constantFrom("1s", "5m", "90s", "1500ms", "1.5h", "25h1m", "1s1.000000001s", "+2s"),
  ...["0", "5", "-1s", "", null, 3, "10us", "-1.25ms", "7ns", "400000h"],
);
const fitArgs = fields({
  ignoredResources: fc.array(mostly(fc.constantFrom("a/b", "gpu"), "-", "a/b/c"), { maxLength: 2 }),
  ignoredResourceGroups: fc.array(mostly(fc.constantFrom("a", "b.c"), "a/b"), { maxLength: 2 }),
  scoringStrategy: fc.oneof(
    fields({ type: mostly(fc.constantFrom("LeastAllocated", "MostAllocated"), "Other", "a<b"), resources }),
    fields({ type: fc.constant("RequestedToCapacityRatio"), requestedToCapacityRatio: fields({ shape }), resources }),
  ),
});
const spreadArgs = fields({
  defaultingType: mostly(fc.constantFrom("List", "System"), "Other"),
  defaultConstraints: fc.array(
    fc.record({
      maxSkew: mostly(fc.constant(1), 0),
      topologyKey: mostly(fc.constantFrom("zone", "a/b"), "", "-"),
      whenUnsatisfiable: mostly(fc.constantFrom("DoNotSchedule", "ScheduleAnyway"), "", "Other"),
      labelSelector: mostly(fc.constant(null), {}),
    }),
    { maxLength: 2 },
  ),
});
const ARGS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  NodeResourcesFit: fitArgs,
  NodeResourcesBalancedAllocation: fields({ resources }),
  NodeAffinity: fields({
    addedAffinity: fields({
      requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: fc.array(term, { maxLength: 2 }) }),
      preferredDuringSchedulingIgnoredDuringExecution: fc.array(
        fields({ weight: fc.constantFrom(0, 1), preference: term }),
        { maxLength: 2 },
      ),
    }),
  }),
  PodTopologySpread: spreadArgs,
  InterPodAffinity: fields({
    hardPodAffinityWeight: mostly(fc.constantFrom(0, 100), -1, 101, 1e10),
    ignorePreferredTermsOfExistingPods: fc.boolean(),
  }),
  DefaultPreemption: fields({
    minCandidateNodesPercentage: mostly(fc.constantFrom(0, 100), -1, 101),
    minCandidateNodesAbsolute: mostly(fc.constantFrom(0, 100), -1),
  }),
  VolumeBinding: fields({
    bindTimeoutSeconds: mostly(fc.constantFrom(0, 600), -1),
    shape: fc.oneof(mostly(fc.constant(null), [], [{ utilization: 1 }]), shape),
  }),
  DynamicResources: fields({ filterTimeout: duration, bindingTimeout: duration }),
  PrioritySort: fields({}),
  Absent: fields({}),
  EBSLimits: fields({}),
};

/** Now and then with a type, right or wrong. */
function typed(name: string, args: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const meta = fc.record(
    {
      apiVersion: mostly(fc.constant("kubescheduler.config.k8s.io/v1"), "kubescheduler.config.k8s.io/v1beta2"),
      kind: mostly(fc.constant(`${name}Args`), "NodeAffinityArgs"),
    },
    { requiredKeys: [] },
  );
  const withMeta = fc.tuple(args, meta).map(([value, more]) => Object.assign({}, value, more));
  return fc.oneof({ weight: 9, arbitrary: args }, { weight: 1, arbitrary: withMeta });
}

const pluginConfig = fc.array(
  fc
    .oneof(
      { weight: 20, arbitrary: fc.constantFrom(...Object.keys(ARGS).slice(0, -2)) },
      { weight: 1, arbitrary: fc.constantFrom("Absent", "EBSLimits") },
    )
    .chain((name) =>
      fc.record({ name: fc.constant(name), args: typed(name, ARGS[name]!) }, { requiredKeys: ["name"] }),
    ),
  { maxLength: 3 },
);
const percentage = mostly(fc.constantFrom(0, 50, 100), -1, 101, "5");
const profile = fc.record(
  {
    schedulerName: mostly(fc.constantFrom("a", "b", "c"), "", null),
    percentageOfNodesToScore: percentage,
    plugins,
    pluginConfig,
  },
  { requiredKeys: ["schedulerName"] },
);
const extender = fields({
  urlPrefix: fc.constant("http://127.0.0.1:1"),
  bindVerb: mostly(fc.constant(""), "bind"),
  prioritizeVerb: mostly(fc.constant(""), "p"),
  weight: mostly(fc.constant(1), 0),
  httpTimeout: duration,
  tlsConfig: fields({ insecure: fc.boolean(), caData: mostly(fc.constant(""), "%") }),
  managedResources: fc.array(
    fields({
      name: mostly(fc.constantFrom("a/b", "a/c", "a/d"), "cpu", "-", "a<b/c"),
      ignoredByScheduler: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
});

const anywhere = fc.record(
  {
    apiVersion: mostly(fc.constant("kubescheduler.config.k8s.io/v1"), "kubescheduler.config.k8s.io/v1beta3", 1, ""),
    kind: mostly(fc.constant("KubeSchedulerConfiguration"), "Scheduler", ""),
    profiles: fc.array(profile, { maxLength: 3 }),
    percentageOfNodesToScore: percentage,
    parallelism: mostly(fc.constant(16), 0, -1, 1.5),
    podInitialBackoffSeconds: mostly(fc.constantFrom(1, 10), 0, 20),
    leaderElection: fields({
      leaderElect: fc.boolean(),
      leaseDuration: duration,
      resourceLock: mostly(fc.constant("leases"), "endpoints"),
    }),
    clientConnection: fields({ burst: mostly(fc.constant(1), -1), qps: fc.constantFrom(1, 0.5) }),
    extenders: fc.oneof(
      { weight: 3, arbitrary: mostly(fc.constant([]), null) },
      { weight: 1, arbitrary: fc.array(extender, { maxLength: 2 }) },
    ),
    enableProfiling: mostly(fc.boolean(), "yes"),
  },
  { requiredKeys: ["apiVersion", "kind"] },
);

/** Sound but for their plugins and the args of NodeResourcesFit, which upstream looks at last. */
const lastStep = fc.record({
  apiVersion: fc.constant("kubescheduler.config.k8s.io/v1"),
  kind: fc.constant("KubeSchedulerConfiguration"),
  profiles: fc.uniqueArray(
    fc.record(
      {
        schedulerName: fc.constantFrom("a", "b", "c"),
        plugins,
        pluginConfig: fc.array(fc.record({ name: fc.constant("NodeResourcesFit"), args: fitArgs }), { maxLength: 1 }),
      },
      { requiredKeys: ["schedulerName"] },
    ),
    { selector: ({ schedulerName }) => schedulerName, minLength: 1, maxLength: 3 },
  ),
  extenders: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(extender, { maxLength: 1 }) },
  ),
});

/** With `apiVersion` and `kind` in nearly all, as kube-scheduler wants them. */
export const configurations: fc.Arbitrary<object> = fc.oneof(anywhere, lastStep);
