// The extender in a server of your own: here Node's plain one. It answers on a free port, asks itself as kube-scheduler
// would, prints what it said, and ends.
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { Cluster, definePlugin } from "stowage";
import { Extender, stillSource, VERBS } from "stowage/extender";

const cluster = new Cluster();
for (const [name, rack] of [
  ["node-a", "r1"],
  ["node-b", "r1"],
  ["node-c", "r2"],
]) {
  cluster.upsertNode({ name, allocatable: { cpu: 4, memory: "16Gi" }, labels: { rack } });
}
cluster.upsertPod({ name: "running", requests: { cpu: 3, memory: "8Gi" }, nodeName: "node-b" });

// What your company alone knows about its nodes.
const onlyRackOne = definePlugin({
  name: "OnlyRackOne",
  filter: (cycle) => cycle.eachNode(({ labels }) => (labels.rack === "r1" ? undefined : "node(s) in another rack")),
});

const extender = new Extender({ source: stillSource(cluster, []), plugins: [onlyRackOne] });

const server = createServer(async (request, response) => {
  const verb = VERBS.find((each) => request.method === "POST" && request.url === `/scheduler/${each}`);
  if (verb === undefined) return response.writeHead(404).end();
  const { status, body } = await extender.handle(verb, await buffer(request));
  response.writeHead(status, { "content-type": "application/json" }).end(body);
});
server.listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));

const pod = {
  metadata: { name: "new", namespace: "default", uid: "1" },
  spec: { containers: [{ name: "app", resources: { requests: { cpu: "1", memory: "2Gi" } } }] },
};
for (const verb of ["filter", "prioritize"]) {
  const names = verb === "filter" ? ["node-a", "node-b", "node-c"] : ["node-a", "node-b"];
  const body = JSON.stringify({ Pod: pod, Nodes: null, NodeNames: names });
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/scheduler/${verb}`, { method: "POST", body });
  console.log(`${verb}: ${await answer.text()}`);
}
server.close();
