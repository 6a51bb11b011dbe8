// A folder with an authority and holders, made by the command line.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The command line. */
export const PROGRAM =
  process.env.YINXIN_BIN ??
  resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug/yinxin");

/** A folder that goes with `close`. */
export class Holders {
  constructor(name) {
    this.folder = mkdtempSync(join(tmpdir(), `yinxin-${name}-`));
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(name) {
    return join(this.folder, name);
  }

  read(name) {
    return new Uint8Array(readFileSync(this.path(name)));
  }

  /** Runs the command line; no argument holds a space. */
  yinxin(line) {
    const stdio = ["ignore", "pipe", "pipe"];
    return execFileSync(PROGRAM, line.split(" "), { cwd: this.folder, stdio, encoding: "utf8" });
  }

  /** An authority, `ca-ALGORITHM`. */
  authority(algorithm) {
    this.yinxin(`ca init --dir ca-${algorithm} --algorithm ${algorithm}`);
  }

  /** A holder with both keys: `NAME/encrypt.pem` and `NAME/enc.key`, `NAME/sign.pem` and `NAME.key`. */
  enrol(name, algorithm) {
    this.yinxin(`key generate --algorithm ${algorithm} --no-password --out ${name}.key`);
    this.yinxin(`csr create --key ${name}.key --subject C=CN,O=甲公司,CN=甲公司 --out ${name}.csr`);
    this.yinxin(
      `ca issue --dir ca-${algorithm} --csr ${name}.csr --profile holder --credit-code 91350100M000100Y43 --out ${name}`,
    );
    this.yinxin(
      `key install --envelope ${name}/encrypt.envelope --key ${name}.key --no-password --out ${name}/enc.key`,
    );
  }
}
