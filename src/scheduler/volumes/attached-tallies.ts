/**
 * How many volumes of each driver every node has attached, kept as pods, attachments, claims and volumes come, go and
 * change: what NodeVolumeLimits counts node by node.
 */

import { ChangeLog } from "../../cluster/change-log.js";
import { NO_SLOT, type PodRecord } from "../../cluster/node-record.js";
import { keyOf } from "../../cluster/objects.js";
import type { ClusterState } from "../../cluster/state.js";
import { namespaceOf, type ObjectKind, type Pod } from "../../kube/objects.js";
import { hasAttachable } from "../../kube/volume-sources.js";
import { type DriversByVolume, volumeOfAttachment, volumesOfPod } from "./attached-volumes.js";
import { NodeTally } from "./node-tally.js";
import { claimsOfPod, classOfClaim, findClaim } from "./pod-claims.js";

/** Who has volumes attached: a pod on a node, or a VolumeAttachment by name. */
type Origin = PodRecord | string;

/** A volume that a driver attaches. */
export interface AttachedVolume {
  readonly driver: string;
  readonly handle: string;
}

/** What is known of a pod that has no node yet. */
interface Expected {
  readonly pod: Pod;
  readonly volumes: readonly AttachedVolume[];
}

interface Source {
  readonly origin: Origin;
  readonly node: string;
  readonly volumes: readonly AttachedVolume[];
  /** What they are cannot be told, so that the cycle of whoever asks would fail. */
  readonly isBroken: boolean;
  /** Under which names it stands among the readers of objects. */
  read: readonly string[];
}

const NOTHING_READ: readonly string[] = [];
const NONE: readonly AttachedVolume[] = [];
const KINDS = ["PersistentVolumeClaim", "PersistentVolume", "StorageClass", "VolumeAttachment"] as const;

/** Belongs to a cluster. Call {@link sync} before asking. */
export class AttachedTallies {
  readonly #state: ClusterState;
  /** Without those that attach nothing, until an object changes. */
  readonly #sources = new Map<Origin, Source>();
  /** Who read an object or missed it, by {@link nameOfObject}; from the first time on that an object changed. */
  #readers: Map<string, Set<Source>> | undefined;
  readonly #nodes = new Map<string, NodeTally>();
  /** The same by the slots that their nodes had, to be found without a look at the name. */
  readonly #bySlot: (NodeTally | undefined)[] = [];
  /** Who stands for a volume, mostly one pod; by driver and handle. */
  readonly #users = new Map<string, Map<string, Source | Source[]>>();
  /** Nodes whose counts changed. */
  readonly changes = new ChangeLog<NodeTally>();
  #broken = 0;
  #podsVersion = 0;
  readonly #versions = KINDS.map(() => 0);
  /** All versions of objects, added up. */
  #stamp = 0;
  #expected: Expected | undefined;

  constructor(state: ClusterState) {
    this.#state = state;
    this.#rebuild();
  }

  /** Whether what some pod has attached cannot be told. */
  get isBroken(): boolean {
    return this.#broken > 0;
  }

  /** Whether a volume is attached anywhere. */
  isAttached({ driver, handle }: AttachedVolume): boolean {
    return this.#users.get(driver)?.has(handle) === true;
  }

  /** How many volumes of each driver a node has attached; undefined: none. */
  countsOf(node: string): NodeTally | undefined {
    return this.#nodes.get(node);
  }

  /** A pod that is being decided, and what it will attach to its node: read once, where it gets one. */
  expect(pod: Pod, volumes: readonly AttachedVolume[]): void {
    this.#expected = { pod, volumes };
  }

  /** Takes note of what happened since the last call. */
  sync(): void {
    const { objects, volumePods } = this.#state;
    const moved = volumePods.since(this.#podsVersion);
    const stamp = this.#stampOf();
    const changed =
      stamp === this.#stamp ? [] : KINDS.map((kind, index) => objects.changedSince(kind, this.#versions[index]!));
    if (moved === undefined || changed.includes(undefined)) {
      this.#rebuild();
      return;
    }
    if (stamp !== this.#stamp) this.#expected = undefined;
    for (const record of moved) {
      const known = this.#sources.get(record);
      if (known === undefined && this.#attachesNothing(record)) continue;
      this.#renew(record, known, record.node.pods.get(record.key) === record);
    }
    this.#podsVersion = volumePods.version;
    for (const [index, keys] of changed.entries()) {
      for (const key of keys ?? []) this.#follow(KINDS[index]!, key);
    }
    if (stamp !== this.#stamp) this.#noteVersions();
  }

  /** Whether a pod of which nothing is known, here or gone, was decided last and has no volume that a driver attaches. */
  #attachesNothing(record: PodRecord): boolean {
    if (this.#readers !== undefined) return false;
    return this.#expected?.pod === record.pod && this.#expected.volumes.length === 0;
  }

  /** Versions only grow, and so does their sum with each of them. */
  #stampOf(): number {
    const { objects } = this.#state;
    let sum = 0;
    for (const kind of KINDS) sum += objects.version(kind);
    return sum;
  }

  #follow(kind: ObjectKind, key: string): void {
    if (kind === "VolumeAttachment") {
      this.#renew(key, this.#sources.get(key), this.#state.objects.byKey(kind, key) !== undefined);
    }
    for (const source of [...(this.#readersOf().get(nameOfObject(kind, key)) ?? [])]) {
      this.#renew(source.origin, source, true);
    }
  }

  #readersOf(): Map<string, Set<Source>> {
    if (this.#readers === undefined) {
      this.#readers = new Map();
      for (const source of this.#sources.values()) this.#noteRead(source, this.#readers);
      for (const record of this.#state.pods.values()) {
        if (hasAttachable(record.pod) && !this.#sources.has(record)) this.#add(nothingOf(record));
      }
    }
    return this.#readers;
  }

  #rebuild(): void {
    const { objects, pods } = this.#state;
    for (const map of [this.#sources, this.#nodes, this.#users]) map.clear();
    this.#bySlot.length = 0;
    this.#readers = undefined;
    this.#expected = undefined;
    this.#broken = 0;
    for (const record of pods.values()) {
      if (hasAttachable(record.pod)) this.#add(this.#read(record));
    }
    for (const { metadata } of objects.list("VolumeAttachment")) {
      this.#add(this.#read(keyOf("VolumeAttachment", metadata?.name ?? "")));
    }
    this.changes.noteAll();
    this.#podsVersion = this.#state.volumePods.version;
    this.#noteVersions();
  }

  #noteVersions(): void {
    this.#stamp = this.#stampOf();
    for (const [index, kind] of KINDS.entries()) this.#versions[index] = this.#state.objects.version(kind);
  }

  /** Reads a source again, or lets it go. */
  #renew(origin: Origin, known: Source | undefined, stays: boolean): void {
    if (known !== undefined) this.#remove(known);
    if (stays) this.#add(this.#read(origin));
  }

  #read(origin: Origin): Source {
    const { objects } = this.#state;
    if (typeof origin === "string") {
      const attachment = objects.byKey("VolumeAttachment", origin) ?? {};
      return sourceOf(origin, attachment.spec?.nodeName ?? "", new Map(volumeOfAttachment(objects, attachment)));
    }
    const { pod, node } = origin;
    if (this.#expected?.pod === pod) {
      return { origin, node: node.name, volumes: this.#expected.volumes, isBroken: false, read: NOTHING_READ };
    }
    const found = volumesOfPod(objects, pod, { hasCsiNode: true, isAsker: false });
    if ("code" in found) return { origin, node: node.name, volumes: NONE, isBroken: true, read: NOTHING_READ };
    return sourceOf(origin, node.name, found);
  }

  #add(source: Source): void {
    const { origin, node, volumes, isBroken } = source;
    if (volumes.length === 0 && !isBroken && this.#readers === undefined) return;
    this.#sources.set(origin, source);
    this.#broken += Number(isBroken);
    if (this.#readers !== undefined) this.#noteRead(source, this.#readers);
    for (const { driver, handle } of volumes) {
      const byHandle = this.#usersOf(driver);
      const users = byHandle.get(handle);
      if (!stands(users, node)) this.#count(source, driver, 1);
      byHandle.set(handle, users === undefined ? source : [users, source].flat());
    }
  }

  #usersOf(driver: string): Map<string, Source | Source[]> {
    let byHandle = this.#users.get(driver);
    if (byHandle === undefined) {
      byHandle = new Map();
      this.#users.set(driver, byHandle);
    }
    return byHandle;
  }

  #remove(source: Source): void {
    const { origin, node, volumes, isBroken, read } = source;
    this.#sources.delete(origin);
    this.#broken -= Number(isBroken);
    for (const name of read) {
      const readers = this.#readers?.get(name);
      readers?.delete(source);
      if (readers?.size === 0) this.#readers?.delete(name);
    }
    for (const { driver, handle } of volumes) {
      const byHandle = this.#usersOf(driver);
      const users = [byHandle.get(handle) ?? []].flat().filter((user) => user !== source);
      if (users.length === 0) byHandle.delete(handle);
      else byHandle.set(handle, users);
      if (!stands(users, node)) this.#count(source, driver, -1);
    }
  }

  #count(source: Source, driver: string, change: 1 | -1): void {
    const tally = this.#tallyOf(source);
    tally.add(driver, change);
    if (tally.isEmpty) this.#nodes.delete(tally.node);
    this.changes.note(tally);
  }

  #tallyOf({ origin, node }: Source): NodeTally {
    const slot = typeof origin === "string" ? NO_SLOT : origin.node.slot;
    const there = this.#bySlot[slot];
    if (there?.node === node && !there.isEmpty) return there;
    let tally = this.#nodes.get(node);
    if (tally === undefined) {
      tally = new NodeTally(node);
      this.#nodes.set(node, tally);
    }
    if (slot !== NO_SLOT) {
      while (this.#bySlot.length <= slot) this.#bySlot.push(undefined);
      this.#bySlot[slot] = tally;
    }
    return tally;
  }

  #noteRead(source: Source, readers: Map<string, Set<Source>>): void {
    const { origin } = source;
    source.read = typeof origin === "string" ? this.#objectsOfAttachment(origin) : this.#objectsOfPod(origin.pod);
    for (const name of source.read) {
      const known = readers.get(name);
      if (known === undefined) readers.set(name, new Set([source]));
      else known.add(source);
    }
  }

  /** What {@link volumesOfPod} looks at. */
  #objectsOfPod(pod: Pod): string[] {
    const read: string[] = [];
    for (const { name } of claimsOfPod(pod)) {
      read.push(nameOfObject("PersistentVolumeClaim", keyOf("PersistentVolumeClaim", name, namespaceOf(pod))));
      const claim = findClaim(this.#state.objects, pod, name);
      if (claim === undefined) continue;
      read.push(nameOfObject("PersistentVolume", claim.spec?.volumeName ?? ""));
      read.push(nameOfObject("StorageClass", classOfClaim(claim)));
    }
    return read;
  }

  #objectsOfAttachment(name: string): string[] {
    const volume = this.#state.objects.byKey("VolumeAttachment", name)?.spec?.source?.persistentVolumeName;
    return volume ? [nameOfObject("PersistentVolume", volume)] : [];
  }
}

function nothingOf(record: PodRecord): Source {
  return { origin: record, node: record.node.name, volumes: NONE, isBroken: false, read: NOTHING_READ };
}

function sourceOf(origin: Origin, node: string, volumes: DriversByVolume): Source {
  const list = Array.from(volumes, ([volume, driver]) => ({ driver, handle: volume.slice(driver.length + 1) }));
  return {
    origin,
    node,
    volumes: list,
    isBroken: list.some(({ driver }) => isUnclearDriver(driver)),
    read: NOTHING_READ,
  };
}

/** Whether one of a volume's users is on a node. */
function stands(users: Source | readonly Source[] | undefined, node: string): boolean {
  if (users === undefined) return false;
  return "origin" in users ? users.node === node : users.some((user) => user.node === node);
}

/** Whether `driver/handle` may stand for volumes of several drivers. */
export function isUnclearDriver(driver: string): boolean {
  return driver.includes("/");
}

function nameOfObject(kind: ObjectKind, key: string): string {
  return `${kind} ${key}`;
}
