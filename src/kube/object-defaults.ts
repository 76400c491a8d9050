/**
 * What the API server and the controllers would have filled into objects beside nodes and pods, as far as plugins read
 * it. Pure and idempotent, as in defaults.ts; objects that lack nothing are given back.
 * Source: k8s 1.36 pkg/apis/{core,storage}/v1/defaults.go, plugin/pkg/admission/storage/storageclass/setdefault,
 * pkg/controller/volume/persistentvolume.
 */

import { type DefaultContext, newDefaultContext } from "./admission.js";
import { defaultNamespace, defaultNode, plainLabels, withoutNulls } from "./defaults.js";
import { isClusterScoped, isObjectKind, readKindOf } from "./kinds.js";
import type {
  CSIDriver,
  KubeObject,
  NamedObject,
  Node,
  ObjectKind,
  ObjectOf,
  PersistentVolume,
  PersistentVolumeClaim,
  PodTemplateSpec,
  ReplicationController,
  Service,
  StorageClass,
} from "./objects.js";
import { roundRequirements, roundResources } from "./rounding.js";
import { withFields } from "./with-fields.js";
import { isWorkloadKind } from "./workload.js";

type Fill<T> = (object: T, context: DefaultContext) => T;

const NO_CONTEXT = newDefaultContext();
/** Says a claim's class as `spec.storageClassName` does, and wins; empty: no class. */
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** Kinds with fields to fill in; of all others only the namespace and empty labels are. */
const FILLS: { readonly [K in ObjectKind]?: Fill<ObjectOf<K>> } = {
  Namespace: defaultNamespace,
  Service: withPlainSelector,
  ReplicationController: withTemplateSelector,
  PersistentVolume: withVolumeState,
  PersistentVolumeClaim: withClass,
  StorageClass: withBindingMode,
  CSIDriver: withStorageCapacity,
};

/**
 * The object as kube-scheduler would see it. Objects of kinds that plugins do not look at are given back as they are;
 * nodes and pods have functions of their own.
 *
 * @throws StowageError ERR_QUANTITY for a quantity that cannot be read
 */
export function defaultObject(object: KubeObject, context: DefaultContext = NO_CONTEXT): NamedObject {
  const kind = readKindOf(object);
  if (!isObjectKind(kind)) return object;
  const { metadata } = object;
  const namespace = isClusterScoped(kind) ? undefined : metadata?.namespace || "default";
  const named: NamedObject = withFields(object, {
    metadata: withFields(metadata, { labels: plainLabels(metadata), namespace }),
  });
  const fill = FILLS[kind] as Fill<NamedObject> | undefined;
  return fill === undefined ? named : fill(named, context);
}

/** Whether classes, limit ranges or what a workload makes of itself have a say in how the object is filled in. */
export function hasContext(object: KubeObject): boolean {
  const kind = readKindOf(object);
  return kind !== undefined && (kind === "Pod" || kind === "PersistentVolumeClaim" || isWorkloadKind(kind));
}

/**
 * The object as kube-scheduler would see it, where nothing but the object decides that; others are given back as they are.
 *
 * @throws StowageError ERR_QUANTITY for a quantity that cannot be read
 */
export function defaultAlone(object: KubeObject): KubeObject {
  if (hasContext(object)) return object;
  return (readKindOf(object) === "Node" ? defaultNode(object as Node) : defaultObject(object)) as KubeObject;
}

function withPlainSelector(service: Service): Service {
  const { spec } = service;
  if (!spec?.selector) return service;
  return withFields(service, { spec: withFields(spec, { selector: withoutNulls(spec.selector) }) });
}

/** A controller without a selector selects what its template is labelled with. */
function withTemplateSelector(controller: ReplicationController): ReplicationController {
  const spec: ReplicationController["spec"] & { readonly template?: PodTemplateSpec | null } = controller.spec ?? {};
  const isSaid = Object.keys(spec.selector ?? {}).length > 0;
  const selector = isSaid ? spec.selector : (spec.template?.metadata?.labels ?? spec.selector);
  if (!selector) return controller;
  return withFields(controller, { spec: withFields(spec, { selector: withoutNulls(selector) }) });
}

/** A volume that says nothing of its phase is up to be claimed, which the volume controller finds out at once. */
function withVolumeState(volume: PersistentVolume): PersistentVolume {
  const { spec, status } = volume;
  const capacity = roundResources(spec?.capacity);
  return withFields(volume, {
    spec: withFields(spec, { capacity, volumeMode: spec?.volumeMode ?? "Filesystem" }),
    status: withFields(status, { phase: status?.phase || "Available" }),
  });
}

function withClass(claim: PersistentVolumeClaim, context: DefaultContext): PersistentVolumeClaim {
  const { spec, status } = claim;
  const className = isClassless(claim) ? context.defaultStorageClass?.metadata?.name : undefined;
  return withFields(claim, {
    spec: withFields(spec, {
      resources: spec?.resources ? roundRequirements(spec.resources) : undefined,
      storageClassName: className,
      volumeMode: spec?.volumeMode ?? "Filesystem",
    }),
    status: withFields(status, { phase: status?.phase || "Pending" }),
  });
}

/** Whether a claim gets the default class: at its creation, and as long as it has no volume. */
function isClassless({ metadata, spec }: PersistentVolumeClaim): boolean {
  const isBound = Boolean(metadata?.creationTimestamp) && Boolean(spec?.volumeName);
  const hasAnnotation = Object.hasOwn(metadata?.annotations ?? {}, CLASS_ANNOTATION);
  const hasClass = spec?.storageClassName !== undefined && spec.storageClassName !== null;
  return !isBound && !hasAnnotation && !hasClass;
}

function withBindingMode(storageClass: StorageClass): StorageClass {
  return withFields(storageClass, { volumeBindingMode: storageClass.volumeBindingMode ?? "Immediate" });
}

function withStorageCapacity(driver: CSIDriver): CSIDriver {
  const storageCapacity = driver.spec?.storageCapacity ?? false;
  return withFields(driver, { spec: withFields(driver.spec, { storageCapacity }) });
}
