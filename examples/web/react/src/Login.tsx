// The element: one tag, one event.
import type { LoginAnswer } from "yinxin";
import { defineYinxinElements } from "yinxin/element";

defineYinxinElements();

export function Login({ onLogin }: { onLogin: (answer: LoginAnswer) => void }) {
  return (
    <yinxin-qr
      scene="login"
      endpoint="/api/yinxin/open"
      onyinxin-answer={(event) => onLogin(event.detail as LoginAnswer)}
    />
  );
}
