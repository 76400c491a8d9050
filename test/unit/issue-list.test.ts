// Method: more problems than are listed, of one kind and of several, counted by hand.
import { expect, test } from "vitest";
import type { Issue } from "../../src/errors.js";
import { IssueList, MAX_LISTED, problemCount } from "../../src/kube/issue-list.js";

const issueOf = (message: string): Issue => ({ code: "c", severity: "warning", message, path: "", file: "f", line: 7 });

test("of each kind the first are listed, in the order found, and the others are one line with their number", () => {
  const list = new IssueList<Issue>();
  list.add("rare", () => issueOf("rare"));
  for (let index = 0; index < MAX_LISTED + 5; index += 1) list.add("often", () => issueOf(`often ${index}`));
  list.add("rare", () => issueOf("rare again"));
  const issues = list.withCounts(list.listed);
  expect(issues).toHaveLength(MAX_LISTED + 3);
  expect(issues.slice(0, 2).map(({ message }) => message)).toEqual(["rare", "often 0"]);
  expect(issues.at(-2)?.message).toBe("rare again");
  expect(issues.at(-1)).toEqual({
    code: "too-many-issues",
    severity: "warning",
    message: "and 5 more of this kind: often 0",
    path: "",
    file: "f",
    line: 7,
  });
  expect(issues.map(problemCount).reduce((sum, count) => sum + count)).toBe(MAX_LISTED + 5 + 2);
});

test("what is not listed is not made", () => {
  const list = new IssueList<Issue>();
  let made = 0;
  for (let index = 0; index < 3 * MAX_LISTED; index += 1) {
    list.add("often", () => {
      made += 1;
      return issueOf("often");
    });
  }
  expect(made).toBe(MAX_LISTED);
});

test("a list comes back to a mark as if nothing had been found since", () => {
  const list = new IssueList<Issue>();
  list.add("kept", () => issueOf("kept"));
  const mark = list.mark();
  for (let index = 0; index < MAX_LISTED + 1; index += 1) list.add("gone", () => issueOf("gone"));
  list.reset(mark);
  expect(list.withCounts(list.listed).map(({ message }) => message)).toEqual(["kept"]);
  for (let index = 0; index < MAX_LISTED; index += 1) list.add("gone", () => issueOf("gone"));
  expect(list.withCounts(list.listed)).toHaveLength(MAX_LISTED + 1);
});
