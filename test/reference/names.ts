/** What Kubernetes accepts as a label key and as a label value: k8s 1.36 apimachinery util/validation. */

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** An optional DNS subdomain of at most 253 bytes and a slash, then a name of at most 63; what is wrong, in words. */
export function labelKeyProblems(key: string): string[] {
  const parts = key.split("/");
  if (parts.length > 2) {
    return [`a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const problems: string[] = [];
  const name = parts[parts.length - 1]!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    if (prefix === "") problems.push("prefix part must be non-empty");
    else if (Buffer.byteLength(prefix) > 253) problems.push("prefix part must be no more than 253 bytes");
    if (prefix !== "" && !DNS_SUBDOMAIN.test(prefix)) problems.push(`prefix part ${PREFIX_RULE}`);
  }
  if (name === "") problems.push("name part must be non-empty");
  else if (Buffer.byteLength(name) > 63) problems.push("name part must be no more than 63 bytes");
  if (!NAME.test(name)) problems.push(`name part ${NAME_RULE}`);
  return problems;
}

export function labelValueProblems(value: string): string[] {
  const problems: string[] = [];
  if (Buffer.byteLength(value) > 63) problems.push("must be no more than 63 bytes");
  if (value !== "" && !NAME.test(value)) problems.push(VALUE_RULE);
  return problems;
}

export function isQualifiedName(text: string): boolean {
  return labelKeyProblems(text).length === 0;
}
