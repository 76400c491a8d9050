/** `--offers` and the flags that choose among them. */

import type { Options } from "yargs";
import type { Issue } from "../errors.js";
import type { Node } from "../kube/objects.js";
import { type Offer, offerNode } from "../planning/offers.js";
import { flagIssue } from "./flag-issue.js";
import { type ListedOffer, readOffers } from "./offers-file.js";
import type { World } from "./world.js";

/** The options as the parser gives them. */
export interface OfferArguments {
  readonly offers: string;
  readonly arch?: string | undefined;
  readonly types?: string | undefined;
  readonly burstable?: boolean | undefined;
  readonly zones?: string | undefined;
}

export const OFFER_OPTIONS = {
  offers: {
    type: "string",
    group: "Offers:",
    describe: "A file of YAML or CSV with names, prices and sizes of nodes, or a list that comes along: aws/us-east-1",
  },
  arch: {
    type: "string",
    group: "Offers:",
    describe: "Only nodes of this architecture: amd64 (of the lists that come along the default), arm64, or any",
  },
  types: { type: "string", group: "Offers:", describe: "Only these: 'm*,c6i.*'; * is any text" },
  burstable: { type: "boolean", group: "Offers:", describe: "Also types whose cpu is only lent (t...)" },
  zones: { type: "string", group: "Offers:", describe: "Zones of offers that name none: a,b,c" },
} as const satisfies Readonly<Record<string, Options>>;

const ARCH_LABEL = "kubernetes.io/arch";
const BURSTABLE = "t";

/** Reads the offers that are meant. @param issues gets all that is wrong with them and with the flags */
export async function readOffersFlag(
  args: OfferArguments,
  issues: Issue[],
): Promise<{ readonly offers: readonly Offer[]; readonly currency?: string }> {
  const { offers, currency, issues: found } = await readOffers(args.offers);
  issues.push(...found);
  return { offers: chosenOffers(args, offers, issues), ...(currency !== undefined && { currency }) };
}

/** A node of each offer, only to see which pods DaemonSets would run on such. */
export function sampleNodes(offers: readonly Offer[]): Node[] {
  return offers.map((offer, at) => offerNode(offer, sampleName(at), offer.zones?.[0], { headroom: 0, reserve: {} }));
}

/** The offers with those pods. */
export function withDaemons(offers: readonly Offer[], { sampled }: Pick<World, "sampled">): Offer[] {
  return offers.map((offer, at) => ({ ...offer, daemons: sampled.get(sampleName(at)) ?? [] }));
}

function sampleName(at: number): string {
  return `offer-${at}.sample.stowage`;
}

function chosenOffers(args: OfferArguments, listed: readonly ListedOffer[], issues: Issue[]): Offer[] {
  const patterns = args.types?.split(",").map((pattern) => pattern.trim());
  const isNamed = (name: string): boolean => patterns === undefined || patterns.some((one) => globOf(one).test(name));
  const asksForBurstable = args.burstable === true || patterns?.some((one) => one.startsWith(BURSTABLE)) === true;
  const zones = args.zones?.split(",").map((zone) => zone.trim());
  if (zones?.some((zone) => zone === ""))
    issues.push(flagIssue(`--zones ${args.zones}`, "there is nothing between two commas"));
  const chosen = listed.filter(({ name, labels, category }) => {
    const arch = args.arch ?? (category === undefined ? "any" : "amd64");
    if (arch !== "any" && (labels?.[ARCH_LABEL] ?? "amd64") !== arch) return false;
    return isNamed(name) && (asksForBurstable || category !== BURSTABLE);
  });
  if (chosen.length === 0 && issues.length === 0) {
    issues.push(flagIssue(`--offers ${args.offers}`, "no offer is left by --arch, --types and --burstable"));
  }
  return chosen.map(({ category: _, ...offer }) => (zones === undefined || offer.zones ? offer : { ...offer, zones }));
}

/** `*` stands for any text. */
function globOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
