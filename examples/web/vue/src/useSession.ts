// Without the element: a session as Vue reads it.
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import type { InputOf, PageSession, PageState, Scene, YinxinClient } from "yinxin";

/** Runs a session until the component goes away. */
export function useSession<S extends Scene>(
  client: YinxinClient,
  scene: S,
  input: InputOf<S>,
): { state: ShallowRef<PageState>; session: PageSession<S> } {
  const session = client.session(scene, input);
  session.answer.catch(() => undefined);
  const state = shallowRef(session.state);
  const unsubscribe = session.subscribe((next) => (state.value = next));
  onScopeDispose(() => {
    unsubscribe();
    void session.cancel();
  });
  return { state, session };
}
