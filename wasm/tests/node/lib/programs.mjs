// The project's own programs, as processes that end with the test.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const built = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug");

/** Runs the command line; what it refuses fails the test. */
export function yinxin(...args) {
  return execFileSync(join(built, "yinxin"), args, { encoding: "utf8", stdio: "pipe" });
}

/** The recipes of `docs/integrate.md`, as `cargo xtask npm` compiled them: how each is started. */
export const RECIPES = {
  java: recipe("java", "-cp", `${peer("sidecar-recipe/classes")}:${peer("sidecar-recipe/lib/*")}`, "recipe.Recipe"),
  go: recipe(peer("sidecar-recipe-go")),
  "C#": recipe("mono", peer("sidecar-recipe.exe")),
};

/** A program of others that the project builds to be checked against. */
export function peer(path) {
  return join(built, "../peers", path);
}

function recipe(program, ...args) {
  return { program, args };
}

/** Starts one of our programs, or one on the path, that says where it listens. */
export async function start(name, args) {
  const program = name.startsWith("yinxin") ? join(built, name) : name;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const errors = [];
  child.stderr.on("data", (data) => errors.push(String(data)));
  const url = await new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.once("line", (line) => {
      const found = /http:\/\/\S+/.exec(line);
      found ? resolve(found[0]) : reject(new Error(`${name}: ${line}`));
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${errors.join("")}`)));
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  return {
    url,
    async stop() {
      child.kill();
      await ended;
    },
    /** Stops it in its tracks: it neither answers nor closes. */
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
  };
}

/** Runs the command line beside the test. */
export function yinxinBeside(...args) {
  const child = spawn(join(built, "yinxin"), args, { stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.on("data", (data) => (out += String(data)));
  child.stderr.on("data", (data) => (errors += String(data)));
  const done = new Promise((resolve, reject) => {
    child.once("exit", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`yinxin ${args.join(" ")}: ${out}${errors}`)),
    );
  });
  return { done, say: (line) => child.stdin.write(`${line}\n`) };
}

/** A folder that is gone after the test. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), "yinxin-npm-"));
  return { path, at: (...parts) => join(path, ...parts), remove: () => rmSync(path, { recursive: true, force: true }) };
}
