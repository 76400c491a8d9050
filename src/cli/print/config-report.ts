/** What configurations would change, as text in the format asked for. */

import type { ConfigReport, FileReport, ProfileReport } from "../config-report.js";
import type { Look } from "../terminal.js";
import { argsTable, orderTable, placesTable, pluginTable } from "./config-tables.js";

export const CONFIG_FORMATS = ["table", "json", "yaml"] as const;

export type ConfigFormat = (typeof CONFIG_FORMATS)[number];

/** The whole text, ending in a line break unless it is empty. */
export async function printConfigReport(report: ConfigReport, format: ConfigFormat, look: Look): Promise<string> {
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "yaml": {
      const { writeYaml } = await import("../../kube/yaml.js");
      return writeYaml(report);
    }
    default: {
      const valid = report.files.filter((file) => file.valid);
      const parts = await Promise.all(valid.map((file) => fileText(file, report.files.length > 1, look)));
      return parts.join("\n");
    }
  }
}

async function fileText(file: FileReport, isOneOfMany: boolean, look: Look): Promise<string> {
  const parts = [isOneOfMany ? `${file.file}\n` : ""];
  for (const profile of file.profiles) {
    parts.push(
      `${headline(profile)}\n`,
      await pluginTable(profile.plugins, look),
      await argsTable(profile.plugins, look),
      await orderTable(profile.order, look),
      profile.notRun.map(({ name, touches }) => `Not run here: ${name} (${touches}).\n`).join(""),
    );
  }
  parts.push(await placesTable(file.noEffect, look));
  return parts.filter((part) => part !== "").join("\n");
}

function headline({ schedulerName, percentageOfNodesToScore: percentage, plugins, order }: ProfileReport): string {
  const changes = [
    plugins.length === 0 ? "" : counted(plugins.length, "plugin differs", "plugins differ"),
    order.length === 0 ? "" : `another order at ${counted(order.length, "extension point", "extension points")}`,
    percentage === null ? "" : `percentageOfNodesToScore ${percentage}`,
  ].filter((change) => change !== "");
  return `Profile ${schedulerName}: ${changes.length === 0 ? "as kube-scheduler's default" : changes.join(", ")}.`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
