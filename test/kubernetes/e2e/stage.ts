/**
 * What every case stands on: a control plane of its own, and the same questions at the end. Whatever happens, nothing is
 * left running; what a case that fails leaves behind are its logs, and it says where.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Api, type ApiEvent, EVENTS, NODES, PODS } from "./api.js";
import { type Outcome, problemsOf } from "./checks.js";
import { ControlPlane } from "./control-plane.js";
import { type NodeOptions, nodeOf, type PodOptions, podOf } from "./objects.js";
import { Observer } from "./observer.js";
import { Stowage, type StowageOptions } from "./stowage.js";

const POLLING = { timeout: 10_000, interval: 200 };

export class Stage {
  readonly folder: string;
  readonly plane: ControlPlane;
  readonly observer: Observer;
  readonly replicas: Stowage[] = [];
  readonly #cleanups: (() => unknown)[] = [];

  constructor(folder: string, plane: ControlPlane, observer: Observer) {
    this.folder = folder;
    this.plane = plane;
    this.observer = observer;
  }

  get api(): Api {
    return this.plane.api;
  }

  /** Nodes called n0, n1, ... */
  createNodes(count: number, options?: NodeOptions): Promise<void> {
    return this.api.createAll(
      NODES,
      Array.from({ length: count }, (_, index) => nodeOf(`n${index}`, options)),
    );
  }

  /** Pods called by a prefix and 0, 1, ... */
  createPods(count: number, options?: PodOptions, prefix = "p"): Promise<void> {
    return this.api.createAll(
      PODS,
      Array.from({ length: count }, (_, index) => podOf(`${prefix}${index}`, options)),
    );
  }

  /** What went wrong with pods on their way, by the events that tell it. */
  async warnings(): Promise<string[]> {
    const { items } = await this.api.list<ApiEvent>(EVENTS);
    return items
      .filter(({ type }) => type === "Warning")
      .map(({ reason, note, regarding }) => `${regarding.name} ${reason}: ${note}`);
  }

  /** Starts an extender and waits until it is ready. */
  async stowage(options: Partial<StowageOptions> = {}): Promise<Stowage> {
    const kubeconfig = this.plane.kubeconfig("stowage");
    const started = await Stowage.start({ folder: this.folder, kubeconfig, ...options });
    this.replicas.push(started);
    return started;
  }

  /** Has something stopped when the case is over. */
  after(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  async clean(): Promise<void> {
    for (const { child } of this.replicas) if (child.isRunning) await child.stop();
    for (const cleanup of this.#cleanups.toReversed()) await cleanup();
  }
}

/** A case: a sentence that holds of a control plane with stowage beside it. */
export function onStage(sentence: string, run: (stage: Stage) => Promise<Outcome>): void {
  test(sentence, async () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-e2e-"));
    try {
      await runIn(folder, run);
      if (process.env.STOWAGE_KEEP_LOGS !== undefined) console.log(`the logs of "${sentence}" are in ${folder}`);
      else rmSync(folder, { recursive: true });
    } catch (error) {
      rmSync(join(folder, "etcd"), { recursive: true, force: true });
      console.error(`the logs of "${sentence}" are in ${folder}`);
      throw error;
    }
  });
}

async function runIn(folder: string, run: (stage: Stage) => Promise<Outcome>): Promise<void> {
  const plane = await ControlPlane.start(folder);
  try {
    const observer = await Observer.start(plane.api);
    const stage = new Stage(folder, plane, observer);
    try {
      const outcome = await run(stage);
      // Watches and the audit log may be a moment behind.
      await expect.poll(() => problemsOf(stage, outcome), POLLING).toEqual(outcome.problems ?? []);
    } finally {
      await stage.clean();
      await observer.stop();
    }
  } finally {
    await plane.stop();
  }
}
