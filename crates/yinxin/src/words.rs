//! Words for people, in English and Chinese, by code: what the command line, the npm package and
//! servers say about errors, steps and warnings of the libraries. A row holds both languages, so no
//! key can exist in one only.

use yinxin_pki::Fact;

/// A language that people are spoken to in.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Language {
    /// 中文。
    Chinese,
    /// English.
    #[default]
    English,
}

/// Words by key: key, English, Chinese; sorted by key.
pub type Table = [(&'static str, &'static str, &'static str)];

/// Messages by code; `{name}` is filled with the fact of that name.
pub const MESSAGES: &Table = &[
    ("algorithm", "key and algorithm do not fit", "密钥与算法不相配"),
    ("algorithm_policy", "algorithm not allowed", "算法不被允许"),
    (
        "ambiguous_structure",
        "the file reads in two ways: {what} at byte {at}",
        "文件可有两种读法:第 {at} 字节处的 {what}",
    ),
    (
        "anti_forgery_code",
        "an anti-forgery code has 13 digits; {found} characters were given",
        "防伪码为 13 位数字;给出了 {found} 个字符",
    ),
    (
        "attribute",
        "the signed attribute {name} must stand exactly once with one value",
        "签名属性 {name} 必须恰好出现一次且只有一个值",
    ),
    (
        "attributes_as_content",
        "the content is the signed attributes of another message; do not rely on it",
        "内容其实是另一消息的签名属性;不可采信",
    ),
    ("bare_sm4", "bare SM4 for SM4-CBC", "用裸 SM4 标识表示 SM4-CBC"),
    (
        "bid_altered",
        "{part} was changed after encryption; nothing of it is released",
        "{part} 在加密后被改动;没有放出任何内容",
    ),
    (
        "bid_file_name",
        "a file name that is not safe to write; rename the file",
        "文件名不安全,请改名",
    ),
    ("bid_malformed", "the bid envelope is malformed", "投标文件加密包格式不对"),
    ("bid_truncated", "the file is cut off; fetch it again", "文件被截断;请重新获取"),
    ("bid_value", "a value is not allowed in a bid envelope", "加密包里有不允许的值"),
    ("cancelled", "cancelled; nothing was left", "已取消;没有留下任何文件"),
    ("certificate_not_named", "the signature does not name its certificate", "签名没有指明证书"),
    (
        "certificate_unreadable",
        "a certificate inside the message cannot be read",
        "消息内有证书无法读取",
    ),
    ("chain_budget", "too many signatures to check on the way", "需要验证的签名太多,已停止"),
    (
        "commitment_mismatch",
        "the key given is not the one the segment was encrypted under",
        "给出的密钥不是加密该部分所用的密钥",
    ),
    (
        "content_changed",
        "the content changed while it was being signed; sign it again",
        "签名过程中内容发生了变化;请重新签名",
    ),
    (
        "content_length",
        "{found} bytes of content where {wanted} were announced",
        "内容有 {found} 字节,声明为 {wanted} 字节",
    ),
    (
        "content_missing",
        "the signature is detached; give the file it was made for",
        "签名不含原文;请用 `--content` 给出原文件",
    ),
    (
        "content_not_wanted",
        "the message carries its content; give no other",
        "消息自带内容;不要再给 `--content`",
    ),
    (
        "content_type",
        "signed as content type `{found}`, but the message says `{wanted}`",
        "签名时的内容类型是 `{found}`,而消息写的是 `{wanted}`",
    ),
    (
        "credit_code_check",
        "the credit code's check character is wrong",
        "统一社会信用代码的校验位不对",
    ),
    ("crl_delta", "a delta list needs its base list", "增量吊销列表需要基础列表"),
    ("crl_indirect", "indirect revocation lists are not supported", "不支持间接吊销列表"),
    ("crl_issuer", "the list is of another issuer", "吊销列表属于另一签发者"),
    ("crl_issuer_usage", "the issuer may not sign lists", "签发者无权签发吊销列表"),
    ("crl_not_current", "the list is not current", "吊销列表不在有效期"),
    (
        "crl_other_part",
        "the list covers another part of the certificates",
        "吊销列表只覆盖另一部分证书",
    ),
    ("crl_rollback", "the list is older than one seen before", "吊销列表比已见过的旧"),
    ("crl_signature", "the list's signature does not verify", "吊销列表的签名不对"),
    (
        "crl_unknown_critical_extension",
        "the list has an unknown critical extension {found}",
        "吊销列表含未知关键扩展 {found}",
    ),
    ("declined", "the phone answered no", "手机已拒绝"),
    (
        "decryption_failed",
        "decryption failed: the file was changed or the key is another one",
        "解密失败:文件被改动,或密钥不对",
    ),
    (
        "depended_on",
        "later signatures depend on it: {by}; only the last seal can be taken out",
        "其后的签名依赖于它:{by};只能撤销最后一枚章",
    ),
    ("deviation", "deviates from the standard: {deviation}", "与标准有出入:{deviation}"),
    (
        "digest_not_listed",
        "the signer's digest is not among the message's digests",
        "签名者的摘要算法不在消息的摘要列表里",
    ),
    ("document_locked", "the document is locked by an earlier signature", "文件已被先前的签名锁定"),
    ("done", "done", "完成"),
    ("dual_curve", "the two certificates are on different curves", "两张证书的算法不同"),
    ("dual_issuer", "the two certificates have different issuers", "两张证书的签发者不同"),
    ("dual_same_key", "both certificates have the same key", "两张证书用了同一把密钥"),
    ("dual_subject", "the two certificates have different subjects", "两张证书的主题不同"),
    (
        "duplicate_attribute",
        "the signed attribute `{found}` stands more than once",
        "签名属性 `{found}` 重复出现",
    ),
    (
        "encrypted",
        "the file is encrypted; save it without a password first",
        "文件已加密;请先去除密码另存",
    ),
    ("evidence_unsigned", "the evidence is not signed", "该证据没有签名"),
    (
        "expired",
        "`{subject}` expired on {found}",
        "`{subject}` 已于 {found} 到期;判断时间 {wanted}",
    ),
    ("explicit_curve", "the SM2 curve written out", "显式写出 SM2 曲线参数"),
    ("file_missing", "there is no file `{path}`", "没有文件 `{path}`"),
    ("file_too_large", "`{path}` has over {limit} bytes", "`{path}` 超过 {limit} 字节"),
    (
        "font_unreadable",
        "the font cannot be read; give a TrueType or OpenType font",
        "字体无法读取;请给出 TrueType 或 OpenType 字体",
    ),
    ("gcm_in_enveloped_data", "GCM inside EnvelopedData", "在 EnvelopedData 里使用 GCM"),
    ("header_version", "the seal's header states another version", "印章头部的版本号不符"),
    (
        "incomplete_seal",
        "only {percent} % of the seal's outline is visible; scan it whole and inked evenly",
        "印章外框只看到 {percent}%;请盖印均匀、完整后重新扫描",
    ),
    ("internal", "an error inside the program; report it", "程序内部错误,请报告"),
    ("invalid", "not valid", "无效"),
    ("io", "reading or writing failed: {reason}", "读写失败:{reason}"),
    (
        "issuer_missing",
        "its issuer is not among the certificates given; give `--intermediates` or `--trust`",
        "所给证书中没有它的签发者;请给出 `--intermediates` 或 `--trust`",
    ),
    ("json_malformed", "expected {expected} at byte {at}", "第 {at} 字节处应为 {expected}"),
    (
        "key_algorithm_is_curve",
        "the key's algorithm is given as the curve",
        "以曲线标识代替密钥算法",
    ),
    ("key_needed", "a decryption key is needed", "需要解密私钥"),
    (
        "key_of_another_bid",
        "the recipient's key belongs to another bid",
        "接收者密钥属于另一份投标文件",
    ),
    (
        "key_size",
        "RSA keys of {found} bits are not accepted; 2048 to 4096 are",
        "不接受 {found} 位的 RSA 密钥;应为 2048 至 4096 位",
    ),
    (
        "key_transport_key_exchange",
        "key transport named by the key exchange",
        "以密钥交换标识表示密钥传输",
    ),
    (
        "key_transport_no_null",
        "key transport without NULL parameters",
        "密钥传输算法缺少 NULL 参数",
    ),
    ("key_transport_with_sm3", "key transport named with SM3", "密钥传输算法标识带 SM3"),
    ("keyword_not_found", "the text is not in the file", "文件中没有该文字"),
    (
        "limit",
        "{what} over the limit of {limit} at byte {at}",
        "第 {at} 字节处 {what} 超过上限 {limit}",
    ),
    ("locked", "the file is locked by an earlier signature", "文件已被先前的签名锁定"),
    (
        "looks_like_screen_photo",
        "the picture looks like a photograph of a screen; scan the seal from paper",
        "图片像是对着屏幕拍的;请扫描纸上的印章",
    ),
    (
        "low_resolution",
        "the seal was scanned at {dpi} dpi; scan it at 300 dpi or more",
        "印章的扫描分辨率只有 {dpi} dpi;请用 300 dpi 以上重新扫描",
    ),
    ("malformed", "expected {expected} at byte {at}", "第 {at} 字节处应为 {expected}"),
    ("message_digest", "the content was changed after signing", "内容在签名后被改动"),
    (
        "missing_glyph",
        "the font has no glyph for `{character}` ({codePoint}); give a font that has it",
        "字体里没有“{character}”({codePoint});请换用含此字的字体",
    ),
    (
        "name_constraint",
        "`{subject}` breaks a name constraint: {found}",
        "`{subject}` 违反名称约束:{found}",
    ),
    ("name_mismatch", "`{subject}` is not for {wanted}", "`{subject}` 不是给 {wanted} 的"),
    (
        "no_red_seal",
        "no red seal on this picture; scan in colour",
        "图片上没有红色印章;请用彩色扫描",
    ),
    ("no_signature", "the message carries no signature", "消息里没有签名"),
    (
        "no_signed_attributes",
        "signed without attributes: neither time nor certificate are part of the signature",
        "签名不含签名属性:时间与证书未被签名覆盖",
    ),
    ("no_such_document", "the package has no such document", "包内没有该文档"),
    ("no_such_page", "the file has no such page", "文件没有这一页"),
    ("no_such_signature", "the file has no such seal signature", "文件没有这一枚签章"),
    ("not_a_ca", "`{subject}` is no authority", "`{subject}` 不是 CA,不能签发证书"),
    ("not_a_pdf", "not a PDF file", "不是 PDF 文件"),
    ("not_a_timestamp", "not a timestamp", "不是时间戳"),
    ("not_an_envelope", "not a bid envelope", "不是投标文件加密包"),
    (
        "not_filed",
        "a seal from a template is not filed with the police; mark it as not filed wherever it is shown",
        "模板印章未经公安机关备案;展示时须标明“未备案”",
    ),
    ("not_my_key", "this key does not open it", "这把密钥打不开;它是为别的密钥加密的,或已损坏"),
    ("not_reached", "not reached", "未执行到"),
    (
        "not_restorable",
        "what came before cannot be restored byte for byte",
        "无法逐字节恢复签章前的文件",
    ),
    ("not_seal_holder", "the seal does not name this certificate", "印章名单中没有该证书"),
    (
        "not_yet_valid",
        "`{subject}` is valid from {found} on",
        "`{subject}` 自 {found} 起有效;判断时间 {wanted}",
    ),
    (
        "nothing_to_verify",
        "an encrypted message has nothing to verify before it is opened",
        "密文在解密前没有可验证的内容;请用 `yinxin cms decrypt`",
    ),
    ("null_parameters", "explicit NULL parameters of SM2-with-SM3", "SM2-with-SM3 带有 NULL 参数"),
    (
        "object_certificate_not_named",
        "the signature does not name its certificate",
        "签名没有指明其证书",
    ),
    (
        "object_encoding",
        "not in the one encoding that signed objects have",
        "不是签名对象的唯一编码",
    ),
    ("object_signers", "{found} signers where another number is due", "签名者数目 {found} 不对"),
    ("object_too_large", "larger than {limit} bytes", "超过 {limit} 字节"),
    ("object_type", "an object of another type, {found}", "类型不同的对象 {found}"),
    ("ocsp_nonce", "the answer is for another question", "OCSP 应答与请求不对应"),
    ("ocsp_not_current", "the answer is not current", "OCSP 应答不在有效期"),
    (
        "ocsp_other_certificate",
        "the answer is about another certificate",
        "OCSP 应答针对另一张证书",
    ),
    ("ocsp_refused", "the responder refused to answer", "OCSP 服务拒绝应答"),
    ("ocsp_responder", "the responder has no authority to answer", "OCSP 应答者没有授权"),
    ("ocsp_signature", "the answer's signature does not verify", "OCSP 应答的签名不对"),
    ("other_key", "it holds another key than the one named", "其中的密钥不是所指的那一把"),
    ("other_seal", "a seal of another number", "是另一枚印章"),
    (
        "outer_key_missing",
        "none of the keys given opens the tenderer's layer",
        "给出的密钥打不开招标人一层",
    ),
    (
        "output_exists",
        "`{path}` exists already; `--force` replaces it",
        "`{path}` 已存在;加 `--force` 可替换",
    ),
    ("output_twice", "`{path}` is asked for as two outputs", "`{path}` 被用作两个输出"),
    ("outside_page", "the seal would stand outside the page", "印章会落在页面之外"),
    (
        "password_needed",
        "the key is encrypted; give its password with `--password-file`",
        "需要口令:读取用 `--password-file`,写出用 `--new-password-file` 或 `--no-password`",
    ),
    ("path_case_difference", "two paths differ in letter case only", "两个路径仅大小写不同"),
    ("path_duplicate", "one path stands twice in the package", "同一路径在包内出现两次"),
    ("path_encoding", "a path is not UTF-8", "路径不是 UTF-8"),
    (
        "path_form",
        "a path leaves the package or is not as the format has it",
        "路径越出文件包或不合规范",
    ),
    (
        "path_too_long",
        "`{subject}` allows {wanted} authorities below it, there are {found}",
        "`{subject}` 之下最多 {wanted} 级 CA,实际 {found} 级",
    ),
    ("person_rejected", "declined", "已拒绝"),
    ("picture", "the picture cannot be placed", "图片无法放置"),
    ("picture_kind", "not a PNG, JPEG, GIF or BMP picture", "不是 PNG、JPEG、GIF 或 BMP 图片"),
    ("picture_malformed", "the picture file is damaged; get it again", "图片文件已损坏;请重新获取"),
    (
        "picture_too_large",
        "{width} x {height} pixels are more than the limit; scan at a lower resolution or cut the picture",
        "图片 {width} × {height} 像素,超过上限;请降低分辨率或裁剪",
    ),
    ("policy", "no acceptable policy", "没有可接受的证书策略"),
    ("policy_mapping", "policy mapping is not supported", "不支持策略映射"),
    ("purpose", "the certificate is not for this purpose", "证书不能用于此用途"),
    ("qr_empty", "no text for the QR code; give one", "二维码没有内容;请给出文字"),
    (
        "qr_too_long",
        "{bytes} bytes are more than a QR code holds; shorten the text",
        "{bytes} 字节超过二维码容量;请缩短内容",
    ),
    ("random_failed", "the system gives no randomness", "系统没有可用的随机数"),
    ("raw_ciphertext", "an SM2 ciphertext without structure", "SM2 密文没有结构"),
    ("raw_signature", "an SM2 signature as 64 raw bytes", "SM2 签名是 64 字节裸值"),
    ("read_failed", "`{path}` could not be read: {reason}", "无法读取 `{path}`:{reason}"),
    ("reason", "no such reason", "没有这种吊销原因"),
    ("receipt_mismatch", "the receipt is of another file", "回执属于另一份文件"),
    ("receipt_unsigned", "the receipt is not signed", "该回执没有签名"),
    ("recipient_by_key_identifier", "a recipient by key identifier", "以密钥标识指明接收者"),
    (
        "recipient_key",
        "messages are encrypted to SM2 and P-256 keys, not to {key}",
        "只能加密给 SM2 或 P-256 密钥,不能给 {key}",
    ),
    (
        "revocation_unknown",
        "the revocation status is not known; give `--crl` or `--ocsp`",
        "吊销状态未知;可用 `--crl` 或 `--ocsp` 提供",
    ),
    ("revoked", "`{subject}` was revoked on {since}", "`{subject}` 已于 {since} 被吊销"),
    ("ring_damaged", "the key ring is damaged; restore a backup", "密钥环已损坏;请恢复备份"),
    (
        "ring_locked",
        "locked after too many wrong PINs; restore a backup",
        "PIN 输错次数过多,密钥环已锁定;请恢复备份",
    ),
    (
        "ring_missing",
        "there is no key ring yet; make one with `key ring init`",
        "还没有密钥环;请用 `key ring init` 建立",
    ),
    (
        "scale_unknown",
        "the picture does not say its resolution; state the seal's size in millimetres",
        "图片没有注明分辨率;请用 `--size-mm` 给出印章尺寸(毫米)",
    ),
    ("seal_active", "the seal is in use", "印章在用"),
    (
        "seal_diameter",
        "the seal found measures {mm} mm, seals measure 15 to 65 mm; check the stated size or the scan's resolution",
        "找到的印章为 {mm} 毫米,印章应在 15 至 65 毫米之间;请核对尺寸或扫描分辨率",
    ),
    ("seal_field", "a field of the seal is not as it must be: {what}", "印章字段不合要求:{what}"),
    (
        "seal_size",
        "this template is not made at {mm} mm; seals measure 15 to 65 mm",
        "该模板没有 {mm} 毫米的规格;印章应在 15 至 65 毫米之间",
    ),
    ("seal_text_missing", "the seal has no text; give it", "印章没有文字;请给出"),
    ("seal_version", "a seal of an unknown version", "未知版本的印章"),
    ("seal_window_reversed", "the seal would end before it begins", "印章的截止时间早于起始时间"),
    ("seal_without_holder", "a seal needs a holder", "印章须有持有人"),
    ("segment_locked", "may not be opened before {until}", "{until} 之前不得打开"),
    ("serial", "serial numbers are written in hex", "序列号用十六进制小写书写"),
    ("share_wrong", "not a share of this bid, or damaged", "不是这份投标文件的恢复份额,或已损坏"),
    (
        "shares_missing",
        "{wanted} shares are needed, {found} given",
        "需要 {wanted} 份恢复份额,只给了 {found} 份",
    ),
    ("signature", "the signature does not verify", "签名验证不通过"),
    (
        "signature_empty_id",
        "signed with an empty SM2 user id; the standard's is `1234567812345678`",
        "签名时用了空的 SM2 用户标识;标准规定为 `1234567812345678`",
    ),
    ("signature_malformed", "the signature value is malformed", "签名值格式不对"),
    ("signature_nonce", "the random source gave nothing usable", "随机源没有给出可用的随机数"),
    (
        "signature_too_large",
        "the signature does not fit into the room kept for it",
        "签名超出预留空间",
    ),
    (
        "signature_without_z",
        "signed over SM3 of the content without Z, which the standard asks for",
        "签名时没有计入标准要求的 Z 值",
    ),
    (
        "signer_algorithm_301",
        "1.2.156.10197.1.301.1 in an RFC 5652 signer",
        "RFC 5652 签名者用了 1.2.156.10197.1.301.1",
    ),
    (
        "signer_algorithm_501",
        "1.2.156.10197.1.501 in a GM/T 0010 signer",
        "GM/T 0010 签名者用了 1.2.156.10197.1.501",
    ),
    (
        "signer_certificate_missing",
        "the signer's certificate is not in the message; give it with the intermediates",
        "消息里没有签名者证书;请用 `--intermediates` 给出",
    ),
    (
        "signing_certificate",
        "the signature names another certificate than the signer's",
        "签名指明的证书不是签名者的证书",
    ),
    (
        "statement_needs_file",
        "a statement is judged with the file it is about: `document verify FILE --statement`",
        "撤章声明须与所涉文件一并验证:`document verify FILE --statement`",
    ),
    ("straddle_needs_two_pages", "a straddle seal needs two pages at least", "骑缝章至少需要两页"),
    ("straddle_too_narrow", "the slices would be too thin", "骑缝切片过窄"),
    (
        "subject",
        "the subject is not understood",
        "主题名称无法识别,应写作 \"C=CN,O=甲公司,CN=甲公司\"",
    ),
    (
        "text_too_long",
        "{characters} characters do not fit, {fit} do; shorten the text or take a larger seal",
        "{characters} 个字放不下,最多 {fit} 个;请缩短文字或换用更大的印章",
    ),
    (
        "timestamp_certificate_not_named",
        "the timestamp does not name its certificate",
        "时间戳没有指明其证书",
    ),
    ("timestamp_future", "the timestamp comes from the future", "时间戳来自将来"),
    (
        "timestamp_needs_version_5",
        "only a seal of version 5 holds a timestamp",
        "只有第 5 版印章可带时间戳",
    ),
    ("timestamp_nonce", "the timestamp answers another request", "时间戳不对应本次请求"),
    ("timestamp_other_data", "the timestamp is of other data", "时间戳针对的是其他数据"),
    ("timestamp_refused", "the timestamp authority refused", "时间戳服务拒绝签发"),
    ("timestamp_signers", "a timestamp has exactly one signer", "时间戳必须恰有一个签名者"),
    (
        "timestamp_usage",
        "the timestamp's certificate is not for timestamps alone",
        "时间戳证书不是专用于时间戳的",
    ),
    (
        "truncated",
        "ends at byte {at}, {missing} bytes too early; fetch the file again",
        "在第 {at} 字节处中断,缺 {missing} 字节;请重新获取文件",
    ),
    (
        "trust_missing",
        "nothing was given to trust; give `--trust`",
        "没有给出信任锚;请用 `--trust`",
    ),
    (
        "tsa_trust_missing",
        "a timestamp is there, but no `--tsa-trust` to judge it by",
        "带有时间戳,但没有 `--tsa-trust`,无法判断",
    ),
    (
        "two_seals",
        "more than one seal on this picture; cut it so that it shows one",
        "图片上不止一枚印章;请裁剪到只剩一枚",
    ),
    (
        "unknown_critical_extension",
        "`{subject}` has an unknown critical extension {found}",
        "`{subject}` 有未知的关键扩展 {found}",
    ),
    (
        "unknown_kind",
        "not a signed message, a certificate or a certificate request",
        "不是签名消息、证书或证书请求",
    ),
    ("unreadable", "cannot be read", "无法读取"),
    ("unsorted_attributes", "signed attributes out of order", "签名属性未按 DER 排序"),
    (
        "unsupported",
        "unsupported {what} `{found}` at byte {at}",
        "第 {at} 字节处的 {what} `{found}` 不受支持",
    ),
    (
        "unsupported_encryption",
        "its encryption `{found}` is not supported",
        "其加密方式 `{found}` 不受支持;可用 `openssl pkcs8 -topk8` 重写",
    ),
    (
        "unsupported_version",
        "unsupported version {found} of {what} at byte {at}",
        "第 {at} 字节处 {what} 的版本 {found} 不受支持",
    ),
    ("untrusted", "nobody trusted issued `{subject}`", "`{subject}` 不是由受信任者签发的"),
    ("usage", "the command line is not understood; see `--help`", "命令行无法识别;请看 `--help`"),
    ("valid", "valid", "有效"),
    (
        "valid_partial",
        "valid in part: something shown is not covered",
        "部分有效:有显示内容未受保护",
    ),
    ("version", "another version number than the contents call for", "版本号与内容不符"),
    ("write_failed", "`{path}` could not be written: {reason}", "无法写入 `{path}`:{reason}"),
    (
        "wrong_length",
        "{what} has {found} bytes, must have {expected}",
        "{what} 有 {found} 字节,应为 {expected}",
    ),
    ("wrong_password", "the password is wrong", "口令不对"),
    ("wrong_pin", "the PIN is wrong, or the key ring was changed", "PIN 不对,或密钥环被改动"),
    (
        "wrong_pin_left",
        "the PIN is wrong, or the key ring was changed; {left} tries are left",
        "PIN 不对,或密钥环被改动;还可再试 {left} 次",
    ),
    (
        "wrong_type",
        "not a file with an SM2 or P-256 private key, but `{found}`",
        "不是 SM2 或 P-256 私钥文件,而是 `{found}`",
    ),
    ("xml_attribute", "an XML attribute is missing or wrong", "XML 属性缺失或有误"),
    ("xml_duplicate_attribute", "an XML attribute stands twice", "XML 属性重复"),
    (
        "xml_element",
        "an XML element is missing or stands where it may not",
        "XML 元素缺失或位置不当",
    ),
    ("xml_encoding", "XML that is not UTF-8", "XML 不是 UTF-8"),
    ("xml_entity", "XML with entities or a document type", "XML 含实体或文档类型声明"),
    ("xml_syntax", "XML that is not well-formed", "XML 格式不正确"),
    ("zip_bytes_around", "bytes before or after the package", "文件包前后有多余字节"),
    ("zip_bytes_beside", "bytes between the package's entries", "文件包条目之间有多余字节"),
    ("zip_data", "an entry of the package is damaged", "文件包条目已损坏"),
    ("zip_directory", "the package's directory is damaged", "文件包目录已损坏"),
    (
        "zip_disagreement",
        "the package's directory and its entries disagree",
        "文件包目录与条目不一致",
    ),
    ("zip_encrypted", "the package is encrypted", "文件包已加密"),
    ("zip_method", "an entry is packed by an unknown method", "条目采用未知的压缩方法"),
    ("zip_overlap", "entries of the package overlap", "文件包条目重叠"),
    ("zip_unsupported", "a kind of ZIP that is not supported", "不支持的 ZIP 形式"),
];

/// Names of steps and of what is stated about a file.
pub const LABELS: &Table = &[
    ("algorithm", "algorithm", "算法"),
    ("answer", "answer", "应答"),
    ("at", "at", "时间"),
    ("authority", "authority and path length", "CA 与路径长度"),
    ("bidder", "bidder", "投标人"),
    ("blame", "blame", "责任"),
    ("browser", "browser", "浏览器"),
    ("certificate", "certificate", "证书"),
    ("cipher", "cipher", "加密算法"),
    ("content", "content", "内容"),
    ("count", "number of items", "数量"),
    ("created", "encrypted at", "加密时间"),
    ("creditCode", "credit code", "统一社会信用代码"),
    ("crl", "revocation list", "吊销列表"),
    ("daysLeft", "days left", "剩余天数"),
    ("digest", "digest", "摘要"),
    ("extensions", "critical extensions", "关键扩展"),
    ("failedAt", "failed at", "失败时间"),
    ("failure", "failure", "失败原因"),
    ("file", "file", "文件"),
    ("fileDigest", "digest of the file", "文件摘要"),
    ("fileName", "file name", "文件名"),
    ("fileSize", "bytes", "字节数"),
    ("format", "format", "格式"),
    ("genTime", "time", "时间"),
    ("holder", "holder", "持有人"),
    ("hub", "hub", "枢纽"),
    ("idNumber", "identity number", "身份证号"),
    ("issuer", "issuer", "签发者"),
    ("key", "key", "密钥"),
    ("keyId", "key id", "密钥标识"),
    ("kind", "kind", "类型"),
    ("layer", "layer", "层"),
    ("madeAt", "made at", "制作时间"),
    ("maker", "seal maker", "制章人"),
    ("names", "name constraints", "名称约束"),
    ("nextUpdate", "next update", "下次更新"),
    ("notAfter", "until", "有效期止"),
    ("notBefore", "from", "有效期起"),
    ("note", "note", "备注"),
    ("ocsp", "OCSP answer", "OCSP 应答"),
    ("opening", "opening", "开标时间"),
    ("origin", "page", "网页"),
    ("pages", "pages", "页"),
    ("part", "part", "部分"),
    ("path", "path to an anchor", "通向信任锚的路径"),
    ("picture", "picture", "印章图像"),
    ("platform", "platform", "平台"),
    ("policy", "policy", "策略"),
    ("progress", "progress", "进度"),
    ("project", "project", "项目"),
    ("purpose", "purpose", "用途"),
    ("reason", "reason", "原因"),
    ("receipts", "receipts", "回执"),
    ("recipient", "recipient", "接收者"),
    ("revocation", "revocation", "吊销"),
    ("revoked", "revoked certificates", "已吊销证书数"),
    ("scene", "act", "事项"),
    ("seal", "seal", "印章"),
    ("sealId", "seal number", "印章编号"),
    ("sealName", "seal", "印章名称"),
    ("section", "section", "标段"),
    ("segment", "segment", "分段"),
    ("segments", "segments", "分段"),
    ("serial", "serial number", "序列号"),
    ("signature", "signature", "签名"),
    ("signer", "signer", "签名者"),
    ("signingTime", "signing time stated", "声明的签名时间"),
    ("size", "size", "尺寸"),
    ("stamps", "places", "签章处数"),
    ("statement", "statement", "声明"),
    ("subject", "subject", "主题"),
    ("suite", "suite", "套件"),
    ("text", "text", "内容"),
    ("thisUpdate", "this update", "本次更新"),
    ("thumbprintSha256", "thumbprint SHA-256", "指纹 SHA-256"),
    ("thumbprintSm3", "thumbprint SM3", "指纹 SM3"),
    ("time", "validity period", "有效期"),
    ("timestamp", "timestamp", "时间戳"),
    ("title", "title", "标题"),
    ("trust_list", "trust list", "信任列表"),
    ("tsa", "timestamp authority", "时间戳机构"),
    ("usage", "usage", "密钥用途"),
    ("vendor", "vendor", "厂商"),
    ("version", "version", "版本"),
    ("warning", "warning", "警告"),
];

/// The words of a key in a table.
#[must_use]
pub fn find(table: &Table, language: Language, key: &str) -> Option<&'static str> {
    let index = table.binary_search_by_key(&key, |(key, ..)| *key).ok()?;
    table.get(index).map(|(_, english, chinese)| match language {
        Language::English => *english,
        Language::Chinese => *chinese,
    })
}

/// The message of a code with its facts filled in; `None` for a code without words.
#[must_use]
pub fn message(language: Language, code: &str, facts: &[Fact]) -> Option<String> {
    let text = match find(MESSAGES, language, code) {
        Some(text) => text.to_owned(),
        None => report_words(language, code)
            .map(str::to_owned)
            .or_else(|| session_words(language, code))?,
    };
    Some(fill(language, text, facts))
}

/// A text with the facts in it.
#[must_use]
pub fn fill(language: Language, mut text: String, facts: &[Fact]) -> String {
    for fact in facts {
        let value = fact.value.to_string();
        // Deviations are codes themselves, with words of their own.
        let value = match fact.name {
            "deviation" => find(MESSAGES, language, &value).map_or(value, str::to_owned),
            _ => value,
        };
        text = text.replace(&format!("{{{}}}", fact.name), &value);
    }
    text
}

/// Whoever speaks to people: a language, and tables of its own before those of the libraries.
#[derive(Clone, Copy, Debug)]
pub struct Speaker {
    /// The language.
    pub language: Language,
    /// Messages of the program itself.
    pub messages: &'static Table,
    /// Labels of the program itself.
    pub labels: &'static Table,
}

impl Speaker {
    /// One with the libraries' words only.
    #[must_use]
    pub const fn new(language: Language) -> Self {
        Self { language, messages: &[], labels: &[] }
    }

    /// The message of a code with its facts filled in; `None` for a code without words.
    #[must_use]
    pub fn message(&self, code: &str, facts: &[Fact]) -> Option<String> {
        match find(self.messages, self.language, code) {
            Some(text) => Some(fill(self.language, text.to_owned(), facts)),
            None => message(self.language, code, facts),
        }
    }

    /// The words of a label or step.
    #[must_use]
    pub fn label<'a>(&self, key: &'a str) -> Option<&'a str> {
        find(self.labels, self.language, key).or_else(|| label(self.language, key))
    }
}

/// The words of a label or step.
#[must_use]
pub fn label(language: Language, key: &str) -> Option<&str> {
    find(LABELS, language, key).or_else(|| report_words(language, key))
}

/// Steps and codes of seals have their words beside them, in their library.
#[cfg(feature = "seal")]
fn report_words(language: Language, key: &str) -> Option<&str> {
    let language = match language {
        Language::English => yinxin_seal::report::Language::English,
        Language::Chinese => yinxin_seal::report::Language::Chinese,
    };
    Some(yinxin_seal::report::words(key, language)).filter(|words| *words != key)
}

#[cfg(not(feature = "seal"))]
const fn report_words(_: Language, _: &str) -> Option<&str> {
    None
}

/// Codes of sessions have their words in the published table.
#[cfg(feature = "session")]
fn session_words(language: Language, code: &str) -> Option<String> {
    let entry = yinxin_session::Code::from_name(code)?.entry();
    let (words, mark) = match language {
        Language::English => (entry.en, "; "),
        Language::Chinese => (entry.zh, ";"),
    };
    Some([words.cause, mark, words.remedy].concat())
}

#[cfg(not(feature = "session"))]
const fn session_words(_: Language, _: &str) -> Option<String> {
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
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

    /// Codes of the libraries, read out of their `fn code`.
    fn codes(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes(&path, found);
                continue;
            }
            // This test is no function that gives codes.
            if path.ends_with("words.rs") {
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
    fn every_code_of_the_libraries_has_words() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = BTreeSet::new();
        for name in ["yinxin-pki", "yinxin", "yinxin-seal"] {
            codes(&crates.join(name).join("src"), &mut found);
        }
        assert!(found.len() > 60, "{found:?}");
        let missing: Vec<_> =
            found.iter().filter(|code| message(Language::Chinese, code, &[]).is_none()).collect();
        assert_eq!(missing, [""; 0]);
    }
}
