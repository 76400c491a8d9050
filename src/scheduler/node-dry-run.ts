/** The dry run on one node in numbers (assembly/dry-run.ts), where only resources can be short. */

import type { PodRecord } from "../cluster/node-record.js";
import type { ClusterState } from "../cluster/state.js";
import { lackingDetails, lackingReasons } from "./builtin.js";
import { codeOf, type GivenRejection } from "./explain.js";

/** u32 and the byte of the answer. */
const BYTES_A_POD = 5;
const MIN_PODS = 128;

export class NodeDryRun {
  readonly #state: ClusterState;
  /** Where pods and answers lie, and for how many pods there is room. */
  #area = 0;
  #room = 0;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /**
   * For each of the pods, which come back in this order, 1 where it would have to go so that one of the class fits; to be read
   * before anything else is asked. "useless" where it could not fit whoever went; a rejection where it does not fit without
   * all of them.
   */
  leaving(classBlock: number, slot: number, pods: readonly PodRecord[]): Uint8Array | GivenRejection | "useless" {
    const { engine } = this.#state;
    const { core, ids } = engine;
    this.#makeRoom(pods.length);
    const blocks = engine.wordsAt(this.#area, pods.length);
    for (let at = 0; at < pods.length; at++) blocks[at] = pods[at]!.occupancy.block;
    const found = core.dryRun(classBlock, slot, this.#area, pods.length);
    if (found === ids.DRY_RUN_USELESS) return "useless";
    if (found === ids.DRY_RUN_LACKING) {
      const code = codeOf(engine.bytesOf(ids.COLUMN_UNRESOLVABLE)[slot] ?? 0);
      return {
        plugin: "NodeResourcesFit",
        code,
        reasons: lackingReasons(this.#state, lackingDetails(this.#state)(slot)),
      };
    }
    return engine.bytesAt(this.#area + 4 * pods.length, pods.length);
  }

  #makeRoom(pods: number): void {
    if (pods <= this.#room) return;
    const { engine } = this.#state;
    engine.core.arenaFree(this.#area);
    this.#room = Math.max(MIN_PODS, 2 * pods);
    this.#area = engine.alloc(BYTES_A_POD * this.#room);
  }
}
