//! Sessions: a page's half, a platform's, a phone's.
//!
//! Handles over the machines of `yinxin-session`. JSON crosses as text, octets as `Uint8Array`;
//! times are JavaScript numbers: `now` in seconds since 1970, UTC, `steady` in milliseconds of a
//! clock that never jumps. Reply keys, content keys, display keys and private keys stay here.

#[cfg(feature = "envelope")]
mod bid;
#[cfg(feature = "core")]
mod frame;
#[cfg(feature = "core")]
mod page;
#[cfg(feature = "phone")]
mod phone;
#[cfg(feature = "node")]
mod platform;
mod text;

#[cfg(feature = "envelope")]
pub use bid::bid_to_open;
#[cfg(feature = "core")]
pub use page::{PageHandle, PageKeyHandle};
#[cfg(feature = "phone")]
pub use phone::PhoneHandle;
#[cfg(feature = "node")]
pub use platform::{
    CallHandle, OpeningHandle, PlatformHandle, ReceiptHandle, RequestHandle, ToSignHandle,
    problem_of,
};
