/** The lines of a KubeSchedulerConfiguration that name an extender. */

export interface ExtenderOptions {
  readonly bindVerb?: "bind";
  readonly preemptVerb?: "preempt";
  readonly weight?: number;
  readonly nodeCacheCapable?: boolean;
  readonly ignorable?: boolean;
  readonly httpTimeout?: string;
  readonly managedResources?: readonly { readonly name: string; readonly ignoredByScheduler: boolean }[];
  readonly enableHTTPS?: boolean;
  readonly tlsConfig?: Readonly<Record<string, string>>;
}

/** An extender that filters and prioritizes names, and does what else `options` say. */
export function extenderAt(url: string, options: ExtenderOptions = {}): Readonly<Record<string, unknown>> {
  return {
    urlPrefix: url,
    filterVerb: "filter",
    prioritizeVerb: "prioritize",
    weight: 1,
    nodeCacheCapable: true,
    httpTimeout: "10s",
    ...options,
  };
}
