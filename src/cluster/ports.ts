/**
 * Host ports of one cluster: a column of 0 and 1 for each (protocol, port, IP) that some pod has used. As upstream
 * (k8s 1.36 kube-scheduler framework/types.go HostPortInfo) this is a set without counts: of two pods that share a
 * port on a node, the first to leave frees it.
 */

import type { Engine } from "../core/engine.js";
import type { Container, Pod } from "../kube/objects.js";

const WILDCARD = "0.0.0.0";

/** One host port, canonical. */
export interface HostPort {
  /** Protocol and port. */
  readonly service: string;
  readonly ip: string;
}

/** The host ports a pod wants: of its containers and its sidecars, each once. */
export function hostPortsOf(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  const found = new Map<string, HostPort>();
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const port of portsOf(container)) found.set(`${port.service} ${port.ip}`, port);
  }
  return [...found.values()];
}

function portsOf(container: Container): HostPort[] {
  return (container.ports ?? [])
    .filter((port) => (port.hostPort ?? 0) > 0)
    .map((port) => ({ service: `${port.protocol || "TCP"}/${port.hostPort}`, ip: port.hostIP || WILDCARD }));
}

export class Ports {
  readonly #engine: Engine;
  /** Columns by service, then IP. */
  readonly #columns = new Map<string, Map<string, number>>();
  #version = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Grows whenever the answer of {@link conflicting} may have changed. */
  get version(): number {
    return this.#version;
  }

  /** Takes ports on a node. Returns the columns that were free before, for undoing exactly. */
  occupy(slot: number, ports: readonly HostPort[]): number[] {
    return ports.map((port) => this.#column(port)).filter((column) => this.#write(column, slot, 1));
  }

  /** Frees ports on a node. Returns the columns that were taken before. */
  release(slot: number, ports: readonly HostPort[]): number[] {
    return ports.map((port) => this.#column(port)).filter((column) => this.#write(column, slot, 0));
  }

  /** Sets columns as {@link occupy} and {@link release} found them. */
  restore(slot: number, columns: readonly number[], value: 0 | 1): void {
    for (const column of columns) this.#write(column, slot, value);
  }

  /** Columns that are taken on a node. */
  taken(slot: number): number[] {
    const columns = [...this.#columns.values()].flatMap((byIp) => [...byIp.values()]);
    return columns.filter((column) => this.#engine.bytesOf(column)[slot] === 1);
  }

  /** Columns that must be 0 on a node for the pod to fit: the same IP and the wildcard, or every IP for a wildcard. */
  conflicting(ports: readonly HostPort[]): number[] {
    const columns = new Set<number>();
    for (const { service, ip } of ports) {
      for (const [used, column] of this.#columns.get(service) ?? []) {
        if (ip === WILDCARD || used === WILDCARD || used === ip) columns.add(column);
      }
    }
    return [...columns];
  }

  /** Returns whether this changed anything. */
  #write(column: number, slot: number, value: 0 | 1): boolean {
    const bytes = this.#engine.bytesOf(column);
    if (bytes[slot] === value) return false;
    bytes[slot] = value;
    return true;
  }

  #column(port: HostPort): number {
    let byIp = this.#columns.get(port.service);
    if (byIp === undefined) {
      byIp = new Map();
      this.#columns.set(port.service, byIp);
    }
    let column = byIp.get(port.ip);
    if (column === undefined) {
      column = this.#engine.check(this.#engine.core.columnAdd(0));
      byIp.set(port.ip, column);
      this.#version++;
    }
    return column;
  }
}
