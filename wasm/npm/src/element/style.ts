// How the element looks. Constructed in script: strict style policies allow it.

const CSS = `
:host {
  --_accent: var(--yinxin-accent, #b3121d);
  --_on-accent: var(--yinxin-on-accent, #fff);
  --_surface: var(--yinxin-surface, #fff);
  --_text: var(--yinxin-text, #1b1d22);
  --_soft: var(--yinxin-soft, #5a6070);
  --_line: var(--yinxin-line, #d9dce3);
  --_field: var(--yinxin-field, #f4f5f8);
  --_good: var(--yinxin-good, #13713f);
  --_bad: var(--yinxin-bad, #b3121d);
  --_radius: var(--yinxin-radius, 16px);
  --_font: var(--yinxin-font, system-ui, -apple-system, "PingFang SC", "Microsoft YaHei",
    "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif);
  display: inline-block;
  font: 16px/1.5 var(--_font);
  color: var(--_text);
}
:host([hidden]) { display: none; }
DARK
* { box-sizing: border-box; }
h2, p { margin: 0; }
[hidden] { display: none !important; }

button {
  font: inherit;
  color: inherit;
  background: none;
  border: 1px solid var(--_line);
  border-radius: calc(var(--_radius) * .6);
  min-height: 44px;
  padding: 8px 18px;
  cursor: pointer;
  touch-action: manipulation;
}
button:hover { border-color: var(--_soft); }
button:disabled { opacity: .55; cursor: default; }
:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
h2:focus-visible { outline: none; }
.begin, .retry {
  display: inline-flex;
  gap: 10px;
  align-items: center;
  justify-content: center;
  color: var(--_on-accent);
  background: var(--_accent);
  border-color: var(--_accent);
  font-weight: 600;
}
.begin { text-align: start; }
.begin svg { width: 22px; height: 22px; flex: none; }
.begin svg path { stroke: var(--_accent); }
.brand path { stroke: var(--_on-accent); }

dialog {
  position: fixed;
  inset: 0;
  margin: auto;
  border: 0;
  padding: 0;
  max-width: 100vw;
  max-height: 100vh;
  overflow: auto;
  background: none;
  color: var(--_text);
}
dialog::backdrop { background: rgb(12 14 20 / .55); }
.panel {
  width: 360px;
  max-width: 100vw;
  padding: 20px 24px 24px;
  background: var(--_surface);
  border: 1px solid var(--_line);
  border-radius: var(--_radius);
  text-align: center;
  overflow-wrap: anywhere;
}
dialog .panel { box-shadow: 0 24px 64px rgb(0 0 0 / .3); border-color: transparent; }
header { display: flex; align-items: center; gap: 10px; text-align: start; margin-bottom: 16px; }
header .brand { color: var(--_accent); display: flex; flex: none; }
h2 { flex: 1; font-size: 18px; line-height: 1.35; font-weight: 650; }
.close {
  flex: none;
  width: 44px;
  padding: 0;
  margin: -6px -12px -6px 0;
  border-color: transparent;
  color: var(--_soft);
}
.close svg { display: block; margin: auto; }

.box {
  position: relative;
  display: grid;
  place-items: center;
  min-height: 270px;
  margin: 0 auto 16px;
  border-radius: calc(var(--_radius) * .75);
}
.box.light { width: 270px; max-width: 100%; background: #fff; overflow: hidden;
  box-shadow: 0 0 0 1px var(--_line); }
.over .box { min-height: 150px; }
.code { display: block; max-width: 100%; height: auto; forced-color-adjust: none; }
.wait { width: 48px; height: 48px; border: 4px solid var(--_line); border-top-color: var(--_accent);
  border-radius: 50%; }
.sign { color: var(--_soft); }
.done .sign { color: var(--_good); }
.alarm .sign { color: var(--_bad); }
.hold { display: grid; gap: 12px; justify-items: center; padding: 16px; color: #1b1d22; }
.hold button { border-color: #5a6070; user-select: none; -webkit-user-select: none; touch-action: none; }
.hold p { font-size: 14px; color: #4a4f5c; }

.match { display: grid; gap: 4px; justify-items: center; width: 100%; }
.label { font-size: 14px; color: var(--_soft); }
.number {
  font-size: 76px;
  line-height: 1.1;
  font-weight: 700;
  font-variant-numeric: tabular-nums;
  letter-spacing: .06em;
  margin-right: -.06em;
  padding: 8px 32px;
  background: var(--_field);
  border: 1px solid transparent;
  border-radius: calc(var(--_radius) * .75);
}
.holder { margin-top: 14px; display: grid; gap: 2px; }
.holder strong { font-size: 18px; }

.head { font-size: 17px; font-weight: 650; }
.text { font-size: 14px; color: var(--_soft); margin-top: 2px; }
.alarm .head { color: var(--_bad); }
.done .head { color: var(--_good); }
.note { font-size: 14px; margin-top: 8px; padding: 6px 10px; border-radius: 8px;
  background: var(--_field); border: 1px solid var(--_line); }
.note:empty { display: none; }
.countdown { display: inline-flex; gap: 8px; align-items: center; margin-top: 10px; font-size: 14px;
  color: var(--_soft); font-variant-numeric: tabular-nums; }
.ring .whole { stroke: var(--_line); }
.ring .rest { stroke: var(--_accent); }

.short { margin-top: 16px; padding-top: 14px; border-top: 1px solid var(--_line); font-size: 14px; }
.short p { color: var(--_soft); }
.short div { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center;
  justify-content: center; margin-top: 4px; }
.shortcode { font: 600 20px/1.4 ui-monospace, "SFMono-Regular", Consolas, "DejaVu Sans Mono", monospace;
  letter-spacing: .08em; user-select: all; -webkit-user-select: all; }
.copy { min-height: 36px; padding: 4px 12px; font-size: 14px; }
.actions { display: flex; flex-wrap: wrap; gap: 10px; justify-content: center; margin-top: 18px; }
.actions button { flex: 1 1 120px; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }

@media (max-width: 380px) {
  .panel { padding: 16px; }
  .box { min-height: 225px; }
  .number { font-size: 60px; }
}
@media (max-height: 560px) {
  header { margin-bottom: 8px; }
}
@media (prefers-reduced-motion: no-preference) {
  .wait { animation: turn 1s linear infinite; }
  .rest { transition: stroke-dashoffset 1s linear; }
  dialog[open] .panel { animation: rise .18s ease-out; }
  @keyframes turn { to { transform: rotate(1turn); } }
  @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
}
FORCED
`;

const DARK = `
  --_accent: var(--yinxin-accent, #ff8b8f);
  --_on-accent: var(--yinxin-on-accent, #2a0608);
  --_surface: var(--yinxin-surface, #1a1d24);
  --_text: var(--yinxin-text, #eceef3);
  --_soft: var(--yinxin-soft, #a8afbd);
  --_line: var(--yinxin-line, #3a3f4b);
  --_field: var(--yinxin-field, #262a33);
  --_good: var(--yinxin-good, #6fd39b);
  --_bad: var(--yinxin-bad, #ff8b8f);
`;

/** The visitor's own colours, whatever theme the page asks for. */
const FORCED = `
@media (forced-colors: active) {
  :host, :host([theme]), :host(:not([theme])) {
    --_accent: Highlight;
    --_on-accent: HighlightText;
    --_surface: Canvas;
    --_text: CanvasText;
    --_soft: CanvasText;
    --_line: CanvasText;
    --_field: Canvas;
    --_good: CanvasText;
    --_bad: CanvasText;
  }
  .panel, .number { border-color: CanvasText; }
  .box.light { outline: 1px solid CanvasText; }
  .begin, .retry { forced-color-adjust: none; }
  .hold, .hold p { color: CanvasText; background: Canvas; }
  .ring .whole { stroke: GrayText; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements of the page. */
export function style(): CSSStyleSheet {
  if (sheet) return sheet;
  sheet = new CSSStyleSheet();
  const dark = `:host([theme="dark"]) {${DARK}}
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) {${DARK}} }`;
  sheet.replaceSync(CSS.replace("DARK", dark).replace("FORCED", FORCED));
  return sheet;
}
