//! Sealed and signed PDF files (ISO 32000-1, GM/T 0112): made, verified, and a seal taken back.
//!
//! Everything is appended; no byte of the file that came is changed. Reading goes by position, so
//! a large file is read once and never held.
//!
//! | Module of thought | What it holds |
//! |---|---|
//! | [`Document`] | a file as read: pages, revisions |
//! | [`prepare_seal`], [`prepare_cms`], [`prepare_timestamp`] | signing in two halves |
//! | [`verify`] | the sixteen steps for each signature, and every later change |
//! | [`remove_last_seal`] | the last seal taken back, to the byte |
//! | [`add_evidence`], [`Evidence`] | what later verification needs |

mod appearance;
mod change;
mod cut;
mod digest;
mod document;
mod error;
mod evidence;
mod field;
mod filter;
mod image;
mod increment;
mod lexer;
mod limits;
mod looks;
mod object;
mod page;
mod permission;
mod range;
mod sign;
mod source;
mod suspect;
mod text;
mod verify;
mod write;
mod xref;

pub use cut::{SealRemoved, remove_last_seal, seal_statement};
pub use document::Document;
pub use error::PdfError;
pub use evidence::{Evidence, add_evidence};
pub use object::ObjectId;
pub use sign::{
    After, CmsPrepared, CmsSigned, SealPrepared, SealSigned, SignatureField, TimestampPrepared,
    prepare_cms, prepare_cms_with, prepare_seal, prepare_timestamp,
};
pub use verify::verify;
