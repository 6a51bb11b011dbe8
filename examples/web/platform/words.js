// What the platform's page says, in Chinese and English.

const zh = {
  lang: "zh-CN",
  other: "English",
  title: "示范交易平台",
  hello: "用手机证书登录",
  how: "打开印信 App 扫一扫，无需密码和 U 盾",
  welcome: (name) => name,
  sign: ["签名", "在手机上逐条看清再签", "要签的内容", "同意中标结果", "去签名"],
  seal: ["签章", "OFD、PDF 均可，文件不离开本机", "文件", "去签章"],
  revoke: ["撤章", "撤销文件上最后一枚章", "已签章的文件", "原因", "内容有误", "去撤章"],
  encrypt: ["加密投标文件", "选用证书后在本机加密", "投标文件", "选用证书并加密"],
  decrypt: ["解密投标文件", "由持证单位的手机放出密钥", "加密的投标文件", "去解密"],
  done: {
    login: "登录成功",
    messageSignature: "签名已通过核验",
    signature: "签章已通过核验",
    revokeSignature: "已撤章",
    encrypt: "已加密并回读核验",
    decrypt: "已解密",
  },
  failed: "未能完成",
  save: (name) => `保存 ${name}`,
  refused: (name, code) => `${name}：手机未签章（${code}）`,
  working: "正在处理…",
};

const en = {
  lang: "en",
  other: "中文",
  title: "Demonstration bidding platform",
  hello: "Log in with the certificate on your phone",
  how: "Scan with the Yinxin app: no password, no USB key",
  welcome: (name) => name,
  sign: ["Sign", "Read every line on the phone before you sign", "Text to sign", "We accept the award", "Sign"],
  seal: ["Seal", "OFD or PDF; the file stays on this computer", "File", "Seal"],
  revoke: ["Take a seal back", "The last seal of a file", "Sealed file", "Reason", "a mistake in the text", "Take it back"],
  encrypt: ["Encrypt a bid", "Choose a certificate; encrypted on this computer", "Bid", "Choose and encrypt"],
  decrypt: ["Open a bid", "The holder's phone releases the key", "Encrypted bid", "Open"],
  done: {
    login: "Logged in",
    messageSignature: "Signed and verified",
    signature: "Sealed and verified",
    revokeSignature: "The seal was taken back",
    encrypt: "Encrypted, read back and verified",
    decrypt: "Opened",
  },
  failed: "It did not work",
  save: (name) => `Save ${name}`,
  refused: (name, code) => `${name}: not sealed (${code})`,
  working: "Working…",
};

/** The words for a language tag. */
export function wordsFor(tag) {
  return tag.toLowerCase().startsWith("zh") ? zh : en;
}
