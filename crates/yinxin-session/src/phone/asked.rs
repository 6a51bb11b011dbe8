//! What is asked of the phone, checked, with what may answer it.

use alloc::vec::Vec;

use super::holdings::{Chosen, Holdings, OwnCertificate, OwnSeal};
use crate::check::CheckedRequest;
use crate::display::Shown;
use crate::wire::{Payload, Request};
use crate::{Code, Refused};

/// A request that passed every check, and the certificates and seals that fit it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: CheckedRequest,
    pub(super) shown: Shown,
    pub(super) chosen: Chosen,
    certificates: Vec<(usize, OwnCertificate)>,
    seals: Vec<(usize, OwnSeal)>,
}

impl Asked {
    pub(super) fn new(
        request: CheckedRequest,
        shown: Shown,
        chosen: Chosen,
        holdings: &Holdings,
    ) -> Self {
        let certificates = chosen
            .certificates
            .iter()
            .filter_map(|index| Some((*index, holdings.certificates.get(*index)?.clone())))
            .collect();
        let seals = chosen
            .seals
            .iter()
            .filter_map(|index| Some((*index, holdings.seals.get(*index)?.clone())))
            .collect();
        Self { request, shown, chosen, certificates, seals }
    }

    pub(super) const fn request(&self) -> &Request {
        self.request.request()
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = &OwnCertificate> {
        self.certificates.iter().map(|(_, own)| own)
    }

    /// Encryption certificates that end before the bids are opened that are asked for.
    pub(super) fn ending(&self) -> impl Iterator<Item = usize> {
        let opening = match &self.request().payload {
            Payload::Encrypt { opening, .. } => i64::try_from(*opening).unwrap_or(i64::MAX),
            Payload::Decrypt(_)
            | Payload::Login
            | Payload::MessageSignature(_)
            | Payload::RevokeSignature { .. }
            | Payload::Signature(_) => i64::MIN,
        };
        let ends = move |own: &OwnCertificate| {
            own.encryption.as_ref().is_some_and(|own| own.validity().not_after.unix() < opening)
        };
        self.certificates.iter().filter(move |(_, own)| ends(own)).map(|(index, _)| *index)
    }

    /// One of those that may be chosen.
    pub(super) fn certificate(&self, index: usize) -> Result<&OwnCertificate, Refused> {
        let found = self.certificates.iter().find(|(own, _)| *own == index);
        found.map(|(_, own)| own).ok_or_else(|| Code::NoMatchingCertificate.into())
    }

    /// One of those that may be chosen.
    pub(super) fn seal(&self, index: usize) -> Result<&OwnSeal, Refused> {
        let found = self.seals.iter().find(|(own, _)| *own == index);
        found.map(|(_, own)| own).ok_or_else(|| Code::SealStatus.into())
    }

    /// How many files are to be sealed, or seals taken back.
    pub(super) const fn files(&self) -> usize {
        match &self.request.request().payload {
            Payload::RevokeSignature { .. } => 1,
            Payload::Signature(files) => files.len(),
            Payload::Decrypt(_)
            | Payload::Encrypt { .. }
            | Payload::Login
            | Payload::MessageSignature(_) => 0,
        }
    }
}
