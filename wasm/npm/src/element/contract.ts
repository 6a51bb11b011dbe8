// What the element needs of a session and of a client: the public API, and no more of it.

/** The six uses of a certificate, by their names on the wire. */
export type Scene =
  | "login"
  | "messageSignature"
  | "signature"
  | "revokeSignature"
  | "encrypt"
  | "decrypt";

/** Where a session stands, as a page shows it. */
export type Phase =
  | "idle"
  | "opening"
  | "showing"
  | "scanned"
  | "confirming"
  | "offered"
  | "prepared"
  | "verifying"
  | "completed"
  | "rejected"
  | "expired"
  | "cancelled"
  | "failed";

/** One frame of the QR code, good for seconds. */
export interface Frame {
  /** Modules a side, without the quiet zone. */
  readonly size: number;
  /** The dark modules as the `d` of an SVG path, one unit a module, from 0 0. */
  readonly path: string;
}

/** What a session says of itself; a new object at each change. */
export interface SessionState {
  readonly phase: Phase;
  /** What it is for; by it the panel is headed. */
  readonly scene?: Scene | undefined;
  readonly frame?: Frame | undefined;
  readonly shortCode?: string | undefined;
  /** 0 to 99, shown in two digits. */
  readonly matchingNumber?: number | undefined;
  /** Holder's name as the phone masked it. */
  readonly holder?: string | undefined;
  /** Files prepared so far, and how many there are. */
  readonly prepared?: { readonly done: number; readonly total: number } | undefined;
  /** When the code ends. */
  readonly expiresAt?: Date | undefined;
  readonly error?: unknown;
  readonly connection: "live" | "polling" | "lost";
}

/** A session, as far as the element drives it. */
export interface Session {
  readonly state: SessionState;
  readonly answer: Promise<unknown>;
  subscribe(listener: (state: SessionState) => void): () => void;
  cancel(reason?: unknown): Promise<void>;
  /** Ends the session with the phone that scanned, and opens another from the same form. */
  notMe(): Promise<void>;
}

/** What opens sessions: a `YinxinClient`, or a stand-in. */
export interface Opener {
  session(scene: Scene, input: unknown): Session;
}
