/** A client of a test's own API server, connected as users connect: through a kubeconfig. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiClient, connect } from "../../src/live/client.js";

export interface KubeconfigParts {
  readonly server: string;
  readonly user?: object;
  readonly cluster?: object;
}

let folder: string | undefined;
let written = 0;

/** A folder for this process, gone when it ends. */
export function liveFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "stowage-live-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

/** Writes a kubeconfig. @returns its path */
export function writeKubeconfig({ server, user = {}, cluster = {} }: KubeconfigParts): string {
  const file = join(liveFolder(), `kubeconfig-${++written}`);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

export function connectTo(server: string, user: object = {}): Promise<ApiClient> {
  return connect({ kubeconfig: writeKubeconfig({ server, user }) });
}

/** Waits until something holds, looking again and again. Fails with what `describe` says when it does not come to hold. */
export async function eventually(isTrue: () => boolean, describe: () => string, timeoutMs = 20_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(describe());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
