/** What a pod asks of a node, and how that comes about: the parts that kube-scheduler makes the sum of. */

import type { Container, Pod, PodSpec } from "../kube/objects.js";
import { isSchedulerResource, podRequest, requestIssues } from "../kube/pod-request.js";
import type { Quantities } from "./quantities.js";

/**
 * `containers`: all of them together. `sidecars`: init containers that go on running. `initPeak`: the most that is needed
 * at a time while init containers run, sidecars included. `podLevel`: what the pod's own resources put in the place of all
 * these. `overhead`: what its runtime class adds.
 */
export type RequestPartKind = "containers" | "sidecars" | "initPeak" | "podLevel" | "overhead";

export interface RequestPart {
  readonly kind: RequestPartKind;
  /** Names of the containers that make it up; empty for pod-level and overhead. */
  readonly containers: readonly string[];
  readonly amounts: Quantities;
}

export interface RequestStory {
  /** Those parts that there are. */
  readonly parts: readonly RequestPart[];
  /**
   * What NodeResourcesFit filters by: containers and sidecars, or the init peak where that is more; replaced by pod-level
   * amounts; and overhead on top. Parts are rounded one by one, this once, so that it may be 1 below their sum.
   */
  readonly effective: Quantities;
  /**
   * What NodeResourcesFit adds when it scores, because containers name no cpu (100m each) or no memory (200Mi each). They
   * are not reserved.
   */
  readonly assumed: Quantities;
}

const NOTHING: RequestStory = { parts: [], effective: {}, assumed: {} };

/** Nothing for a pod whose request is not a quantity, for the scheduler says so in its decision. */
export function requestStory(pod: Pod): RequestStory {
  if (requestIssues(pod).length > 0) return NOTHING;
  return { parts: partsOf(pod.spec ?? {}), effective: counted(podRequest(pod)), assumed: assumedOf(pod) };
}

function partsOf({ containers, initContainers, resources, overhead }: PodSpec): RequestPart[] {
  const isSidecar = ({ restartPolicy }: Container) => restartPolicy === "Always";
  const sidecars = (initContainers ?? []).filter(isSidecar);
  const passing = (initContainers ?? []).filter((container) => !isSidecar(container));
  const parts: RequestPart[] = [part("containers", containers ?? [], { containers: containers ?? [] })];
  if (sidecars.length > 0) parts.push(part("sidecars", sidecars, { containers: sidecars }));
  if (passing.length > 0) parts.push(part("initPeak", passing, { initContainers: initContainers ?? [] }));
  const podLevel = part("podLevel", [], resources ? { resources } : {});
  const ofClass = part("overhead", [], overhead ? { overhead } : {});
  return [...parts, ...[podLevel, ofClass].filter(({ amounts }) => Object.keys(amounts).length > 0)];
}

function part(kind: RequestPartKind, containers: readonly Container[], spec: PodSpec): RequestPart {
  const names = containers.map(({ name }) => name ?? "");
  return { kind, containers: names, amounts: counted(podRequest({ spec })) };
}

function assumedOf(pod: Pod): Quantities {
  const named = podRequest(pod, { podLevel: false });
  const scored = podRequest(pod, { podLevel: false, assumeDefaults: true });
  const added = [...scored].map(([name, amount]) => [name, amount - (named.get(name) ?? 0)] as const);
  return Object.fromEntries(added.filter(([, amount]) => amount > 0));
}

/** What the scheduler counts of a request. */
function counted(request: ReadonlyMap<string, number>): Quantities {
  return Object.fromEntries([...request].filter(([name]) => isSchedulerResource(name) && name !== "pods"));
}
