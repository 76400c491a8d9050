// NodePorts, k8s 1.36 pkg/scheduler/framework/plugins/nodeports/node_ports.go. A column of 0 and 1 for each (protocol, port,
// IP) in use; the class block lists the columns that conflict with what the pod wants.

import { classField, portList } from "../class-block";
import { CLASS_PORT_COUNT, COLUMN_VERDICT } from "../layout";
import { columnPtr } from "../nodes";
import { rangeFrom, rangeTo } from "../range";

/** Whether a port the pod wants is taken on a node. */
export function portsTaken(block: usize, slot: i32): bool {
  const size = <i32>classField(block, CLASS_PORT_COUNT);
  const list = portList(block);
  for (let i = 0; i < size; i++) {
    const column = <i32>load<f64>(list + ((<usize>i) << 3));
    if (load<u8>(columnPtr(column) + <usize>slot) != 0) return true;
  }
  return false;
}

/** Rejects with `code` what is still feasible and has a wanted port taken. */
export function portsFilter(block: usize, code: i32): void {
  const verdicts = columnPtr(COLUMN_VERDICT);
  for (let slot = rangeFrom(), to = rangeTo(); slot < to; slot++) {
    const at = verdicts + <usize>slot;
    if (load<u8>(at) == 0 && portsTaken(block, slot)) store<u8>(at, <u8>code);
  }
}
