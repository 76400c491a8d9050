/**
 * What the API server and the controllers would have filled into objects beside nodes and pods, as far as plugins read
 * it. Pure and idempotent, as in defaults.ts.
 * Source: k8s 1.36 pkg/apis/{core,storage}/v1/defaults.go, plugin/pkg/admission/storage/storageclass/setdefault,
 * pkg/controller/volume/persistentvolume.
 */

import { type DefaultContext, newDefaultContext } from "./admission.js";
import { defaultNamespace, plainLabels, withoutNulls } from "./defaults.js";
import { isClusterScoped, isObjectKind, readKindOf } from "./kinds.js";
import type {
  CSIDriver,
  KubeObject,
  NamedObject,
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
  const namespace = isClusterScoped(kind) ? {} : { namespace: metadata?.namespace || "default" };
  const named: NamedObject = { ...object, metadata: { ...metadata, ...plainLabels(metadata), ...namespace } };
  const fill = FILLS[kind] as Fill<NamedObject> | undefined;
  return fill === undefined ? named : fill(named, context);
}

function withPlainSelector(service: Service): Service {
  const { spec } = service;
  return spec?.selector ? { ...service, spec: { ...spec, selector: withoutNulls(spec.selector) } } : service;
}

/** A controller without a selector selects what its template is labelled with. */
function withTemplateSelector(controller: ReplicationController): ReplicationController {
  const spec: ReplicationController["spec"] & { readonly template?: PodTemplateSpec | null } = controller.spec ?? {};
  const isSaid = Object.keys(spec.selector ?? {}).length > 0;
  const selector = isSaid ? spec.selector : (spec.template?.metadata?.labels ?? spec.selector);
  return selector ? { ...controller, spec: { ...spec, selector: withoutNulls(selector) } } : controller;
}

/** A volume that says nothing of its phase is up to be claimed, which the volume controller finds out at once. */
function withVolumeState(volume: PersistentVolume): PersistentVolume {
  const { spec, status } = volume;
  const capacity = roundResources(spec?.capacity);
  return {
    ...volume,
    spec: { ...spec, ...(capacity ? { capacity } : {}), volumeMode: spec?.volumeMode ?? "Filesystem" },
    status: { ...status, phase: status?.phase || "Available" },
  };
}

function withClass(claim: PersistentVolumeClaim, context: DefaultContext): PersistentVolumeClaim {
  const { spec, status } = claim;
  const className = isClassless(claim) ? context.defaultStorageClass?.metadata?.name : undefined;
  return {
    ...claim,
    spec: {
      ...spec,
      ...(spec?.resources ? { resources: roundRequirements(spec.resources) } : {}),
      ...(className === undefined ? {} : { storageClassName: className }),
      volumeMode: spec?.volumeMode ?? "Filesystem",
    },
    status: { ...status, phase: status?.phase || "Pending" },
  };
}

/** Whether a claim gets the default class: at its creation, and as long as it has no volume. */
function isClassless({ metadata, spec }: PersistentVolumeClaim): boolean {
  const isBound = Boolean(metadata?.creationTimestamp) && Boolean(spec?.volumeName);
  const hasAnnotation = Object.hasOwn(metadata?.annotations ?? {}, CLASS_ANNOTATION);
  const hasClass = spec?.storageClassName !== undefined && spec.storageClassName !== null;
  return !isBound && !hasAnnotation && !hasClass;
}

function withBindingMode(storageClass: StorageClass): StorageClass {
  return { ...storageClass, volumeBindingMode: storageClass.volumeBindingMode ?? "Immediate" };
}

function withStorageCapacity(driver: CSIDriver): CSIDriver {
  return { ...driver, spec: { ...driver.spec, storageCapacity: driver.spec?.storageCapacity ?? false } };
}
