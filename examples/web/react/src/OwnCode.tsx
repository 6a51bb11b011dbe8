// A code of one's own look.
import { YinxinClient, type LoginInput } from "yinxin";

import { useSession } from "./useSession.js";

const client = new YinxinClient({ open: "/api/yinxin/open" });
const INPUT: LoginInput = {};

export function OwnCode() {
  const { state, session } = useSession(client, "login", INPUT);
  const { frame } = state;
  return (
    <section>
      <p role="status">{state.phase}</p>
      {frame && (
        <svg viewBox={`-4 -4 ${frame.size + 8} ${frame.size + 8}`} width={225} role="img">
          <title>QR code</title>
          <path d={`M-4-4h${frame.size + 8}v${frame.size + 8}h-${frame.size + 8}z`} fill="#fff" />
          <path d={frame.path} fill="#000" />
        </svg>
      )}
      {state.matchingNumber !== undefined && (
        <>
          <p>
            {state.holder}: {String(state.matchingNumber).padStart(2, "0")}
          </p>
          <button onClick={() => void session?.notMe()}>Not me</button>
        </>
      )}
    </section>
  );
}
