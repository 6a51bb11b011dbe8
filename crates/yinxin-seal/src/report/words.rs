//! Words for ids, results, verdicts and codes of a report, in Chinese and English.

/// A language of reports.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    #[default]
    English,
}

/// The words for a code; a code without words of its own stands for itself.
#[must_use]
pub fn words(code: &str, language: Language) -> &str {
    let Some((_, chinese, english)) = WORDS.iter().find(|(own, _, _)| *own == code) else {
        return code;
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

/// Code, Chinese, English.
const WORDS: &[(&str, &str, &str)] = &[
    // Results.
    ("ok", "通过", "ok"),
    ("failed", "未通过", "FAILED"),
    ("skipped", "未检查", "skipped"),
    ("warning", "注意", "warning"),
    // Verdicts.
    ("valid", "有效", "valid"),
    (
        "valid_partial",
        "部分有效:有显示内容未受保护",
        "valid in part: something shown is not covered",
    ),
    ("revoked", "已撤章", "revoked"),
    ("invalid", "无效", "invalid"),
    ("unreadable", "无法读取", "cannot be read"),
    ("no_signature", "文件没有签名", "the document has no signature"),
    // Steps.
    ("container", "文件结构", "container"),
    ("structure", "签章结构", "structure of the signature"),
    ("version", "版本", "version"),
    ("sig_value", "签章人签名值", "signer's signature value"),
    ("signer_in_seal", "签章人在印章名单内", "signer in the seal's list"),
    ("signer_chain", "签章人证书链", "signer's chain"),
    ("signer_time", "签章人证书有效期与吊销", "signer's validity and revocation"),
    ("digest", "原文摘要", "digest of the document"),
    ("coverage", "保护范围", "coverage"),
    ("seal_structure", "印章结构", "structure of the seal"),
    ("seal_value", "制章人签名值", "seal maker's signature value"),
    ("maker_chain", "制章人证书链", "seal maker's chain"),
    ("seal_window", "印章有效期", "seal's window"),
    ("seal_status", "印章状态", "seal's status"),
    ("timestamp", "时间戳", "timestamp"),
    ("appearance", "外观", "appearance"),
    // Codes.
    (
        "algorithm_identifier",
        "签名算法用密钥算法标识",
        "the algorithm is named by the key's identifier",
    ),
    (
        "china_time_as_utc",
        "北京时间被写成世界时(差 8 小时)",
        "China time is written as UTC, eight hours ahead",
    ),
    ("container_changed", "文件被改动", "the container was changed"),
    ("digest_mismatch", "原文已被改动", "the document was changed after signing"),
    ("extensions_tag", "扩展项标签与标准不同", "extensions under another tag than peers write"),
    ("list_digest_unknown", "印章名单使用未知摘要算法", "the seal's list uses an unknown digest"),
    ("no_appearance", "签名没有可见外观", "the signature is not shown"),
    ("no_seal", "不是电子印章签名", "a signature without a seal"),
    ("not_der", "编码不是 DER", "not DER"),
    ("not_reached", "前面的步骤未通过", "an earlier step stopped it"),
    ("raw_signature", "签名值为裸 r‖s", "the signature value is raw r‖s"),
    ("revocation_unknown", "没有吊销信息", "revocation status is not known"),
    ("seal_alone", "仅检查印章", "a seal by itself"),
    ("seal_cancelled", "印章已注销", "the seal is cancelled"),
    ("seal_expired", "印章已过有效期", "the seal has expired"),
    ("seal_not_yet_valid", "印章尚未生效", "the seal is not valid yet"),
    ("seal_replaced", "印章已被更换", "the seal was replaced"),
    (
        "seal_sig_alt_form",
        "制章人按另一版本的规则签名",
        "the maker signed by another version's rule",
    ),
    ("seal_signature_revoked", "该签章已被撤销", "this use of the seal was revoked"),
    ("seal_suspended", "印章已停用", "the seal is suspended"),
    ("signed_in_future", "签章时间晚于判定时间", "declared later than the time of judgement"),
    (
        "signed_outside_certificate",
        "签章时间不在证书有效期内",
        "declared outside the certificate's validity",
    ),
    (
        "signed_outside_seal_window",
        "签章时间不在印章有效期内",
        "declared outside the seal's window",
    ),
    (
        "signer_not_listed",
        "签章人证书不在印章名单内",
        "the signer's certificate is not in the seal's list",
    ),
    ("statement_not_believed", "撤章声明不可信", "a statement of revocation is not believed"),
    ("status_list_from_future", "印章状态列表来自未来", "the list of seals is from the future"),
    ("status_list_missing", "没有印章状态列表", "no list of seals was given"),
    (
        "status_list_of_another_maker",
        "印章状态列表属于另一制章人",
        "the list of seals is another maker's",
    ),
    ("status_list_stale", "印章状态列表已过期", "the list of seals is out of date"),
    ("string_type", "字符串类型与标准不同", "a string of another type"),
    ("time_form", "时间格式与标准不同", "a time of another form"),
    ("timestamp_missing", "没有时间戳", "no timestamp"),
    ("timestamp_of_unknown_data", "时间戳的对象不明", "what the timestamp is of is not known"),
    ("timestamp_trust_missing", "没有可信时间戳机构", "no timestamp authority is trusted"),
    ("trailing_bytes", "结构之后有多余字节", "bytes follow the structure"),
    ("trust_missing", "没有信任锚", "no trust anchor was given"),
    ("uncovered", "有显示内容未受保护", "something that is shown is not covered"),
    ("unknown_critical_extension", "未知的关键扩展项", "an unknown critical extension"),
    ("unknown_structure", "未知结构", "no known structure"),
    ("valid_then", "当时有效,之后已变更", "valid then, changed later"),
    ("version_mismatch", "版本号不一致", "version numbers disagree"),
    // Codes of PDF files.
    (
        "ambiguous_structure",
        "文件结构有歧义,不同阅读器可能看到不同内容",
        "two readers can see two documents",
    ),
    ("appearance_differs", "页面上的图像不是该印章的图像", "the picture shown is not the seal's"),
    ("appearance_not_compared", "外观未能比对", "what is shown was not compared with the seal"),
    ("byte_range", "签名保护的字节范围不正确", "the byte range of the signature is wrong"),
    ("contents_missing", "没有签名值", "there is no signature value"),
    ("encrypted", "文件已加密", "the file is encrypted"),
    ("in_signature_value", "已随签名值一并判定", "judged with the signature value"),
    (
        "later_signature_not_valid",
        "其后的签名无效,其添加的内容无人负责",
        "a later signature is not valid, and nobody answers for what it added",
    ),
    ("message_digest", "原文已被改动", "the document was changed after signing"),
    ("modified_after", "签名之后文件被改动", "the document was changed after this signature"),
    ("oddity", "签名值的编码与标准略有不同", "the signature is written in an odd way"),
    ("signer_certificate", "没有签名人证书", "the signer's certificate is missing"),
    ("signers", "签名人数不是一个", "there is not exactly one signer"),
    (
        "suspicious_unused_objects",
        "文件中藏有未使用而可被替换显示的内容",
        "something lies in wait: hidden content that could be made to show",
    ),
    ("unsupported_sub_filter", "不支持的签名类型", "a kind of signature that is not known here"),
    // Codes of the certificates' chains.
    ("expired", "证书已过期", "the certificate has expired"),
    ("not_yet_valid", "证书尚未生效", "the certificate is not valid yet"),
    ("purpose", "证书用途不符", "the certificate is not for this purpose"),
    ("signature", "签名不匹配", "the signature does not match"),
    ("untrusted", "证书不受信任", "nobody trusted issued the certificate"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::StepId;

    #[test]
    fn every_step_and_verdict_has_words_in_both_languages() {
        for id in StepId::ALL {
            assert!(WORDS.iter().any(|(code, _, _)| *code == id.id()), "{}", id.id());
        }
        for (code, chinese, english) in WORDS {
            assert!(
                !chinese.is_ascii() && english.is_ascii() || *code == "raw_signature",
                "{code}"
            );
            assert_eq!(WORDS.iter().filter(|(other, _, _)| other == code).count(), 1, "{code}");
        }
    }
}
