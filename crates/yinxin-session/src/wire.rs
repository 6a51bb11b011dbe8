//! Messages as they travel: JSON with one meaning, members in camelCase, unknown ones refused.

mod answer;
mod binary;
mod hello;
mod message;
mod offer;
mod payload;
mod prepared;
mod request;
mod statement;

pub use answer::{Answer, Product, Reject, ResultForPlatform, Secret};
pub use binary::Binary;
pub use hello::Hello;
pub use offer::{Offer, OfferedFile};
pub use payload::{DecryptFile, Format, Item, Payload, Placement, SealFile};
pub use prepared::{Act, Prepared, RevokeAct, SealAct};
pub use request::{Browser, Display, Head, HolderKind, Platform, Request, Require, RoutingHeader};
pub use statement::{
    BrowserState, OpenedFile, RevokedSeal, SceneResult, SealDigests, SealOutcome, SealedFile,
    SignedItem, StatementContent, TimeSource,
};
