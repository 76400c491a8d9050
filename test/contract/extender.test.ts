// `stowage extender` as a process: what it refuses to start with, what it says when it serves, and how it ends.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root, useCommandLine } from "../helpers/command-line.js";

const commandLine = useCommandLine("extender");
const manifests = join(root, "examples/three-servers");
const onFreePort = ["extender", "-f", manifests, "--listen", "127.0.0.1:0"];

describe("stowage extender", () => {
  test.each([
    [["--listen", "127.0.0.1:1"], "say which cluster: --kubeconfig FILE, --in-cluster, or -f with manifests"],
    [["-f", manifests, "--listen", "0.0.0.0:1"], "--listen 0.0.0.0:1: is public, and anybody there could ask"],
    [["-f", manifests, "--budget", "2"], "--budget 2: is not a duration, as in 500ms or 1m30s"],
    [["-f", manifests, "--capacity-from", "a"], "--capacity-from a: say of which resource, as RESOURCE=ANNOTATION"],
    [["-f", manifests, "--managed-resource", "cpu"], "--managed-resource cpu: "],
    [
      ["-f", manifests, "--tls-cert", "none", "--tls-key", "none", "--listen", "127.0.0.1:0"],
      "no such file or directory, open 'none'",
    ],
    [["-f", "none.yaml"], "none.yaml: no such file or directory"],
    [["--body-limit", "0", "-f", manifests, "--concurrency", "many"], "--concurrency many: is not a whole number"],
  ])("does not start with %j, and says why", async (args, message) => {
    const { code, stderr } = await commandLine.run(["extender", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  interface Started {
    readonly child: ReturnType<typeof commandLine.start>;
    readonly log: () => string;
    readonly listening: { readonly url: string; readonly suggestedWeight: number };
  }

  async function start(args: readonly string[]): Promise<Started> {
    const child = commandLine.start(args);
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    child.stdin.end();
    while (!log.includes('"suggestedWeight"')) {
      if (child.exitCode !== null) throw new Error(log);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const line = log.split("\n").find((each) => each.includes('"suggestedWeight"')) ?? "";
    return { child, log: () => log, listening: JSON.parse(line) };
  }

  const ended = ({ child }: Started): Promise<number | null> => new Promise((resolve) => child.on("close", resolve));

  test("serves, says the weight that makes its scores felt, and ends with 0 when every request is answered", async () => {
    const started = await start([...onFreePort, "--drain-delay", "100ms"]);
    const { url, suggestedWeight } = started.listening;
    expect(suggestedWeight).toBe(15);
    const body = readFileSync(join(root, "test/fixtures/extender/filter-names.json"), "utf8").replace("n0", "server-1");
    const answer = (await (await fetch(`${url}/filter`, { method: "POST", body })).json()) as { NodeNames: string[] };
    expect(answer.NodeNames).toEqual(["server-1"]);
    const end = ended(started);
    started.child.kill("SIGTERM");
    expect(await end).toBe(0);
    expect(started.log()).toContain("every request is answered");
  });

  test("ends at once at the second signal", async () => {
    const started = await start([...onFreePort, "--drain-delay", "1h"]);
    const end = ended(started);
    started.child.kill("SIGTERM");
    await hasBegunToEnd(started);
    started.child.kill("SIGTERM");
    expect(await end).toBe(143);
  });

  /** Signals that wait together come in no order that anybody may rely on. */
  async function hasBegunToEnd({ log }: Started): Promise<void> {
    while (!log().includes("shutting down")) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  const filterBody = readFileSync(join(root, "test/fixtures/extender/filter-names.json"), "utf8");

  async function ask({ listening }: Started, times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const answer = await fetch(`${listening.url}/filter`, { method: "POST", body: filterBody });
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
  }

  const decisions = ({ log }: Started): number => log().match(/"verb":"filter"/g)?.length ?? 0;

  test("warms up before it is ready, and tells of no call that nobody made", async () => {
    const started = await start([...onFreePort, "--drain-delay", "0"]);
    const { url } = started.listening;
    const ready = async (): Promise<string> => (await fetch(`${url}/readyz`)).text();
    expect(await ready()).toBe("[-]it is warming up");
    await expect.poll(ready, { timeout: 60_000, interval: 100 }).toBe("ok");
    await ask(started, 1);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics.match(/^stowage_framework_extension_point_duration_seconds_count.*$/gm)).toEqual([
      expect.stringMatching(/extension_point="Filter".* 1$/),
    ]);
    const end = ended(started);
    started.child.kill("SIGTERM");
    expect(await end).toBe(0);
    expect(decisions(started)).toBe(1);
    expect(started.log()).not.toContain("made-up");
  });

  test("tells of a decision soon, though it writes its log in pieces", async () => {
    const started = await start([...onFreePort, "--drain-delay", "0"]);
    await ask(started, 1);
    while (decisions(started) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const end = ended(started);
    started.child.kill("SIGTERM");
    expect(await end).toBe(0);
  });

  test.each([
    ["when it has drained", "0", 0],
    ["at the second signal", "1h", 130],
  ] as const)("has told of every decision %s", async (_when, drainDelay, code) => {
    const started = await start([...onFreePort, "--drain-delay", drainDelay]);
    await ask(started, 50);
    const end = ended(started);
    started.child.kill("SIGTERM");
    if (code !== 0) {
      await hasBegunToEnd(started);
      started.child.kill("SIGINT");
    }
    expect(await end).toBe(code);
    expect(decisions(started)).toBe(50);
    expect(started.log().endsWith("\n")).toBe(true);
  });

  test("takes managed resources from the only extender of its configuration, and capacity from annotations", async () => {
    const config = join(commandLine.folder, "config.yaml");
    const extender =
      "{urlPrefix: 'http://x', filterVerb: filter, managedResources: [{name: example.com/slots, ignoredByScheduler: true}]}";
    writeFileSync(
      config,
      `apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nextenders: [${extender}]\n`,
    );
    const nodes = join(commandLine.folder, "nodes.yaml");
    const node = (name: string, slots: string): string =>
      `---\napiVersion: v1\nkind: Node\nmetadata: {name: ${name}, annotations: {example.com/free: "${slots}"}}\nstatus: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}}\n`;
    writeFileSync(nodes, node("enough", "2") + node("few", "1") + node("bad", "two"));
    const flags = ["--config", config, "--capacity-from", "example.com/free", "--drain-delay", "0"];
    const started = await start(["extender", "-f", nodes, "--listen", "127.0.0.1:0", ...flags]);
    const pod = {
      metadata: { name: "p", uid: "u" },
      spec: { containers: [{ resources: { requests: { "example.com/slots": "2" } } }] },
    };
    const body = JSON.stringify({ Pod: pod, NodeNames: ["enough", "few", "bad"] });
    const answer = (await (await fetch(`${started.listening.url}/filter`, { method: "POST", body })).json()) as object;
    expect(answer).toMatchObject({
      NodeNames: ["enough"],
      FailedAndUnresolvableNodes: { few: "Insufficient example.com/slots", bad: "Insufficient example.com/slots" },
    });
    expect(started.log()).toContain('"node":"bad","annotation":"example.com/free","value":"two"');
    started.child.kill("SIGTERM");
    await ended(started);
  });
});

describe("examples/extender", () => {
  test("answers as its README says", () => {
    if (!existsSync(join(root, "dist/extender.js")))
      throw new Error("dist/extender.js is missing: run `npm run build` first");
    const output = execFileSync(process.execPath, ["examples/extender/main.mjs"], { cwd: root, encoding: "utf8" });
    expect(readFileSync(join(root, "examples/extender/README.md"), "utf8")).toContain(`\`\`\`\n${output}\`\`\``);
  });
});
