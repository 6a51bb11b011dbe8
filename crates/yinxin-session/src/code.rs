//! Every way a session is refused: one table, from which all programs take code, words and remedy.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use yinxin_pki::{Explain, Fact, FactValue, Party};

/// Who can mend a refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mender {
    /// The certificate authority.
    Authority,
    /// The visitor's browser.
    Browser,
    /// Whoever wrote the program that called.
    Developer,
    /// The hub's operator.
    Hub,
    /// Whoever runs the network.
    Network,
    /// The person with the phone.
    Person,
    /// The trading platform.
    Platform,
}

/// What a caller may try again (重试方式).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Retry {
    /// A new frame of the same session.
    Frame,
    /// Nothing: it will fail again.
    Never,
    /// The same request once more.
    Same,
    /// A new session.
    Session,
}

impl Retry {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Never => "never",
            Self::Same => "same",
            Self::Session => "session",
        }
    }
}

/// One row of the published table.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The stable code.
    pub code: &'static str,
    /// HTTP status where the hub answers with it.
    pub status: u16,
    /// What may be tried again.
    pub retry: Retry,
    /// Who can mend it.
    pub mender: Mender,
    /// Whether a deadline is in danger, so that other ways have to be taken at once.
    pub deadline: bool,
    /// All that the page, so the platform, so an attacker there, learns of it.
    pub page: &'static str,
    /// What happened, and what to do.
    pub en: Words,
    /// 发生了什么,该怎么办。
    pub zh: Words,
}

/// Words for people.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Words {
    /// What happened.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// A session was refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// Why.
    pub code: Code,
    /// What was found.
    pub facts: Vec<Fact>,
}

impl Refused {
    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, fact: Fact) -> Self {
        self.facts.push(fact);
        self
    }

    /// A number that was found, by its name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.facts.iter().find(|fact| fact.name == name).and_then(|fact| match fact.value {
            FactValue::Number(number) => Some(number),
            _ => None,
        })
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self { code, facts: vec![] }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.code.entry().en;
        write!(f, "{}; {}", words.cause, words.remedy)
    }
}

impl core::error::Error for Refused {}

impl Explain for Refused {
    fn code(&self) -> &'static str {
        self.code.name()
    }

    fn mended_by(&self) -> Party {
        match self.code.entry().mender {
            Mender::Authority => Party::Authority,
            Mender::Browser | Mender::Person => Party::Holder,
            Mender::Developer => Party::Developer,
            Mender::Hub | Mender::Network => Party::Operator,
            Mender::Platform => Party::Platform,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        self.facts.clone()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Code {
    /// The stable code, `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().code
    }

    /// The code of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// All that leaves the phone of it: its name, or `declined` where the page is to learn no more.
    #[must_use]
    pub fn for_page(self) -> &'static str {
        match self.entry().page {
            "declined" | "" => "declined",
            _ => self.name(),
        }
    }

    /// The whole table as JSON, for programs in other languages.
    #[must_use]
    pub fn catalogue() -> String {
        let rows: Vec<&Entry> = Self::ALL.iter().map(|code| code.entry()).collect();
        serde_json::to_string_pretty(&rows).unwrap_or_default()
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident => $entry:expr;)*) => {
        /// Why a session was refused: the stable codes of the protocol.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Code {
            /// All of them, by name.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code's row of the table.
            #[must_use]
            pub const fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$name => const { &$entry },)*
                }
            }
        }
    };
}

codes! {
    /// The session has another answer already.
    AlreadyAnswered => Entry {
        code: "already_answered",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "answer damaged or not ours",
        en: Words { cause: "the session has another answer already", remedy: "look into the history of the phone" },
        zh: Words { cause: "该会话已有另一份应答", remedy: "请查看手机上的历史记录" },
    };
    /// The answer belongs to another request, session or visitor.
    AnswerBinding => Entry {
        code: "answer_binding",
        status: 422,
        retry: Retry::Session,
        mender: Mender::Platform,
        deadline: true,
        page: "answer damaged or not ours",
        en: Words { cause: "the answer belongs to another request, session or visitor", remedy: "begin again with a new code" },
        zh: Words { cause: "应答属于另一请求、会话或访客", remedy: "请用新的二维码重新开始" },
    };
    /// The answer is not signed as a statement by the certificate it names.
    AnswerSignature => Entry {
        code: "answer_signature",
        status: 422,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "answer damaged or not ours",
        en: Words { cause: "the answer is not signed as a statement by the certificate it names", remedy: "begin again; update the app if it happens again" },
        zh: Words { cause: "应答不是由所称证书签署的声明", remedy: "请重新开始;若再次发生请更新应用" },
    };
    /// Another phone uses this code.
    BoundElsewhere => Entry {
        code: "bound_elsewhere",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "another phone uses this code",
        en: Words { cause: "another phone uses this code", remedy: "press `not me` on the page and scan the new code" },
        zh: Words { cause: "另一部手机正在使用该二维码", remedy: "请在页面点“不是我”,再扫新码" },
    };
    /// Unknown browsers are closed for an hour after three wrong numbers.
    BrowserRefused => Entry {
        code: "browser_refused",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: false,
        page: "declined",
        en: Words { cause: "unknown browsers are closed for an hour after three wrong numbers", remedy: "wait an hour or use a browser you trust" },
        zh: Words { cause: "三次核对错误后一小时内不接受未知浏览器", remedy: "请一小时后再试,或使用已信任的浏览器" },
    };
    /// The certificate is expired, revoked or of unknown status.
    CertificateStatus => Entry {
        code: "certificate_status",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Authority,
        deadline: true,
        page: "the certificate may not be used",
        en: Words { cause: "the certificate is expired, revoked or of unknown status", remedy: "renew the certificate or choose another" },
        zh: Words { cause: "证书已过期、被吊销或状态未知", remedy: "请续期或更换证书" },
    };
    /// The phone's clock is wrong and no hub time is at hand.
    ClockSkew => Entry {
        code: "clock_skew",
        status: 403,
        retry: Retry::Same,
        mender: Mender::Person,
        deadline: false,
        page: "declined",
        en: Words { cause: "the phone's clock is wrong and no hub time is at hand", remedy: "set the phone's clock to automatic" },
        zh: Words { cause: "手机时钟不准,且无法取得枢纽时间", remedy: "请将手机时间设为自动" },
    };
    /// The key is not the one that the bid's header commits to.
    CommitmentMismatch => Entry {
        code: "commitment_mismatch",
        status: 422,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: true,
        page: "a bid's key is not the one committed to",
        en: Words { cause: "the key is not the one that the bid's header commits to", remedy: "ask the platform for the file as it was handed in" },
        zh: Words { cause: "密钥与投标文件包头承诺不符", remedy: "请向平台索取提交时的原文件" },
    };
    /// What was unwrapped is no content key.
    ContentKeyInvalid => Entry {
        code: "content_key_invalid",
        status: 422,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: true,
        page: "a bid's key is damaged",
        en: Words { cause: "what was unwrapped is no content key", remedy: "ask the platform for the file as it was handed in" },
        zh: Words { cause: "解出的内容不是文件密钥", remedy: "请向平台索取提交时的原文件" },
    };
    /// The time of this step is over; nothing was released.
    DeadlinePassed => Entry {
        code: "deadline_passed",
        status: 410,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "too late",
        en: Words { cause: "the time of this step is over; nothing was released", remedy: "begin again with a new code" },
        zh: Words { cause: "该步骤已超时;未释放任何内容", remedy: "请用新的二维码重新开始" },
    };
    /// The file differs from the one that was asked for; nothing was signed.
    DigestChanged => Entry {
        code: "digest_changed",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Platform,
        deadline: true,
        page: "the file changed since the request",
        en: Words { cause: "the file differs from the one that was asked for; nothing was signed", remedy: "begin again with the right file" },
        zh: Words { cause: "文件与请求的不一致;未作任何签署", remedy: "请用正确的文件重新开始" },
    };
    /// The unit has not allowed this use.
    GrantDenied => Entry {
        code: "grant_denied",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "the unit does not allow it",
        en: Words { cause: "the unit has not allowed this use", remedy: "ask the unit's owner" },
        zh: Words { cause: "单位未授权此项使用", remedy: "请联系单位负责人" },
    };
    /// The request is for another hub.
    HubMismatch => Entry {
        code: "hub_mismatch",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: false,
        page: "this platform is not allowed",
        en: Words { cause: "the request is for another hub", remedy: "do not go on; tell the platform" },
        zh: Words { cause: "请求属于另一枢纽", remedy: "请勿继续,并告知平台" },
    };
    /// The code is of a hub that this app does not know.
    HubUnknown => Entry {
        code: "hub_unknown",
        status: 400,
        retry: Retry::Frame,
        mender: Mender::Person,
        deadline: false,
        page: "",
        en: Words { cause: "the code is of a hub that this app does not know", remedy: "check that you are on the right page" },
        zh: Words { cause: "二维码所属枢纽未知", remedy: "请确认所在页面无误" },
    };
    /// An error inside; it is known by its reference.
    Internal => Entry {
        code: "internal",
        status: 500,
        retry: Retry::Same,
        mender: Mender::Hub,
        deadline: true,
        page: "an error; it is known by its reference",
        en: Words { cause: "an error inside; it is known by its reference", remedy: "try again; give the reference when you ask for help" },
        zh: Words { cause: "内部错误;有编号可查", remedy: "请重试;求助时请提供编号" },
    };
    /// The number on the page is another.
    MatchWrong => Entry {
        code: "match_wrong",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: false,
        page: "declined",
        en: Words { cause: "the number on the page is another", remedy: "scan again and enter the number that the page shows" },
        zh: Words { cause: "与页面数字不符", remedy: "请重新扫码并输入页面显示的数字" },
    };
    /// No certificate here is of the unit that the platform's account names.
    NoMatchingCertificate => Entry {
        code: "no_matching_certificate",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "the account needs another certificate",
        en: Words { cause: "no certificate here is of the unit that the platform's account names", remedy: "log in to the platform as the unit whose certificate you hold" },
        zh: Words { cause: "手机上没有与平台账号单位相符的证书", remedy: "请以持证单位的账号登录平台" },
    };
    /// The person at the page refused this phone.
    NotMe => Entry {
        code: "not_me",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: false,
        page: "ended; a new code is shown",
        en: Words { cause: "the person at the page refused this phone", remedy: "scan the new code" },
        zh: Words { cause: "页面前的人拒绝了这部手机", remedy: "请扫描新的二维码" },
    };
    /// What the page prepared does not fit what the phone offered.
    OfferMismatch => Entry {
        code: "offer_mismatch",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Developer,
        deadline: true,
        page: "the prepared file does not fit the offer",
        en: Words { cause: "what the page prepared does not fit what the phone offered", remedy: "begin again; tell the platform if it happens again" },
        zh: Words { cause: "页面准备的内容与手机提供的不符", remedy: "请重新开始;若再次发生请告知平台" },
    };
    /// The page's address is not registered for this platform.
    OriginUnregistered => Entry {
        code: "origin_unregistered",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: false,
        page: "this platform is not allowed",
        en: Words { cause: "the page's address is not registered for this platform", remedy: "do not go on; this may be a forged page" },
        zh: Words { cause: "该页面地址未登记", remedy: "请勿继续,这可能是假冒页面" },
    };
    /// The person declined.
    PersonRejected => Entry {
        code: "person_rejected",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: false,
        page: "declined",
        en: Words { cause: "the person declined", remedy: "begin again if it was a mistake" },
        zh: Words { cause: "本人已拒绝", remedy: "若为误操作请重新开始" },
    };
    /// Too many wrong PINs; the keys are locked.
    PinLocked => Entry {
        code: "pin_locked",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "declined",
        en: Words { cause: "too many wrong PINs; the keys are locked", remedy: "restore the key ring with its backup" },
        zh: Words { cause: "PIN 错误次数过多,密钥已锁定", remedy: "请用备份恢复密钥环" },
    };
    /// The PIN is wrong.
    PinWrong => Entry {
        code: "pin_wrong",
        status: 403,
        retry: Retry::Same,
        mender: Mender::Person,
        deadline: false,
        page: "declined",
        en: Words { cause: "the PIN is wrong", remedy: "enter the PIN again" },
        zh: Words { cause: "PIN 错误", remedy: "请重新输入 PIN" },
    };
    /// The platform gives another name than the trust list.
    PlatformName => Entry {
        code: "platform_name",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: false,
        page: "this platform is not allowed",
        en: Words { cause: "the platform gives another name than the trust list", remedy: "do not go on; report it" },
        zh: Words { cause: "平台名称与信任列表不符", remedy: "请勿继续,并举报" },
    };
    /// The platform is suspended.
    PlatformSuspended => Entry {
        code: "platform_suspended",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Hub,
        deadline: true,
        page: "this platform is not allowed",
        en: Words { cause: "the platform is suspended", remedy: "ask the platform when it is open again" },
        zh: Words { cause: "该平台已被暂停", remedy: "请向平台询问恢复时间" },
    };
    /// No platform of the trust list signed this request.
    PlatformUnknown => Entry {
        code: "platform_unknown",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: false,
        page: "this platform is not allowed",
        en: Words { cause: "no platform of the trust list signed this request", remedy: "do not go on; report it" },
        zh: Words { cause: "请求不是由信任列表中的平台签署", remedy: "请勿继续,并举报" },
    };
    /// The preview is not of the file that is to be signed.
    PreviewMismatch => Entry {
        code: "preview_mismatch",
        status: 422,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: true,
        page: "the preview differs from the file",
        en: Words { cause: "the preview is not of the file that is to be signed", remedy: "do not go on; tell the platform" },
        zh: Words { cause: "预览与待签文件不符", remedy: "请勿继续,并告知平台" },
    };
    /// The preview did not come.
    PreviewMissing => Entry {
        code: "preview_missing",
        status: 404,
        retry: Retry::Same,
        mender: Mender::Platform,
        deadline: false,
        page: "the preview is missing",
        en: Words { cause: "the preview did not come", remedy: "try again, or go on without it" },
        zh: Words { cause: "预览未送达", remedy: "请重试,或不看预览继续" },
    };
    /// A code of another kind.
    QrForeign => Entry {
        code: "qr_foreign",
        status: 400,
        retry: Retry::Frame,
        mender: Mender::Person,
        deadline: false,
        page: "",
        en: Words { cause: "a code of another kind", remedy: "scan the code on the platform's page" },
        zh: Words { cause: "其他类型的二维码", remedy: "请扫描平台页面上的二维码" },
    };
    /// A code of ours that is damaged.
    QrMalformed => Entry {
        code: "qr_malformed",
        status: 400,
        retry: Retry::Frame,
        mender: Mender::Developer,
        deadline: false,
        page: "",
        en: Words { cause: "a code of ours that is damaged", remedy: "scan again" },
        zh: Words { cause: "二维码有误", remedy: "请重新扫描" },
    };
    /// The code is old or comes from the future.
    QrStale => Entry {
        code: "qr_stale",
        status: 410,
        retry: Retry::Frame,
        mender: Mender::Person,
        deadline: false,
        page: "",
        en: Words { cause: "the code is old or comes from the future", remedy: "scan the code that moves on the page" },
        zh: Words { cause: "二维码已过时", remedy: "请扫描页面上正在变化的二维码" },
    };
    /// The code was not drawn by this session's page.
    QrTag => Entry {
        code: "qr_tag",
        status: 403,
        retry: Retry::Frame,
        mender: Mender::Person,
        deadline: false,
        page: "",
        en: Words { cause: "the code was not drawn by this session's page", remedy: "scan again" },
        zh: Words { cause: "二维码不是由该会话页面生成", remedy: "请重新扫描" },
    };
    /// The hub's name is too long for a code.
    QrTooLong => Entry {
        code: "qr_too_long",
        status: 500,
        retry: Retry::Never,
        mender: Mender::Developer,
        deadline: false,
        page: "",
        en: Words { cause: "the hub's name is too long for a code", remedy: "run the hub under a name of at most 40 characters" },
        zh: Words { cause: "枢纽域名过长", remedy: "请使用不超过 40 个字符的域名" },
    };
    /// Too many tries.
    RateLimited => Entry {
        code: "rate_limited",
        status: 429,
        retry: Retry::Same,
        mender: Mender::Person,
        deadline: true,
        page: "wait a moment",
        en: Words { cause: "too many tries", remedy: "wait and try again" },
        zh: Words { cause: "尝试过于频繁", remedy: "请稍后再试" },
    };
    /// No key on this phone is a recipient of the file.
    RecipientNotMine => Entry {
        code: "recipient_not_mine",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Person,
        deadline: true,
        page: "no key here opens a file",
        en: Words { cause: "no key on this phone is a recipient of the file", remedy: "use the phone or the key ring that holds the key" },
        zh: Words { cause: "手机上没有该文件的接收者密钥", remedy: "请使用持有该密钥的手机或密钥环" },
    };
    /// The session was rejected.
    Rejected => Entry {
        code: "rejected",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: false,
        page: "declined",
        en: Words { cause: "the session was rejected", remedy: "begin again if it was a mistake" },
        zh: Words { cause: "会话已被拒绝", remedy: "若为误操作请重新开始" },
    };
    /// An envelope does not open for this session, request and step.
    ReplyUnreadable => Entry {
        code: "reply_unreadable",
        status: 422,
        retry: Retry::Session,
        mender: Mender::Hub,
        deadline: true,
        page: "answer damaged or not ours",
        en: Words { cause: "an envelope does not open for this session, request and step", remedy: "begin again with a new code" },
        zh: Words { cause: "信封不属于该会话、请求或步骤", remedy: "请用新的二维码重新开始" },
    };
    /// The platform's request breaks the protocol.
    RequestMalformed => Entry {
        code: "request_malformed",
        status: 400,
        retry: Retry::Never,
        mender: Mender::Developer,
        deadline: true,
        page: "the platform's request is wrong",
        en: Words { cause: "the platform's request breaks the protocol", remedy: "tell the platform" },
        zh: Words { cause: "平台的请求不合规范", remedy: "请告知平台" },
    };
    /// This request was used before.
    RequestReplayed => Entry {
        code: "request_replayed",
        status: 409,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: false,
        page: "the platform's request was used before",
        en: Words { cause: "this request was used before", remedy: "begin again on the page" },
        zh: Words { cause: "该请求已被使用过", remedy: "请在页面上重新开始" },
    };
    /// The request is not signed as the trust list says.
    RequestSignature => Entry {
        code: "request_signature",
        status: 422,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: false,
        page: "the platform's request is wrong",
        en: Words { cause: "the request is not signed as the trust list says", remedy: "do not go on; report it" },
        zh: Words { cause: "请求的签名与信任列表不符", remedy: "请勿继续,并举报" },
    };
    /// The request's times are outside what the protocol allows.
    RequestTime => Entry {
        code: "request_time",
        status: 422,
        retry: Retry::Session,
        mender: Mender::Platform,
        deadline: true,
        page: "the platform's request is wrong",
        en: Words { cause: "the request's times are outside what the protocol allows", remedy: "begin again; the platform checks its clock" },
        zh: Words { cause: "请求的时间不在允许范围", remedy: "请重新开始;平台应校准时钟" },
    };
    /// Larger than the protocol allows.
    RequestTooLarge => Entry {
        code: "request_too_large",
        status: 413,
        retry: Retry::Never,
        mender: Mender::Developer,
        deadline: true,
        page: "the platform's request is wrong",
        en: Words { cause: "larger than the protocol allows", remedy: "ask for fewer files in one scan" },
        zh: Words { cause: "超过协议允许的大小", remedy: "请减少一次扫码的文件数" },
    };
    /// The platform may not ask for this.
    SceneNotAllowed => Entry {
        code: "scene_not_allowed",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: false,
        page: "this platform is not allowed",
        en: Words { cause: "the platform may not ask for this", remedy: "do not go on; tell the platform" },
        zh: Words { cause: "该平台无权发起此类请求", remedy: "请勿继续,并告知平台" },
    };
    /// The seal is suspended, cancelled or not of this unit.
    SealStatus => Entry {
        code: "seal_status",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "the seal may not be used",
        en: Words { cause: "the seal is suspended, cancelled or not of this unit", remedy: "choose another seal or ask the unit's owner" },
        zh: Words { cause: "印章已停用、注销或不属于该单位", remedy: "请更换印章或联系单位负责人" },
    };
    /// The bid's header names another platform, project or section than the request.
    SectionMismatch => Entry {
        code: "section_mismatch",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Platform,
        deadline: true,
        page: "a bid belongs to another section",
        en: Words { cause: "the bid's header names another platform, project or section than the request", remedy: "do not go on; report it" },
        zh: Words { cause: "投标文件包头与请求的项目或标段不符", remedy: "请勿继续,并举报" },
    };
    /// The bid's opening time has not come.
    SegmentLocked => Entry {
        code: "segment_locked",
        status: 403,
        retry: Retry::Session,
        mender: Mender::Platform,
        deadline: true,
        page: "a bid may not be opened yet",
        en: Words { cause: "the bid's opening time has not come", remedy: "come back at the opening time" },
        zh: Words { cause: "尚未到开标时间", remedy: "请于开标时间再试" },
    };
    /// The session was cancelled.
    SessionCancelled => Entry {
        code: "session_cancelled",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: false,
        page: "ended",
        en: Words { cause: "the session was cancelled", remedy: "begin again on the page" },
        zh: Words { cause: "会话已取消", remedy: "请在页面上重新开始" },
    };
    /// The session is over.
    SessionExpired => Entry {
        code: "session_expired",
        status: 410,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "the code is over; a new one is at hand",
        en: Words { cause: "the session is over", remedy: "ask the page for a new code" },
        zh: Words { cause: "会话已过期", remedy: "请在页面上换新码" },
    };
    /// The session has ended already.
    SessionFinal => Entry {
        code: "session_final",
        status: 409,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: false,
        page: "ended",
        en: Words { cause: "the session has ended already", remedy: "begin again on the page" },
        zh: Words { cause: "会话已结束", remedy: "请在页面上重新开始" },
    };
    /// The hub knows no such session.
    SessionUnknown => Entry {
        code: "session_unknown",
        status: 404,
        retry: Retry::Session,
        mender: Mender::Person,
        deadline: true,
        page: "the code is over; a new one is at hand",
        en: Words { cause: "the hub knows no such session", remedy: "ask the page for a new code" },
        zh: Words { cause: "枢纽没有该会话", remedy: "请在页面上换新码" },
    };
    /// A step was taken that is not due.
    StepOutOfOrder => Entry {
        code: "step_out_of_order",
        status: 409,
        retry: Retry::Never,
        mender: Mender::Developer,
        deadline: false,
        page: "an error of the page",
        en: Words { cause: "a step was taken that is not due", remedy: "mend the caller: see the states of the protocol" },
        zh: Words { cause: "步骤次序不对", remedy: "请按协议状态修正调用方" },
    };
    /// The browser refuses storage; a reload will cancel the session.
    StorageRefused => Entry {
        code: "storage_refused",
        status: 500,
        retry: Retry::Never,
        mender: Mender::Browser,
        deadline: false,
        page: "a reload will cancel",
        en: Words { cause: "the browser refuses storage; a reload will cancel the session", remedy: "leave the page open until it is done" },
        zh: Words { cause: "浏览器拒绝存储;刷新将取消会话", remedy: "完成前请勿刷新页面" },
    };
    /// The request's algorithms are not supported here.
    SuiteUnsupported => Entry {
        code: "suite_unsupported",
        status: 422,
        retry: Retry::Never,
        mender: Mender::Developer,
        deadline: true,
        page: "the platform must update",
        en: Words { cause: "the request's algorithms are not supported here", remedy: "update the app, or the platform chooses the suite SM" },
        zh: Words { cause: "不支持请求所用的算法", remedy: "请更新应用,或由平台改用 SM 套件" },
    };
    /// The token is not of this session and role.
    TokenWrong => Entry {
        code: "token_wrong",
        status: 401,
        retry: Retry::Never,
        mender: Mender::Developer,
        deadline: false,
        page: "reload the page",
        en: Words { cause: "the token is not of this session and role", remedy: "reload the page or sign in again" },
        zh: Words { cause: "令牌不属于该会话或角色", remedy: "请刷新页面或重新登录" },
    };
    /// Two trust lists of one number, or a number that went back.
    TrustListFork => Entry {
        code: "trust_list_fork",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Hub,
        deadline: true,
        page: "",
        en: Words { cause: "two trust lists of one number, or a number that went back", remedy: "do not go on; report it" },
        zh: Words { cause: "信任列表出现分叉或倒退", remedy: "请勿继续,并举报" },
    };
    /// The trust list is not signed by the pinned key.
    TrustListSignature => Entry {
        code: "trust_list_signature",
        status: 403,
        retry: Retry::Never,
        mender: Mender::Hub,
        deadline: true,
        page: "",
        en: Words { cause: "the trust list is not signed by the pinned key", remedy: "do not go on; report it" },
        zh: Words { cause: "信任列表不是由固定的密钥签署", remedy: "请勿继续,并举报" },
    };
    /// The trust list is too old for this.
    TrustListStale => Entry {
        code: "trust_list_stale",
        status: 403,
        retry: Retry::Same,
        mender: Mender::Network,
        deadline: true,
        page: "",
        en: Words { cause: "the trust list is too old for this", remedy: "connect to the network to fetch a new list" },
        zh: Words { cause: "信任列表已过旧", remedy: "请联网获取新列表" },
    };
    /// A newer version of the protocol.
    VersionUnsupported => Entry {
        code: "version_unsupported",
        status: 426,
        retry: Retry::Never,
        mender: Mender::Developer,
        deadline: true,
        page: "the platform must update",
        en: Words { cause: "a newer version of the protocol", remedy: "update the app" },
        zh: Words { cause: "协议版本较新", remedy: "请更新应用" },
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.name() < b.name()));
        for code in Code::ALL {
            let entry = code.entry();
            for words in [entry.en, entry.zh] {
                assert!(!words.cause.is_empty() && !words.remedy.is_empty(), "{code}");
            }
            assert!((400..600).contains(&entry.status), "{code}");
            assert_eq!(Code::from_name(entry.code), Some(*code));
        }
        assert_eq!(Code::from_name("no_such_code"), None);
    }

    #[test]
    fn the_page_learns_one_word_of_the_person() {
        let codes = [
            Code::PersonRejected,
            Code::MatchWrong,
            Code::PinWrong,
            Code::PinLocked,
            Code::BrowserRefused,
        ];
        assert!(codes.iter().all(|code| code.entry().page == "declined"));
    }

    #[test]
    fn the_catalogue_is_json_with_a_row_for_each_code() {
        let rows: Vec<serde_json::Value> = serde_json::from_str(&Code::catalogue()).unwrap();
        assert_eq!(rows.len(), Code::ALL.len());
        let stale = rows.iter().find(|row| row["code"] == "qr_stale").unwrap();
        assert_eq!((stale["status"].as_u64(), stale["retry"].as_str()), (Some(410), Some("frame")));
        assert!(stale["zh"]["remedy"].as_str().is_some_and(|text| !text.is_empty()));
    }
}
