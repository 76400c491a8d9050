/**
 * How many volumes of each driver every node has attached, kept as pods, attachments, claims and volumes come, go and
 * change: what NodeVolumeLimits counts node by node.
 */

import { ChangeLog } from "../../cluster/change-log.js";
import type { PodRecord } from "../../cluster/node-record.js";
import { keyOf } from "../../cluster/objects.js";
import type { ClusterState } from "../../cluster/state.js";
import { namespaceOf, type ObjectKind, type Pod } from "../../kube/objects.js";
import { type DriversByVolume, volumeOfAttachment, volumesOfPod } from "./attached-volumes.js";
import { claimsOfPod, classOfClaim, findClaim } from "./pod-claims.js";

/** Who has volumes attached: a pod on a node, or a VolumeAttachment by name. */
type Origin = PodRecord | string;

interface Source {
  readonly origin: Origin;
  readonly node: string;
  readonly volumes: DriversByVolume;
  /** What they are cannot be told, so that the cycle of whoever asks would fail. */
  readonly isBroken: boolean;
  /** Objects that it was read from, or missed, by {@link nameOfObject}. */
  readonly read: readonly string[];
}

interface NodeTally {
  /** How many sources stand for each volume. */
  readonly sources: Map<string, number>;
  /** How many volumes each driver has. */
  readonly counts: Map<string, number>;
}

const NOTHING: DriversByVolume = new Map();
const READ_KINDS = ["PersistentVolumeClaim", "PersistentVolume", "StorageClass"] as const;
const KINDS = [...READ_KINDS, "VolumeAttachment"] as const;

/** Belongs to a cluster. Call {@link sync} before asking. */
export class AttachedTallies {
  readonly #state: ClusterState;
  readonly #sources = new Map<Origin, Source>();
  readonly #readers = new Map<string, Set<Source>>();
  readonly #nodes = new Map<string, NodeTally>();
  /** How many sources stand for a volume, wherever. */
  readonly #uses = new Map<string, number>();
  /** Names of nodes whose counts changed. */
  readonly changes = new ChangeLog<string>();
  #broken = 0;
  #podsVersion = 0;
  readonly #versions = new Map<ObjectKind, number>();

  constructor(state: ClusterState) {
    this.#state = state;
    this.#rebuild();
  }

  /** Whether what some pod has attached cannot be told. */
  get isBroken(): boolean {
    return this.#broken > 0;
  }

  /** Whether a volume, given as `driver/handle`, is attached anywhere. */
  isAttached(volume: string): boolean {
    return this.#uses.has(volume);
  }

  /** How many volumes of a driver a node has attached. */
  count(node: string, driver: string): number {
    return this.#nodes.get(node)?.counts.get(driver) ?? 0;
  }

  /** Takes note of what happened since the last call. */
  sync(): void {
    const { objects, volumePods, pods } = this.#state;
    const moved = volumePods.since(this.#podsVersion);
    const changed = KINDS.map((kind) => objects.changedSince(kind, this.#versions.get(kind) ?? 0));
    if (moved === undefined || changed.includes(undefined)) {
      this.#rebuild();
      return;
    }
    for (const record of moved) this.#renew(record, pods.get(record.key) === record);
    for (const [index, kind] of KINDS.entries()) {
      for (const key of changed[index] ?? []) this.#follow(kind, key);
    }
    this.#noteVersions();
  }

  #follow(kind: (typeof KINDS)[number], key: string): void {
    const { objects } = this.#state;
    if (kind === "VolumeAttachment") this.#renew(key, objects.byKey(kind, key) !== undefined);
    for (const { origin } of [...(this.#readers.get(nameOfObject(kind, key)) ?? [])]) this.#renew(origin, true);
  }

  #rebuild(): void {
    const { objects, pods } = this.#state;
    for (const map of [this.#sources, this.#readers, this.#nodes, this.#uses]) map.clear();
    this.#broken = 0;
    for (const record of pods.values()) {
      if ((record.pod.spec?.volumes ?? []).length > 0) this.#add(this.#read(record));
    }
    for (const { metadata } of objects.list("VolumeAttachment"))
      this.#add(this.#read(keyOf("VolumeAttachment", metadata?.name ?? "")));
    this.changes.noteAll();
    this.#noteVersions();
  }

  #noteVersions(): void {
    this.#podsVersion = this.#state.volumePods.version;
    for (const kind of KINDS) this.#versions.set(kind, this.#state.objects.version(kind));
  }

  /** Reads a source again, or lets it go. */
  #renew(origin: Origin, isHere: boolean): void {
    const known = this.#sources.get(origin);
    if (known !== undefined) this.#remove(known);
    if (isHere) this.#add(this.#read(origin));
  }

  #read(origin: Origin): Source {
    return typeof origin === "string" ? this.#readAttachment(origin) : this.#readPod(origin);
  }

  #readPod(origin: PodRecord): Source {
    const { objects } = this.#state;
    const found = volumesOfPod(objects, origin.pod, { hasCsiNode: true, isAsker: false });
    const volumes = "code" in found ? NOTHING : found;
    const isBroken = "code" in found || hasUnclearDriver(found);
    return { origin, node: origin.node.name, volumes, isBroken, read: this.#objectsOf(origin.pod) };
  }

  #readAttachment(origin: string): Source {
    const { objects } = this.#state;
    const { spec } = objects.byKey("VolumeAttachment", origin) ?? {};
    const volumes = spec === undefined ? NOTHING : new Map(volumeOfAttachment(objects, { spec }));
    const name = spec?.source?.persistentVolumeName;
    const read = name ? [nameOfObject("PersistentVolume", name)] : [];
    return { origin, node: spec?.nodeName ?? "", volumes, isBroken: hasUnclearDriver(volumes), read };
  }

  /** What {@link volumesOfPod} looks at. */
  #objectsOf(pod: Pod): string[] {
    const read: string[] = [];
    for (const { name } of claimsOfPod(pod)) {
      read.push(nameOfObject("PersistentVolumeClaim", keyOf("PersistentVolumeClaim", name, namespaceOf(pod))));
      const claim = findClaim(this.#state.objects, pod, name);
      if (claim === undefined) continue;
      read.push(nameOfObject("PersistentVolume", claim.spec?.volumeName ?? ""));
      const className = classOfClaim(claim);
      if (className !== "") read.push(nameOfObject("StorageClass", className));
    }
    return read;
  }

  #add(source: Source): void {
    const { origin, node, volumes, isBroken, read } = source;
    this.#sources.set(origin, source);
    this.#broken += Number(isBroken);
    for (const name of read) {
      const readers = this.#readers.get(name);
      if (readers === undefined) this.#readers.set(name, new Set([source]));
      else readers.add(source);
    }
    for (const [volume, driver] of volumes) {
      addTo(this.#uses, volume, 1);
      const tally = this.#tallyOf(node);
      if (addTo(tally.sources, volume, 1) === 1) this.#count(node, tally, driver, 1);
    }
  }

  #remove(source: Source): void {
    const { origin, node, volumes, isBroken, read } = source;
    this.#sources.delete(origin);
    this.#broken -= Number(isBroken);
    for (const name of read) {
      const readers = this.#readers.get(name);
      readers?.delete(source);
      if (readers?.size === 0) this.#readers.delete(name);
    }
    const tally = this.#nodes.get(node);
    for (const [volume, driver] of volumes) {
      addTo(this.#uses, volume, -1);
      if (tally !== undefined && addTo(tally.sources, volume, -1) === 0) this.#count(node, tally, driver, -1);
    }
    if (tally?.sources.size === 0) this.#nodes.delete(node);
  }

  #count(node: string, { counts }: NodeTally, driver: string, change: 1 | -1): void {
    addTo(counts, driver, change);
    this.changes.note(node);
  }

  #tallyOf(node: string): NodeTally {
    let tally = this.#nodes.get(node);
    if (tally === undefined) {
      tally = { sources: new Map(), counts: new Map() };
      this.#nodes.set(node, tally);
    }
    return tally;
  }
}

/** Whether `driver/handle` may stand for volumes of several drivers. */
export function hasUnclearDriver(volumes: DriversByVolume): boolean {
  for (const driver of volumes.values()) {
    if (driver.includes("/")) return true;
  }
  return false;
}

function nameOfObject(kind: ObjectKind, key: string): string {
  return `${kind} ${key}`;
}

/** Returns the sum, and forgets a name at 0. */
function addTo(sums: Map<string, number>, name: string, change: number): number {
  const sum = (sums.get(name) ?? 0) + change;
  if (sum === 0) sums.delete(name);
  else sums.set(name, sum);
  return sum;
}
