/**
 * An extender that lets every node through and gives every node the same score: what a call costs by itself.
 * As a program: `tsx test/kubernetes/e2e/pass-through.ts PORT`.
 */

import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Child, freePorts } from "./child.js";
import { isHealthy } from "./control-plane.js";

interface Arguments {
  readonly NodeNames?: readonly string[];
  readonly Nodes?: { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
}

const PROGRAM = fileURLToPath(import.meta.url);

/** Starts it as a process of its own and waits until it answers. */
export async function startPassThrough(folder: string): Promise<{ readonly child: Child; readonly port: number }> {
  const [port = 0] = await freePorts(1);
  const child = new Child("pass-through", [process.execPath, "--import=tsx", PROGRAM, String(port)], { folder });
  await child.untilReady(() => isHealthy(`http://127.0.0.1:${port}/`));
  return { child, port };
}

/** The answer to a verb, in the form in which the arguments came. */
function answerTo(verb: string | undefined, { NodeNames, Nodes }: Arguments): unknown {
  if (verb === "filter") return NodeNames ? { NodeNames } : { Nodes };
  const names = NodeNames ?? Nodes?.items.map(({ metadata }) => metadata.name) ?? [];
  return names.map((Host) => ({ Host, Score: 0 }));
}

function serve(port: number): void {
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString();
    const verb = request.url?.split("/").at(-1);
    response.end(request.method === "GET" ? "ok" : JSON.stringify(answerTo(verb, JSON.parse(body) as Arguments)));
  });
  // Go keeps idle connections for 90 s.
  server.keepAliveTimeout = 120_000;
  server.listen(port, "127.0.0.1");
}

if (process.argv[1] === PROGRAM) serve(Number(process.argv[2]));
