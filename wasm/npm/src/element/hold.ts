// A button that acts only while it is held, by finger, mouse or key.

/** Calls `change` when holding begins and ends. */
export function holdable(button: HTMLButtonElement, change: (held: boolean) => void): void {
  let held = false;
  const set = (now: boolean): void => {
    if (now === held) return;
    held = now;
    button.setAttribute("aria-pressed", String(now));
    change(now);
  };
  const isKey = (event: KeyboardEvent): boolean => event.key === " " || event.key === "Enter";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("pointerdown", (event) => {
    // The release counts wherever the finger has gone meanwhile.
    button.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"] as const) {
    button.addEventListener(end, () => { set(false); });
  }
  button.addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    set(true);
  });
  button.addEventListener("keyup", (event) => {
    if (isKey(event)) set(false);
  });
  // A long press opens a menu on touch screens, which ends the hold.
  button.addEventListener("contextmenu", (event) => { event.preventDefault(); });
}
