/** An answer to a question of size as text, in the format asked for. */

import type { FleetDocument, Size } from "../../planning/size-document.js";
import type { Look } from "../terminal.js";
import { counted, emphasis, wrapped } from "./prose.js";
import { renderTextTable, type TextCell, type TextColumn } from "./text-table.js";
import { amountInWords, numberWriter, unitOf } from "./units.js";

/** Prices of pods that are shown; the rest is in json. */
const MOST_PRICES = 5;
/** Nodes that are shown; the rest is in json. */
const MOST_NODES = 60;
const MOST_UNPLACEABLE = 20;
/** A budget holds so nearly unless it does not suffice. */
const MOST_OVER = 1.1;

/** The whole text, ending in a line break. */
export async function printSize(found: Size, format: string, look: Look): Promise<string> {
  if (format === "json") return `${JSON.stringify(found, null, 2)}\n`;
  if (format === "yaml") {
    const { writeYaml } = await import("../../kube/yaml.js");
    return writeYaml(found);
  }
  const parts = [
    headline(found, look),
    await mixTable(found, look),
    await nodeTable(found, look),
    reasons(found, look),
    await alternativeTable(found, look),
    await headroomTable(found, look),
    await unplaceableTable(found, look),
    lastLines(found, look),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function headline({ schedulable, status, unplaceable, contradiction, currency, pods }: Size, look: Look): string {
  if (contradiction !== undefined) {
    const { limits, without } = contradiction;
    const what = limits.length === 1 ? "this limit" : "these limits";
    const line = `${emphasis("No fleet of these offers was found", look)} within ${what}: ${limits.join(", ")}. Without, ${counted(without.nodes, "new node")} would do for ${counted(pods, "pod")}: ${priceIn(without, currency)}.`;
    const isAboutFailures = limits.some((limit) => limit.endsWith("may fail"));
    const hint = isAboutFailures ? " stowage survive names the pods that find no node after a failure, and why." : "";
    return `${wrapped(`${line}${hint}`, look.width)}\n`;
  }
  if (schedulable === undefined || status === "impossible") {
    const count = unplaceable.reduce((sum, one) => sum + one.count, 0);
    return `${emphasis("No fleet of these offers will do", look)}: ${count} of ${counted(pods, "pod")} find no node.\n`;
  }
  const { nodes } = schedulable;
  const line = `${emphasis(counted(nodes, "new node"), look)} for ${counted(pods, "pod")}: ${priceIn(schedulable, currency)}.`;
  return `${wrapped(line, look.width)}\n`;
}

function priceIn({ perHour, perMonth }: Pick<FleetDocument, "perHour" | "perMonth">, currency: string): string {
  return `${perHour.toFixed(4)} ${currency} an hour, ${perMonth.toFixed(2)} a month`;
}

async function mixTable({ schedulable }: Size, look: Look): Promise<string> {
  if (schedulable === undefined || schedulable.mix.length === 0) return "";
  const rows = schedulable.mix.map(({ offer, count, pricePerHour }) => [
    offer,
    String(count),
    pricePerHour.toFixed(4),
    (count * pricePerHour).toFixed(4),
  ]);
  return renderTextTable(titles("OFFER", "NODES", "PRICE", "AN HOUR"), rows, look);
}

function titles(...names: readonly string[]): TextColumn[] {
  return names.map((title) => ({ title }));
}

async function nodeTable({ schedulable }: Size, look: Look): Promise<string> {
  if (schedulable === undefined || schedulable.placement.length === 0) return "";
  const shown = schedulable.placement.slice(0, MOST_NODES);
  const hasZone = shown.some(({ zone }) => zone !== undefined);
  const amounts = ["cpu", "memory"].map((resource) => {
    const unit = unitOf(resource);
    const write = numberWriter(
      shown.flatMap(({ requested, allocatable }) => [requested[resource] ?? 0, allocatable[resource] ?? 0]),
      unit,
    );
    return { resource, title: unit.title, write };
  });
  const rows = shown.map((node): TextCell[] => [
    node.name,
    ...(hasZone ? [node.zone ?? ""] : []),
    String(node.pods.length),
    ...amounts.map(({ resource, write }) => {
      const [used, all] = [node.requested[resource] ?? 0, node.allocatable[resource] ?? 0];
      return `${write(used)} of ${write(all)}`;
    }),
  ]);
  const columns = titles("NODE", ...(hasZone ? ["ZONE"] : []), "PODS", ...amounts.map(({ title }) => title));
  const rest = schedulable.placement.length - shown.length;
  return `${await renderTextTable(columns, rows, look)}${rest > 0 ? `and ${rest} more nodes, in -o json\n` : ""}`;
}

/** Why this many, what it rests on, and what it proves. */
function reasons(found: Size, look: Look): string {
  const { packable, bound, schedulable, binds, survives, currency } = found;
  if (packable === undefined || bound === undefined || schedulable === undefined) return "";
  const unchecked = packable.isChecked ? "" : " (rules about other pods left out)";
  const { order, strategy, addedNodes } = schedulable.repair;
  const over = schedulable.perHour - packable.perHour;
  const taken = addedNodes > 0 ? counted(addedNodes, "more node") : "another fleet";
  const isMore = addedNodes > 0 || over > 0;
  const cost = isMore ? `takes ${taken}, ${over.toFixed(4)} ${currency} an hour` : "costs nothing more";
  const lines = [
    `Packable: ${counted(packable.nodes, "node")}, ${packable.perHour.toFixed(4)} ${currency} an hour${unchecked}; ${boundWords(found)}`,
    `Schedulable: ${wayWords(order, strategy)} ${cost}.`,
    ...(binds === undefined
      ? []
      : [`What binds: without ${binds.without}, ${binds.pod} has no place${lackWords(binds.nearest)}.`]),
    ...(survives === undefined ? [] : [survivalWords(survives)]),
    ...(bound.leavesOut.length === 0 ? [] : [`The bound leaves out: ${bound.leavesOut.join(", ")}.`]),
  ];
  return `${lines.map((line) => wrapped(line, look.width)).join("\n")}\n`;
}

function boundWords({ bound, currency, search }: Size): string {
  if (bound === undefined) return "";
  if (bound.isProven) return "proven: none costs less.";
  if (bound.perHour === 0) return "nothing is proven.";
  const weak = search.hasSolver ? "" : ", a weak one without HiGHS";
  return `within ${(100 * bound.gap).toFixed(2)} % of the bound, ${bound.perHour.toFixed(4)} ${currency} an hour${weak}.`;
}

function wayWords(order: string, strategy: string): string {
  const by = {
    queue: "the pods in queue order",
    decreasing: "the largest pods first (--order decreasing)",
    fleet: "the pods in an order of their own (repair.sequence in -o json)",
  }[order];
  return `${by}${strategy === "most" ? " by MostAllocated (--strategy most)" : " by the profile as it is"}`;
}

function lackWords(nearest: NonNullable<Size["binds"]>["nearest"]): string {
  if (nearest === undefined) return "";
  const lacks = Object.entries(nearest.lacks).map(([name, amount]) => amountInWords(name, amount));
  return `: ${nearest.node} comes nearest and lacks ${lacks.join(" and ")}`;
}

function survivalWords({ level, tried, lost }: NonNullable<Size["survives"]>): string {
  if (lost.length === 0)
    return `Survives: each of ${counted(tried, level)} was failed alone, and every pod found another place.`;
  const names = lost.slice(0, 5).map(({ failed, pods }) => `${failed} (${counted(pods.length, "pod")})`);
  return `Does not survive: ${names.join(", ")}${lost.length > 5 ? ", ..." : ""} of ${counted(tried, level)}.`;
}

async function alternativeTable({ alternatives }: Size, look: Look): Promise<string> {
  if (alternatives.length === 0) return "";
  const rows = alternatives.map(({ trade, perHour, over, nodes, mix }): TextCell[] => [
    trade,
    perHour.toFixed(4),
    `${over >= 0 ? "+" : ""}${(100 * over).toFixed(1)} %`,
    String(nodes),
    mix.map(({ offer, count }) => `${count} ${offer}`).join(", "),
  ]);
  const columns = [...titles("ALTERNATIVE", "AN HOUR", "OVER", "NODES"), { title: "MIX", isFlexible: true }];
  return renderTextTable(columns, rows, look);
}

async function headroomTable({ headroom }: Size, look: Look): Promise<string> {
  if (headroom.length === 0) return "";
  const rows = headroom.map(({ share, perHour, perMonth, nodes }) => [
    `${Math.round(share * 1000) / 10} %`,
    perHour.toFixed(4),
    perMonth.toFixed(2),
    String(nodes),
  ]);
  return renderTextTable(titles("KEPT FREE", "AN HOUR", "A MONTH", "NODES"), rows, look);
}

async function unplaceableTable({ unplaceable }: Size, look: Look): Promise<string> {
  if (unplaceable.length === 0) return "";
  const shown = unplaceable.slice(0, MOST_UNPLACEABLE);
  const rows = shown.map(({ pod, count, reasons: why, nearest }): TextCell[] => [
    count === 1 ? pod : `${pod} and ${count - 1} like it`,
    [
      ...why.map(({ reason, nodes }) => `${nodes === 1 ? "1 offer" : `${nodes} offers`}: ${reason}`),
      ...nearest.map(({ offer, lacks }) => {
        const amounts = Object.entries(lacks).map(([name, amount]) => amountInWords(name, amount));
        return `${offer} lacks ${amounts.join(" and ")}`;
      }),
    ].join("; "),
  ]);
  const rest = unplaceable.length - shown.length;
  const text = await renderTextTable([{ title: "POD" }, { title: "WHAT OFFERS LACK", isFlexible: true }], rows, look);
  return `${text}${rest > 0 ? `and ${rest} more, in -o json\n` : ""}`;
}

function lastLines({ leftOut, tooSmall, search, bound, currency }: Size, look: Look): string {
  const prices = [...(bound?.prices ?? [])]
    .sort((a, b) => b.count * b.perHour - a.count * a.perHour)
    .slice(0, MOST_PRICES);
  const lines = [
    ...(prices.length === 0
      ? []
      : [
          `Prices of pods behind the bound, ${currency} an hour: ${prices.map(({ pod, count, perHour }) => `${pod}${count > 1 ? ` and ${count - 1} like it` : ""} ${perHour.toFixed(5)}`).join(", ")}; all of them in -o json.`,
        ]),
    ...(tooSmall.length === 0 ? [] : [`Too small for the DaemonSets' own pods: ${listed(tooSmall)}.`]),
    ...(leftOut.length === 0 ? [] : [`Left out: ${listed(leftOut.map(({ pod, status }) => `${pod} (${status})`))}.`]),
    ...(search.wasCut
      ? ["The search was cut short by the clock or an interrupt; another run may find something else."]
      : []),
    ...(search.spent > search.budget * MOST_OVER
      ? [
          `The budget of ${search.budget} steps does not suffice for one plan and its bound, which took ${search.spent}: this is no more than that.`,
        ]
      : []),
  ];
  return lines.length === 0 ? "" : `${lines.map((line) => wrapped(line, look.width)).join("\n")}\n`;
}

function listed(names: readonly string[]): string {
  return names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}
