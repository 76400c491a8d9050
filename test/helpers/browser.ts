/** A page in a real browser: a folder served over HTTP under a content security policy, and what the page printed. */

import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
/** No sandbox, since CI runs as root; no traffic but the page's. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser that `CHROMIUM` names, or one in `PATH`. */
export function findChromium(): string | undefined {
  const inPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [process.env.CHROMIUM ?? "", ...inPath].find((path) => path !== "" && existsSync(path));
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/**
 * Opens `index.html` of a folder and waits for the page to print its first line.
 *
 * @returns that line, or the first error that the page did not catch
 */
export async function firstLineOf(browser: Browser, folder: string, policy: string): Promise<string> {
  const server = await serve(folder, policy);
  const page = await browser.newPage();
  try {
    const line = new Promise<string>((resolve) => {
      page.on("console", (message) => message.type() === "log" && resolve(message.text()));
      page.on("pageerror", (error) => resolve(`${error.name}: ${error.message}`));
    });
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    return await line;
  } finally {
    await page.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function serve(folder: string, policy: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(folder, request.url === "/" ? "index.html" : (request.url ?? ""));
    const type = TYPES[extname(path)];
    if (type === undefined || !path.startsWith(folder) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(readFileSync(path));
  });
  return new Promise((resolve) => server.listen(0, "localhost", () => resolve(server)));
}
