/** The words random worlds are made of: few enough that nodes and pods meet. */

export const ZONES = ["a", "b", "c"];
export const TAINT_KEYS = ["dedicated", "gpu", "node.kubernetes.io/not-ready"];
export const TAINT_VALUES = ["", "batch", "web"];
export const LABEL_KEYS = ["disk", "cores", "example.com/tier", "topology.kubernetes.io/zone"];
export const LABEL_VALUES: Readonly<Record<string, readonly string[]>> = {
  disk: ["ssd", "hdd", ""],
  cores: ["2", "08", "16", "many", "9223372036854775808"],
  "example.com/tier": ["front", "back"],
  "topology.kubernetes.io/zone": ZONES,
};

/** Resources beside cpu and memory that a scheduler counts. */
export const COUNTED = [
  "ephemeral-storage",
  "example.com/gpu",
  "example.com/fpga",
  "other.org/nic",
  "hugepages-2Mi",
  "attachable-volumes-csi-disk.example.com",
  "kubernetes.io/batch-cpu",
];
/** Names that look like resources and are not counted. */
export const DROPPED = [
  "widgets",
  "requests.cpu",
  "requests.example.com/gpu",
  "a/b/c",
  "Example.COM/gpu",
  "example.com/",
];

export const CPU_PLAIN = ["100m", "250m", "500m", "1", "1500m", "2"];
export const CPU_ODD = [
  0.1,
  "0.1",
  "1e-1",
  "100u",
  "100500u",
  "1.1m",
  "1n",
  2,
  1.5,
  "1e0",
  "0.5",
  ".5",
  "1.",
  "+1",
  "1E0",
];
export const MEMORY_PLAIN = ["64Mi", "256Mi", "512Mi", "1Gi", "1536Mi", "2Gi"];
export const MEMORY_ODD = [
  "1.5Gi",
  "0.3Gi",
  "1e3",
  "1e9",
  128974848,
  "129M",
  "100u",
  "500m",
  "1Ki",
  "1G",
  "0.1Ki",
  "129e6",
];

/** Node-side spellings; `name` beside a pod's `name:latest`, tags, digests, a registry with a port. */
export const NODE_IMAGES = [
  "nginx:latest",
  "nginx:1.27",
  "registry.example.com:5000/app:latest",
  "registry.example.com:5000/app:v2",
  "redis@sha256:0123456789abcdef",
  "docker.io/library/nginx:latest",
  "big/model:v1",
];
export const POD_IMAGES = [...NODE_IMAGES, "nginx", "registry.example.com:5000/app", "unknown:v1", "Nginx"];
export const IMAGE_MIB = [5, 22, 23, 24, 60, 250, 700, 1500, 4000];

export const HOSTNAME = "kubernetes.io/hostname";
export const ZONE = "topology.kubernetes.io/zone";
export const REGION = "topology.kubernetes.io/region";
export const BETA_ZONE = "failure-domain.beta.kubernetes.io/zone";
export const BETA_REGION = "failure-domain.beta.kubernetes.io/region";
export const RACK = "example.com/rack";
/** What pods spread over, likely ones more than once; the last is on no node. */
export const TOPOLOGY_KEYS = [HOSTNAME, HOSTNAME, ZONE, ZONE, ZONE, REGION, RACK, "example.com/nowhere"];
export const NAMESPACES = ["default", "other", "third"];
export const POD_LABELS: Readonly<Record<string, readonly string[]>> = {
  app: ["web", "db", "cache"],
  version: ["v1", "v2", "v3"],
  "pod-template-hash": ["5d4f", "7c9b"],
};
