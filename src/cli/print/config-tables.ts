/** The tables of what a configuration would change. */

import type { OrderChange, PluginChange } from "../../scheduler/profile-diff.js";
import type { Place } from "../config-report.js";
import type { Look } from "../terminal.js";
import { renderTextTable } from "./text-table.js";

/** A plugin a row: the points that it gains or loses, and its weight at score; empty where no plugin has either. */
export async function pluginTable(changes: readonly PluginChange[], look: Look): Promise<string> {
  const columns = [{ title: "PLUGIN" }, { title: "WEIGHT" }, { title: "EXTENSION POINTS", isFlexible: true }];
  const rows = changes
    .filter(({ addedPoints, removedPoints, weight }) => {
      return addedPoints.length + removedPoints.length > 0 || weight.before !== weight.after;
    })
    .map((change) => [change.name, weightText(change, look), () => pointsText(change)]);
  return rows.length === 0 ? "" : renderTextTable(columns, rows, look);
}

/** A field a row; empty where no plugin has other args. */
export async function argsTable(changes: readonly PluginChange[], look: Look): Promise<string> {
  const columns = [
    { title: "ARGS OF" },
    { title: "FIELD" },
    { title: "DEFAULT", isFlexible: true },
    { title: "HERE", isFlexible: true },
  ];
  const rows = changes.flatMap(({ name, args }) =>
    args.map(({ path, before, after }, index) => [
      index === 0 ? name : "",
      path === "" ? "(all)" : path,
      () => flowText(before),
      () => flowText(after),
    ]),
  );
  return rows.length === 0 ? "" : renderTextTable(columns, rows, look);
}

/** A point a row: the plugins that come in another place; empty where there is none. */
export async function orderTable(changes: readonly OrderChange[], look: Look): Promise<string> {
  const columns = [{ title: "ORDER AT" }, { title: `MOVED, BY DEFAULT ${arrow(look)} HERE`, isFlexible: true }];
  const rows = changes.map(({ point, moved }) => [
    point,
    () => moved.map(({ name, before, after }) => `${name} ${before} ${arrow(look)} ${after}`).join(", "),
  ]);
  return rows.length === 0 ? "" : renderTextTable(columns, rows, look);
}

/** A field a row; empty where there is none. */
export async function placesTable(places: readonly Place[], look: Look): Promise<string> {
  const rows = places.map(({ path, line }) => [line === undefined ? "" : `${line}`, () => path]);
  const columns = [{ title: "LINE" }, { title: "READ, NO EFFECT HERE", isFlexible: true }];
  return rows.length === 0 ? "" : renderTextTable(columns, rows, look);
}

function arrow({ unicode }: Look): string {
  return unicode ? "→" : "->";
}

function pointsText({ addedPoints, removedPoints }: PluginChange): string {
  const points = [...addedPoints.map((point) => `+${point}`), ...removedPoints.map((point) => `-${point}`)];
  return points.length === 0 ? "the same" : points.join(", ");
}

function weightText({ weight: { before, after } }: PluginChange, look: Look): string {
  const [old, now] = [before ?? "-", after ?? "-"];
  return old === now ? `${now}` : `${old} ${arrow(look)} ${now}`;
}

/** A value in YAML's flow style, which breaks between its parts; what is not there is `-`. */
function flowText(value: unknown): string {
  if (value === null) return "-";
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (typeof value === "object") {
    const fields = Object.entries(value).map(([name, each]) => `${name}: ${flowText(each)}`);
    return `{${fields.join(", ")}}`;
  }
  const isPlain = typeof value === "string" && /^[A-Za-z][\w./-]*$/.test(value) && !/^(true|false|null)$/.test(value);
  return isPlain ? value : JSON.stringify(value);
}
