// Without the element: a session as React reads it. Draw `state.frame`, `state.shortCode`,
// `state.matchingNumber` as you like.
import { useEffect, useState, useSyncExternalStore } from "react";
import type { InputOf, PageSession, PageState, Scene, YinxinClient } from "yinxin";

const IDLE: PageState = { phase: "idle", scene: "login", connection: "live", resumable: false };
const nothing = () => () => undefined;

/** Runs a session while the component is there; `undefined` as input runs none. */
export function useSession<S extends Scene>(
  client: YinxinClient,
  scene: S,
  input: InputOf<S> | undefined,
): { state: PageState; session: PageSession<S> | undefined } {
  const [session, setSession] = useState<PageSession<S>>();
  useEffect(() => {
    if (input === undefined) return undefined;
    const own = client.session(scene, input);
    own.answer.catch(() => undefined);
    setSession(own);
    return () => {
      setSession(undefined);
      void own.cancel();
    };
  }, [client, scene, input]);
  const state = useSyncExternalStore(
    (changed) => (session ? session.subscribe(changed) : nothing()),
    () => session?.state ?? IDLE,
    () => IDLE,
  );
  return { state, session };
}
