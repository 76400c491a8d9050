/** What Kubernetes accepts as a label key and as a label value: k8s 1.36 apimachinery util/validation. */

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** An optional DNS subdomain of at most 253 characters and a slash, then a name of at most 63. */
export function isQualifiedName(text: string): boolean {
  const parts = text.split("/");
  if (parts.length > 2) return false;
  const name = parts[parts.length - 1]!;
  if (name.length > 63 || !NAME.test(name)) return false;
  if (parts.length === 1) return true;
  const prefix = parts[0]!;
  return prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix);
}

export function isLabelValue(text: string): boolean {
  return text === "" || (text.length <= 63 && NAME.test(text));
}
