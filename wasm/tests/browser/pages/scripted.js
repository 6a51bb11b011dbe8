// A client whose sessions do what a test says: the element is looked at in states that a real
// session passes in a blink.

/** Looks like a code, and is none: three finder patterns and noise that differs by frame. */
function frame(number) {
  const size = 37;
  let seed = 1 + number;
  const noise = () => ((seed = (seed * 48271) % 2147483647) >> 12) % 2 === 0;
  const ring = (x, y) => Math.max(Math.abs(x - 3), Math.abs(y - 3)) !== 2;
  let path = "";
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const left = x < 8;
      const right = x > size - 9;
      const top = y < 8;
      const bottom = y > size - 9;
      const corner = (left && top) || (right && top) || (left && bottom);
      const fx = right ? x - size + 7 : x;
      const fy = bottom ? y - size + 7 : y;
      const inside = fx >= 0 && fx < 7 && fy >= 0 && fy < 7;
      if (corner ? inside && ring(fx, fy) : noise()) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return { size, path, text: `HTTPS://HUB.EXAMPLE.CN/Q/${number}` };
}

class ScriptedSession extends EventTarget {
  #listeners = new Set();
  state = { phase: "opening", connection: "live" };
  calls = [];

  constructor() {
    super();
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.answer.catch(() => undefined);
  }

  get listeners() {
    return this.#listeners.size;
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(state) {
    const kept = this.state.holder && state.phase !== "showing" ? this.state : {};
    this.state = { scene: this.scene, connection: "live", holder: kept.holder, ...state };
    for (const listener of [...this.#listeners]) listener(this.state);
  }

  async cancel() {
    this.calls.push("cancel");
    this.set({ phase: "cancelled" });
    this.reject(fault("session_cancelled"));
  }

  async notMe() {
    this.calls.push("notMe");
    this.set({ phase: "opening" });
  }

  async refresh() {
    this.calls.push("refresh");
  }
}

/** An error as the package makes them. */
function fault(code, parts = {}) {
  const error = new Error(code);
  Object.assign(error, { name: "YinxinError", code, mendedBy: "hub", facts: {}, ...parts });
  error[Symbol.for("yinxin.error")] = true;
  return error;
}

const sessions = [];
const client = {
  session(scene, input) {
    const session = new ScriptedSession();
    session.scene = scene;
    session.input = input;
    sessions.push(session);
    return session;
  },
};

const in_ = (seconds) => new Date(Date.now() + seconds * 1000);

/** The states of a session, by name. */
const STATES = {
  opening: () => ({ phase: "opening" }),
  showing: (number = 0) => ({
    phase: "showing",
    frame: frame(number),
    shortCode: "K7QF2M9X",
    expiresAt: in_(87.5),
  }),
  lost: () => ({ ...STATES.showing(), connection: "lost" }),
  scanned: () => ({
    phase: "scanned",
    matchingNumber: 7,
    holder: "示范建*公司",
    expiresAt: in_(287.5),
  }),
  confirming: () => ({ ...STATES.scanned(), phase: "confirming", expiresAt: in_(118.5) }),
  offered: () => ({ ...STATES.scanned(), phase: "offered", expiresAt: in_(598.5) }),
  prepared: () => ({ ...STATES.scanned(), phase: "prepared", expiresAt: in_(117.5) }),
  completed: () => ({ phase: "completed" }),
  rejected: () => ({ phase: "rejected", error: fault("declined") }),
  expired: () => ({ phase: "expired", error: fault("session_expired") }),
  cancelled: () => ({ phase: "cancelled", error: fault("session_cancelled") }),
  failed: () => ({ phase: "failed", error: fault("platform_suspended") }),
};

globalThis.scripted = {
  client,
  sessions,
  fault,
  STATES,
  last: () => sessions.at(-1),
  go(name, ...rest) {
    const session = sessions.at(-1);
    const state = STATES[name](...rest);
    session.set(state);
    if (state.error) session.reject(state.error);
    if (name === "completed") session.resolve({ done: true });
  },
};

for (const element of document.querySelectorAll("yinxin-qr")) element.client = client;
document.documentElement.dataset.ready = "yes";
