// A page's script without modules, after the classic one: the global has its types.
/// <reference types="yinxin/global" />

const desk = new Yinxin.YinxinClient({ open: "/api/yinxin/open" });
const named: Promise<{ readonly holder: { readonly name: string } }> = desk.login();
Yinxin.installGlobals(Yinxin.createSof(desk));
// @ts-expect-error There is no such thing in it.
Yinxin.Phone;
