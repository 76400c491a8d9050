/**
 * Whether an object can be read as what its kind says. Only what scheduling reads is checked; unknown fields are
 * ignored, as are operators that the API server would refuse (a selector with one matches nothing, as upstream has it).
 * Ranges: k8s 1.36 pkg/apis/core/validation.
 */

import type { Issue } from "../errors.js";
import { objectLabel, type ReadKind, readKindOf } from "./kinds.js";
import type { KubeObject, PodSpec } from "./objects.js";
import { checkRequirements } from "./requirements-check.js";
import {
  type Check,
  fields,
  flag,
  integer,
  listOf,
  mapOf,
  newReport,
  resources,
  storage,
  text,
  time,
} from "./shape.js";

const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);
const MAX_PORT = 65_535;
/** Classes of users; the two built-in ones are above. */
const MAX_USER_PRIORITY = 1_000_000_000;

const count = integer(0, MAX_INT32);
const int32 = integer(MIN_INT32, MAX_INT32);
const seconds = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
const texts = listOf(text);
const textMap = mapOf(text);
/** Rendered templates leave values of labels empty; the API server reads them as "", and so does defaulting. */
const labelMap = mapOf(text, true);

const metadataFields = {
  name: text,
  generateName: text,
  namespace: text,
  uid: text,
  labels: labelMap,
  ownerReferences: listOf(fields({ apiVersion: text, kind: text, name: text, uid: text, controller: flag })),
};
const metadata = fields(metadataFields);
/** Of the kinds whose annotations are read. */
const annotated = fields({ ...metadataFields, annotations: labelMap });

const requirements = listOf(fields({ key: text, operator: text, values: texts }));
const labelSelector = fields({ matchLabels: textMap, matchExpressions: requirements });
const nodeSelectorTerm = fields({ matchExpressions: requirements, matchFields: requirements });
const weight = integer(1, 100);

const nodeAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: listOf(nodeSelectorTerm) }),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(fields({ weight, preference: nodeSelectorTerm })),
});

const podAffinityTerm = fields({
  labelSelector,
  namespaces: texts,
  namespaceSelector: labelSelector,
  topologyKey: text,
  matchLabelKeys: texts,
  mismatchLabelKeys: texts,
});

const podAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: listOf(podAffinityTerm),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(fields({ weight, podAffinityTerm })),
});

const tolerations = listOf(
  fields({ key: text, operator: text, value: text, effect: text, tolerationSeconds: seconds }),
);

const topologySpreadConstraints = listOf(
  fields({
    maxSkew: integer(1, MAX_INT32),
    topologyKey: text,
    whenUnsatisfiable: text,
    labelSelector,
    minDomains: integer(1, MAX_INT32),
    nodeAffinityPolicy: text,
    nodeTaintsPolicy: text,
    matchLabelKeys: texts,
  }),
);

const requirementFields = fields({ requests: resources, limits: resources, claims: listOf(fields({ name: text })) });

const resourceRequirements: Check = (value, report) => {
  requirementFields(value, report);
  checkRequirements(value, report);
};

const containers = listOf(
  fields({
    name: text,
    image: text,
    resources: resourceRequirements,
    ports: listOf(
      fields({
        name: text,
        containerPort: integer(1, MAX_PORT),
        hostPort: integer(0, MAX_PORT),
        hostIP: text,
        protocol: text,
      }),
    ),
    restartPolicy: text,
  }),
);

const claimSpec = fields({
  accessModes: texts,
  selector: labelSelector,
  resources: fields({ requests: resources, limits: resources }),
  volumeName: text,
  storageClassName: text,
  volumeMode: text,
  volumeAttributesClassName: text,
});
const claimTemplate = fields({ metadata: annotated, spec: claimSpec }, ["spec"]);

/** What a volume of a pod and a PersistentVolume may both be backed by. */
const inTreeSources = {
  awsElasticBlockStore: fields({ volumeID: text, partition: count, readOnly: flag }),
  azureDisk: fields({ diskName: text, diskURI: text }),
  azureFile: fields({ secretName: text, shareName: text }),
  cinder: fields({ volumeID: text }),
  gcePersistentDisk: fields({ pdName: text, partition: count, readOnly: flag }),
  portworxVolume: fields({ volumeID: text }),
  vsphereVolume: fields({ volumePath: text }),
};

const volumes = listOf(
  fields({
    name: text,
    ...inTreeSources,
    persistentVolumeClaim: fields({ claimName: text, readOnly: flag }),
    ephemeral: fields({ volumeClaimTemplate: claimTemplate }),
    csi: fields({ driver: text }),
    iscsi: fields({ targetPortal: text, iqn: text, lun: count, readOnly: flag }),
    rbd: fields({ monitors: texts, image: text, pool: text, readOnly: flag }),
    image: fields({ reference: text }),
  }),
);

/** What pods of one kind have in common, whatever their labels, priorities and relations to other pods. */
const decidingFields = {
  nodeName: text,
  nodeSelector: labelMap,
  tolerations,
  containers,
  initContainers: containers,
  volumes,
  resources: resourceRequirements,
  overhead: resources,
};
const relatingFields = {
  affinity: fields({ nodeAffinity, podAffinity, podAntiAffinity: podAffinity }),
  topologySpreadConstraints,
};
const relating = fields({ spec: fields(relatingFields) });
const deciding = fields({ spec: fields({ ...decidingFields, affinity: fields({ nodeAffinity }) }) });

const podSpecFields = fields({
  ...decidingFields,
  schedulerName: text,
  priority: int32,
  priorityClassName: text,
  preemptionPolicy: text,
  ...relatingFields,
  resourceClaims: listOf(fields({ name: text })),
  runtimeClassName: text,
  hostNetwork: flag,
  restartPolicy: text,
  schedulingGates: listOf(fields({ name: text })),
});

const podSpec: Check = (value, report) => {
  podSpecFields(value, report);
  const { containers: list } = value as { readonly containers?: unknown };
  const isEmpty = list === undefined || list === null || (Array.isArray(list) && list.length === 0);
  if (isEmpty) report.add("missing-field", "a pod without containers", "warning");
};

const containerStatuses = listOf(
  fields({ name: text, resources: resourceRequirements, allocatedResources: resources }),
);

const podStatus = fields({
  phase: text,
  nominatedNodeName: text,
  startTime: time,
  conditions: listOf(fields({ type: text, status: text, reason: text })),
  containerStatuses,
  initContainerStatuses: containerStatuses,
  resources: resourceRequirements,
  allocatedResources: resources,
});

const podTemplate = fields({ metadata, spec: podSpec }, ["spec"]);
const hasSpec = ["metadata", "spec"];

/** A workload; `extra` are the fields of its spec beside the template. */
function workload(extra: Readonly<Record<string, Check>>): Check {
  return fields({ metadata, spec: fields({ ...extra, template: podTemplate }, ["template"]) }, hasSpec);
}

const jobFields = { parallelism: count, completions: count, completionMode: text, suspend: flag };
const runtimeScheduling = fields({ nodeSelector: labelMap, tolerations });

const CHECKS: Readonly<Record<ReadKind, Check>> = {
  Node: fields(
    {
      metadata,
      spec: fields({ unschedulable: flag, taints: listOf(fields({ key: text, value: text, effect: text })) }),
      status: fields({
        allocatable: resources,
        capacity: resources,
        images: listOf(fields({ names: texts, sizeBytes: integer(0, Number.MAX_SAFE_INTEGER) })),
        conditions: listOf(fields({ type: text, status: text })),
      }),
    },
    ["metadata"],
  ),
  Pod: fields({ metadata, spec: podSpec, status: podStatus }, hasSpec),
  Namespace: fields({ metadata }, ["metadata"]),
  LimitRange: fields(
    {
      metadata,
      spec: fields({ limits: listOf(fields({ type: text, default: resources, defaultRequest: resources })) }),
    },
    hasSpec,
  ),
  PodTemplate: fields({ metadata, template: podTemplate }, ["metadata"]),
  ReplicationController: workload({ replicas: count, selector: textMap }),
  Deployment: workload({ replicas: count, selector: labelSelector, paused: flag }),
  ReplicaSet: workload({ replicas: count, selector: labelSelector }),
  StatefulSet: workload({
    replicas: count,
    selector: labelSelector,
    ordinals: fields({ start: count }),
    volumeClaimTemplates: listOf(claimTemplate),
  }),
  DaemonSet: workload({ selector: labelSelector }),
  Job: workload(jobFields),
  CronJob: fields(
    {
      metadata,
      spec: fields(
        {
          suspend: flag,
          jobTemplate: fields({ metadata, spec: fields({ ...jobFields, template: podTemplate }, ["template"]) }, [
            "spec",
          ]),
        },
        ["jobTemplate"],
      ),
    },
    hasSpec,
  ),
  PriorityClass: fields({ metadata, value: int32, globalDefault: flag, preemptionPolicy: text }, ["metadata", "value"]),
  RuntimeClass: fields({ metadata, overhead: fields({ podFixed: resources }), scheduling: runtimeScheduling }, [
    "metadata",
  ]),
  HorizontalPodAutoscaler: fields({
    metadata,
    spec: fields({ minReplicas: count, scaleTargetRef: fields({ kind: text, name: text }) }),
  }),
  Service: fields({ metadata, spec: fields({ selector: textMap }) }, ["metadata"]),
  PodDisruptionBudget: fields(
    {
      metadata,
      spec: fields({ selector: labelSelector }),
      status: fields({ disruptionsAllowed: count, disruptedPods: mapOf(time, true) }),
    },
    ["metadata"],
  ),
  PersistentVolume: fields(
    {
      metadata: annotated,
      spec: fields({
        ...inTreeSources,
        capacity: resources,
        accessModes: texts,
        claimRef: fields({ namespace: text, name: text, uid: text }),
        storageClassName: text,
        volumeMode: text,
        volumeAttributesClassName: text,
        nodeAffinity: fields({ required: fields({ nodeSelectorTerms: listOf(nodeSelectorTerm) }) }),
        csi: fields({ driver: text, volumeHandle: text }),
      }),
      status: fields({ phase: text }),
    },
    hasSpec,
  ),
  PersistentVolumeClaim: fields({ metadata: annotated, spec: claimSpec, status: fields({ phase: text }) }, hasSpec),
  StorageClass: fields(
    {
      metadata: annotated,
      provisioner: text,
      volumeBindingMode: text,
      allowedTopologies: listOf(fields({ matchLabelExpressions: listOf(fields({ key: text, values: texts })) })),
    },
    ["metadata"],
  ),
  CSINode: fields(
    {
      metadata: annotated,
      spec: fields({
        drivers: listOf(
          fields({ name: text, nodeID: text, topologyKeys: texts, allocatable: fields({ count }) }, ["name"]),
        ),
      }),
    },
    ["metadata"],
  ),
  CSIDriver: fields({ metadata, spec: fields({ storageCapacity: flag, preventPodSchedulingIfMissing: flag }) }, [
    "metadata",
  ]),
  CSIStorageCapacity: fields(
    {
      metadata,
      nodeTopology: labelSelector,
      storageClassName: text,
      capacity: storage,
      maximumVolumeSize: storage,
    },
    ["metadata"],
  ),
  VolumeAttachment: fields(
    { metadata, spec: fields({ attacher: text, nodeName: text, source: fields({ persistentVolumeName: text }) }) },
    hasSpec,
  ),
};

/** Adds what is wrong with the object to `issues`: paths, no places. Objects of kinds that are not read pass. */
export function validateObject(object: KubeObject, issues: Issue[]): void {
  const kind = readKindOf(object);
  if (kind === undefined) return;
  const report = newReport(objectLabel(object), issues);
  CHECKS[kind](object, report);
  checkName(object, report);
  if (kind === "PriorityClass") checkPriorityClass(object, report);
}

/** The same of those fields of a pod's spec that are alike in all pods of a kind. */
export function checkDecidingFields(spec: PodSpec, issues: Issue[]): void {
  deciding({ spec }, newReport("", issues));
}

/** The same of those that say what a pod has to do with others. */
export function checkRelatingFields(spec: PodSpec, issues: Issue[]): void {
  relating({ spec }, newReport("", issues));
}

function checkName(object: KubeObject, report: ReturnType<typeof newReport>): void {
  const { metadata: meta } = object;
  if (typeof meta !== "object" || meta === null || meta.name || meta.generateName) return;
  report.path.push("metadata");
  report.add("missing-field", "name is missing");
  report.path.pop();
}

function checkPriorityClass(object: KubeObject, report: ReturnType<typeof newReport>): void {
  const { value, metadata: meta } = object;
  if (typeof value !== "number" || value <= MAX_USER_PRIORITY || String(meta?.name).startsWith("system-")) return;
  report.path.push("value");
  report.add("out-of-range", `${value} is more than ${MAX_USER_PRIORITY}, the highest for classes of users`);
  report.path.pop();
}
