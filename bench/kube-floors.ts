/**
 * What kube-scheduler must at least reach in its own continuous tests: end to end, with an API server and etcd, on other
 * machines. Source: `threshold` in k8s v1.37.2 test/integration/scheduler_perf, performance-config.yaml of each folder.
 */

export interface Floor {
  /** `TestCase/Workload`. */
  readonly workload: string;
  /** The size that it is measured at. */
  readonly nodes: number;
  readonly podsPerSecond: number;
}

const FLOORS: Readonly<Record<string, Floor>> = {
  SchedulingBasic: floor("SchedulingBasic/5000Nodes_50000Pods", 790),
  Daemonset: { ...floor("SchedulingDaemonset/15000Nodes", 1_100), nodes: 15_000 },
  NodeAffinity: floor("SchedulingNodeAffinity/5000Nodes_10000Pods", 540),
  PodAffinity: floor("SchedulingPodAffinity/5000Nodes_5000Pods", 70),
  PodAntiAffinity: floor("SchedulingPodAntiAffinity/5000Nodes_2000Pods", 180),
  PreferredPodAffinity: floor("SchedulingPreferredPodAffinity/5000Nodes_5000Pods", 160),
  PreferredPodAntiAffinity: floor("SchedulingPreferredPodAntiAffinity/5000Nodes_5000Pods", 190),
  AntiAffinityNSSelector: floor("SchedulingRequiredPodAntiAffinityWithNSSelector/5000Nodes_2000Pods", 140),
  TopologySpreading: floor("TopologySpreading/5000Nodes_5000Pods", 460),
  PreferredTopologySpreading: floor("PreferredTopologySpreading/5000Nodes_5000Pods", 340),
  DefaultSpreading: floor("DefaultTopologySpreading/5000Nodes_50000Pods", 160),
  NodeInclusionPolicy: floor("SchedulingWithNodeInclusionPolicy/5000Nodes", 270),
  MixedBasePods: floor("MixedSchedulingBasePod/5000Nodes_5000Pods", 540),
  Unschedulable: floor("Unschedulable/5kNodes/100Init/10kPods", 590),
  MixedChurn: floor("SchedulingWithMixedChurn/5000Nodes_10000Pods", 710),
  InTreePVs: floor("SchedulingInTreePVs/5000Nodes_2000Pods", 290),
  MigratedInTreePVs: floor("SchedulingMigratedInTreePVs/5000Nodes_5000Pods", 100),
  CSIPVs: floor("SchedulingCSIPVs/5000Nodes_5000Pods", 100),
  Preemption: floor("PreemptionAsync/5000Nodes", 570),
};

function floor(workload: string, podsPerSecond: number): Floor {
  return { workload, nodes: 5_000, podsPerSecond };
}

/** Of a family at a size; undefined where upstream has none. */
export function floorOf(family: string, nodes: number): Floor | undefined {
  const found = FLOORS[family];
  return found?.nodes === nodes ? found : undefined;
}
