// When specs of nodes last changed: nodes came or went, or one got other labels, taints or amounts.

let epoch: i32 = 0;

export function specsChanged(): void {
  epoch++;
}

@inline
export function specsEpoch(): i32 {
  return epoch;
}
