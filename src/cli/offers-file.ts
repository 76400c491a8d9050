/** `--offers`: nodes on offer from a file of YAML or CSV, or from a list that comes with the package. */

import { readFile } from "node:fs/promises";
import type { Issue } from "../errors.js";
import type { ResourceList, StringMap, Taint } from "../kube/objects.js";
import { formatPath, parsePath, type Segment } from "../kube/path.js";
import { isSchedulerResource } from "../kube/pod-request.js";
import { amountOf } from "../kube/quantity.js";
import { fields, isMap, listOf, mapOf, newReport, text as textCheck } from "../kube/shape.js";
import type { Offer } from "../planning/offers.js";

export interface OffersFile {
  readonly offers: readonly ListedOffer[];
  /** Where the file says one. */
  readonly currency?: string;
  readonly issues: readonly Issue[];
}

/** An offer, and what lists of a provider say beside. */
export interface ListedOffer extends Offer {
  /** The letters that its name begins with. */
  readonly category?: string;
}

/** Lists that come with the package, by the name that stands for them. */
const LISTS: ReadonlyMap<string, string> = new Map([["aws/us-east-1", "../../offers/aws-us-east-1.csv"]]);
const ARCH_LABEL = "kubernetes.io/arch";
const COLUMNS = ["name", "cpu_milli", "memory_mib", "pods", "usd_per_hour"];
const FIELDS = ["name", "price", "allocatable", "labels", "taints", "zones", "max"];
const TAKEN = "is the name of an offer before it";
const SHAPE = fields({
  labels: mapOf(textCheck),
  taints: listOf(fields({ key: textCheck, value: textCheck, effect: textCheck })),
  zones: listOf(textCheck),
});
/** Lists and maps inside each other. */
const MAX_DEPTH = 100;
/** Prices are counted in millionths. */
const MOST_PRICE = 1e6;

/** Reads the offers, all that is wrong with them at once. */
export async function readOffers(name: string): Promise<OffersFile> {
  const list = LISTS.get(name);
  let text: string;
  try {
    text = await readFile(list === undefined ? name : new URL(list, import.meta.url), "utf8");
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && error.code === "ENOENT" ? "no such file" : String(error);
    const known = `${[...LISTS.keys()].join(", ")} come with the package`;
    return { offers: [], issues: [issueOf(name, undefined, "", `${reason}; ${known}`)] };
  }
  return list !== undefined || /\.csv$/i.test(name) ? readCsv(name, text) : readYamlOffers(name, text);
}

function issueOf(file: string, line: number | undefined, path: string, message: string): Issue {
  return { code: "bad-offer", severity: "error", path, message, file, ...(line !== undefined && { line }) };
}

/** One offer a line, named columns, no quotes: as in offers/aws-us-east-1.csv. */
function readCsv(file: string, text: string): OffersFile {
  const [head = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const names = head.split(",").map((name) => name.trim());
  const missing = COLUMNS.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    return { offers: [], issues: [issueOf(file, 1, "", `lacks the columns ${missing.join(", ")}`)] };
  }
  const issues: Issue[] = [];
  const offers: ListedOffer[] = [];
  const taken = new Set<string>();
  for (const [at, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const cells = line.split(",");
    const row = new Map(names.map((name, column) => [name, cells[column]?.trim() ?? ""]));
    const offer = offerOfRow(row, (path, message) => issues.push(issueOf(file, at + 2, path, message)));
    if (offer === undefined) continue;
    if (taken.has(offer.name)) issues.push(issueOf(file, at + 2, "name", `${offer.name} ${TAKEN}`));
    taken.add(offer.name);
    offers.push(offer);
  }
  if (offers.length + issues.length === 0) issues.push(issueOf(file, undefined, "", "has no offers"));
  return { offers, currency: "USD", issues };
}

function offerOfRow(
  row: ReadonlyMap<string, string>,
  report: (path: string, message: string) => void,
): ListedOffer | undefined {
  let isGood = true;
  const numberIn = (column: string, isWhole: boolean): number => {
    const cell = row.get(column) ?? "";
    const value = Number(cell);
    if (cell !== "" && value >= 0 && (isWhole ? Number.isSafeInteger(value) : Number.isFinite(value))) return value;
    isGood = false;
    report(column, `"${cell}" is not ${isWhole ? "a whole number" : "a number"} of at least 0`);
    return 0;
  };
  const name = row.get("name") ?? "";
  if (name === "") {
    isGood = false;
    report("name", "is missing");
  }
  const ephemeral = row.get("ephemeral_mib") ? numberIn("ephemeral_mib", true) : undefined;
  const allocatable: ResourceList = {
    cpu: `${numberIn("cpu_milli", true)}m`,
    memory: `${numberIn("memory_mib", true)}Mi`,
    ...(ephemeral !== undefined && { "ephemeral-storage": `${ephemeral}Mi` }),
    pods: numberIn("pods", true),
    ...extendedOf(row.get("extended") ?? "", (message) => {
      isGood = false;
      report("extended", message);
    }),
  };
  const price = numberIn("usd_per_hour", false);
  if (price >= MOST_PRICE) {
    isGood = false;
    report("usd_per_hour", `${price} is not less than a million`);
  }
  const [arch, category] = [row.get("arch"), row.get("category")];
  if (!isGood) return undefined;
  return { name, price, allocatable, ...(arch && { labels: { [ARCH_LABEL]: arch } }), ...(category && { category }) };
}

/** `name=quantity` joined by `;`. */
function extendedOf(cell: string, report: (message: string) => void): ResourceList {
  const amounts: Record<string, string> = {};
  for (const pair of cell.split(";").filter((one) => one.trim() !== "")) {
    const [name = "", amount = ""] = pair.split("=", 2);
    const problem = amountProblem(name, amount);
    if (problem === undefined) amounts[name] = amount;
    else report(`${pair}: ${problem}`);
  }
  return amounts;
}

async function readYamlOffers(file: string, text: string): Promise<OffersFile> {
  const [{ readYaml }, { TextPlaces }] = await Promise.all([import("../kube/yaml.js"), import("../kube/places.js")]);
  const { documents, problems } = readYaml(text, MAX_DEPTH);
  if (problems.length > 0) {
    const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length;
    return {
      offers: [],
      issues: problems.map(({ message, path, offset }) => issueOf(file, lineOf(offset), path, message)),
    };
  }
  const at = documents.findIndex((one) => (one ?? undefined) !== undefined);
  const document = documents[at];
  const count = documents.filter((one) => (one ?? undefined) !== undefined).length;
  if (count > 1) {
    const message = `holds ${count} documents; all offers are to be in one`;
    return { offers: [], issues: [issueOf(file, undefined, "", message)] };
  }
  const isList = Array.isArray(document);
  const list = isList ? document : (document as { offers?: unknown } | undefined)?.offers;
  const currency = isList ? undefined : (document as { currency?: unknown } | undefined)?.currency;
  const { offers, found } = Array.isArray(list)
    ? offersOf(list)
    : { offers: [], found: [{ path: ["offers"], message: "is not a list" }] };
  const places = new TextPlaces(text, false, MAX_DEPTH);
  const origins = found.map(({ path }) => ({
    range: { start: 0, end: text.length },
    path: [at, ...(isList ? path.slice(1) : path)],
  }));
  const lines = places.linesOf(origins);
  const issues = found.map(({ path, message }, index) => issueOf(file, lines[index], formatPath(path), message));
  return { offers, ...(typeof currency === "string" && { currency }), issues };
}

/** Something that is wrong, below `offers`. */
interface Found {
  readonly path: readonly Segment[];
  readonly message: string;
}

function offersOf(list: readonly unknown[]): { readonly offers: readonly Offer[]; readonly found: readonly Found[] } {
  const found: Found[] = list.length === 0 ? [{ path: ["offers"], message: "there are none" }] : [];
  const taken = new Set<unknown>();
  const offers = list.flatMap((item, at) => {
    const before = found.length;
    const report: Reporter = (path, message) => found.push({ path: ["offers", at, ...path], message });
    const offer = offerOf(item, report);
    const name = isMap(item) ? item.name : undefined;
    if (typeof name === "string" && taken.has(name)) report(["name"], `${name} ${TAKEN}`);
    taken.add(name);
    return found.length > before || offer === undefined ? [] : [offer];
  });
  return { offers, found };
}

type Reporter = (path: readonly Segment[], message: string) => void;

function offerOf(item: unknown, report: Reporter): Offer | undefined {
  if (!isMap(item)) {
    report([], "is not a map");
    return undefined;
  }
  const { name, price, allocatable, labels, taints, zones, max } = item;
  for (const field of Object.keys(item)) {
    if (!FIELDS.includes(field)) report([field], `is not a field of an offer; these are ${FIELDS.join(", ")}`);
  }
  if (typeof name !== "string" || name === "") report(["name"], "is missing");
  if (typeof price !== "number") report(["price"], price === undefined ? "is missing" : "is not a number");
  else if (price < 0) report(["price"], `${price} is less than 0`);
  else if (!(price < MOST_PRICE)) report(["price"], `${price} is not less than a million`);
  checkAmounts(allocatable, report);
  const shape: Issue[] = [];
  SHAPE(item, newReport("", shape));
  for (const { path, message } of shape) report(parsePath(path), message);
  if (Array.isArray(zones) && zones.length === 0) report(["zones"], "there are none");
  if (max !== undefined && !(Number.isSafeInteger(max) && Number(max) >= 0)) report(["max"], "is not a whole number");
  return {
    name: String(name),
    price: Number(price),
    allocatable: { pods: 110, ...(allocatable as ResourceList) },
    ...(labels !== undefined && { labels: labels as StringMap }),
    ...(taints !== undefined && { taints: taints as readonly Taint[] }),
    ...(zones !== undefined && { zones: zones as readonly string[] }),
    ...(max !== undefined && { max: Number(max) }),
  };
}

function checkAmounts(allocatable: unknown, report: Reporter): void {
  if (!isMap(allocatable)) {
    report(["allocatable"], "is missing: cpu, memory, and what else a node has for pods");
    return;
  }
  for (const name of ["cpu", "memory"]) if (!(name in allocatable)) report(["allocatable", name], "is missing");
  for (const [name, amount] of Object.entries(allocatable)) {
    const problem = amountProblem(name, amount);
    if (problem !== undefined) report(["allocatable", name], problem);
  }
}

function amountProblem(name: string, amount: unknown): string | undefined {
  if (!isSchedulerResource(name)) return "is not a resource the scheduler counts";
  try {
    return amountOf(name, amount as string) < 0 ? `${amount} is less than 0` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^[^:]*: /, "") : String(error);
  }
}
