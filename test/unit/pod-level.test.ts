// Method: each rule of completing pod-level resources by a hand-made pod whose result follows from upstream's code; that
// code itself judges thousands of random pods in test/kubernetes/defaults-compare.test.ts.
import { describe, expect, test } from "vitest";
import type { Container, PodSpec, ResourceList } from "../../src/kube/objects.js";
import { podLevelDefaults, podLevelOnCreate } from "../../src/kube/pod-level.js";

const HUGE = "hugepages-2Mi";

function container(requests: ResourceList, limits: ResourceList = {}, restartPolicy?: string): Container {
  return { resources: { requests, limits }, ...(restartPolicy === undefined ? {} : { restartPolicy }) };
}

function requestsOf(spec: PodSpec): ResourceList | null | undefined {
  return podLevelDefaults(spec)?.requests;
}

describe("a pod's own requests", () => {
  test("are not made up where it has no resources, no limits or only empty ones", () => {
    const containers = [container({ cpu: "1" })];
    expect(podLevelDefaults({ containers })).toBeUndefined();
    for (const resources of [{}, { requests: null, limits: null }, { limits: {} }, { requests: { cpu: "2" } }]) {
      expect(podLevelDefaults({ containers, resources })).toBe(resources);
    }
  });

  test("are first its own, then of cpu and memory what the containers ask for, then its limits", () => {
    const containers = [container({ cpu: "1", memory: "1Gi", "example.com/gpu": "1" }), container({ cpu: "500m" })];
    const limits = { cpu: "4", memory: "8Gi", [HUGE]: "4Mi", "example.com/gpu": "2" };
    expect(requestsOf({ containers, resources: { limits } })).toEqual({ cpu: "1500m", memory: "1Gi", [HUGE]: "4Mi" });
    expect(requestsOf({ containers, resources: { limits, requests: { cpu: "0" } } })).toEqual({
      cpu: "0",
      memory: "1Gi",
      [HUGE]: "4Mi",
    });
    expect(requestsOf({ resources: { limits } })).toEqual({ cpu: "4", memory: "8Gi", [HUGE]: "4Mi" });
  });

  test("count cpu and memory of the containers, for which it has no limit, too", () => {
    const containers = [container({ cpu: "1", memory: "1Gi", [HUGE]: "2Mi" })];
    expect(requestsOf({ containers, resources: { limits: { cpu: "4" } } })).toEqual({ cpu: "1", memory: "1Gi" });
  });

  test("add sidecars to the containers, and are the peak of the init containers where that is more", () => {
    const containers = [container({ cpu: "1", memory: "1Gi" })];
    const initContainers = [
      container({ cpu: "3" }),
      container({ cpu: "1" }, {}, "Always"),
      container({ cpu: "1500m", memory: "512Mi" }),
    ];
    const resources = { limits: { cpu: "9" } };
    expect(requestsOf({ containers, initContainers, resources })).toEqual({ cpu: "3", memory: "1Gi" });
    expect(requestsOf({ containers, initContainers: initContainers.slice(1), resources })?.cpu).toBe("2500m");
    expect(requestsOf({ containers, initContainers: initContainers.slice(1, 2), resources })?.cpu).toBe("2");
  });

  test("are exact sums of what is not yet rounded", () => {
    const containers = [container({ cpu: "100u" }), container({ cpu: "200u" })];
    expect(requestsOf({ containers, resources: { limits: { cpu: "1" } } })).toEqual({ cpu: "300u" });
  });
});

describe("a pod's own limits of huge pages", () => {
  const containers = [container({}, { [HUGE]: "2Mi" }), container({}, { [HUGE]: "4Mi", memory: "1Gi" })];

  test("are those of its containers, as soon as it has a request or a limit of anything", () => {
    expect(podLevelDefaults({ containers, resources: { requests: { cpu: "1" } } })).toEqual({
      limits: { [HUGE]: "6Mi" },
      requests: { cpu: "1", [HUGE]: "6Mi" },
    });
    expect(podLevelDefaults({ containers, resources: { limits: { cpu: "1" } } })?.limits).toEqual({
      cpu: "1",
      [HUGE]: "6Mi",
    });
  });

  test("stay as they are where it says something itself, by limit or by request", () => {
    expect(podLevelDefaults({ containers, resources: { limits: { [HUGE]: "0" } } })?.limits).toEqual({ [HUGE]: "0" });
    const resources = { requests: { [HUGE]: "8Mi" } };
    expect(podLevelDefaults({ containers, resources })).toBe(resources);
  });
});

describe("what 1.37 fills in when the pod is created", () => {
  const limited = container({ cpu: "1" }, { cpu: "2", memory: "1Gi" });

  test("is nothing where the pod says nothing itself", () => {
    for (const resources of [{}, { requests: {}, limits: {} }]) {
      expect(podLevelOnCreate({ containers: [limited], resources })).toBe(resources);
    }
    expect(podLevelOnCreate({ containers: [limited] })).toBeUndefined();
  });

  test("are requests of cpu and memory also where it has no limits", () => {
    const containers = [container({ cpu: "1", memory: "1Gi" }), container({ cpu: "2" })];
    expect(podLevelOnCreate({ containers, resources: { requests: { cpu: "5" } } })).toEqual({
      requests: { cpu: "5", memory: "1Gi" },
    });
  });

  test("are limits of what it requests, where every container has one, and never less than the request", () => {
    const limitsOf = (spec: PodSpec) => podLevelOnCreate(spec)?.limits;
    const resources = { requests: { cpu: "1" } };
    expect(limitsOf({ containers: [limited, limited], resources })).toEqual({ cpu: "4" });
    expect(limitsOf({ containers: [limited, limited], resources: { requests: { cpu: "9" } } })).toEqual({ cpu: "9" });
    expect(limitsOf({ containers: [limited, container({})], resources })).toBeUndefined();
    expect(limitsOf({ containers: [limited], initContainers: [container({})], resources })).toBeUndefined();
    expect(limitsOf({ containers: [limited], resources: { limits: { cpu: "3" } } })).toEqual({ cpu: "3" });
  });

  test("changes nothing the second time", () => {
    const containers = [limited, container({ memory: "1Gi" }, { [HUGE]: "2Mi", cpu: "1" })];
    const resources = podLevelOnCreate({ containers, resources: { limits: { memory: "9Gi" } } })!;
    expect(podLevelOnCreate({ containers, resources })).toEqual(resources);
  });
});
