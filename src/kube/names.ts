/**
 * What may be a label key, a label value, an extended resource's name, in the API server's words
 * (apimachinery 0.36 pkg/api/validate/content; k8s 1.36 pkg/apis/core/v1/helper). Each function returns every complaint;
 * none means valid.
 */

const NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const NAME_PATTERN = new RegExp(`^${NAME}$`);
const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);

/** Bytes. */
const MAX_NAME_SIZE = 63;
const MAX_SUBDOMAIN_SIZE = 253;

const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  "and must start and end with an alphanumeric character";

/** A label key or qualified name: `name` or `dns.subdomain/name`. */
export function labelKeyErrors(key: string): readonly string[] {
  const nameRule = regexError(NAME_RULE, NAME, "MyName", "my.name", "123-abc");
  const parts = key.split("/");
  if (parts.length > 2) {
    return [`a valid label key ${nameRule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const errors: string[] = [];
  const name = parts.at(-1) ?? "";
  if (parts.length === 2) {
    const prefixErrors = parts[0] === "" ? ["must be non-empty"] : subdomainErrors(parts[0] ?? "");
    errors.push(...prefixErrors.map((error) => `prefix part ${error}`));
  }
  if (name === "") errors.push("name part must be non-empty");
  else if (byteLength(name) > MAX_NAME_SIZE) errors.push(`name part ${maxSizeError(MAX_NAME_SIZE)}`);
  if (!NAME_PATTERN.test(name)) errors.push(`name part ${nameRule}`);
  return errors;
}

export function labelValueErrors(value: string): readonly string[] {
  const errors: string[] = [];
  if (byteLength(value) > MAX_NAME_SIZE) errors.push(maxSizeError(MAX_NAME_SIZE));
  if (value !== "" && !NAME_PATTERN.test(value)) {
    const rule = `a valid label must be an empty string or ${NAME_RULE.slice("must ".length)}`;
    errors.push(regexError(rule, `(${NAME})?`, "MyValue", "my_value", "12345"));
  }
  return errors;
}

export function extendedResourceNameErrors(name: string): readonly string[] {
  const errors = labelKeyErrors(name);
  if (errors.length > 0) return errors;
  const isNative = !name.includes("/") || name.includes("kubernetes.io/");
  const isQuota = name.startsWith("requests.") || labelKeyErrors(`requests.${name}`).length > 0;
  return isNative || isQuota ? ["is an invalid extended resource name"] : [];
}

function subdomainErrors(text: string): readonly string[] {
  const errors: string[] = [];
  if (byteLength(text) > MAX_SUBDOMAIN_SIZE) errors.push(maxSizeError(MAX_SUBDOMAIN_SIZE));
  if (!SUBDOMAIN_PATTERN.test(text)) errors.push(regexError(SUBDOMAIN_RULE, SUBDOMAIN, "example.com"));
  return errors;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function maxSizeError(size: number): string {
  return `must be no more than ${size} bytes`;
}

function regexError(rule: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}
