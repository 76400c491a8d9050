/** Before the first case: sees that there is a stowage to start, and builds the control plane and Helm where they are not built. */

import { existsSync } from "node:fs";
import { buildGoProgram } from "../go-program.js";
import { HELM } from "../helm/helm.js";
import { buildControlPlane } from "./binaries.js";
import { STOWAGE } from "./stowage.js";

export async function setup(): Promise<void> {
  if (!existsSync(STOWAGE)) throw new Error("the cases start dist/cli/main.js: run `npm run build` first");
  await buildControlPlane(console.log);
  await buildGoProgram(HELM);
}
