/**
 * How often a test tries something drawn at random: `few` times by `npm test`, which is to take less than five minutes on two
 * cores; `many` where STOWAGE_AT_LENGTH is set, as .ci/run does in a step of its own.
 */
export function tries(few: number, many: number): number {
  return process.env.STOWAGE_AT_LENGTH ? many : few;
}
