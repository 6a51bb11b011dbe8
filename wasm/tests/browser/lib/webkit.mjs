// WebKitGTK's own driver, by the five calls of WebDriver that the tests need.

import { spawn } from "node:child_process";
import { readdirSync, existsSync } from "node:fs";
import { createServer } from "node:net";

const BROWSERS = ["/usr/lib", "/usr/libexec"];

/** MiniBrowser, which Debian keeps in a folder of the machine's kind. */
function browser() {
  for (const base of BROWSERS) {
    for (const folder of existsSync(base) ? ["", ...readdirSync(base)] : []) {
      for (const version of ["webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0"]) {
        const path = [base, folder, version, "MiniBrowser"].filter(Boolean).join("/");
        if (existsSync(path)) return path;
      }
    }
  }
  throw new Error("MiniBrowser is missing; apt-get install -y webkit2gtk-driver");
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The browser or its driver has ended: nothing that a page said, and nothing that it can answer. */
export class Gone extends Error {}

/** Starts a screen, a bus, the driver and a window. */
async function start() {
  const display = `:${90 + (process.pid % 900)}`;
  const screen = spawn("Xvfb", [display, "-screen", "0", "1280x900x24", "-nolisten", "tcp"], {
    stdio: "ignore",
  });
  const port = await freePort();
  const env = {
    ...process.env,
    DISPLAY: display,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    LIBGL_ALWAYS_SOFTWARE: "1",
  };
  // A group of its own: the driver outlives the bus that began it, and all end together.
  const driver = spawn("dbus-run-session", ["--", "WebKitWebDriver", `--port=${port}`], {
    env,
    stdio: "ignore",
    detached: true,
  });
  const end = () => {
    process.removeListener("exit", end);
    for (const act of [() => process.kill(-driver.pid), () => screen.kill()]) {
      try {
        act();
      } catch {
        // It is gone already.
      }
    }
  };
  process.once("exit", end);
  const call = async (method, path, body, patience = 130_000) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body && JSON.stringify(body),
      headers: { "content-type": "application/json" },
      signal: AbortSignal.timeout(patience),
    }).catch((error) => {
      throw error.name === "TimeoutError" ? error : new Gone(`WebKitGTK's driver: ${error.cause ?? error}`);
    });
    const { value } = await answer.json();
    if (answer.ok) return value;
    const words = `${value.error}: ${value.message}`;
    throw value.error === "invalid session id" || value.error === "no such window" ? new Gone(words) : new Error(words);
  };
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        await call("GET", "/status");
        break;
      } catch (error) {
        if (tries === 60) throw error;
        await wait(250);
      }
    }
    const options = { binary: browser(), args: ["--automation"] };
    const { sessionId } = await call("POST", "/session", {
      capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } },
    });
    const session = `/session/${sessionId}`;
    await call("POST", `${session}/timeouts`, { script: 120_000, pageLoad: 60_000 });
    return { call: (method, path, ...rest) => call(method, `${session}${path}`, ...rest), end };
  } catch (error) {
    end();
    throw error;
  }
}

/** A window, and another in its place where a page is opened after it ended. */
export async function launch() {
  let window = await start();
  return {
    async goto(url) {
      try {
        await window.call("POST", "/url", { url });
      } catch (error) {
        if (!(error instanceof Gone)) throw error;
        console.log(`WebKitGTK ended and is started again (${error.message})`);
        window.end();
        window = await start();
        await window.call("POST", "/url", { url });
      }
    },
    /** Runs the body of an async function in the page. */
    evaluate: (body, ...args) =>
      window
        .call("POST", "/execute/async", {
          script: `const done = arguments[arguments.length - 1];
            (async (...args) => { ${body} })(...[...arguments].slice(0, -1)).then(
              (value) => done({ value }), (error) => done({ error: String(error) + " " + error.stack }))`,
          args,
        })
        .then(({ value, error }) => {
          if (error !== undefined) throw new Error(error);
          return value;
        }),
    /** A picture, or nothing: without a compositor it does not always come. */
    screenshot: () =>
      window.call("GET", "/screenshot", undefined, 5_000).then(
        (text) => Buffer.from(text, "base64"),
        () => undefined,
      ),
    async close() {
      await window.call("DELETE", "").catch(() => undefined);
      window.end();
    },
  };
}
