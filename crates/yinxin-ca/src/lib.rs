//! A **test** certificate authority (测试 CA): dual certificates, revocation lists, OCSP answers,
//! timestamps.
//!
//! It is for tests, demos and the first hour of an integration. Every certificate it makes says
//! TEST ONLY in its subject and in its policy; its keys lie beside it in plain files. Nobody
//! should trust it outside a test.
//!
//! Like the library below it, it has no clock and no randomness of its own: with the same random
//! source and the same times it makes the same octets.
//!
//! ```
//! use yinxin_ca::{Authority, fixture};
//! use yinxin_pki::{Curve, TrustStore};
//!
//! let mut rng = fixture::FixedRng::new(1);
//! let mut authority = Authority::create(Curve::Sm2, fixture::NOW, &mut rng)?;
//! let (request, _key) = fixture::request(Curve::Sm2, "C=CN,O=甲公司,CN=甲公司", &mut rng)?;
//! let holder = authority.issue_holder(&request, None, 365, fixture::NOW, &mut rng)?;
//! println!("{}", holder.certificates.signing().subject());
//! let crl = authority.crl(yinxin_ca::Role::Issuing, fixture::NOW, &mut rng)?;
//! # let _ = (TrustStore::new(), crl);
//! # Ok::<(), yinxin_ca::CaError>(())
//! ```
#![forbid(unsafe_code)]

mod authority;
pub mod crl;
mod error;
mod escrow;
pub mod fixture;
pub mod issue;
pub mod ocsp;
mod profile;
mod state;
pub mod timestamp;

pub use authority::{Authority, HolderIssue, Member, Role};
pub use error::CaError;
pub use escrow::EscrowedKey;
pub use profile::{Identity, Profile};
pub use state::{Issued, Reason, Revocation, State};
