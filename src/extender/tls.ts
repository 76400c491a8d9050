/** Certificates from files, read again when they change: what is connected stays so, what connects gets the new ones. */

import { readFile } from "node:fs/promises";
import type { Server } from "node:https";
import { createSecureContext } from "node:tls";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Whose clients may call; without it any client may. */
  readonly clientCaFile?: string;
}

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/** @throws Error that names the file, or says that certificate and key do not belong together */
export async function readTls(files: TlsFiles): Promise<TlsMaterial> {
  const { certFile, keyFile, clientCaFile } = files;
  const [cert, key] = [await readFile(certFile), await readFile(keyFile)];
  const ca = clientCaFile === undefined ? undefined : await readFile(clientCaFile);
  const material = { cert, key, ...(ca && { ca }) };
  try {
    createSecureContext(material);
  } catch (error) {
    throw new Error(`${[certFile, keyFile, clientCaFile].filter(Boolean).join(", ")}: ${messageOf(error)}`);
  }
  return material;
}

/**
 * Looks at the files in intervals: a mounted secret is swapped by a link, of which watchers of files do not hear. What cannot be
 * read yet, such as a certificate whose key comes a moment later, is tried again.
 *
 * @param onReload hears of new material, and of what is wrong with it
 * @returns what ends it
 */
export function reloadTls(
  server: Pick<Server, "setSecureContext">,
  files: TlsFiles,
  loaded: TlsMaterial,
  intervalMs: number,
  onReload: (error?: Error) => void,
): () => void {
  let current = loaded;
  const look = async (): Promise<void> => {
    try {
      const next = await readTls(files);
      if (isSame(next, current)) return;
      server.setSecureContext(next);
      current = next;
      onReload();
    } catch (error) {
      onReload(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function isSame(a: TlsMaterial, b: TlsMaterial): boolean {
  return (
    a.cert.equals(b.cert) && a.key.equals(b.key) && (a.ca === undefined || b.ca === undefined || a.ca.equals(b.ca))
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
