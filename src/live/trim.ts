/** Objects of an API server, cut down to what is kept of them. */

import { isDeepStrictEqual } from "node:util";
import type { ContainerStatus, NamedObject, ObjectMeta, Pod, ResourceList, Volume } from "../kube/objects.js";
import { isResizeInfeasible } from "../kube/pod-request.js";
import { FIELDS, type Fields, VOLUME_SOURCES } from "./fields.js";
import type { Pool } from "./pool.js";
import type { Resource } from "./resources.js";

export interface Trimmed {
  readonly object: NamedObject;
  /** About how much memory it takes beyond what it shares with others. */
  readonly bytes: number;
}

export interface TrimOptions {
  readonly pool: Pool;
  /** Keys of annotations of nodes and pods that plugins read. Of other kinds all are kept but kubectl's own. */
  readonly annotations: ReadonlySet<string>;
}

/** What V8 takes for an object or a list, and for a text, beside the content; and for a slot. */
const OBJECT_BYTES = 56;
const TEXT_BYTES = 20;
const SLOT_BYTES = 8;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The object as it is kept. Never throws, whatever shape it has: that is for whoever reads it to judge. */
export function trim(raw: NamedObject, kind: Resource["kind"], options: TrimOptions): Trimmed {
  const trimmer = new Trimmer(options.pool);
  const prepared = withAnnotations(raw, kind, options.annotations);
  const kept = trimmer.keep(kind === "Pod" ? withoutRepetition(prepared) : prepared, FIELDS[kind]) as NamedObject;
  return { object: { kind, ...kept }, bytes: trimmer.bytes + SLOT_BYTES };
}

class Trimmer {
  readonly #pool: Pool;
  bytes = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  keep(value: unknown, fields: Fields): unknown {
    if (fields === "all") {
      this.bytes += sizeOf(value);
      return value;
    }
    if (typeof value !== "object" || value === null) return "shared" in fields ? this.#share(value, fields) : value;
    if ("shared" in fields) return this.#share(value, fields);
    if ("list" in fields) {
      if (!Array.isArray(value)) return value;
      this.bytes += OBJECT_BYTES + value.length * SLOT_BYTES;
      return value.map((each) => this.keep(each, fields.list));
    }
    return Array.isArray(value) ? value : this.#pick(value as Readonly<Record<string, unknown>>, fields.fields);
  }

  #pick(value: Readonly<Record<string, unknown>>, fields: Readonly<Record<string, Fields>>): unknown {
    const kept: Record<string, unknown> = {};
    this.bytes += OBJECT_BYTES;
    for (const name in fields) {
      const field = value[name];
      if (field === undefined || field === null || !Object.hasOwn(value, name)) continue;
      this.bytes += SLOT_BYTES;
      kept[name] = this.keep(field, fields[name]!);
    }
    return kept;
  }

  #share(value: unknown, { shared }: { readonly shared: Fields }): unknown {
    const before = this.bytes;
    const kept = this.keep(value, shared);
    const found = this.#pool.share(kept);
    if (!found.isNew) this.bytes = before;
    return found.value;
  }
}

/** About how much memory plain data takes. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return TEXT_BYTES + value.length;
  if (typeof value !== "object" || value === null) return 0;
  let bytes = OBJECT_BYTES;
  for (const each of Object.values(value)) bytes += SLOT_BYTES + sizeOf(each);
  return bytes;
}

function withAnnotations(raw: NamedObject, kind: Resource["kind"], wanted: ReadonlySet<string>): NamedObject {
  const { annotations, ...metadata }: ObjectMeta = raw.metadata ?? {};
  if (typeof annotations !== "object" || annotations === null) return raw;
  const isWanted = kind === "Node" || kind === "Pod" ? (key: string) => wanted.has(key) : isOfOthers;
  const kept = Object.entries(annotations).filter(([key]) => isWanted(key));
  return { ...raw, metadata: kept.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(kept) } };
}

function isOfOthers(key: string): boolean {
  return key !== LAST_APPLIED;
}

/**
 * Leaves out of a pod what says nothing to a scheduler: volumes whose source no plugin reads, and statuses of containers
 * that repeat what the spec asks for, as those of all running pods do that are not being resized.
 */
function withoutRepetition(pod: Pod): Pod {
  const { spec, status } = pod;
  if (typeof spec !== "object" || spec === null) return pod;
  const volumes = Array.isArray(spec.volumes) ? (spec.volumes as Volume[]).filter(isRead) : [];
  const { volumes: _, ...otherSpec } = spec;
  const kept = { ...pod, spec: volumes.length === 0 ? otherSpec : { ...otherSpec, volumes } };
  if (typeof status !== "object" || status === null || !repeatsSpec(pod)) return kept;
  const { containerStatuses: __, initContainerStatuses: ___, ...otherStatus } = status;
  return { ...kept, status: otherStatus };
}

function isRead(volume: Volume): boolean {
  return VOLUME_SOURCES.some((source) => volume?.[source] !== undefined && volume[source] !== null);
}

function repeatsSpec(pod: Pod): boolean {
  const { spec, status } = pod;
  const { containerStatuses, initContainerStatuses, conditions } = status ?? {};
  const lists = [containerStatuses, initContainerStatuses, conditions, spec?.containers, spec?.initContainers];
  if (!lists.every(isListOfMaps) || isResizeInfeasible(pod)) return false;
  const asked = new Map(
    [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map((container) => [
      container.name ?? "",
      container.resources?.requests ?? {},
    ]),
  );
  return [...(containerStatuses ?? []), ...(initContainerStatuses ?? [])].every((container) =>
    repeats(container, asked.get(container.name ?? "") ?? {}),
  );
}

/** A list of anything else is not what it should be, which is found out later. */
function isListOfMaps(list: unknown): boolean {
  if (list === undefined || list === null) return true;
  return Array.isArray(list) && list.every((each) => typeof each === "object" && each !== null);
}

function repeats({ resources, allocatedResources }: ContainerStatus, asked: ResourceList): boolean {
  return (
    (!resources || isDeepStrictEqual(resources.requests ?? {}, asked)) &&
    (!allocatedResources || isDeepStrictEqual(allocatedResources, asked))
  );
}
