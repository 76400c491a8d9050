/** What the pod asks for, and how that comes about. */

import type { Quantities } from "../../planning/quantities.js";
import type { RequestPart, RequestStory } from "../../planning/request-story.js";
import type { Look } from "../terminal.js";
import { wrapped } from "./prose.js";
import { renderTextTable } from "./text-table.js";
import { amountInWords } from "./units.js";

/** A field that the API server would set or change. */
export interface FilledIn {
  readonly path: string;
  readonly value: unknown;
  readonly was?: unknown;
  readonly by: string;
}

/** What nearly every pod gets and no decision turns on; the wide text has it. */
const EVERYDAY =
  /\.ports\[\d+\]\.protocol$|^metadata\.namespace$|^spec\.(schedulerName|restartPolicy|preemptionPolicy)$/;
/** Lines of fields; the wide text has them all. */
const MOST_FIELDS = 8;

const TITLES: Readonly<Record<RequestPart["kind"], string>> = {
  containers: "containers",
  sidecars: "+ sidecars",
  initPeak: "or init peak, if more",
  podLevel: "pod-level instead",
  overhead: "+ overhead",
};

/** A part a row where there are several, the sum, and what was assumed or filled in. */
export async function requestText(
  { parts, effective, assumed }: RequestStory,
  filledIn: readonly FilledIn[],
  isWide: boolean,
  look: Look,
): Promise<string> {
  const resources = [...new Set([...parts.map(({ amounts }) => amounts), effective].flatMap(Object.keys))];
  const columns = [{ title: "REQUEST" }, ...resources.map((title) => ({ title })), { title: "OF", isFlexible: true }];
  const cells = (amounts: Quantities) => resources.map((name) => bare(name, amounts[name]));
  const named = parts.map((part) => [TITLES[part.kind], ...cells(part.amounts), () => part.containers.join(", ")]);
  const sum = ["effective", ...cells(effective), () => "what NodeResourcesFit filters by"];
  const table =
    resources.length === 0
      ? "The pod requests nothing: it fits wherever there is room for one more pod.\n"
      : await renderTextTable(columns, parts.length > 1 ? [...named, sum] : [sum], look);
  const assumedText = assumedLine(assumed);
  const lines = assumedText === "" ? [] : [assumedText];
  const filledInText = filledInLines(filledIn, isWide);
  if (filledInText.length > 0) lines.push("", ...filledInText);
  return table + lines.map((line) => `${wrapped(line, look.width)}\n`).join("");
}

/** An amount as in a manifest, without its resource. */
function bare(resource: string, amount: number | undefined): string {
  return amount === undefined ? "-" : amountInWords(resource, amount).split(" ")[0]!;
}

function assumedLine(assumed: Quantities): string {
  const amounts = Object.entries(assumed).map(([resource, amount]) => amountInWords(resource, amount));
  if (amounts.length === 0) return "";
  return `For scoring alone, ${amounts.join(" and ")} are added where containers name none; they are not reserved.`;
}

function filledInLines(fields: readonly FilledIn[], isWide: boolean): string[] {
  const shown = isWide ? fields : fields.filter((field) => !isEveryday(field)).slice(0, MOST_FIELDS);
  if (shown.length === 0) return [];
  const lines = shown.map(({ path, value, was, by }) => {
    const before = was === undefined ? "" : ` (was ${JSON.stringify(was)})`;
    return `${path} = ${JSON.stringify(value)}${before}, by ${by}`;
  });
  const more = fields.length - shown.length;
  return ["Filled in as by an API server:", ...lines, ...(more > 0 ? [`(+${more} more with -o wide)`] : [])];
}

function isEveryday({ path, value, by }: FilledIn): boolean {
  return EVERYDAY.test(path) || by === "DefaultTolerationSeconds" || (path === "spec.priority" && value === 0);
}
