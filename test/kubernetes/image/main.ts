/**
 * `npm run image`: builds deploy/Dockerfile as it stands, looks into the image, and runs it as the chart does: as nobody in
 * particular, as process 1, with a read-only root and without capabilities. `-- --port 19266` says where it may listen. Exit code
 * 77 says that root or a tool is missing.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Child } from "../e2e/child.js";
import { isHealthy } from "../e2e/control-plane.js";
import { nodeOf, podOf } from "../e2e/objects.js";
import { buildImage, configOf, missingTools, withRootOf, writeBundle } from "./builder.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PACKAGE = "app/node_modules/stowage";
const NOT_HERE = 77;

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly dev?: boolean; readonly extraneous?: boolean }>
  >;
}

async function main(): Promise<number> {
  const missing = missingTools();
  if (missing.length > 0) {
    console.log(`skipped: the image cannot be built without ${missing.join(", ")}`);
    return NOT_HERE;
  }
  const { values } = parseArgs({ options: { port: { type: "string", default: "19266" } } });
  const image = await buildImage(ROOT, console.log);
  const problems = [...configProblems(await configOf(image))];
  await withRootOf(image, async (root) => {
    problems.push(...contentProblems(root), ...(await runProblems(root, values.port)));
  });
  for (const problem of problems) console.log(problem);
  console.log(`the image is built and run, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

function configProblems(config: Readonly<Record<string, unknown>>): string[] {
  const expected = {
    User: "65532:65532",
    Entrypoint: ["node", `/${PACKAGE}/dist/cli/main.js`],
    Cmd: ["--help"],
    ExposedPorts: { "10266/tcp": {} },
  };
  return Object.entries(expected)
    .filter(([key, value]) => JSON.stringify(config[key]) !== JSON.stringify(value))
    .map(([key]) => `the configuration's ${key} is ${JSON.stringify(config[key])}`);
}

/** All that is published, in the versions of the lock file, and nothing that only a developer needs. */
function contentProblems(root: string): string[] {
  const read = <T>(path: string): T => JSON.parse(readFileSync(path, "utf8"));
  const { files } = read<{ readonly files: readonly string[] }>(join(ROOT, "package.json"));
  const locked = read<Lock>(join(ROOT, "package-lock.json")).packages;
  // What npm has written of the packages that it has put there.
  const installed = Object.entries(read<Lock>(join(root, "app/node_modules/.package-lock.json")).packages).filter(
    ([path]) => path !== "node_modules/stowage",
  );
  const have = (path: string): boolean => existsSync(join(root, path));
  return [
    ...files.filter((name) => !have(`${PACKAGE}/${name}`)).map((name) => `${name} is not in the package`),
    ...(installed.length < 10 ? [`only ${installed.length} packages are installed`] : []),
    ...installed
      .filter(([, { dev, extraneous }]) => dev === true || extraneous === true)
      .map(([path]) => `${path} is in it, which only developers need`),
    ...installed
      .filter(([path, { version }]) => locked[path.replace("node_modules/stowage/", "")]?.version !== version)
      .map(([path, { version }]) => `${path} is ${version}, which is not what the lock file says`),
    ...["src", "root/.npmrc", "app/.npmrc"].filter(have).map((path) => `/${path} is in it`),
  ];
}

/** Serves two nodes, is asked, and is told to end. */
async function runProblems(root: string, port: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "stowage-image-"));
  const problems: string[] = [];
  const expect = (isRight: boolean, what: string): void => void (isRight || problems.push(what));
  const url = `http://127.0.0.1:${port}`;
  try {
    const world = join(folder, "world.json");
    writeFileSync(world, JSON.stringify({ apiVersion: "v1", kind: "List", items: [nodeOf("n1"), nodeOf("n2")] }));
    const flags = ["extender", "-f", "/world.json", `--listen=127.0.0.1:${port}`, "--drain-delay=2s"];
    await writeBundle(folder, { root, world, args: ["node", `/${PACKAGE}/dist/cli/main.js`, ...flags] });
    const run = ["runc", "--root", join(folder, "runc"), "run", "--bundle", folder, "stowage-image"] as const;
    const child = new Child("image", run, { folder });
    await child.untilReady(() => isHealthy(`${url}/readyz`));
    expect(await isHealthy(`${url}/livez`), "/livez is not 200");
    expect(
      (await (await fetch(`${url}/version`)).text()).includes('"name":"stowage"'),
      "/version does not say stowage",
    );
    const body = JSON.stringify({ Pod: podOf("p"), NodeNames: ["n1", "n2"] });
    const filter = (): Promise<string> => fetch(`${url}/filter`, { method: "POST", body }).then((it) => it.text());
    expect((await filter()).includes('"NodeNames":["n1","n2"]'), "filter does not pass both nodes");
    child.signal("SIGTERM");
    while (await isHealthy(`${url}/readyz`)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await filter()).includes('"NodeNames":["n1","n2"]'), "filter is not answered any more while it drains");
    expect((await child.exited) === 0, `it does not end with 0 at SIGTERM:\n${child.log()}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return problems;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
