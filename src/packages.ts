/** Packages that only some commands need. They are loaded where they are used; a missing one says how to install it. */

import { StowageError } from "./errors.js";

/** The optional peers of package.json, as `npm install` takes them. */
const WANTED = {
  "@kubernetes/client-node": "@kubernetes/client-node@1.4.0",
  fastify: "fastify@5",
  pino: "pino@10",
  "prom-client": "prom-client@15",
} as const;

export type OptionalPackage = keyof typeof WANTED;

/**
 * Loads an optional package.
 *
 * @param what who needs it, as the beginning of a sentence: "reading a kubeconfig"
 * @param load the import itself, so that bundlers and the rules about imports see its name
 * @throws StowageError ERR_PACKAGE, with the line that installs it, when it is not there
 */
export async function loadPackage<T>(what: string, name: OptionalPackage, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    throw new StowageError("ERR_PACKAGE", { what, package: WANTED[name] }, { cause: error });
  }
}

/** Whether it is this package that was not found, and not one that it needs itself. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message = "" } = error as NodeJS.ErrnoException;
  return (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") && message.includes(`'${name}'`);
}
