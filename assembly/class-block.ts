// Reading a class block: fields by identifier, lists by their place behind the fields.

import { field as classField, setField as setClassField } from "./blocks";
import {
  BALANCED_FIELDS,
  CLASS_BALANCED_COUNT,
  CLASS_EXTRA_COUNT,
  CLASS_FIT_COUNT,
  CLASS_LISTS,
  CLASS_PORT_COUNT,
  EXTRA_FIELDS,
  FIT_FIELDS,
  PORT_FIELDS,
} from "./layout";

export { classField, setClassField };

@inline
function bytesOf(block: usize, countField: i32, fields: i32): usize {
  return (<usize>(<i32>classField(block, countField) * fields)) << 3;
}

@inline
export function extraList(block: usize): usize {
  return block + ((<usize>CLASS_LISTS) << 3);
}

@inline
export function portList(block: usize): usize {
  return extraList(block) + bytesOf(block, CLASS_EXTRA_COUNT, EXTRA_FIELDS);
}

@inline
export function fitList(block: usize): usize {
  return portList(block) + bytesOf(block, CLASS_PORT_COUNT, PORT_FIELDS);
}

@inline
export function balancedList(block: usize): usize {
  return fitList(block) + bytesOf(block, CLASS_FIT_COUNT, FIT_FIELDS);
}

@inline
export function shapeList(block: usize): usize {
  return balancedList(block) + bytesOf(block, CLASS_BALANCED_COUNT, BALANCED_FIELDS);
}
