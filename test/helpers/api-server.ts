/**
 * A small API server of real HTTP: lists in pages, watches with history, bookmarks and compaction, bindings. Each request
 * may be answered by a fault that a test draws. What it holds is the model that clients are compared with.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { NamedObject, Pod } from "../../src/kube/objects.js";

/** What a list or watch does instead of what it should. `after` counts events or bytes, depending on the fault. */
export type Fault =
  | { readonly kind: "none" }
  | { readonly kind: "status"; readonly code: number; readonly retryAfter?: number }
  | { readonly kind: "cut" | "end" | "silence" | "garbage" | "nameless" | "huge" | "expired"; readonly after: number }
  | { readonly kind: "unversioned" | "twice" | "swapped"; readonly after: number }
  | { readonly kind: "drip" };

interface Stored extends NamedObject {
  readonly metadata: NonNullable<NamedObject["metadata"]> & { readonly resourceVersion: string };
}

interface Event {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Stored;
  readonly previous: Stored | undefined;
}

interface Shelf {
  readonly objects: Map<string, Stored>;
  readonly history: Event[];
  readonly watches: Set<(event: Event) => void>;
}

export interface ApiServerOptions {
  /** Drawn for each list and watch; by default there are none. */
  readonly nextFault?: (request: "list" | "watch") => Fault;
  /** Answers a binding, or leaves it to the server by returning false. */
  readonly onBinding?: (request: IncomingMessage, response: ServerResponse, pod: Pod) => boolean;
  readonly bookmarkMs?: number;
}

const HUGE_LINE_BYTES = 64 * 1024;

export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #server: Server;
  readonly #shelves = new Map<string, Shelf>();
  #version = 100;
  #compactedAt = 0;
  /** Requests that came, as `METHOD path?query`. */
  readonly requests: string[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  bindings = 0;

  constructor(options: ApiServerOptions = {}) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends all connections, as a server does that is restarted. */
  cutAll(): void {
    this.#server.closeAllConnections();
  }

  objects(path: string): ReadonlyMap<string, NamedObject> {
    return this.#shelf(path).objects;
  }

  /** Adds or changes an object. @returns it as stored */
  put(path: string, object: NamedObject): Stored {
    const shelf = this.#shelf(path);
    const key = keyOf(object);
    const version = ++this.#version;
    const stored: Stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const previous = shelf.objects.get(key);
    shelf.objects.set(key, stored);
    this.#record(shelf, { version, type: previous === undefined ? "ADDED" : "MODIFIED", object: stored, previous });
    return stored;
  }

  delete(path: string, key: string): void {
    const shelf = this.#shelf(path);
    const object = shelf.objects.get(key);
    if (object === undefined) return;
    const version = ++this.#version;
    shelf.objects.delete(key);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.#record(shelf, { version, type: "DELETED", object: last, previous: object });
  }

  /** Forgets the history: watches and lists from before are answered with 410. */
  compact(): void {
    this.#compactedAt = this.#version;
    for (const shelf of this.#shelves.values()) shelf.history.length = 0;
  }

  #record(shelf: Shelf, event: Event): void {
    shelf.history.push(event);
    for (const tell of shelf.watches) tell(event);
  }

  #shelf(path: string): Shelf {
    let shelf = this.#shelves.get(path);
    if (shelf === undefined) {
      shelf = { objects: new Map(), history: [], watches: new Set() };
      this.#shelves.set(path, shelf);
    }
    return shelf;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://server");
    this.requests.push(`${request.method} ${request.url}`);
    this.headers.push(request.headers);
    const { pathname, searchParams } = url;
    const pod = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)(\/binding)?$/.exec(pathname);
    if (pod !== null) {
      const key = `${pod[1]}/${pod[2]}`;
      if (pod[3] === undefined) this.#sendPod(response, key);
      else await this.#bind(request, response, key);
      return;
    }
    if (searchParams.has("watch")) this.#watch(response, pathname, searchParams);
    else this.#list(response, pathname, searchParams);
  }

  #sendPod(response: ServerResponse, key: string): void {
    const pod = this.#shelf("/api/v1/pods").objects.get(key);
    if (pod === undefined) sendStatus(response, 404, "NotFound", `pods "${key}" not found`);
    else response.end(JSON.stringify(pod));
  }

  async #bind(request: IncomingMessage, response: ServerResponse, key: string): Promise<void> {
    this.bindings++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const binding = JSON.parse(Buffer.concat(chunks).toString()) as {
      metadata: { uid?: string };
      target: { name: string };
    };
    const pod = this.#shelf("/api/v1/pods").objects.get(key) as Pod | undefined;
    if (this.#options.onBinding?.(request, response, pod ?? {}) === true) return;
    if (pod === undefined) sendStatus(response, 404, "NotFound", `pods "${key}" not found`);
    else if (binding.metadata.uid !== pod.metadata?.uid)
      sendStatus(response, 409, "Conflict", "Precondition failed: UID");
    else if (pod.metadata?.deletionTimestamp) sendStatus(response, 409, "Conflict", "it is being deleted");
    else if (pod.spec?.nodeName) sendStatus(response, 409, "Conflict", `already assigned to ${pod.spec.nodeName}`);
    else {
      this.put("/api/v1/pods", { ...pod, spec: { ...pod.spec, nodeName: binding.target.name } } as Pod);
      response.writeHead(201).end('{"kind":"Status","status":"Success"}');
    }
  }

  #list(response: ServerResponse, path: string, query: URLSearchParams): void {
    const fault: Fault = this.#options.nextFault?.("list") ?? { kind: "none" };
    if (fault.kind === "status") {
      sendFault(response, fault);
      return;
    }
    const [from = "", at = String(this.#version)] = (query.get("continue") ?? "").split("@");
    const isExpired = fault.kind === "expired" || Number(at) < this.#compactedAt;
    if (from !== "" && isExpired) {
      sendStatus(response, 410, "Expired", "the provided continue parameter is too old");
      return;
    }
    // A consistent read: pages show what was there when the first was asked for.
    const all = [...this.#past(path, Number(at))].filter(([key]) => key > from).sort(([a], [b]) => (a < b ? -1 : 1));
    const limit = Number(query.get("limit") ?? all.length);
    const last = all.length > limit ? (all[limit - 1]?.[0] ?? "") : "";
    const metadata = { resourceVersion: at, ...(last === "" ? {} : { continue: `${last}@${at}` }) };
    const text = JSON.stringify({ kind: "List", metadata, items: all.slice(0, limit).map(([, object]) => object) });
    if (fault.kind === "cut" || fault.kind === "end") {
      response.writeHead(200, { "content-length": text.length });
      response.write(text.slice(0, Math.min(fault.after * 20, text.length - 1)), () => response.destroy());
    } else if (fault.kind === "garbage") response.end("<html>not a list</html>");
    else if (fault.kind === "silence") response.flushHeaders();
    else response.end(text);
  }

  /** The objects as they were at a version that is not compacted: history undone from now on backwards. */
  #past(path: string, version: number): Map<string, Stored> {
    const { objects, history } = this.#shelf(path);
    const before = new Map(objects);
    for (const event of history.filter((each) => each.version > version).reverse()) {
      const key = keyOf(event.object);
      if (event.previous === undefined) before.delete(key);
      else before.set(key, event.previous);
    }
    return before;
  }

  #watch(response: ServerResponse, path: string, query: URLSearchParams): void {
    const fault: Fault = this.#options.nextFault?.("watch") ?? { kind: "none" };
    if (fault.kind === "status") {
      sendFault(response, fault);
      return;
    }
    const from = Number(query.get("resourceVersion"));
    const shelf = this.#shelf(path);
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (from < this.#compactedAt) {
      response.end(`${JSON.stringify({ type: "ERROR", object: expiredStatus() })}\n`);
      return;
    }
    const writer = new FaultyWriter(response, fault);
    const tell = (event: Event): void => writer.event(event);
    for (const event of shelf.history) if (event.version > from) tell(event);
    shelf.watches.add(tell);
    const bookmarks = setInterval(() => {
      writer.bookmark(this.#version);
    }, this.#options.bookmarkMs ?? 1_000);
    response.on("close", () => {
      clearInterval(bookmarks);
      shelf.watches.delete(tell);
    });
  }
}

/** Writes events until its fault strikes, which it does once. */
class FaultyWriter {
  readonly #response: ServerResponse;
  readonly #fault: Fault;
  #count = 0;
  #held: Event | undefined;
  #isOver = false;

  constructor(response: ServerResponse, fault: Fault) {
    this.#response = response;
    this.#fault = fault;
  }

  bookmark(version: number): void {
    if (this.#fault.kind === "silence" || this.#held !== undefined) return;
    const object = { kind: "Pod", metadata: { resourceVersion: String(version) } };
    this.#write(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
  }

  event(event: Event): void {
    if (this.#isOver) return;
    const fault = this.#fault;
    const line = lineOf(event);
    const strikes = "after" in fault && this.#count++ === fault.after;
    if (this.#held !== undefined) {
      this.#write(line + lineOf(this.#held));
      this.#held = undefined;
    } else if (strikes) this.#strike(fault, event, line);
    else this.#write(line);
  }

  #strike(fault: Extract<Fault, { after: number }>, event: Event, line: string): void {
    const { object } = event;
    if (fault.kind === "swapped") this.#held = event;
    else if (fault.kind === "twice") this.#write(line + line);
    else if (fault.kind === "garbage") this.#write(`${line.slice(0, -9)}}\n`);
    else if (fault.kind === "huge")
      this.#write(`{"type":"ADDED","pad":"${"x".repeat(HUGE_LINE_BYTES)}${line.slice(1)}`);
    else if (fault.kind === "nameless")
      this.#write(
        lineOf({ ...event, object: { ...object, metadata: { resourceVersion: object.metadata.resourceVersion } } }),
      );
    else if (fault.kind === "unversioned")
      this.#write(lineOf({ ...event, object: { ...object, metadata: { name: "x" } } as Stored }));
    else {
      this.#isOver = true;
      if (fault.kind === "cut") this.#response.write(line.slice(0, line.length / 2), () => this.#response.destroy());
      else if (fault.kind === "end") this.#response.end();
      else if (fault.kind === "expired")
        this.#response.end(`${JSON.stringify({ type: "ERROR", object: expiredStatus() })}\n`);
    }
  }

  #write(text: string): void {
    if (this.#isOver) return;
    if (this.#fault.kind !== "drip") this.#response.write(text);
    else for (const letter of text) this.#response.write(letter);
  }
}

function lineOf({ type, object }: Pick<Event, "type" | "object">): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function expiredStatus(): object {
  return { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
}

function sendFault(response: ServerResponse, { code, retryAfter }: Extract<Fault, { kind: "status" }>): void {
  if (retryAfter !== undefined) response.setHeader("retry-after", String(retryAfter));
  sendStatus(response, code, code === 410 ? "Expired" : "", "so the test wants it");
}

function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  response.writeHead(code).end(JSON.stringify({ kind: "Status", status: "Failure", code, reason, message }));
}

function keyOf({ metadata }: NamedObject): string {
  return metadata?.namespace === undefined ? (metadata?.name ?? "") : `${metadata.namespace}/${metadata.name}`;
}
