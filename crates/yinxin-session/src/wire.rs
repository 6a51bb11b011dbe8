//! Messages as they travel: JSON with one meaning, members in camelCase, unknown ones refused.

mod binary;
mod payload;
mod request;

pub use binary::Binary;
pub use payload::{DecryptFile, Format, Item, Payload, Placement, SealFile};
pub use request::{Browser, Display, Head, HolderKind, Platform, Request, Require, RoutingHeader};
