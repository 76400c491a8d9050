/** Which Services select a pod, found by the pod's labels and not by asking every Service. */

import { type ClusterObjects, keyOf } from "../cluster/objects.js";
import type { NamedObject, Pod, StringMap } from "../kube/objects.js";
import { namespaceOf } from "../kube/objects.js";

/** A Service that selects by something, and under which of its pairs it is found. */
interface Selecting {
  readonly namespace: string;
  readonly pairs: readonly (readonly [string, string])[];
}

/** By label key and value. */
type ByLabel = Map<string, Map<string, Set<Selecting>>>;

const NONE: readonly Selecting[] = [];

export class SelectingServices {
  readonly #objects: ClusterObjects;
  readonly #byKey = new Map<string, Selecting>();
  readonly #byNamespace = new Map<string, ByLabel>();
  #version = 0;

  constructor(objects: ClusterObjects) {
    this.#objects = objects;
    this.#rebuild();
  }

  /** Whether a Service of the pod's namespace selects it by at least one label. */
  isSelected(pod: Pod): boolean {
    return this.#selecting(pod, 1).length > 0;
  }

  /** Everything that the Services of the pod's namespace which select it select by: some of its own labels. */
  selectorOf(pod: Pod): StringMap {
    return Object.fromEntries(this.#selecting(pod).flatMap(({ pairs }) => pairs));
  }

  /** The Services that select the pod, or the first that are found. */
  #selecting(pod: Pod, most = Number.POSITIVE_INFINITY): readonly Selecting[] {
    if (this.#version !== this.#objects.version("Service")) this.#follow();
    const labels = pod.metadata?.labels;
    const byLabel = labels ? this.#byNamespace.get(namespaceOf(pod)) : undefined;
    if (byLabel === undefined || !labels) return NONE;
    const selecting: Selecting[] = [];
    for (const [key, byValue] of byLabel) {
      const value = labels[key];
      if (value === undefined) continue;
      for (const service of byValue.get(value) ?? []) {
        if (service.pairs.every(([other, wanted]) => labels[other] === wanted)) selecting.push(service);
        if (selecting.length === most) return selecting;
      }
    }
    return selecting;
  }

  #follow(): void {
    const changed = this.#objects.changedSince("Service", this.#version);
    if (changed === undefined) {
      this.#rebuild();
      return;
    }
    for (const key of changed) {
      this.#remove(key);
      const service = this.#objects.byKey("Service", key);
      if (service !== undefined) this.#add(key, service);
    }
    this.#version = this.#objects.version("Service");
  }

  #rebuild(): void {
    this.#byKey.clear();
    this.#byNamespace.clear();
    for (const service of this.#objects.list("Service")) {
      this.#add(keyOf("Service", service.metadata?.name ?? "", service.metadata?.namespace), service);
    }
    this.#version = this.#objects.version("Service");
  }

  #add(key: string, service: NamedObject & { readonly spec?: { readonly selector?: StringMap | null } }): void {
    const pairs = Object.entries(service.spec?.selector ?? {});
    const [first] = pairs;
    if (first === undefined) return;
    const selecting: Selecting = { namespace: namespaceOf(service), pairs };
    this.#byKey.set(key, selecting);
    const byLabel = ofKey(this.#byNamespace, selecting.namespace, () => new Map());
    const byValue = ofKey(byLabel, first[0], () => new Map());
    ofKey(byValue, first[1], () => new Set()).add(selecting);
  }

  #remove(key: string): void {
    const selecting = this.#byKey.get(key);
    if (selecting === undefined) return;
    this.#byKey.delete(key);
    const [label, value] = selecting.pairs[0]!;
    const byLabel = this.#byNamespace.get(selecting.namespace)!;
    const byValue = byLabel.get(label)!;
    const services = byValue.get(value)!;
    services.delete(selecting);
    if (services.size > 0) return;
    byValue.delete(value);
    if (byValue.size === 0) byLabel.delete(label);
    if (byLabel.size === 0) this.#byNamespace.delete(selecting.namespace);
  }
}

function ofKey<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
