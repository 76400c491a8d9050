/** A filter of somebody's own, for `--plugin`: a pod with a label `rack` goes to nodes with the same. */
export default {
  name: "Rack",
  filter: (cycle) => {
    const rack = cycle.pod.metadata?.labels?.rack;
    cycle.eachNode((node) =>
      rack === undefined || node.labels.rack === rack ? undefined : "node(s) stood in another rack",
    );
  },
};
