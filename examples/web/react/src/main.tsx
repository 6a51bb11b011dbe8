import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import type { LoginAnswer } from "yinxin";

import { Login } from "./Login.js";
import { OwnCode } from "./OwnCode.js";

function App() {
  const [answer, setAnswer] = useState<LoginAnswer>();
  const [own, setOwn] = useState(false);
  return (
    <main>
      <h1>Yinxin · React</h1>
      {answer ? <p id="holder">{answer.holder.name}</p> : <Login onLogin={setAnswer} />}
      {own ? <OwnCode /> : <button onClick={() => setOwn(true)}>Own look</button>}
    </main>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
