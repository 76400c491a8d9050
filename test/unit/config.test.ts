/**
 * Method: golden issues (path and sentence), taken from what kube-scheduler 1.36.3 prints for the same configuration, and a
 * property over arbitrary values: decoding throws nothing, and what it takes makes profiles.
 */

import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { decodeConfig } from "../../src/scheduler/config.js";
import { buildProfiles } from "../../src/scheduler/profile.js";

const SEED = 11;

/** `severity path: message` of every issue. */
function issuesOf(value: unknown, options = {}): readonly string[] {
  return decodeConfig(value, options).issues.map((issue) => `${issue.severity} ${issue.path}: ${issue.message}`);
}

/** The issues of the one argument object of a plugin, without the path that all of them begin with. */
function argsIssues(name: string, args: unknown): readonly string[] {
  const lines = issuesOf({ profiles: [{ pluginConfig: [{ name, args }] }] });
  return lines.map((line) => line.replace("error profiles[0].pluginConfig[0].args", ""));
}

function argsOf(name: string, args: unknown): unknown {
  const { config, issues } = decodeConfig({ profiles: [{ pluginConfig: [{ name, args }] }] });
  expect(issues).toEqual([]);
  return Object.entries(config.profiles[0]!.args).find(([key]) => key === name)?.[1];
}

describe("type meta", () => {
  test("an object made in code may leave out apiVersion and kind", () => {
    expect(issuesOf({ profiles: [{}] })).toEqual([]);
  });

  test("a file must have both", () => {
    expect(issuesOf({}, { requireTypeMeta: true })).toEqual([
      "error apiVersion: Required value: set it to kubescheduler.config.k8s.io/v1",
      "error kind: Required value: set it to KubeSchedulerConfiguration",
    ]);
  });

  test.each(["v1beta1", "v1beta2", "v1beta3", "v1alpha1"])("%s is refused with what to change", (version) => {
    const apiVersion = `kubescheduler.config.k8s.io/${version}`;
    expect(issuesOf({ apiVersion, healthzBindAddress: "x" })).toEqual([
      'error healthzBindAddress: unknown field "healthzBindAddress"',
      `error apiVersion: no kind "KubeSchedulerConfiguration" is registered for version "${apiVersion}": kube-scheduler no longer reads ${version}; set apiVersion to kubescheduler.config.k8s.io/v1 and remove fields reported as unknown`,
    ]);
  });

  test("another kind is refused", () => {
    expect(issuesOf({ apiVersion: "apps/v1", kind: "Deployment" })).toEqual([
      'error apiVersion: no kind "Deployment" is registered for version "apps/v1": set apiVersion to kubescheduler.config.k8s.io/v1',
      'error kind: no kind "Deployment" is registered for version "kubescheduler.config.k8s.io/v1": set kind to KubeSchedulerConfiguration',
    ]);
  });
});

describe("strict decoding", () => {
  test("reports every problem at once, each with its path", () => {
    const plugins = { score: { enabled: [{ name: "ImageLocality" }, { name: "NodeAffinity", weight: "3" }] } };
    expect(issuesOf({ parallelism: 1.5, foo: 1, profiles: [{ bar: 1, plugins }, "x"] })).toEqual([
      "error parallelism: must be a whole number from -2147483648 to 2147483647, not 1.5",
      'error foo: unknown field "foo"',
      'error profiles[0].bar: unknown field "bar"',
      "error profiles[0].plugins.score.enabled[1].weight: must be a whole number from -2147483648 to 2147483647, not a string",
      "error profiles[1]: must be an object, not a string",
      "error profiles[0].schedulerName: Required value",
    ]);
  });

  test("a field in another letter case is unknown, and the right one is named", () => {
    expect(issuesOf({ profiles: [{ plugins: { multipoint: {} } }] })).toEqual([
      'error profiles[0].plugins.multipoint: unknown field "multipoint"; did you mean "multiPoint"?',
    ]);
  });

  test("a field that is no plain word is quoted in the path", () => {
    expect(issuesOf({ profiles: [{ "a.b": 1 }] })).toEqual(['error profiles[0]["a.b"]: unknown field "a.b"']);
  });

  test.each([null, undefined, "text", 5, []])("%s is no configuration", (value) => {
    expect(issuesOf(value)).toHaveLength(1);
    expect(issuesOf(value)[0]).toMatch(/^error : must be an object, not /);
  });

  test("null is the same as absent, except where Go reads a duration", () => {
    expect(issuesOf({ profiles: null, extenders: null, leaderElection: null, parallelism: null })).toEqual([]);
    expect(issuesOf({ leaderElection: { leaseDuration: null } })).toEqual([
      'error leaderElection.leaseDuration: must be a duration such as "30s" or "1m30s", not null',
    ]);
  });

  test("a __proto__ key is an unknown field like any other", () => {
    expect(issuesOf(JSON.parse('{"__proto__": {"profiles": 1}}'))).toEqual([
      'error __proto__: unknown field "__proto__"',
    ]);
  });

  test("fields that decide nothing are checked and then dropped without a word", () => {
    const leaderElection = { leaderElect: true, leaseDuration: "15s", renewDeadline: "10s", retryPeriod: "2s" };
    const clientConnection = { kubeconfig: "/x", qps: 1.5, burst: 10 };
    const value = {
      parallelism: 8,
      leaderElection,
      clientConnection,
      enableProfiling: false,
      delayCacheUntilActive: true,
    };
    const { config, issues } = decodeConfig(value);
    expect(issues).toEqual([]);
    expect(Object.keys(config)).toEqual(["profiles", "extenders"]);
    expect(
      issuesOf({ leaderElection: { leaseDuration: "1s", resourceLock: "endpoints" }, clientConnection: { burst: -1 } }),
    ).toEqual([
      "error clientConnection.burst: Invalid value: -1: must be non-negative",
      'error leaderElection.leaseDuration: Invalid value: "10s": must be greater than `RenewDeadline`',
      'error leaderElection.resourceLock: Invalid value: "endpoints": resourceLock value must be "leases"',
    ]);
  });
});

describe("validation", () => {
  test("of the whole", () => {
    const value = {
      parallelism: 0,
      podInitialBackoffSeconds: 0,
      podMaxBackoffSeconds: -1,
      percentageOfNodesToScore: 101,
    };
    expect(issuesOf({ ...value, profiles: [{ percentageOfNodesToScore: -1 }] })).toEqual([
      "error parallelism: Invalid value: 0: should be an integer value greater than zero",
      "error profiles[0].percentageOfNodesToScore: Invalid value: -1: not in valid range [0-100]",
      "error percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]",
      "error podInitialBackoffSeconds: Invalid value: 0: must be greater than 0",
      "error podMaxBackoffSeconds: Invalid value: -1: must be greater than or equal to PodInitialBackoffSeconds",
    ]);
  });

  test("scheduler names are unique, and only a single profile may leave its name out", () => {
    expect(decodeConfig({}).config.profiles.map((each) => each.schedulerName)).toEqual(["default-scheduler"]);
    expect(issuesOf({ profiles: [{ schedulerName: "a" }, { schedulerName: "a" }, {}] })).toEqual([
      "error profiles[1].schedulerName: Duplicate value: {}: the name is that of profiles[0]",
      "error profiles[2].schedulerName: Required value",
    ]);
    expect(issuesOf({ profiles: [{ schedulerName: "" }] })).toEqual([
      "error profiles[0].schedulerName: Required value",
    ]);
  });

  test("plugins of earlier releases are refused", () => {
    const sentence =
      'Invalid value: "EBSLimits": was invalid in version "v1" (KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")';
    const plugins = { filter: { enabled: [{ name: "EBSLimits" }] } };
    const issues = issuesOf({ profiles: [{ plugins, pluginConfig: [{ name: "EBSLimits" }] }] });
    expect(issues).toContain(`error profiles[0].plugins.filter.enabled[0]: ${sentence}`);
    expect(issues).toContain(`error profiles[0].pluginConfig[0]: ${sentence}`);
  });

  test("pluginConfig names a plugin once; that of an unknown plugin is a warning, as kube-scheduler never reads it", () => {
    const pluginConfig = [{ name: "VolumeBinding" }, { name: "VolumeBinding" }, { name: "NodeResourceFit", args: {} }];
    expect(issuesOf({ profiles: [{ pluginConfig }] })).toEqual([
      'error profiles[0].pluginConfig[1]: Duplicate value: "VolumeBinding"',
      'warning profiles[0].pluginConfig[2].name: "NodeResourceFit" is no plugin, so its args are not read',
    ]);
  });

  test("all profiles order the queue alike", () => {
    const a = { schedulerName: "a" };
    const b = { schedulerName: "b" };
    const plugins = { queueSort: { enabled: [{ name: "PrioritySort" }] } };
    expect(issuesOf({ profiles: [{ ...a, plugins }, b] })).toEqual([
      'error profiles[1].plugins.queueSort: Invalid value: {"Enabled":null,"Disabled":null}: must be the same for all profiles',
    ]);
    const pluginConfig = [{ name: "PrioritySort", args: {} }];
    expect(issuesOf({ profiles: [{ ...a, pluginConfig }, b] })).toEqual([
      'error profiles[1].pluginConfig: different queue sort plugin args for profile "b"',
    ]);
    const one = [{ name: "PrioritySort", args: { x: 1, y: [2] } }];
    const same = [{ name: "PrioritySort", args: { y: [2], x: 1 } }];
    expect(
      issuesOf({
        profiles: [
          { ...a, pluginConfig: one },
          { ...b, pluginConfig: same },
        ],
      }),
    ).toEqual([]);
  });
});

describe("extenders", () => {
  test("are carried, with a warning that they are not called", () => {
    const extender = { urlPrefix: "http://x", filterVerb: "filter", httpTimeout: "1m30s" };
    const { config, issues } = decodeConfig({ extenders: [extender] });
    expect(config.extenders).toEqual([{ ...extender, httpTimeout: { text: "1m30s", ms: 90_000 } }]);
    expect(issues.map((issue) => [issue.severity, issue.path])).toEqual([["warning", "extenders"]]);
  });

  test("are validated across all of them", () => {
    const managedResources = [{ name: "a/b" }, { name: "cpu" }];
    const extenders = [
      { bindVerb: "bind", prioritizeVerb: "p", managedResources },
      { bindVerb: "bind", managedResources: [{ name: "a/b" }], tlsConfig: { insecure: true, caData: "QQ==" } },
    ];
    expect(issuesOf({ extenders }).filter((line) => line.startsWith("error"))).toEqual([
      "error extenders[0].weight: Invalid value: 0: must have a positive weight applied to it",
      'error extenders[0].managedResources[1].name: Invalid value: "cpu": is an invalid extended resource name',
      'error extenders[1].managedResources[0].name: Invalid value: "a/b": duplicate extender managed resource name',
      'error extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
      "error extenders[1].tlsConfig.insecure: specifying a root certificates file with the insecure flag is not allowed",
    ]);
  });

  test("a resource ignored by the scheduler replaces ignoredResources in every profile", () => {
    const pluginConfig = [{ name: "NodeResourcesFit", args: { ignoredResources: ["x/y"] } }];
    const extenders = [{ managedResources: [{ name: "a/b", ignoredByScheduler: true }, { name: "a/c" }] }];
    const profiles = [{ schedulerName: "a", pluginConfig }, { schedulerName: "b" }];
    const { config } = decodeConfig({ extenders, profiles });
    expect(config.profiles.map((each) => each.args.NodeResourcesFit.ignoredResources)).toEqual([["a/b"], ["a/b"]]);
    const without = [{ plugins: { multiPoint: { disabled: [{ name: "NodeResourcesFit" }] } } }];
    expect(issuesOf({ extenders, profiles: without })).toContain(
      "error profiles[0].pluginConfig: can't find NodeResourcesFitArgs in plugin config",
    );
  });
});

describe("plugin arguments", () => {
  const resources = [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 1 },
  ];

  test("have kube-scheduler's defaults", () => {
    expect(decodeConfig({}).config.profiles[0]?.args).toEqual({
      NodeResourcesFit: {
        ignoredResources: [],
        ignoredResourceGroups: [],
        scoringStrategy: { type: "LeastAllocated", resources },
      },
      NodeResourcesBalancedAllocation: { resources },
      NodeAffinity: {},
      PodTopologySpread: { defaultingType: "System", defaultConstraints: [] },
      InterPodAffinity: { hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false },
      DefaultPreemption: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 },
      VolumeBinding: { bindTimeoutSeconds: 600 },
      DynamicResources: { filterTimeoutMs: 10_000, bindingTimeoutMs: 600_000 },
    });
  });

  test("may repeat their apiVersion and kind, which must be right", () => {
    const apiVersion = "kubescheduler.config.k8s.io/v1";
    expect(argsOf("VolumeBinding", { apiVersion, kind: "VolumeBindingArgs" })).toEqual({ bindTimeoutSeconds: 600 });
    expect(argsIssues("VolumeBinding", { apiVersion: "v1", kind: "FooArgs" })).toEqual([
      '.apiVersion: no kind "FooArgs" is registered for version "v1"',
      ".kind: args for plugin VolumeBinding were not of type VolumeBindingArgs.kubescheduler.config.k8s.io, got FooArgs.kubescheduler.config.k8s.io",
    ]);
  });

  test("of a plugin without known arguments are carried as they are", () => {
    const pluginConfig = [{ name: "Mine", args: { any: ["thing"] } }];
    const { config, issues } = decodeConfig(
      { profiles: [{ pluginConfig }] },
      { plugins: new Map([["Mine", ["filter"]]]) },
    );
    expect(issues).toEqual([]);
    expect([...config.profiles[0]!.otherArgs]).toEqual([["Mine", { any: ["thing"] }]]);
  });

  test("NodeResourcesFit: a resource weight of 0 is 1, and a shape keeps its written scores", () => {
    const shape = [{ utilization: 0 }, { utilization: 100, score: 10 }];
    const scoringStrategy = {
      type: "RequestedToCapacityRatio",
      resources: [{ name: "a/b" }, { name: "cpu", weight: 0 }],
      requestedToCapacityRatio: { shape },
    };
    expect(argsOf("NodeResourcesFit", { scoringStrategy })).toMatchObject({
      scoringStrategy: {
        resources: [
          { name: "a/b", weight: 1 },
          { name: "cpu", weight: 1 },
        ],
        requestedToCapacityRatio: { shape: [{ utilization: 0, score: 0 }, shape[1]] },
      },
    });
  });

  test("NodeResourcesFit: a strategy without type has no default, and its parts must agree", () => {
    expect(argsIssues("NodeResourcesFit", { scoringStrategy: {} })).toEqual([
      '.scoringStrategy.type: Unsupported value: "": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
    ]);
    expect(argsIssues("NodeResourcesFit", { scoringStrategy: { type: "RequestedToCapacityRatio" } })).toEqual([
      ".scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is RequestedToCapacityRatio",
    ]);
    const scoringStrategy = {
      type: "MostAllocated",
      requestedToCapacityRatio: {},
      resources: [{ name: "x", weight: 101 }],
    };
    expect(argsIssues("NodeResourcesFit", { scoringStrategy, ignoredResourceGroups: ["a/b"] })).toEqual([
      ".ignoredResourceGroups[0]: Invalid value: \"a/b\": resource group name can't contain '/'",
      ".scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of x not in valid range (0, 100]",
      ".scoringStrategy.requestedToCapacityRatio: Forbidden: must be nil when type is not RequestedToCapacityRatio",
    ]);
  });

  test.each([
    [[], [": Required value: at least one point must be specified"]],
    [
      [{ utilization: 5 }, { utilization: 5 }],
      ["[1].utilization: Invalid value: 5: values must be sorted in increasing order"],
    ],
    [
      [{ utilization: -1, score: 11 }],
      [
        "[0].utilization: Invalid value: -1: not in valid range [0, 100]",
        "[0].score: Invalid value: 11: not in valid range [0, 10]",
      ],
    ],
  ])("NodeResourcesFit: the shape %j is refused", (shape, expected) => {
    const scoringStrategy = { type: "RequestedToCapacityRatio", requestedToCapacityRatio: { shape } };
    const path = ".scoringStrategy.requestedToCapacityRatio.shape";
    expect(argsIssues("NodeResourcesFit", { scoringStrategy })).toEqual(expected.map((line) => path + line));
  });

  test("NodeResourcesFit: args are validated only for a profile that enables the plugin, as upstream does", () => {
    const pluginConfig = [{ name: "NodeResourcesFit", args: { scoringStrategy: { type: "Other" } } }];
    const multiPoint = { disabled: [{ name: "NodeResourcesFit" }] };
    expect(issuesOf({ profiles: [{ plugins: { multiPoint }, pluginConfig }] })).toEqual([]);
    const filter = { enabled: [{ name: "NodeResourcesFit" }] };
    expect(issuesOf({ profiles: [{ plugins: { multiPoint, filter }, pluginConfig }] })).toHaveLength(1);
  });

  test("NodeResourcesFit: ignoredResources that extenders replace are not looked at", () => {
    const pluginConfig = [
      { name: "NodeResourcesFit", args: { ignoredResources: ["/"], ignoredResourceGroups: ["/"] } },
    ];
    const extenders = [{ managedResources: [{ name: "a/b", ignoredByScheduler: true }] }];
    const errors = issuesOf({ extenders, profiles: [{ pluginConfig }] }).filter((line) => line.startsWith("error"));
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every((line) => line.includes(".ignoredResourceGroups[0]: "))).toBe(true);
    expect(issuesOf({ profiles: [{ pluginConfig }] }).join()).toContain(".ignoredResources[0]: ");
  });

  test("NodeResourcesBalancedAllocation: names are unique and weights are 1", () => {
    expect(
      argsIssues("NodeResourcesBalancedAllocation", { resources: [{ name: "cpu" }, { name: "cpu", weight: 2 }] }),
    ).toEqual(['.resources[1].name: Duplicate value: "cpu"', ".resources[1].weight: Invalid value: 2: must be 1"]);
  });

  test("NodeAffinity: every term of addedAffinity must parse, unless its weight is 0", () => {
    const bad = { matchExpressions: [{ key: "x", operator: "Gt", values: ["a"] }] };
    const addedAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "Exists" }] }, {}],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: bad },
        { weight: 0, preference: bad },
      ],
    };
    expect(argsIssues("NodeAffinity", { addedAffinity })).toEqual([
      '.addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].operator: Unsupported value: "Exists": supported values: "In", "NotIn"',
      ".addedAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer",
    ]);
  });

  test("PodTopologySpread: defaults need type List, and each is complete, selectorless and unique", () => {
    const whole = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };
    expect(argsIssues("PodTopologySpread", { defaultConstraints: [whole] })).toEqual([
      '.defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
    ]);
    const defaultConstraints = [whole, { ...whole, labelSelector: {} }, {}];
    expect(argsIssues("PodTopologySpread", { defaultingType: "List", defaultConstraints })).toEqual([
      ".defaultConstraints[1].labelSelector: Forbidden: constraint must not define a selector, as they deduced for each pod",
      '.defaultConstraints[1]: Duplicate value: "{zone, DoNotSchedule}"',
      ".defaultConstraints[2].maxSkew: Invalid value: 0: not in valid range (0, inf)",
      ".defaultConstraints[2].topologyKey: Required value: can not be empty",
      ".defaultConstraints[2].whenUnsatisfiable: Required value: can not be empty",
    ]);
  });

  test.each([
    [
      "InterPodAffinity",
      { hardPodAffinityWeight: 101 },
      ".hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]",
    ],
    [
      "VolumeBinding",
      { bindTimeoutSeconds: -1 },
      ".bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value",
    ],
    [
      "VolumeBinding",
      { shape: [] },
      ".shape: Invalid value: []: unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring",
    ],
    ["DynamicResources", { filterTimeout: "-1s" }, '.filterTimeout: Invalid value: "-1s": must be zero or positive'],
    [
      "DynamicResources",
      { bindingTimeout: "10ms" },
      '.bindingTimeout: Invalid value: "10ms": must be at least 1 second',
    ],
    [
      "DefaultPreemption",
      { minCandidateNodesAbsolute: -1 },
      ".minCandidateNodesAbsolute: Invalid value: -1: not in valid range [0, inf)",
    ],
  ])("%s: %j is refused", (name, args, expected) => {
    expect(argsIssues(name, args)).toEqual([expected]);
  });

  test("DefaultPreemption: not both 0", () => {
    const args = { minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 };
    expect(argsIssues("DefaultPreemption", args)).toEqual([
      ".minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute",
      ".minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same time as minCandidateNodesPercentage",
    ]);
  });
});

describe("any value", () => {
  const key = fc.constantFrom(
    "profiles",
    "plugins",
    "score",
    "enabled",
    "name",
    "weight",
    "pluginConfig",
    "args",
    "extenders",
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 8, withCrossShrink: true },
      fc.anything(),
      fc.dictionary(key, tie("tree"), { maxKeys: 3 }),
      fc.array(tie("tree"), { maxLength: 2 }),
    ),
  }));

  property.prop([tree], { seed: SEED, numRuns: 1000 })(
    "is decoded or refused without a crash, and what is decoded without an error makes profiles",
    (value) => {
      const { config, issues } = decodeConfig(value);
      const hasErrors = issues.some((issue) => issue.severity === "error");
      if (!hasErrors) expect(buildProfiles(config)).toHaveLength(config.profiles.length);
    },
  );

  test("however deep, is decoded or refused", () => {
    let deep: unknown = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { args: deep };
    const profiles = ["a", "b"].map((schedulerName) => ({
      schedulerName,
      pluginConfig: [{ name: "PrioritySort", args: deep }],
    }));
    expect(issuesOf({ profiles })).toEqual([
      'error profiles[1].pluginConfig: different queue sort plugin args for profile "b"',
    ]);
  });
});
