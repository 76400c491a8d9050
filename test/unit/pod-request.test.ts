// Requests worked out by hand from the rules (sum, init peak, sidecars, overhead, pod level, resize), and properties
// against a separate model in exact billionths that walks the pod in its own way.
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Container, Pod, PodSpec, QuantityText, ResourceList } from "../../src/kube/objects.js";
import {
  isExtendedResource,
  isSchedulerResource,
  type PodRequestOptions,
  podRequest,
  requestIssues,
} from "../../src/kube/pod-request.js";
import { parseQuantity } from "../../src/kube/quantity.js";

const MIB = 2 ** 20;

const asking = (requests: ResourceList): Container => ({ resources: { requests } });
const sidecar = (requests: ResourceList): Container => ({ restartPolicy: "Always", resources: { requests } });
const request = (pod: Pod, options?: PodRequestOptions) => Object.fromEntries(podRequest(pod, options));
const requestOf = (spec: PodSpec, options?: PodRequestOptions) => request({ spec }, options);

describe("containers", () => {
  test("cpu is summed in milli and everything else in base units, in order of first mention", () => {
    const spec = { containers: [asking({ memory: "1Mi", cpu: "0.5" }), asking({ cpu: 1, "nvidia.com/gpu": 2 })] };
    expect([...podRequest({ spec })]).toEqual([
      ["memory", MIB],
      ["cpu", 1500],
      ["nvidia.com/gpu", 2],
    ]);
  });

  test("sums are rounded up once", () => {
    const tenth = asking({ cpu: "100u", memory: "100m" });
    expect(requestOf({ containers: [tenth, tenth] })).toEqual({ cpu: 1, memory: 1 });
    expect(requestOf({ containers: Array.from({ length: 11 }, () => tenth) })).toEqual({ cpu: 2, memory: 2 });
    expect(requestOf({ containers: [tenth, asking({ cpu: "1", memory: 1 })] })).toEqual({ cpu: 1001, memory: 2 });
  });

  test("a pod that asks for nothing has an empty request", () => {
    for (const pod of [{}, { spec: {} }, { spec: { containers: [{}, { resources: null }] } }]) {
      expect(podRequest(pod).size).toBe(0);
    }
  });

  test("limits are never read", () => {
    expect(requestOf({ containers: [{ resources: { limits: { cpu: "1" } } }] })).toEqual({});
  });

  test("names are kept as written, also those that every JavaScript object has", () => {
    const requests = JSON.parse('{"__proto__":"3","constructor":"4"}') as ResourceList;
    expect([...podRequest({ spec: { containers: [asking(requests)] } })]).toEqual([
      ["__proto__", 3],
      ["constructor", 4],
    ]);
  });

  test("an undefined quantity is as good as missing, and null is zero", () => {
    const requests = { cpu: undefined, memory: null } as unknown as ResourceList;
    expect(requestOf({ containers: [asking(requests)] })).toEqual({ memory: 0 });
  });
});

describe("init containers", () => {
  test("ordinary ones count by the greatest of each resource", () => {
    const initContainers = [asking({ cpu: 3, memory: 1 }), asking({ cpu: 1, memory: 9 }), asking({ "a.b/c": 1 })];
    const containers = [asking({ cpu: 2, memory: 5 })];
    expect(requestOf({ containers, initContainers })).toEqual({ cpu: 3000, memory: 9, "a.b/c": 1 });
  });

  test("sidecars count with the containers and with every later init container", () => {
    const containers = [asking({ cpu: 1 })];
    expect(requestOf({ containers, initContainers: [sidecar({ cpu: 2 })] })).toEqual({ cpu: 3000 });
    expect(requestOf({ containers, initContainers: [sidecar({ cpu: 2 }), asking({ cpu: 4 })] })).toEqual({ cpu: 6000 });
    expect(requestOf({ containers, initContainers: [asking({ cpu: 4 }), sidecar({ cpu: 2 })] })).toEqual({ cpu: 4000 });
  });

  test("a peak below a unit is compared exactly", () => {
    const initContainers = [asking({ cpu: "1100u" })];
    expect(requestOf({ containers: [asking({ cpu: "1m" })], initContainers })).toEqual({ cpu: 2 });
    expect(requestOf({ containers: [asking({ cpu: "1050u" })], initContainers })).toEqual({ cpu: 2 });
  });
});

describe("overhead and pod level", () => {
  const containers = [asking({ cpu: 4, memory: 7, "ephemeral-storage": 5 })];

  test("overhead is added on top of everything", () => {
    const spec = { containers, initContainers: [asking({ cpu: 6 })], overhead: { cpu: "250m", "x.y/z": 1 } };
    expect(requestOf(spec)).toEqual({ cpu: 6250, memory: 7, "ephemeral-storage": 5, "x.y/z": 1 });
  });

  test("pod-level cpu, memory and huge pages replace the containers' sum, even by less; other names do not", () => {
    const resources = { requests: { cpu: 1, "hugepages-2Mi": "2Mi", "ephemeral-storage": 1, "x.y/z": 1 } };
    const expected = { cpu: 1000, memory: 7, "ephemeral-storage": 5, "hugepages-2Mi": 2 * MIB };
    expect(requestOf({ containers, resources })).toEqual(expected);
    expect(requestOf({ containers, resources, overhead: { cpu: 1 } })).toEqual({ ...expected, cpu: 2000 });
    expect(requestOf({ containers, resources }, { podLevel: false })).toEqual(requestOf({ containers }));
  });
});

describe("assumed defaults", () => {
  const options = { assumeDefaults: true };

  test("each container that names no cpu counts 100m and no memory 200Mi, an explicit zero stays", () => {
    expect(requestOf({ containers: [{}, asking({ cpu: 0 })] }, options)).toEqual({ cpu: 100, memory: 400 * MIB });
    expect(requestOf({ containers: [asking({ cpu: 2, memory: 1 })] }, options)).toEqual({ cpu: 2000, memory: 1 });
    expect(requestOf({ containers: [{}], initContainers: [sidecar({}), asking({})] }, options)).toEqual({
      cpu: 200,
      memory: 400 * MIB,
    });
  });

  test("where pod-level requests count, only what the total lacks is assumed", () => {
    const containers = [{}, asking({ "x.y/z": 1 })];
    const resources = { requests: { cpu: 1 } };
    expect(requestOf({ containers, resources }, options)).toEqual({ cpu: 1000, memory: 400 * MIB, "x.y/z": 1 });
    expect(requestOf({ containers: [{}, asking({ memory: 1 })], resources }, options)).toEqual({
      cpu: 1000,
      memory: 1,
    });
    expect(requestOf({ containers, resources, overhead: { memory: 3 } }, options)).toEqual({
      cpu: 1000,
      memory: 3,
      "x.y/z": 1,
    });
    expect(requestOf({ containers, resources }, { ...options, podLevel: false })).toMatchObject({ cpu: 200 });
  });
});

describe("resize in place", () => {
  const options = { statusResources: true };
  const named = (name: string, requests: ResourceList): Container => ({ name, resources: { requests } });
  const spec = { containers: [named("a", { cpu: 2, memory: 1 })] };
  const infeasible = { conditions: [{ type: "PodResizePending", reason: "Infeasible" }] };
  const status = (cpu: QuantityText, allocated: ResourceList) => ({
    containerStatuses: [{ name: "a", resources: { requests: { cpu } }, allocatedResources: allocated }],
  });

  test("a container counts the most of what is asked, promised and actuated", () => {
    expect(request({ spec, status: status(3, { memory: 4 }) }, options)).toEqual({ cpu: 3000, memory: 4 });
    expect(request({ spec, status: status(1, { cpu: "2500m" }) }, options)).toEqual({ cpu: 2500, memory: 1 });
    expect(request({ spec, status: status(3, { memory: 4 }) })).toEqual({ cpu: 2000, memory: 1 });
  });

  test("what is asked does not count when the resize can never be done", () => {
    expect(request({ spec, status: { ...status(1, {}), ...infeasible } }, options)).toEqual({ cpu: 1000 });
    const deferred = { conditions: [{ type: "PodResizePending", reason: "Deferred" }, ...infeasible.conditions] };
    expect(request({ spec, status: { ...status(1, {}), ...deferred } }, options)).toEqual({ cpu: 2000, memory: 1 });
  });

  test("a status without resources, or of another container, changes nothing", () => {
    const allocatedResources = { cpu: 9 };
    expect(request({ spec, status: { containerStatuses: [{ name: "a", allocatedResources }] } }, options)).toEqual({
      cpu: 2000,
      memory: 1,
    });
    expect(
      request({ spec, status: { containerStatuses: [{ name: "b", resources: {}, allocatedResources }] } }, options),
    ).toEqual({
      cpu: 2000,
      memory: 1,
    });
  });

  test("sidecars are resized, ordinary init containers are not", () => {
    const initContainerStatuses = [{ name: "i", resources: { requests: { cpu: 5 } } }];
    const init = named("i", { cpu: 1 });
    const total = (container: Container) =>
      request({ spec: { ...spec, initContainers: [container] }, status: { initContainerStatuses } }, options).cpu;
    expect(total({ ...init, restartPolicy: "Always" })).toBe(7000);
    expect(total(init)).toBe(2000);
  });

  test("pod-level requests are resized by the pod's own status", () => {
    const pod = {
      spec: { ...spec, resources: { requests: { cpu: 3 } } },
      status: { resources: { requests: { cpu: 5 } } },
    };
    expect(request(pod, options).cpu).toBe(5000);
    expect(request({ ...pod, status: { allocatedResources: { cpu: 5 } } }, options).cpu).toBe(3000);
    expect(request({ ...pod, status: { resources: {}, ...infeasible } }, options).cpu).toBe(0);
  });
});

describe("resize in place, comparing sums as 1.37 does", () => {
  const options = { statusResources: true, comparesSums: true };
  const named = (name: string, requests: ResourceList): Container => ({ name, resources: { requests } });
  const spec = { containers: [named("a", { cpu: 2 }), named("b", { cpu: 4 })] };
  const infeasible = { conditions: [{ type: "PodResizePending", reason: "Infeasible" }] };
  const status = (name: string, allocated?: QuantityText, actuated?: QuantityText) => ({
    name,
    ...(allocated === undefined ? {} : { allocatedResources: { cpu: allocated } }),
    ...(actuated === undefined ? {} : { resources: { requests: { cpu: actuated } } }),
  });
  const cpuOf = (pod: Pod) => request(pod, options).cpu;

  test("the most of the sums counts, not the sum of what is the most for each container", () => {
    const containerStatuses = [status("a", 3, 3), status("b", 1, 1)];
    expect(cpuOf({ spec, status: { containerStatuses } })).toBe(6000);
    expect(request({ spec, status: { containerStatuses } }, { statusResources: true }).cpu).toBe(7000);
    expect(cpuOf({ spec, status: { containerStatuses: [status("a", 3, 9), status("b", 1, 1)] } })).toBe(10000);
  });

  test("a container counts as promised what it asks, and as actuated what it was promised, where nothing is said", () => {
    expect(cpuOf({ spec, status: { containerStatuses: [status("a", 5)] } })).toBe(9000);
    expect(cpuOf({ spec, status: { containerStatuses: [status("a", undefined, 5)] } })).toBe(9000);
    expect(cpuOf({ spec, status: { containerStatuses: [{ name: "a", resources: {} }] } })).toBe(6000);
    expect(cpuOf({ spec, status: { containerStatuses: [{ name: "a", allocatedResources: {} }] } })).toBe(6000);
  });

  test("what is asked does not count when the resize can never be done, even if nothing else is known", () => {
    expect(cpuOf({ spec, status: { containerStatuses: [status("a", 1, 1)], ...infeasible } })).toBe(1000);
    expect(request({ spec, status: infeasible }, options)).toEqual({});
    expect(request({ spec, status: infeasible }, { ...options, assumeDefaults: true }).cpu).toBe(200);
  });

  test("the pod's own status stands for its containers' once it says both", () => {
    const containerStatuses = [status("a", 9, 9)];
    const both = { allocatedResources: { cpu: 7 }, resources: { requests: { cpu: 3 } } };
    expect(cpuOf({ spec, status: { ...both, containerStatuses } })).toBe(7000);
    expect(cpuOf({ spec, status: { ...both, resources: {}, containerStatuses } })).toBe(13000);
  });

  test("init containers that end are resized, too", () => {
    const initContainers = [named("i", { cpu: 7 })];
    const initContainerStatuses = [status("i", 8)];
    expect(cpuOf({ spec: { ...spec, initContainers }, status: { initContainerStatuses } })).toBe(8000);
  });

  test("pod-level requests are replaced by what their status has, and only by that when a resize can never be done", () => {
    const whole = { ...spec, resources: { requests: { cpu: 3 } } };
    expect(cpuOf({ spec: whole, status: { resources: { requests: { cpu: 5 } } } })).toBe(5000);
    expect(cpuOf({ spec: whole, status: { resources: { requests: { cpu: 1 } }, ...infeasible } })).toBe(1000);
    const other = { resources: { requests: { memory: 7 } }, containerStatuses: [status("a", 1)], ...infeasible };
    expect(request({ spec: whole, status: other }, options)).toEqual({ cpu: 1000, memory: 7 });
  });
});

describe("quantities that cannot be counted", () => {
  const pod: Pod = {
    spec: {
      containers: [asking({ cpu: "1" }), asking({ cpu: "1 core", "nvidia.com/gpu": Number.NaN })],
      initContainers: [asking({ memory: "8Ei" })],
      overhead: { cpu: {} as string },
    },
    status: { containerStatuses: [{ allocatedResources: { memory: "1ki" } }] },
  };

  test("the first is thrown with its path, and all of them can be listed", () => {
    const issues = requestIssues(pod);
    expect(issues.map(({ path }) => path)).toEqual([
      "spec.containers[1].resources.requests.cpu",
      'spec.containers[1].resources.requests["nvidia.com/gpu"]',
      "spec.initContainers[0].resources.requests.memory",
      "spec.overhead.cpu",
      "status.containerStatuses[0].allocatedResources.memory",
    ]);
    expect(issues.every(({ code, severity }) => code === "bad-quantity" && severity === "error")).toBe(true);
    const first = { path: issues[0]?.path, reason: issues[0]?.message };
    expect(() => podRequest(pod)).toThrow(expect.objectContaining({ code: "ERR_QUANTITY", details: first }));
  });

  test("a sum of 2^53 is refused although each part can be counted", () => {
    const half = asking({ memory: "4Pi" });
    expect(requestIssues({ spec: { containers: [half, half] } })).toEqual([]);
    expect(() => podRequest({ spec: { containers: [half, half] } })).toThrow(
      "spec.containers[*].resources.requests.memory: is 2^53 or more, which cannot be counted exactly",
    );
  });
});

describe("resource names", () => {
  test.each([
    "cpu",
    "memory",
    "ephemeral-storage",
    "pods",
    "hugepages-2Mi",
    "attachable-volumes-aws-ebs",
    "nvidia.com/gpu",
    "kubernetes.io/x",
    "a.kubernetes.io/x",
  ])("%s is counted by the scheduler", (name) => expect(isSchedulerResource(name)).toBe(true));

  test.each([
    "",
    "gpu",
    "storage",
    "requests.nvidia.com/gpu",
    "a/b/c",
    "nvidia.com/",
    "/gpu",
    "nvidia.com/_gpu",
    "Nvidia.com/gpu",
  ])("%j is not", (name) => expect(isSchedulerResource(name)).toBe(false));

  test("extended resources are those with a domain that is not Kubernetes' own", () => {
    expect(isExtendedResource("nvidia.com/gpu")).toBe(true);
    for (const name of ["cpu", "hugepages-2Mi", "kubernetes.io/x", "a.kubernetes.io/x", "requests.a.b/c"]) {
      expect(isExtendedResource(name)).toBe(false);
    }
    // The name must still be one with the quota prefix "requests." before it.
    expect(isExtendedResource(`${"a".repeat(244)}/b`)).toBe(true);
    expect(isExtendedResource(`${"a".repeat(245)}/b`)).toBe(false);
  });
});

const quantity = fc.constantFrom("0", "1", "250m", "100u", "1.1m", "0.3Ki", "1e-3", "3n", "2Ki", "1.5");
const requests = fc.dictionary(fc.constantFrom("cpu", "memory", "x.y/z"), quantity, { noNullPrototype: true });
const container = fc.record({ resources: fc.record({ requests }) });
const initContainer = fc.record(
  { resources: fc.record({ requests }), restartPolicy: fc.constant("Always") },
  { requiredKeys: ["resources"] },
);
const spec = fc.record({
  containers: fc.array(container, { maxLength: 4 }),
  initContainers: fc.array(initContainer, { maxLength: 4 }),
  overhead: requests,
});

/** One resource of the pod, resource by resource and in billionths: the most at any moment of the pod's life. */
function modelled(pod: PodSpec, name: string): number {
  const nano = (list: ResourceList | null | undefined) => parseQuantity(list?.[name] ?? 0).nano;
  const init = pod.initContainers ?? [];
  const isSidecar = ({ restartPolicy }: Container) => restartPolicy === "Always";
  const sum = (list: readonly Container[]) =>
    list.reduce((total, { resources }) => total + nano(resources?.requests), 0n);
  const moments = init.map((step, index) => sum([...init.slice(0, index).filter(isSidecar), step]));
  moments.push(sum([...(pod.containers ?? []), ...init.filter(isSidecar)]));
  let peak = 0n;
  for (const moment of moments) if (moment > peak) peak = moment;
  const unit = name === "cpu" ? 10n ** 6n : 10n ** 9n;
  return Number((peak + nano(pod.overhead) + unit - 1n) / unit);
}

describe("properties", () => {
  property.prop([spec])("a request is the most that the pod asks at any moment of its life", (pod) => {
    const total = podRequest({ spec: pod });
    for (const name of ["cpu", "memory", "x.y/z"]) expect(total.get(name) ?? 0).toBe(modelled(pod, name));
  });

  property.prop([spec])("the order of the containers does not matter", (pod) => {
    const reversed = { ...pod, containers: [...pod.containers].reverse() };
    expect(requestOf(reversed)).toEqual(requestOf(pod));
  });
});
