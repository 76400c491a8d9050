/**
 * The built package, as users run it. Benches take dist/ and not src/: run from source, every inner function would carry
 * a call of the TypeScript loader's own.
 */

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Families from "../src/bench/families.js";
import type * as Measure from "../src/bench/measure.js";
import type * as Worlds from "../src/bench/worlds.js";
import type * as CoreModule from "../src/core/module.js";
import type * as Library from "../src/index.js";
import type * as NodePlugins from "../src/scheduler/node-plugins.js";
import type * as Profiles from "../src/scheduler/profiles.js";

export interface Built {
  readonly library: typeof Library;
  /** Internal: which binary to run. */
  readonly core: typeof CoreModule;
  /** Internal: class blocks for raw cycles. */
  readonly profiles: typeof Profiles;
  /** Internal: one plugin by itself. */
  readonly nodePlugins: typeof NodePlugins;
  /** Internal: what `stowage bench` measures, and what that is made of. */
  readonly families: typeof Families;
  readonly measure: typeof Measure;
  readonly worlds: typeof Worlds;
}

/** Loads the built package. @throws Error when there is none, or an old one: figures would be of another commit. */
export async function loadBuilt(): Promise<Built> {
  if (!existsSync(builtPath("index.js"))) throw new Error("there is no dist/: run npm run build first");
  const builtMs = statSync(builtPath("index.js")).mtimeMs;
  const newer = ["src", "assembly"].flatMap(filesOf).find((file) => statSync(file).mtimeMs > builtMs);
  if (newer !== undefined) throw new Error(`dist/ is older than ${newer}: run npm run build first`);
  return {
    library: (await import(builtUrl("index.js"))) as typeof Library,
    core: (await import(builtUrl("core/module.js"))) as typeof CoreModule,
    profiles: (await import(builtUrl("scheduler/profiles.js"))) as typeof Profiles,
    nodePlugins: (await import(builtUrl("scheduler/node-plugins.js"))) as typeof NodePlugins,
    families: (await import(builtUrl("bench/families.js"))) as typeof Families,
    measure: (await import(builtUrl("bench/measure.js"))) as typeof Measure,
    worlds: (await import(builtUrl("bench/worlds.js"))) as typeof Worlds,
  };
}

function filesOf(folder: string): string[] {
  const path = repositoryPath(folder);
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Where a file of the repository lies. */
export function repositoryPath(name: string): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}

export function builtPath(name: string): string {
  return repositoryPath(`dist/${name}`);
}

/** What `import` takes for a file of dist/. */
export function builtUrl(name: string): string {
  return new URL(`../dist/${name}`, import.meta.url).href;
}
