/** Before the first case: sees that there is a stowage to start, and builds the control plane. */

import { existsSync } from "node:fs";
import { buildControlPlane } from "./binaries.js";
import { STOWAGE } from "./stowage.js";

export async function setup(): Promise<void> {
  if (!existsSync(STOWAGE)) throw new Error("the cases start dist/cli/main.js: run `npm run build` first");
  await buildControlPlane(console.log);
}
