//! The six scenes.

use serde::{Deserialize, Serialize};

/// What a scan is for (场景): the six words that the field's usage records have.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Scene {
    /// 解密: content keys of bids are released.
    Decrypt,
    /// 加密: encryption certificates are handed out.
    Encrypt,
    /// 登录.
    Login,
    /// 消息签名: up to 500 messages are signed.
    MessageSignature,
    /// 撤章: a placed seal is taken back.
    RevokeSignature,
    /// 签章: files are sealed.
    Signature,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Decrypt,
        Self::Encrypt,
        Self::Login,
        Self::MessageSignature,
        Self::RevokeSignature,
        Self::Signature,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decrypt => "decrypt",
            Self::Encrypt => "encrypt",
            Self::Login => "login",
            Self::MessageSignature => "messageSignature",
            Self::RevokeSignature => "revokeSignature",
            Self::Signature => "signature",
        }
    }

    /// Seconds from issue to the end of the right to scan, at most.
    #[must_use]
    pub const fn scan_within(self) -> u64 {
        match self {
            Self::Login => 120,
            _ => 300,
        }
    }

    /// Whether the request must name the account whose certificate may answer: without it, a
    /// proxy who logged in as himself could have somebody else's phone act for him.
    #[must_use]
    pub const fn needs_account(self) -> bool {
        !matches!(self, Self::Login | Self::Encrypt)
    }

    /// Whether the phone offers a seal first and signs what the page then prepares.
    #[must_use]
    pub const fn has_offer(self) -> bool {
        matches!(self, Self::Signature | Self::RevokeSignature)
    }
}
