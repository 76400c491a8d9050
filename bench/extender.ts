/**
 * `npm run bench:extender`: the extender beside a bare Fastify route that parses and echoes the same body. Server and client are
 * two processes, the servers take turns, and answers are checked before anything is timed. Prints what it finds; times fail
 * nothing.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { markdownTable } from "markdown-table";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import type * as ExtenderEntry from "../src/extender.js";
import type * as Library from "../src/index.js";
import type { Node } from "../src/kube/objects.js";
import { builtUrl, repositoryPath } from "./built.js";
import { benchLoad, benchNodes, benchPod, namesBody, wholeBody } from "./extender-bodies.js";
import { inTurn, type Load, newAgent, postOnce, together } from "./extender-load.js";
import { environmentOf } from "./report.js";
import { sampledOfRuns } from "./sampling.js";

const NS_A_MS = 1e6;
const MS_A_TICK = 10;
const READY_POLL_MS = 50;
const CLIENTS = 100;
const CONFIG = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

interface Settings {
  readonly nodes: number;
  readonly rounds: number;
  readonly requests: number;
  readonly seconds: number;
  readonly seed: string;
}

interface Running {
  readonly url: string;
  readonly child: ChildProcess;
}

async function main(): Promise<void> {
  const args = await yargs(hideBin(process.argv))
    .options({ nodes: { default: 5_000 }, rounds: { default: 10 }, requests: { default: 200 } })
    .options({ seconds: { default: 60 }, seed: { default: "extender" } })
    .strict().argv;
  const folder = mkdtempSync(join(tmpdir(), "stowage-bench-"));
  const servers: Running[] = [];
  try {
    const environment = environmentOf(args.seed, `npm run bench:extender -- ${process.argv.slice(2).join(" ")}`.trim());
    process.stdout.write(`${JSON.stringify(environment)}\n\n`);
    const nodes = benchNodes(args.nodes, args.seed);
    await measureNames(args, nodes, folder, servers);
    await measureWhole(args, nodes);
  } finally {
    for (const { child } of servers) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

async function measureNames(
  settings: Settings,
  nodes: readonly Node[],
  folder: string,
  servers: Running[],
): Promise<void> {
  const world = join(folder, "world.json");
  const config = join(folder, "config.yaml");
  const items = [...nodes, ...benchLoad(nodes, settings.seed)];
  writeFileSync(world, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  writeFileSync(config, CONFIG);
  const command = ["dist/cli/main.js", "extender", "-f", world, "--listen", "127.0.0.1:0"];
  const echo = await start(["--import", "tsx", "bench/echo-server.ts"], servers);
  const packing = await start(command, servers);
  const whole = await start([...command, "--config", config], servers);
  await Promise.all([packing, whole].map(untilReady));
  const body = namesBody(benchPod(settings.seed), nodes);
  await checkAnswers(packing, whole, nodes, body);
  const targets: Target[] = [
    { name: "echo", path: "/echo", running: echo },
    { name: "filter, default", path: "/filter", running: packing },
    { name: "prioritize, default", path: "/prioritize", running: packing },
    { name: "filter, all default plugins", path: "/filter", running: whole },
    { name: "prioritize, all default scores", path: "/prioritize", running: whole },
  ];
  const taken = await inRounds(settings, targets, body);
  process.stdout.write(`${settings.nodes} names, ${body.length} bytes, one connection\n\n${table(targets, taken)}\n\n`);
  await measureConcurrency(settings, packing, body);
}

interface Target {
  readonly name: string;
  readonly path: string;
  readonly running: Running;
}

interface Taken {
  readonly latenciesNs: number[];
  /** Of the server's process, over all requests. */
  cpuMs: number;
}

/** A few requests to each in turn, so that all meet the same machine. */
async function inRounds({ rounds, requests }: Settings, targets: readonly Target[], body: Buffer): Promise<Taken[]> {
  const urls = targets.map(({ running, path }) => `${running.url}${path}`);
  for (const url of urls) await inTurn(url, body, requests);
  const all = targets.map((): Taken => ({ latenciesNs: [], cpuMs: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, taken] of all.entries()) {
      const { child } = targets[index]!.running;
      const before = cpuMsOf(child);
      taken.latenciesNs.push(...(await inTurn(urls[index]!, body, requests)).latenciesNs);
      taken.cpuMs += cpuMsOf(child) - before;
    }
  }
  return all;
}

/** Processor time of a process so far, as Linux counts it in hundredths of a second; 0 elsewhere. */
function cpuMsOf({ pid }: ChildProcess): number {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return 0;
  const fields = readFileSync(stat, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_A_TICK;
}

async function checkAnswers(packing: Running, whole: Running, nodes: readonly Node[], body: Buffer): Promise<void> {
  const agent = newAgent();
  for (const { url } of [packing, whole]) {
    const filtered = JSON.parse(await postOnce(agent, `${url}/filter`, body));
    const answered = [
      ...filtered.NodeNames,
      ...Object.keys({ ...filtered.FailedNodes, ...filtered.FailedAndUnresolvableNodes }),
    ];
    if (filtered.Error !== "" || answered.length !== nodes.length) throw new Error("filter does not answer every node");
    const scores = JSON.parse(await postOnce(agent, `${url}/prioritize`, body)) as { Host: string; Score: number }[];
    const isRight = scores.every(
      ({ Host, Score }, index) => Host === nodes[index]?.metadata?.name && Score >= 0 && Score <= 10,
    );
    if (!isRight || scores.length !== nodes.length) throw new Error("prioritize does not answer every node");
  }
  agent.destroy();
}

async function measureConcurrency({ seconds }: Settings, { url }: Running, body: Buffer): Promise<void> {
  const filter = `${url}/filter`;
  const full = await together(filter, body, CLIENTS, seconds * 500);
  const capacity = full.latenciesNs.length / full.seconds;
  await metric(url, "nodejs_eventloop_lag_p99_seconds");
  const before = await metric(url, "process_resident_memory_bytes");
  const half = await together(filter, body, CLIENTS, seconds * 1_000, capacity / 2);
  const lag = await metric(url, "nodejs_eventloop_lag_p99_seconds");
  const after = await metric(url, "process_resident_memory_bytes");
  const rows = [
    ["", "requests/s", "p50 ms", "p99 ms", "errors"],
    ["as fast as it goes", ...told(full)],
    ["half of that", ...told(half)],
  ];
  const memory = `${mib(before)} MiB before the second, ${mib(after)} MiB after`;
  process.stdout.write(
    `${CLIENTS} clients\n\n${markdownTable(rows)}\n\nevent-loop delay p99 at half: ${(lag * 1_000).toFixed(1)} ms (the timer's own 10 ms included); memory: ${memory}\n\n`,
  );
}

/** Whole nodes, in this process: the whole answer against parsing the body. */
async function measureWhole({ rounds, seed }: Settings, nodes: readonly Node[]): Promise<void> {
  const { Cluster } = (await import(builtUrl("index.js"))) as typeof Library;
  const { Extender, stillSource } = (await import(builtUrl("extender.js"))) as typeof ExtenderEntry;
  const cluster = new Cluster();
  for (const node of nodes) cluster.upsertNode(node);
  const extender = new Extender({ source: stillSource(cluster, []) });
  const body = wholeBody(benchPod(seed), nodes);
  const text = body.toString();
  const parsed: number[] = [];
  const answered: number[] = [];
  for (let round = 0; round < rounds + 1; round++) {
    const start = performance.now();
    const { Nodes } = JSON.parse(body.toString());
    const middle = performance.now();
    const { body: answer } = await extender.handle("filter", body);
    const end = performance.now();
    if (Nodes.items.length !== nodes.length || answer.length < text.length / 2) throw new Error("the answer is short");
    if (round === 0) continue;
    parsed.push(middle - start);
    answered.push(end - middle);
  }
  const [parse, filter] = [sampledOfRuns(parsed), sampledOfRuns(answered)];
  const ratio = (filter.meanNs / parse.meanNs).toFixed(2);
  process.stdout.write(
    `${nodes.length} whole nodes, ${mib(body.length)} MiB: JSON.parse ${ms(parse.p50Ns)} ms, filter ${ms(filter.p50Ns)} ms (medians); means' ratio ${ratio}\n`,
  );
}

/** Starts a server of the repository and waits for the line in which it says where it listens. */
async function start(args: readonly string[], servers: Running[]): Promise<Running> {
  const child = spawn(process.execPath, args, { cwd: repositoryPath(""), stdio: ["ignore", "pipe", "pipe"] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended with exit code ${code}`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const said = line.startsWith("{") ? (JSON.parse(line) as { url?: string }).url : undefined;
        if (said !== undefined) resolve(said);
      });
    }
  });
  const running = { url, child };
  servers.push(running);
  return running;
}

/** It listens before it is warm. */
async function untilReady({ url }: Running): Promise<void> {
  while (!(await fetch(`${url}/readyz`)).ok) await setTimeout(READY_POLL_MS);
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
}

/** Processor time tells more than the clock where others use the machine too. */
function table(targets: readonly Target[], all: readonly Taken[]): string {
  const [base] = all.map(rowOf);
  const rows = all.map((taken, index) => {
    const { p50Ns, p99Ns, samples, cpuMs } = rowOf(taken);
    const ratio = (value: number, other = 1): string => (value / other).toFixed(2);
    return [
      targets[index]?.name ?? "",
      ...[ms(p50Ns), ms(p99Ns), cpuMs.toFixed(2)],
      ...[ratio(p50Ns, base?.p50Ns), ratio(p99Ns, base?.p99Ns), ratio(cpuMs, base?.cpuMs)],
      String(samples),
    ];
  });
  const head = ["", "p50 ms", "p99 ms", "CPU ms", "p50 / echo", "p99 / echo", "CPU / echo", "requests"];
  return markdownTable([head, ...rows]);
}

function rowOf({ latenciesNs, cpuMs }: Taken) {
  return { ...sampledOfRuns(latenciesNs.map((ns) => ns / NS_A_MS)), cpuMs: cpuMs / latenciesNs.length };
}

function told({ latenciesNs, errors, seconds }: Load): string[] {
  const { p50Ns, p99Ns } = sampledOfRuns(latenciesNs.map((ns) => ns / NS_A_MS));
  return [(latenciesNs.length / seconds).toFixed(0), ms(p50Ns), ms(p99Ns), String(errors)];
}

function ms(ns: number): string {
  return (ns / NS_A_MS).toFixed(2);
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

await main();
