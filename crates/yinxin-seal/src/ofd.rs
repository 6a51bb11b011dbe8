//! Sealed OFD packages (GB/T 33190): read, written, sealed, verified, and a seal taken back.
//!
//! ```text
//! OFD.xml ─▶ Doc_0/Document.xml ─▶ Pages, resources, annotations, attachments
//!        └─▶ Doc_0/Signs/Signatures.xml ─▶ Sign_0/Signature.xml   digest of every covered file
//!                                                 Seal.esl         the seal
//!                                                 Before.dat       what the package was before
//!                                                 SignedValue.dat  the seal signature over all
//! ```
//!
//! [`Package::read`] opens, [`seal`] and [`sign`] seal and sign in two halves, [`verify`] judges,
//! [`revoke`] takes the last seal out, [`Draft`] makes new files, [`page`] shows what to draw, `render` draws it.

mod before;
mod create;
mod document;
mod error;
mod limits;
mod list;
mod package;
pub mod page;
#[cfg(feature = "picture")]
mod render;
mod revoke;
mod sign;
mod subset;
mod verify;
mod xml;
mod zip;

pub use create::{A4, Draft, Font};
pub use document::{Document, FontEntry, PageEntry};
pub use error::{OfdError, PathRule, XmlRule, ZipRule};
pub use limits::Limits;
pub use package::Package;
#[cfg(feature = "order")]
pub use render::render_ordered;
#[cfg(feature = "picture")]
pub use render::{Rendering, ValidSeal, render};
pub use revoke::{Restored, revoke, statement};
pub use sign::{Lock, Prepared, SignOptions, Signed, find, seal, sign};
pub use verify::{verify, verify_package};
