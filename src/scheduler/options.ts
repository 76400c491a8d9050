/** What the methods of a Scheduler may be told. */

export interface PreemptOptions {
  /** "Now" for pods without `status.startTime`; milliseconds since 1970. Default: later than every start. */
  readonly nowMs?: number;
  /**
   * Stop at as many candidates as the profile's DefaultPreemptionArgs ask for, beginning with the node added first.
   * kube-scheduler does, beginning anywhere. Default false: every node is tried.
   */
  readonly isSampled?: boolean;
}

export interface PlaceAllOptions {
  readonly signal?: AbortSignal;
  /** Called before each slice and at the end. Counts of pods. */
  readonly onProgress?: (done: number, total: number) => void;
  /** "queue": by priority, then as given (default). "listed": as given. */
  readonly order?: "queue" | "listed";
}
