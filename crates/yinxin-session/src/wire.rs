//! Messages as they travel: JSON with one meaning, members in camelCase, unknown ones refused.

mod answer;
mod binary;
mod call;
mod evidence;
mod hello;
pub mod http;
mod hub_time;
pub(crate) mod message;
mod offer;
mod page;
mod payload;
mod prepared;
mod receipt;
mod request;
mod require;
mod short_code;
mod statement;
mod token;

use yinxin_pki::Time;

pub use answer::{Answer, Product, Reject, ResultForPlatform, Secret};
pub use binary::Binary;
pub use call::{Call, CallDraft, CallHeaders, REMEMBERED, WINDOW};
pub use evidence::{Evidence, Witness};
pub use hello::Hello;
pub use hub_time::HubTime;
pub use offer::{Offer, OfferedFile};
pub use page::{Begin, Ticket};
pub use payload::{DecryptFile, Format, Item, Payload, Placement, SealFile};
pub use prepared::{Act, Prepared, RevokeAct, SealAct};
pub use receipt::{Delivery, HubReceipt, HubReceiptKind, PlatformReceipt, PlatformReceiptKind};
pub use request::{Browser, Display, Head, HolderKind, Platform, Request, Require, RoutingHeader};
pub use short_code::ShortCode;
pub use statement::{
    BrowserState, OpenedFile, RevokedSeal, SceneResult, SealDigests, SealOutcome, SealedFile,
    SignedItem, StatementContent, TimeSource,
};
pub use token::{Token, TokenDigest};

/// The signing time of an object, beside the `at` in it.
fn signing_time(at: u64) -> Time {
    Time::from_unix(i64::try_from(at).unwrap_or(i64::MAX))
}
