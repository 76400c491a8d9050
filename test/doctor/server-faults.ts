// Faults that calling finds: what servers answer, limit and close.
import { type Fault, GPU, NODE } from "./fault.js";
import { namesOf, RIGHT } from "./server.js";

export const FIVE_NODES = [1, 2, 3, 4, 5].map((at) => `---\n${NODE.replace("n1", `n${at}`)}`).join("");

/** Found by calling. */
export const IN_THE_SERVER: readonly Fault[] = [
  {
    name: "a managed resource that the server does not count",
    added: GPU,
    server: { version: { name: "stowage", managedResources: ["example.com/other"] } },
    broken: ["resource-unknown"],
  },
  {
    name: "whole nodes only",
    server: { filter: ({ Nodes }) => (Nodes === null ? {} : { Nodes }) },
    broken: ["nil-list", "form-mismatch"],
    isCured: true,
  },
  {
    name: "names only",
    lines: { nodeCacheCapable: "false" },
    server: { filter: (body) => ({ NodeNames: namesOf(body) }) },
    broken: ["wrong-form", "form-mismatch"],
    isCured: true,
  },
  {
    name: "names only, and an error for anything else",
    lines: { nodeCacheCapable: undefined },
    server: {
      filter: ({ NodeNames }, reply) => (NodeNames === null ? reply.code(400).send("no names") : { NodeNames }),
    },
    broken: ["status", "form-mismatch"],
    isCured: true,
  },
  {
    name: "whole nodes, by configuration",
    lines: { nodeCacheCapable: "false" },
    warnings: ["whole-nodes"],
    isCured: true,
  },
  {
    name: "whole nodes where names were sent",
    server: { filter: (body) => ({ Nodes: { items: namesOf(body).map((name) => ({ metadata: { name } })) } }) },
    warnings: ["wrong-form"],
  },
  { name: "an empty object", server: { filter: () => ({}) }, broken: ["nil-list"] },
  {
    name: "a node that was not offered",
    server: { filter: (body) => ({ NodeNames: [...namesOf(body), "stranger"] }) },
    broken: ["unknown-node"],
  },
  {
    name: "nodes left out without a word",
    server: { filter: (body) => ({ NodeNames: namesOf(body).slice(1) }) },
    warnings: ["silent-rejection"],
  },
  {
    name: "a filter that takes none of the cluster's nodes",
    manifests: [NODE],
    server: {
      filter: (body) => ({ NodeNames: [], FailedNodes: Object.fromEntries(namesOf(body).map((name) => [name, "no"])) }),
    },
    warnings: ["filter-takes-none"],
  },
  {
    name: "an error in the answer",
    server: { filter: (body) => ({ NodeNames: namesOf(body), Error: "cache not synced" }) },
    broken: ["answer-error"],
  },
  {
    name: "reasons in a list",
    server: { filter: (body) => ({ NodeNames: namesOf(body), FailedNodes: [] }) },
    broken: ["answer-type"],
  },
  {
    name: "a page of HTML",
    server: { filter: (_, reply) => reply.type("text/html").send("<html>") },
    broken: ["not-json"],
  },
  { name: "an empty body", server: { filter: (_, reply) => reply.send("") }, broken: ["not-json"] },
  { name: "status 204", server: { prioritize: (_, reply) => reply.code(204).send() }, broken: ["status"] },
  { name: "status 500", server: { filter: (_, reply) => reply.code(500).send("boom") }, broken: ["status"] },
  { name: "a login page", server: { filter: (_, reply) => reply.code(401).send("who?") }, broken: ["not-allowed"] },
  {
    name: "a redirect that loses the body",
    server: { filter: (_, reply) => reply.redirect("/version", 302) },
    broken: ["redirect"],
  },
  {
    name: "a redirect that keeps it",
    server: { prioritize: (_, reply) => reply.redirect("/filter", 307) },
    warnings: ["redirect"],
  },
  {
    name: "a redirect to somebody else",
    server: { filter: (_, reply) => reply.redirect("http://elsewhere.invalid/filter", 307) },
    warnings: ["redirect"],
  },
  {
    name: "a score with a fraction",
    server: { prioritize: (body) => namesOf(body).map((Host) => ({ Host, Score: 0.5 })) },
    broken: ["score-not-integer"],
  },
  {
    name: "a score written 5.0",
    server: {
      prioritize: (_, reply) => reply.type("application/json").send('[{"Host":"stowage-doctor-node-1","Score":5.0}]'),
    },
    broken: ["score-not-integer"],
  },
  {
    name: "a score that is a text",
    server: { prioritize: (body) => namesOf(body).map((Host) => ({ Host, Score: "5" })) },
    broken: ["score-not-integer"],
  },
  {
    name: "scores up to 100",
    server: { prioritize: (body) => namesOf(body).map((Host) => ({ Host, Score: 100 })) },
    warnings: ["score-range"],
  },
  {
    name: "scores by node instead of a list",
    server: { prioritize: (body) => Object.fromEntries(namesOf(body).map((name) => [name, 1])) },
    broken: ["answer-type"],
  },
  { name: "no score", server: { prioritize: () => [] }, broken: ["no-scores"] },
  {
    name: "null for scores",
    server: { prioritize: (_, reply) => reply.type("application/json").send("null") },
    broken: ["no-scores"],
  },
  {
    name: "a score for a stranger",
    server: { prioritize: (body) => [...namesOf(body), "stranger"].map((Host) => ({ Host, Score: 1 })) },
    warnings: ["score-unknown-node"],
  },
  { name: "a binder that says yes to everything", server: { bind: () => ({}) }, broken: ["bind-says-yes"] },
  {
    name: "null for victims",
    server: { preempt: () => ({ NodeNameToMetaVictims: { "stowage-doctor-node-1": null } }) },
    broken: ["null-victims"],
  },
  {
    name: "no victims",
    server: { preempt: () => ({ NodeNameToMetaVictims: { "stowage-doctor-node-1": { Pods: [] } } }) },
    broken: ["empty-victims"],
  },
  {
    name: "a victim from nowhere",
    server: { preempt: () => ({ NodeNameToMetaVictims: { "stowage-doctor-node-1": { Pods: [{ UID: "x" }] } } }) },
    broken: ["unknown-victim"],
  },
  {
    name: "victims on a node that was not offered",
    server: { preempt: () => ({ NodeNameToMetaVictims: { other: { Pods: [{ UID: "x" }] } } }) },
    broken: ["unknown-node"],
  },
  {
    name: "an answer that does not come",
    lines: { httpTimeout: "200ms" },
    server: {
      filter: (body) =>
        new Promise((done) => setTimeout(() => done(RIGHT.filter(body, undefined as never)), 1500).unref()),
    },
    broken: ["no-answer"],
  },
  {
    name: "a body limit below the cluster's size",
    lines: { nodeCacheCapable: undefined },
    manifests: [
      NODE.repeat(60)
        .split("apiVersion")
        .slice(1)
        .map((node, at) => `---\napiVersion${node.replace("n1", `n${at}`)}`)
        .join(""),
    ],
    server: { bodyLimitBytes: 2500 },
    broken: ["body-limit"],
    warnings: ["whole-nodes"],
    isCured: true,
  },
  {
    name: "a body limit that the server names",
    lines: { nodeCacheCapable: undefined },
    server: { version: { bodyLimitBytes: 100 } },
    broken: ["body-limit"],
    warnings: ["whole-nodes"],
    isCured: true,
  },
  {
    name: "connections that are cut",
    server: {
      filter: (_, reply) => {
        reply.hijack();
        reply.raw.socket?.destroy();
      },
    },
    broken: ["cut"],
  },
  {
    name: "an answer at the cluster's size that takes half of the timeout",
    lines: { httpTimeout: "4s" },
    manifests: [FIVE_NODES],
    server: {
      filter: async (body) => {
        if (namesOf(body).length > 3) await new Promise((done) => setTimeout(done, 2100));
        return { NodeNames: namesOf(body) };
      },
    },
    warnings: ["slow"],
  },
  { name: "connections kept for 5 s", server: { keepAliveMs: 5_000 }, warnings: ["keep-alive-short"] },
  { name: "a server that is not ready", server: { ready: false }, warnings: ["not-ready"] },
  {
    name: "a budget longer than the timeout",
    lines: { httpTimeout: "1s" },
    server: { version: { budgetMs: 2000 } },
    broken: ["timeout-short"],
    isCured: true,
  },
];
