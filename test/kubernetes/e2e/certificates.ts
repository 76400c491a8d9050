/** Certificates of an authority of its own, made by openssl, for a server on the loopback interface and its clients. */

import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

export interface KeyPair {
  readonly certPath: string;
  readonly keyPath: string;
}

export class Authority implements KeyPair {
  readonly certPath: string;
  readonly keyPath: string;
  readonly #folder: string;

  constructor(folder: string, name = "authority") {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    ({ certPath: this.certPath, keyPath: this.keyPath } = this.#make(name, [
      "-addext",
      "basicConstraints=critical,CA:true",
    ]));
  }

  /** A new pair under this name; where there is one already, it takes its place as a mounted secret does: by renaming. */
  issue(name: string): KeyPair {
    const made = this.#make(`${name}-new`, [
      "-CA",
      this.certPath,
      "-CAkey",
      this.keyPath,
      "-addext",
      "basicConstraints=critical,CA:false",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-addext",
      "extendedKeyUsage=serverAuth,clientAuth",
    ]);
    const issued = { certPath: join(this.#folder, `${name}.crt`), keyPath: join(this.#folder, `${name}.key`) };
    renameSync(made.keyPath, issued.keyPath);
    renameSync(made.certPath, issued.certPath);
    return issued;
  }

  #make(name: string, flags: readonly string[]): KeyPair {
    const made = { certPath: join(this.#folder, `${name}.crt`), keyPath: join(this.#folder, `${name}.key`) };
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", made.keyPath];
    const subject = ["-subj", `/CN=${name}`, "-days", "2", "-out", made.certPath];
    execFileSync("openssl", ["req", "-x509", ...key, ...subject, ...flags], { stdio: "pipe" });
    return made;
  }
}
