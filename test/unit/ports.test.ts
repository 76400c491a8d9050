/**
 * Method: golden lists of the host ports that a pod wants, and a table of which ports conflict (k8s 1.36
 * framework/types.go HostPortInfo), asked of a scheduler over one node.
 */

import { describe, expect, test } from "vitest";
import { Cluster } from "../../src/cluster/cluster.js";
import { hostPortsOf } from "../../src/cluster/ports.js";
import type { ContainerPort, Pod } from "../../src/kube/objects.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";

function podWith(name: string, ports: readonly ContainerPort[], nodeName?: string): Pod {
  const spec = { ...(nodeName === undefined ? {} : { nodeName }), containers: [{ name: "main", ports }] };
  return { metadata: { name, namespace: "default" }, spec };
}

function port(hostPort: number, hostIP?: string, protocol?: string): ContainerPort {
  const more = { ...(hostIP === undefined ? {} : { hostIP }), ...(protocol === undefined ? {} : { protocol }) };
  return { containerPort: 80, hostPort, ...more };
}

function oneNode(): { cluster: Cluster; scheduler: Scheduler } {
  const cluster = new Cluster();
  cluster.upsertNode({ metadata: { name: "n1" }, status: { allocatable: { cpu: 4, memory: "8Gi", pods: 10 } } });
  return { cluster, scheduler: new Scheduler(cluster) };
}

describe("the host ports of a pod", () => {
  test("are TCP on every address unless they say otherwise", () => {
    expect(hostPortsOf(podWith("p", [port(80), port(53, "10.0.0.1", "UDP"), port(443, "", "")]))).toEqual([
      { service: "TCP/80", ip: "0.0.0.0" },
      { service: "UDP/53", ip: "10.0.0.1" },
      { service: "TCP/443", ip: "0.0.0.0" },
    ]);
  });

  test("leave out ports that ask for none on the host, and name each port once", () => {
    const ports = [port(0), { containerPort: 80 }, port(80), port(80, "0.0.0.0", "TCP")];
    expect(hostPortsOf(podWith("p", ports))).toEqual([{ service: "TCP/80", ip: "0.0.0.0" }]);
    expect(hostPortsOf({})).toEqual([]);
  });

  test("are those of containers and sidecars, and not of init containers that end", () => {
    const initContainers = [
      { name: "ends", ports: [port(1)] },
      { name: "stays", restartPolicy: "Always", ports: [port(2)] },
    ];
    const pod = { spec: { initContainers, containers: [{ name: "main", ports: [port(3)] }] } };
    expect(hostPortsOf(pod).map(({ service }) => service)).toEqual(["TCP/3", "TCP/2"]);
  });
});

describe("a host port", () => {
  test.each([
    ["the same port and address", port(80, "10.0.0.1"), port(80, "10.0.0.1"), false],
    ["another address", port(80, "10.0.0.1"), port(80, "10.0.0.2"), true],
    ["every address, where one is taken", port(80, "10.0.0.1"), port(80), false],
    ["one address, where all are taken", port(80), port(80, "10.0.0.1"), false],
    ["all addresses by two spellings", port(80, ""), port(80, "0.0.0.0"), false],
    ["another protocol", port(53, "", "UDP"), port(53, "", "TCP"), true],
    ["another port", port(80), port(81), true],
  ])("asks for %s", (_what, used, wanted, fits) => {
    const { cluster, scheduler } = oneNode();
    scheduler.filter(podWith("before", [wanted]));
    cluster.upsertPod(podWith("here", [used], "n1"));
    const fit = scheduler.filter(podWith("wanting", [wanted]));
    expect(fit.feasible).toEqual(fits ? ["n1"] : []);
    const reasons = ["node(s) didn't have free ports for the requested pod ports"];
    const rejected = [{ node: "n1", plugin: "NodePorts", code: "Unschedulable", reasons }];
    expect(fit.rejected).toEqual(fits ? [] : rejected);
  });

  test("is free again when its pod leaves", () => {
    const { cluster, scheduler } = oneNode();
    cluster.upsertPod(podWith("here", [port(80)], "n1"));
    cluster.removePod("default/here");
    expect(scheduler.filter(podWith("wanting", [port(80)])).feasible).toEqual(["n1"]);
  });

  test("that two pods share is free when the first of them leaves, as in kube-scheduler", () => {
    const { cluster, scheduler } = oneNode();
    for (const name of ["a", "b"]) cluster.upsertPod(podWith(name, [port(80)], "n1"));
    cluster.removePod("default/a");
    expect(scheduler.filter(podWith("wanting", [port(80)])).feasible).toEqual(["n1"]);
  });

  test("is as before when a what-if that shared and freed it is rolled back", () => {
    const { cluster, scheduler } = oneNode();
    cluster.upsertPod(podWith("here", [port(80)], "n1"));
    cluster.begin();
    cluster.upsertPod(podWith("guest", [port(80)], "n1"));
    cluster.removePod("default/guest");
    expect(scheduler.filter(podWith("wanting", [port(80)])).feasible).toEqual(["n1"]);
    cluster.rollback();
    expect(scheduler.filter(podWith("wanting", [port(80)])).feasible).toEqual([]);
  });
});
