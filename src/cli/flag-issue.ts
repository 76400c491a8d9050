import type { Issue } from "../errors.js";

/** A flag that makes no sense. @param path the flag, with its value where that is what is wrong */
export function flagIssue(path: string, message: string): Issue {
  return { code: "bad-flag", severity: "error", path, message };
}
