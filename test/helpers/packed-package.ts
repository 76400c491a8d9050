/** The package as npm would publish it: packed once, unpacked into node_modules of its own. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { listFiles, ROOT } from "../tidy/sources.js";

export interface Manifest {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

export interface PackedPackage {
  readonly tarball: string;
  /** Files in the tarball, from its root. */
  readonly files: readonly string[];
  readonly manifest: Manifest;
  /** A project with the package and its run-time dependencies. */
  readonly app: string;
  /** A project with the package alone. */
  readonly bareApp: string;
}

/**
 * Packs what the build left in dist, without running it again: other tests read dist at the same time.
 *
 * @param folder an empty one, for the tarball and the projects
 * @throws Error when dist is missing or older than what it is built from
 */
export function packPackage(folder: string): PackedPackage {
  checkBuild();
  const tarball = join(folder, npmPack(folder));
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  const app = unpack(tarball, join(folder, "app"));
  const bareApp = unpack(tarball, join(folder, "bare"));
  for (const name of Object.keys(manifest.dependencies)) {
    symlinkSync(join(ROOT, "node_modules", name), join(app, "node_modules", name));
  }
  const files = listFiles(join(bareApp, "node_modules/stowage"));
  return { tarball, files, manifest, app, bareApp };
}

/** Runs Node in a project's folder and returns its output. @throws Error when it fails or complains */
export function runNode(project: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: "utf8",
    env: PLAIN_ENV,
  });
  if (status !== 0 || stderr !== "")
    throw new Error(`node ${args.join(" ")} exited with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Without what the test runner puts into the environment. */
const PLAIN_ENV = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: "C.UTF-8" };

function npmPack(destination: string): string {
  const args = ["pack", "--ignore-scripts", "--json", "--loglevel=error", "--pack-destination", destination];
  const printed = JSON.parse(execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" })) as unknown;
  return (Object.values(printed as object)[0] as { readonly filename: string }).filename;
}

function unpack(tarball: string, project: string): string {
  const target = join(project, "node_modules/stowage");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", target]);
  return project;
}

function checkBuild(): void {
  const built = join(ROOT, "dist/core.wasm");
  if (!existsSync(built)) throw new Error("dist/core.wasm is missing: run `npm run build` first");
  const builtAt = statSync(built).mtimeMs;
  const newer = ["src", "assembly"]
    .flatMap((folder) => listFiles(ROOT, folder))
    .filter((path) => statSync(join(ROOT, path)).mtimeMs > builtAt);
  if (newer.length > 0) throw new Error(`dist is older than ${newer.join(", ")}: run \`npm run build\` first`);
}
