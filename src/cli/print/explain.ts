/** An explanation as text, in the format asked for. */

import type { PodStory } from "../../planning/explain.js";
import type { Look } from "../terminal.js";
import { headline } from "./explain-headline.js";
import { nodeDetails } from "./explain-node.js";
import { rankingText } from "./explain-ranking.js";
import { rejectedTable } from "./explain-rejected.js";
import { type FilledIn, requestText } from "./explain-request.js";

export const EXPLAIN_FORMATS = ["table", "wide", "json", "yaml"] as const;

export type ExplainFormat = (typeof EXPLAIN_FORMATS)[number];

export interface StoryView {
  readonly story: PodStory;
  /** What the API server would fill in. */
  readonly filledIn: readonly FilledIn[];
  /** How many of the best nodes to show. */
  readonly top: number;
  /** Nodes to show in full. */
  readonly nodes: readonly string[];
}

/** The whole text, ending in a line break. */
export async function printStory(view: StoryView, format: ExplainFormat, look: Look): Promise<string> {
  const { explanation } = view.story;
  switch (format) {
    case "json":
      return `${JSON.stringify(explanation, null, 2)}\n`;
    case "yaml": {
      const { writeYaml } = await import("../../kube/yaml.js");
      return writeYaml(explanation.toJSON());
    }
    default:
      return storyText(view, format === "wide", look);
  }
}

async function storyText({ story, filledIn, top, nodes }: StoryView, isWide: boolean, look: Look): Promise<string> {
  const parts = [headline(story, look)];
  if (nodes.length > 0) for (const name of nodes) parts.push(await nodeDetails(story, name, look));
  else parts.push(await rankingText(story, top, isWide, look), await rejectedTable(story, isWide, look));
  parts.push(await requestText(story.request, filledIn, isWide, look));
  return parts.filter((part) => part !== "").join("\n");
}
