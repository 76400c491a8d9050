/**
 * Keeps the objects of one resource as an API server has them: list, then watch from there, and after whatever goes wrong
 * go on from the last event, or list again. Between two events that were taken note of none is ever missing.
 *
 * Lists are read in pages, and consistent ones: with resourceVersion=0 the server would ignore the limit, and might answer
 * with a past older than what was seen already. Source of the figures: k8s 1.36 client-go tools/cache/reflector.go.
 */

import { StowageError } from "../errors.js";
import { ApiError, isExpired, type RequestLine, type Status, statusError } from "./api-error.js";
import { Backoff, type BackoffOptions } from "./backoff.js";
import type { Query, WatchClient } from "./client.js";
import { Deadline } from "./deadline.js";
import { LineTooLong, linesOf } from "./json-lines.js";
import { type ListHead, NoList, readList } from "./list.js";
import type { ObjectStore } from "./object-store.js";
import type { Resource } from "./resources.js";

export interface ReflectorTiming extends BackoffOptions {
  /** How long a list's page, and the head of a watch, may take. Default 60 s. */
  readonly requestTimeoutMs?: number;
  /**
   * A watch in which nothing comes for so long, bookmarks included, is given up: its connection may be dead. Bookmarks
   * come once a minute. Default 150 s.
   */
  readonly idleTimeoutMs?: number;
  /** When the server ends a watch by itself, stretched by up to as much again. Default 300 s. */
  readonly watchTimeoutMs?: number;
}

export interface ReflectorOptions {
  readonly timing?: ReflectorTiming;
  /** Objects a page. Default 500. */
  readonly pageSize?: number;
  /** How long the text of one object may be. Default 16 MiB; etcd takes 1.5 MiB. */
  readonly maxObjectBytes?: number;
  readonly onError?: (error: Error) => void;
}

/** What has happened, counted since the start. */
export interface ReflectorCounts {
  /** Complete lists. */
  lists: number;
  watches: number;
  /** Objects that came, gone ones too, bookmarks not. */
  events: number;
  bookmarks: number;
  /** Requests that failed and watches that broke. */
  errors: number;
  receivedBytes: number;
  /** Milliseconds since 1970 of the last event, bookmark or page. */
  lastEventMs: number | undefined;
  lastError: string | undefined;
}

/** An object, or the Status of an ERROR event. */
interface WatchObject extends Status {
  readonly metadata?: { readonly resourceVersion?: string; readonly name?: string };
}

/** What came cannot be trusted to be all there is: only a new list can tell. */
class Gap extends Error {}

const MIN_WATCH_MS = 1_000;
/** How long a watch may take to tell what was missed before it. Behind a list there is nothing. */
const CATCH_UP_MS = 1_000;
/** Bookmarks come once a minute. */
const MAX_SILENCE_MS = 90_000;
/** A server cannot keep us waiting for longer than that. */
const MAX_RETRY_AFTER_MS = 120_000;

export class Reflector {
  readonly resource: Resource;
  readonly store: ObjectStore;
  readonly counts: ReflectorCounts = {
    lists: 0,
    watches: 0,
    events: 0,
    bookmarks: 0,
    errors: 0,
    receivedBytes: 0,
    lastEventMs: undefined,
    lastError: undefined,
  };
  readonly #client: WatchClient;
  readonly #options: ReflectorOptions;
  readonly #backoff: Backoff;
  /** Where to watch from; undefined: list first. */
  #version: string | undefined;
  #isPaged = true;
  /** Watches in a row in which nothing came at all. */
  #silentWatches = 0;
  /** Since when the open watch has had its time to catch up, on the clock of `performance`. */
  #currentFromMs = Number.POSITIVE_INFINITY;
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(client: WatchClient, resource: Resource, store: ObjectStore, options: ReflectorOptions = {}) {
    this.#client = client;
    this.resource = resource;
    this.store = store;
    this.#options = options;
    this.#backoff = new Backoff(options.timing);
  }

  /** Whether it has had a complete list. */
  get isSynced(): boolean {
    return this.counts.lists > 0;
  }

  /**
   * Whether what is held is what the server has now, as far as can be told from here: a watch is open, has had a second to
   * tell what was missed before it, and has not been silent for longer than bookmarks are.
   */
  get isCurrent(): boolean {
    const nowMs = performance.now();
    return this.#currentFromMs <= nowMs && nowMs - this.#heardAtMs < MAX_SILENCE_MS;
  }

  /** Lists and watches until the signal fires. @param onSynced called after each complete list */
  async run(signal: AbortSignal, onSynced: () => void = () => {}): Promise<void> {
    while (!signal.aborted) {
      try {
        const isNew = this.#version === undefined;
        this.#version ??= await this.#list(signal);
        if (isNew) onSynced();
        await this.#watch(this.#version, isNew ? 0 : CATCH_UP_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#backoff.wait(signal, this.#note(error)).catch(() => {});
      }
    }
  }

  /**
   * Takes note of what went wrong, and decides whether watching can go on from where it was.
   * @returns how long the server asks to be left alone, if it does
   */
  #note(error: unknown): number | undefined {
    const isLost = error instanceof Gap || error instanceof LineTooLong || isExpired(error);
    if (isLost || this.#silentWatches > 1) this.#version = undefined;
    this.counts.errors++;
    const { onError = () => {} } = this.#options;
    const known = error instanceof Error ? error : new Error(String(error));
    this.counts.lastError = known.message;
    onError(known);
    const askedMs = error instanceof ApiError ? error.retryAfterMs : undefined;
    return askedMs === undefined ? undefined : Math.min(askedMs, MAX_RETRY_AFTER_MS);
  }

  /** Reads the whole list into the store, page by page. @returns the version that it shows */
  async #list(signal: AbortSignal): Promise<string> {
    const { pageSize = 500 } = this.#options;
    const limit = this.#isPaged ? pageSize : undefined;
    const seen = new Set<string>();
    let version: string | undefined;
    let rest = "";
    try {
      do {
        const { metadata } = await this.#readPage({ limit, continue: rest || undefined }, seen, signal);
        version ??= metadata?.resourceVersion;
        rest = metadata?.continue ?? "";
      } while (rest !== "");
    } catch (error) {
      // Reading took longer than the server remembers. In one piece it cannot.
      if (rest !== "" && isExpired(error)) this.#isPaged = false;
      throw error;
    }
    if (typeof version !== "string") throw new NoList(`${this.resource.path}: a list without a resourceVersion`);
    this.store.keepOnly(seen);
    this.#isPaged = true;
    this.#silentWatches = 0;
    this.counts.lists++;
    return version;
  }

  /** Puts the objects of a page into the store and their keys into `seen`. */
  async #readPage(page: Query, seen: Set<string>, signal: AbortSignal): Promise<ListHead> {
    const { path, fieldSelector } = this.resource;
    const { requestTimeoutMs = 60_000 } = this.#options.timing ?? {};
    const idle = new Deadline(requestTimeoutMs, signal);
    const request = { path, query: { ...page, fieldSelector }, timeoutMs: requestTimeoutMs, signal: idle.signal };
    try {
      const stream = await this.#client.stream(request);
      return await readList(this.#counted(stream, idle), this.#maxObjectBytes, (item) => {
        const key = this.store.put(item);
        if (key !== undefined) seen.add(key);
      });
    } catch (error) {
      throw this.#worded(error, "LIST", idle, requestTimeoutMs);
    } finally {
      idle.clear();
    }
  }

  /** Takes note of events until the watch ends. Throws unless it ended as watches are meant to. */
  async #watch(version: string, catchUpMs: number, signal: AbortSignal): Promise<void> {
    const { idleTimeoutMs = 150_000, requestTimeoutMs = 60_000 } = this.#options.timing ?? {};
    const { path } = this.resource;
    const startedMs = performance.now();
    const before = this.#heard;
    const idle = new Deadline(idleTimeoutMs, signal);
    this.counts.watches++;
    try {
      const request = { path, query: this.#watchQuery(version), timeoutMs: requestTimeoutMs, signal: idle.signal };
      const stream = await this.#client.stream(request);
      this.#heardAtMs = performance.now();
      this.#currentFromMs = this.#heardAtMs + catchUpMs;
      for await (const line of linesOf(this.#counted(stream, idle), this.#maxObjectBytes)) this.#take(line);
    } catch (error) {
      if (idle.isExpired) this.#silentWatches++;
      throw this.#worded(error, "WATCH", idle, idleTimeoutMs);
    } finally {
      this.#currentFromMs = Number.POSITIVE_INFINITY;
      idle.clear();
    }
    const isEmpty = before === this.#heard;
    if (isEmpty && performance.now() - startedMs < MIN_WATCH_MS) {
      throw new ApiError(this.#line("WATCH"), "it ended at once");
    }
  }

  /** Counts what comes, and that something does. */
  async *#counted(stream: AsyncIterable<Uint8Array>, idle: Deadline): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of stream) {
      idle.extend();
      this.#silentWatches = 0;
      this.counts.receivedBytes += chunk.length;
      this.counts.lastEventMs = Date.now();
      this.#heardAtMs = performance.now();
      yield chunk;
    }
  }

  #take(line: string): void {
    const { type, object } = parseEvent(line);
    if (type === "ERROR") throw statusError(this.#line("WATCH"), object.code ?? 500, object);
    const { resourceVersion, name } = object.metadata ?? {};
    if (typeof resourceVersion !== "string") throw new Gap("an event without a resourceVersion");
    const order = compareVersions(resourceVersion, this.#version ?? "");
    if (type === "BOOKMARK") {
      this.counts.bookmarks++;
      if (order > 0) this.#version = resourceVersion;
      return;
    }
    if (order === 0) return;
    if (order < 0) throw new Gap(`events out of order: ${resourceVersion} after ${this.#version}`);
    if (type === "DELETED") this.store.delete(object);
    else if (type === "ADDED" || type === "MODIFIED") this.store.put(object);
    else throw new Gap(`an event of the unknown type ${JSON.stringify(type)}`);
    if (typeof name !== "string") throw new Gap("an event about an object without a name");
    this.counts.events++;
    this.#version = resourceVersion;
  }

  /** Grows with everything that is heard in a watch. */
  get #heard(): number {
    return this.counts.events + this.counts.bookmarks;
  }

  /** How errors call a list or a watch. */
  #line(method: "LIST" | "WATCH"): RequestLine {
    return { method, url: `${this.#client.server}${this.resource.path}` };
  }

  #worded(error: unknown, method: "LIST" | "WATCH", idle: Deadline, timeoutMs: number): unknown {
    if (idle.isExpired) return new ApiError(this.#line(method), `nothing came for ${timeoutMs} ms`, { cause: error });
    if (error instanceof StowageError || error instanceof Gap || error instanceof LineTooLong) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new ApiError(this.#line(method), reason, { cause: error });
  }

  get #maxObjectBytes(): number {
    return this.#options.maxObjectBytes ?? 16 * 2 ** 20;
  }

  #watchQuery(resourceVersion: string): Query {
    const { watchTimeoutMs = 300_000, random = Math.random } = this.#options.timing ?? {};
    return {
      watch: 1,
      resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.ceil((watchTimeoutMs * (1 + random())) / 1000),
      fieldSelector: this.resource.fieldSelector,
    };
  }
}

function parseEvent(line: string): { readonly type: unknown; readonly object: WatchObject } {
  let event: { readonly type?: unknown; readonly object?: unknown } | null;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new Gap("an event that is not JSON", { cause });
  }
  const { type, object } = event ?? {};
  if (typeof object !== "object" || object === null) throw new Gap("an event without an object");
  return { type, object };
}

/**
 * Versions grow with every write, and are whole numbers (k8s 1.35 has made that a promise). Versions of another kind
 * count as growing.
 */
function compareVersions(left: string, right: string): number {
  if (left === right) return 0;
  if (!/^\d+$/.test(left) || !/^\d+$/.test(right) || left.length > right.length) return 1;
  return left.length < right.length || left < right ? -1 : 1;
}
