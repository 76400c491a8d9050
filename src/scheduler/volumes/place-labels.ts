/** Labels by which volumes and nodes say where they are; a volume may name several zones in one. */

export const ZONE = "topology.kubernetes.io/zone";
export const REGION = "topology.kubernetes.io/region";
export const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";
export const BETA_REGION = "failure-domain.beta.kubernetes.io/region";

export const ZONE_DELIMITER = "__";
