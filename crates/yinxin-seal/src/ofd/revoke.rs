//! Taking the last seal out of a package, byte by byte (撤章).

use yinxin_pki::{DigestAlgorithm, Time};

use super::before;
use super::error::OfdError;
use super::list::{BEFORE, Description, SignatureList};
use super::package::{Package, folder};
use crate::es::SealSignature;
use crate::report::SignatureKind;
use crate::revoke::{Revocation, RevokeError};

/// A package without its last seal, and the statement that is to be signed about it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Restored {
    /// The package as it was before the sealing; `None` where it could not be restored.
    pub bytes: Option<Vec<u8>>,
    /// What is to be signed by a holder of the seal.
    pub revocation: Revocation,
    /// The revoked signature.
    pub signature: SealSignature,
}

/// Takes signature `number` (counted from 1, as a report counts them) of a package's first
/// document out, if nothing was signed after it.
///
/// The caller lets a holder sign the statement: [`Revocation::prepare`]. Without that signature the
/// restored file is only a file; nothing was revoked.
///
/// # Errors
///
/// [`RevokeError::DependedOn`] names the later signatures; [`RevokeError::NoSuchSignature`],
/// [`RevokeError::NotRestorable`].
pub fn revoke(
    package: &Package,
    number: usize,
    reason: &str,
    time: Time,
) -> Result<Restored, OfdError> {
    let (signature, record, later) = find(package, number)?;
    if !later.is_empty() {
        return Err(RevokeError::DependedOn { by: later }.into());
    }
    let record = record.ok_or(RevokeError::NotRestorable)?;
    let bytes = before::restore(package, package.need(&record)?)?;
    // What comes out has to be a package again.
    Package::read(&bytes, &package.limits)?;
    let revocation = Revocation::new(&signature, package.as_bytes(), Some(&bytes), reason, time);
    Ok(Restored { bytes: Some(bytes), revocation, signature })
}

/// The statement alone, for a seal that others have signed after: the file stays as it is, and
/// verifiers that are given the statement report that signature as revoked.
///
/// # Errors
///
/// [`RevokeError::NoSuchSignature`].
pub fn statement(
    package: &Package,
    number: usize,
    reason: &str,
    time: Time,
) -> Result<Restored, OfdError> {
    let (signature, _, _) = find(package, number)?;
    let revocation = Revocation::new(&signature, package.as_bytes(), None, reason, time);
    Ok(Restored { bytes: None, revocation, signature })
}

/// The seal signature of a number, the path of its record, and the numbers of signatures that
/// depend on it.
fn find(
    package: &Package,
    number: usize,
) -> Result<(SealSignature, Option<String>, Vec<usize>), OfdError> {
    let document = package.document(1)?;
    let list = SignatureList::read(package, &document)?;
    let entries = list.map(|list| list.entries).unwrap_or_default();
    let signatures = entries.len();
    let missing = || OfdError::Revoke(RevokeError::NoSuchSignature { number, signatures });
    let index = number.checked_sub(1).ok_or_else(missing)?;
    let entry = entries.get(index).filter(|e| e.kind == SignatureKind::Seal).ok_or_else(missing)?;
    let description = Description::read(package, &entry.path)?;
    let signature = SealSignature::from_der(package.need(&description.value)?)?;
    let mut later = Vec::new();
    for (other, entry) in entries.iter().enumerate() {
        if other == index {
            continue;
        }
        // Whatever stands after it in the list, or covers a file of it, was made after it.
        let depends = match Description::read(package, &entry.path) {
            Ok(other) => description.own_files().iter().any(|file| other.covers(file)),
            Err(_) => true,
        };
        if depends || other > index {
            later.push(other + 1);
        }
    }
    let record = format!("{}/{BEFORE}", folder(&description.path));
    let sound = description.references.iter().any(|reference| {
        reference.path == record
            && package.file(&record).is_some_and(|content| {
                DigestAlgorithm::Sm3.digest(content).as_ref() == reference.digest
            })
    });
    let record = sound.then_some(record);
    Ok((signature, record, later))
}
