//! The command line's own words, in English and Chinese, by code; those of the libraries are in
//! [`yinxin::words`].

use yinxin::Fact;
use yinxin::words::{Speaker, Table};

use crate::args::Language;

/// Messages by code; `{name}` is filled with the fact of that name.
const MESSAGES: &Table = &[
    (
        "account_needed",
        "say whose certificate has to answer: `--credit-code CODE`",
        "请指明须由谁的证书应答:`--credit-code 统一社会信用代码`",
    ),
    ("already_revoked", "the certificate was revoked already", "该证书已经吊销"),
    ("bid_decrypted", "bid opened into {out}", "投标文件已解密到 {out}"),
    (
        "bid_encrypted",
        "bid encrypted, read back and verified: {out}",
        "投标文件已加密并回读核验:{out}",
    ),
    (
        "bid_inspected",
        "bid envelope; what stands here is not proved before a key opens it",
        "投标文件加密包;以下内容在用密钥打开之前未经证明",
    ),
    (
        "bid_outer_layer",
        "the tenderer's own layer is still around this bid; open it first",
        "该投标文件外面还有招标人的一层加密;请先打开它",
    ),
    ("bid_ready", "this key will open the bid", "这把密钥能打开该投标文件"),
    ("ca", "a test authority", "测试 CA"),
    ("ca_made", "test authority made in {dir}", "测试 CA 已建立在 {dir}"),
    ("ca_state", "the authority's state file is damaged", "CA 的状态文件已损坏"),
    ("certificate_issued", "certificates written to {dir}", "证书已写入 {dir}"),
    (
        "certificate_missing",
        "the file holds no certificate of this key",
        "文件里没有这把密钥的证书;请去掉 `--certificate-out`",
    ),
    ("certificate_revoked", "certificate revoked", "证书已吊销"),
    ("certificate_shown", "certificate", "证书"),
    ("credit_code", "no unified social credit code", "不是统一社会信用代码(18 位)"),
    ("crl_written", "revocation list written to {out}", "吊销列表已写入 {out}"),
    ("csr_created", "request written to {out}", "证书请求已写入 {out}"),
    (
        "digest_prepared",
        "what is to be signed was written to {out}; sign these bytes as they are and come back with `--finish`",
        "待签值已写入 {out};请对这些字节原样签名,再用 `--finish` 完成",
    ),
    ("document_created", "document written to {out}", "文件已写入 {out}"),
    ("document_sealed", "sealed, written to {out}", "已签章,写入 {out}"),
    ("document_signed", "signed, written to {out}", "已签名,写入 {out}"),
    (
        "expires_before_opening",
        "the certificate of {subject} ends at {notAfter}, before the opening at {opening}; renew it, the old key still opens the bid",
        "{subject} 的证书于 {notAfter} 到期,早于开标时间 {opening};请续期,旧密钥仍可解密",
    ),
    (
        "hub_address",
        "not an address of a hub: https://NAME, or http on this machine alone",
        "不是枢纽地址:应为 https://域名,或仅限本机的 http",
    ),
    ("hub_answer", "the hub's answer is not of this protocol", "枢纽的应答不合协议"),
    ("hub_unreachable", "the hub cannot be reached", "无法连接枢纽"),
    (
        "hub_without_tls",
        "this program was built without TLS: it calls hubs on its own machine alone",
        "此程序未带 TLS,只能连接本机的枢纽",
    ),
    ("id_number", "no identity number", "不是身份证号(18 位,末位校验)"),
    ("key_generated", "key written to {out}", "密钥已写入 {out}"),
    ("key_imported", "key written to {out}", "密钥已导入,写入 {out}"),
    ("key_installed", "encryption key written to {out}", "加密私钥已写入 {out}"),
    ("key_mismatch", "the key is not the certificate's", "密钥与证书不匹配"),
    (
        "key_missing",
        "give `--key`, or `--prepare` and later `--finish` for a key that lives elsewhere",
        "请给出 `--key`;密钥在别处时先用 `--prepare`,再用 `--finish`",
    ),
    ("key_not_protected", "the key file is not protected by a password", "密钥文件没有口令保护"),
    (
        "key_not_supported",
        "requests are taken for SM2 and P-256 keys only",
        "只受理 SM2 与 P-256 密钥的请求",
    ),
    ("key_shown", "private key", "私钥"),
    (
        "match_needed",
        "the page shows a number that has to be entered: `--match NN`, or `--match -` to read it from standard input",
        "网页上有一个数字需要核对:用 `--match NN` 给出,或用 `--match -` 从标准输入读取",
    ),
    ("message_decrypted", "content written to {out}", "内容已解密,写入 {out}"),
    ("message_encrypted", "encrypted message written to {out}", "加密消息已写入 {out}"),
    ("message_signed", "signed message written to {out}", "签名消息已写入 {out}"),
    (
        "not_a_folder",
        "not a folder; give the folder with the site's source",
        "不是文件夹;请给出放网站源代码的文件夹",
    ),
    (
        "not_a_page",
        "neither UTF-8 text nor a PNG or JPEG picture",
        "既非 UTF-8 文本,也非 PNG 或 JPEG 图片",
    ),
    ("not_an_issuer", "this member issues nothing", "该成员不签发证书"),
    ("not_drawn", "not drawn: {what}", "未绘制:{what}"),
    ("not_issued", "this authority issued no such certificate", "本 CA 没有签发过该证书"),
    ("ocsp_answered", "OCSP answer written to {out}", "OCSP 应答已写入 {out}"),
    (
        "output_and_json",
        "`--json` and an output of `-` both want standard output; choose one",
        "`--json` 与输出 `-` 都要占用标准输出,只能选一个",
    ),
    ("page_drawn", "page drawn: {out}", "页面已绘制:{out}"),
    (
        "password_empty",
        "an empty password protects nothing; use `--no-password` if that is meant",
        "空口令不起保护作用;若确实不要口令,请用 `--no-password`",
    ),
    ("passwords_differ", "the two passwords differ", "两次输入的口令不一致"),
    ("phone_accepted", "the platform confirmed that it counts", "平台已确认有效"),
    ("phone_answered", "answered; the platform acknowledged", "已应答,平台已确认收到"),
    (
        "phone_bid_shut",
        "bid {file} stays shut ({code}); the others are opened",
        "投标文件 {file} 不会打开({code});其余的会打开",
    ),
    (
        "phone_bid_unnamed",
        "bid {file} does not say which platform it is for",
        "投标文件 {file} 未写明属于哪个平台",
    ),
    ("phone_browser_revoked", "the browser is not trusted any more", "已不再信任该浏览器"),
    (
        "phone_clock_off",
        "the phone's clock is off by {seconds} s; the hub's time is used",
        "手机时钟偏差 {seconds} 秒;本次使用枢纽时间",
    ),
    ("phone_delivered", "sent, platform has not confirmed", "已送达,平台尚未确认"),
    (
        "phone_ends_early",
        "an encryption certificate ends before bids are opened; keep its key",
        "加密证书在开标前到期;请保留其密钥",
    ),
    ("phone_exported", "answer and receipts written to {out}", "应答与回执已写入 {out}"),
    ("phone_folder", "a file of the phone's folder is damaged", "手机文件夹中的文件已损坏"),
    (
        "phone_holder_added",
        "the holder's certificates and keys are on the phone",
        "持有人的证书与密钥已装入手机",
    ),
    ("phone_hub_pinned", "the hub is pinned", "枢纽已固定"),
    ("phone_listed", "this phone", "本手机"),
    (
        "phone_no_answer",
        "no such answer; `yinxin --json phone list` shows them",
        "没有该应答;可用 `yinxin --json phone list` 查看",
    ),
    (
        "phone_no_browser",
        "no browser of this number; `yinxin phone list` shows them",
        "没有该编号的浏览器;可用 `yinxin phone list` 查看",
    ),
    (
        "phone_not_delivered",
        "answered, but the platform has not acknowledged it; see `yinxin phone list`",
        "已应答,但平台尚未确认收到;见 `yinxin phone list`",
    ),
    ("phone_nothing_to_send", "no answer waits to be sent again", "没有待重发的应答"),
    (
        "phone_pins_differ",
        "the signing key is under another PIN than the ring; change both with `yinxin phone change-pin`",
        "签名密钥与密钥环的 PIN 不同;请用 `yinxin phone change-pin` 一并修改",
    ),
    (
        "phone_receipt_unread",
        "a receipt came that is none for this answer: {why}",
        "收到的回执不属于本次应答:{why}",
    ),
    ("phone_refused", "the platform says that it does not count", "平台表示无效"),
    ("phone_released", "released, not delivered", "已签出,尚未送达"),
    ("phone_seal_added", "the seal is on the phone", "印章已装入手机"),
    ("phone_sent_again", "sent again", "已重新发送"),
    ("phone_stored", "the hub has it, the page has not fetched it", "枢纽已收到,网页尚未取走"),
    (
        "picture_size_unknown",
        "the picture does not say how large it is; give `--size-mm`",
        "图片没有注明尺寸;请给出 `--size-mm`",
    ),
    (
        "pin_changed",
        "the ring in {dir} has a new PIN; older backups keep the old one",
        "{dir} 的密钥环已换新 PIN;旧备份仍用旧 PIN",
    ),
    (
        "placement_missing",
        "say where: `--page` and `--position`, `--keyword` or `--straddle`",
        "请指明位置:`--page` 与 `--position`、`--keyword` 或 `--straddle`",
    ),
    ("platform_certificate", "encryption certificate received", "已收到加密证书"),
    (
        "platform_keys",
        "content keys received; give `--out DIR` to open the bid",
        "已收到文件密钥;用 `--out DIR` 解开投标文件",
    ),
    ("platform_login", "logged in", "登录成功"),
    ("platform_revoked", "the seal was taken back", "已撤章"),
    ("platform_sealed", "sealed", "已签章"),
    ("platform_signed", "signed", "已签名"),
    ("qr_drawn", "QR code written to {out}", "二维码已写入 {out}"),
    (
        "qr_not_found",
        "no QR code could be read on this picture; take it closer and sharper",
        "图片上读不出二维码;请拍得更近、更清晰",
    ),
    ("qr_read", "QR code read", "二维码已读出"),
    (
        "qr_several",
        "several different QR codes on this picture; cut it so that it shows one",
        "图片上有多个不同的二维码;请裁剪到只剩一个",
    ),
    ("receipt_matches", "the file is the receipt's", "文件与回执一致"),
    (
        "recipient_not_valid_now",
        "the certificate of {subject} is not valid now",
        "{subject} 的证书目前不在有效期内",
    ),
    ("render_unsupported", "pages of PDF files are not drawn here", "此处不绘制 PDF 页面"),
    (
        "ring_backed_up",
        "backup written to {out}; it opens with the ring's PIN of today",
        "备份已写入 {out};用今天的 PIN 打开",
    ),
    ("ring_key_added", "key added to the ring", "密钥已加入密钥环"),
    ("ring_listed", "keys of the ring", "密钥环中的密钥"),
    ("ring_made", "empty key ring made in {dir}", "空密钥环已建立在 {dir}"),
    (
        "ring_needed",
        "say where the phone's folder is: `--ring DIR`; `yinxin key ring init` makes one",
        "请用 `--ring DIR` 指明手机文件夹;可用 `yinxin key ring init` 建立",
    ),
    ("ring_restored", "key ring restored to {dir}", "密钥环已恢复到 {dir}"),
    ("seal_drawn", "seal drawn: {out}", "印章已绘制:{out}"),
    ("seal_extracted", "seal taken from the scan: {out}", "印章已从扫描件提取:{out}"),
    ("seal_made", "seal written to {out}", "印章已写入 {out}"),
    (
        "seal_revoked",
        "the seal was taken back; statement written to {statement}",
        "已撤章;声明写入 {statement}",
    ),
    ("seal_shown", "seal", "印章"),
    (
        "share_opened",
        "share written to {out}; keep it as secret as a key",
        "恢复份额已写入 {out};请像密钥一样保密",
    ),
    (
        "sof_foreign",
        "{count} folders of packages or version control were passed over",
        "跳过了 {count} 个软件包或版本管理文件夹",
    ),
    ("sof_link", "{count} links were not followed", "有 {count} 个链接未跟随"),
    (
        "sof_not_text",
        "{count} files are no text and were passed over",
        "有 {count} 个文件不是文本,已跳过",
    ),
    (
        "sof_nothing",
        "no `SOF_` call and no vendor's call was found in {dir}",
        "在 {dir} 中没有找到 `SOF_` 调用或厂商调用",
    ),
    ("sof_scanned", "{count} calls found in {dir}", "在 {dir} 中找到 {count} 处调用"),
    (
        "sof_too_deep",
        "{count} folders lie too deep and were passed over",
        "有 {count} 个文件夹层次太深,已跳过",
    ),
    (
        "sof_too_large",
        "{count} files are too large and were passed over",
        "有 {count} 个文件太大,已跳过",
    ),
    (
        "sof_too_many",
        "too much for one site; scan one site's folder at a time",
        "对一个网站来说太多;请逐个网站扫描",
    ),
    (
        "sof_unreadable",
        "{count} files or folders could not be read",
        "有 {count} 个文件或文件夹无法读取",
    ),
    ("status_list_written", "list written to {out}", "列表已写入 {out}"),
    (
        "test_only",
        "this authority is for tests only; nobody should trust it elsewhere",
        "此 CA 仅供测试,其他场合不应信任",
    ),
    ("timestamp_answered", "timestamp answer written to {out}", "时间戳应答已写入 {out}"),
    (
        "turn_unknown",
        "nothing tells which way is up; turn it with `--turn` if need be",
        "无法判断印章的朝向;需要时请用 `--turn` 旋转",
    ),
    (
        "unauthenticated",
        "this cipher detects no change; check the content in another way",
        "该加密方式不能发现篡改;请另行核对内容",
    ),
    ("unknown_document", "neither an OFD nor a PDF file", "既非 OFD 也非 PDF 文件"),
    ("validity", "the period reaches past the authority's own end", "有效期超出 CA 自身的期限"),
    ("vectors_written", "vectors written", "测试向量已写出"),
    (
        "weak_protection",
        "the file's own protection has neither salt nor rounds; delete it once the import is safe",
        "原文件的口令保护没有盐和迭代;确认导入无误后请删除",
    ),
];

/// Labels of lines and steps.
const LABELS: &Table = &[
    ("ask_confirm", "confirm?", "确认吗?"),
    ("ask_number", "the number on the page", "网页上的数字"),
    ("cases", "cases", "用例数"),
    ("certificateOut", "certificate written to", "证书写入"),
    ("encryptSerial", "serial of the encryption certificate", "加密证书序列号"),
    ("error", "error", "错误"),
    ("headDigest", "digest of the head", "包头摘要"),
    ("recovery", "recovery", "恢复"),
    ("root", "root", "根证书"),
    ("signSerial", "serial of the signing certificate", "签名证书序列号"),
    ("sof_local", "in the page, at once", "在网页里立即得到"),
    ("sof_phone", "by the phone, await or callback", "经手机,用 await 或回调"),
    ("sof_refused", "not offered, each says why", "不提供,各有说明"),
    ("sof_script", "script of a plug-in, replaced by ours", "控件脚本,由我们的代替"),
    ("sof_server", "by the site's server", "由网站服务器完成"),
    ("sof_tag", "script tag to change", "要改的 script 标签"),
    ("sof_unknown", "not known", "未知"),
];

/// Whoever speaks a language, with the command line's own words first.
pub(crate) fn speaker(language: Language) -> Speaker {
    Speaker { language: language.into(), messages: MESSAGES, labels: LABELS }
}

/// The message of a code with its facts filled in; `None` for a code without words.
pub(crate) fn message(language: Language, code: &str, facts: &[Fact]) -> Option<String> {
    speaker(language).message(code, facts)
}

/// The questions on the terminal speak both languages: they come before options are settled.
pub(crate) const fn ask_password() -> &'static str {
    "password / 口令"
}

pub(crate) const fn ask_new_password() -> &'static str {
    "new password / 新口令"
}

pub(crate) const fn ask_again() -> &'static str {
    "again / 再输入一次"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn tables_are_sorted_and_complete() {
        for table in [MESSAGES, LABELS] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
            for (key, english, chinese) in table {
                assert!(!english.is_empty() && !chinese.is_empty(), "{key}");
            }
        }
    }

    #[test]
    fn both_languages_name_no_fact_the_other_lacks_where_it_decides() {
        let facts = |text: &str| -> BTreeSet<String> {
            text.split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(n, _)| n.into())
                .collect()
        };
        for (key, english, chinese) in MESSAGES {
            assert!(facts(english).is_subset(&facts(chinese)), "{key}");
        }
    }

    /// Codes of a library, read out of their `fn code`.
    fn codes(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for body in text.split("fn code(").skip(1) {
                let body = body.split("\n    }\n").next().unwrap();
                found.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_code_of_the_test_authority_has_words() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = BTreeSet::new();
        codes(&crates.join("yinxin-ca").join("src"), &mut found);
        assert!(found.len() > 5, "{found:?}");
        let missing: Vec<_> =
            found.iter().filter(|code| message(Language::Chinese, code, &[]).is_none()).collect();
        assert_eq!(missing, [""; 0]);
    }
}
