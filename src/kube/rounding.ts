/**
 * Quantities in whole milli, rounded up: how the API server stores every list of resources.
 * Source: k8s 1.36 pkg/apis/core/v1/defaults.go (SetDefaults_ResourceList).
 */

import type { QuantityText, ResourceList, ResourceRequirements } from "./objects.js";
import { canonicalString, parseQuantity, roundUpToMilli } from "./quantity.js";

/** Quantities that are whole milli by their looks, which nearly all are. */
const WHOLE_MILLI = /^\d+(?:m|k|[MGTPE]|[KMGTPE]i)?$/;

/** A list of whole ones stays the same object. A null quantity is 0. @throws StowageError ERR_QUANTITY */
export function roundResources(list: ResourceList | null | undefined): ResourceList | undefined {
  if (list === null || list === undefined) return undefined;
  const entries = Object.entries(list);
  if (entries.every(([, text]) => roundText(text) === text)) return list;
  return Object.fromEntries(entries.map(([name, text]) => [name, roundText(text)]));
}

/** Requests and limits rounded; the same object when they are whole. @throws StowageError ERR_QUANTITY */
export function roundRequirements(resources: ResourceRequirements): ResourceRequirements {
  const requests = roundResources(resources.requests);
  const limits = roundResources(resources.limits);
  if (isUnchanged(resources.requests, requests) && isUnchanged(resources.limits, limits)) return resources;
  return { ...resources, ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) };
}

function isUnchanged(before: ResourceList | null | undefined, after: ResourceList | undefined): boolean {
  return (before ?? undefined) === after;
}

function roundText(text: QuantityText | null): QuantityText {
  if (text === null) return "0";
  if (WHOLE_MILLI.test(String(text))) return text;
  const quantity = parseQuantity(text);
  const rounded = roundUpToMilli(quantity);
  return rounded.nano === quantity.nano ? text : canonicalString(rounded);
}
