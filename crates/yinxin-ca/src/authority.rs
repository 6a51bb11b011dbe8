//! The authority: its members, and what it issues.

use rand_core::CryptoRng;
use yinxin_pki::certificate::{Extension, GeneralName, KeyUsage, NameBuilder};
use yinxin_pki::der::{Reader, Tag, Writer};
use yinxin_pki::{
    Certificate, CertificateRequest, Curve, DualCertificate, Name, PublicKey, SerialNumber,
    SigningKey, Time, Validity, oid,
};

use crate::issue::{self, Template};
use crate::profile::Usage;
use crate::{CaError, EscrowedKey, Identity, Issued, Profile, Reason, Revocation, State};

/// The words every certificate carries.
pub(crate) const TEST_ONLY: &str = "TEST ONLY";

/// Which certificate and key of the authority (角色); the name is the file's stem.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Role {
    /// Signs the issuing authority's certificate and nothing else.
    Root,
    /// Signs all other certificates.
    Issuing,
    /// Makes electronic seals.
    SealMaker,
    /// Signs a trading platform's requests.
    Platform,
    /// Signs timestamps.
    Tsa,
    /// Signs OCSP answers.
    Ocsp,
    /// Signs the list of trusted platforms.
    TrustList,
    /// Takes over from [`Role::TrustList`].
    TrustListNext,
}

impl Role {
    /// Every role, issuers first.
    pub const ALL: [Self; 8] = [
        Self::Root,
        Self::Issuing,
        Self::SealMaker,
        Self::Platform,
        Self::Tsa,
        Self::Ocsp,
        Self::TrustList,
        Self::TrustListNext,
    ];

    /// The stem of its files: `root` of `root.pem` and `root.key`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Issuing => "issuing",
            Self::SealMaker => "seal-maker",
            Self::Platform => "platform",
            Self::Tsa => "tsa",
            Self::Ocsp => "ocsp",
            Self::TrustList => "trust-list",
            Self::TrustListNext => "trust-list-next",
        }
    }

    /// The role of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Root => "Root CA",
            Self::Issuing => "Issuing CA",
            Self::SealMaker => "Seal Maker",
            Self::Platform => "Platform",
            Self::Tsa => "TSA",
            Self::Ocsp => "OCSP Responder",
            Self::TrustList => "Trust List Signer",
            Self::TrustListNext => "Next Trust List Signer",
        }
    }

    const fn days(self) -> i64 {
        match self {
            Self::Root => 20 * 365,
            Self::Issuing => 10 * 365,
            _ => 5 * 365,
        }
    }
}

/// One certificate of the authority with its key.
#[derive(Debug)]
pub struct Member {
    certificate: Certificate,
    key: SigningKey,
}

impl Member {
    /// Takes a certificate and the key it certifies.
    ///
    /// # Errors
    ///
    /// [`CaError::KeyMismatch`] when it certifies another key.
    pub fn new(role: Role, certificate: Certificate, key: SigningKey) -> Result<Self, CaError> {
        if certificate.public_key() == key.public() {
            Ok(Self { certificate, key })
        } else {
            Err(CaError::KeyMismatch { role: role.name() })
        }
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }
}

/// A test certificate authority (测试 CA).
#[derive(Debug)]
pub struct Authority {
    /// In the order of [`Role::ALL`].
    members: [Member; 8],
    state: State,
}

/// Dual certificates (双证书) as a holder gets them.
#[derive(Debug)]
pub struct HolderIssue {
    /// Signing and encryption certificate.
    pub certificates: DualCertificate,
    /// The encryption key, made by the authority's key centre, with its delivery.
    pub escrowed: EscrowedKey,
}

impl Authority {
    /// Makes a new authority: all members with new keys.
    ///
    /// # Errors
    ///
    /// [`CaError::Signature`] when the random source gives nothing usable.
    pub fn create(curve: Curve, at: Time, rng: &mut impl CryptoRng) -> Result<Self, CaError> {
        let mut state = State::default();
        let root_key = SigningKey::generate(curve, rng);
        let subject = role_name(Role::Root, curve)?;
        let extensions = authority_extensions(None, root_key.public(), None);
        let root = Template {
            serial: new_serial(rng),
            issuer: subject.clone(),
            validity: validity(Role::Root, at),
            subject,
            key: root_key.public().clone(),
            extensions,
        };
        let root = Certificate::from_der(&root.sign(&root_key, rng)?)?;
        let root = Member { certificate: root, key: root_key };

        let key = SigningKey::generate(curve, rng);
        let issuing = Template {
            serial: new_serial(rng),
            issuer: root.certificate.subject().clone(),
            validity: validity(Role::Issuing, at),
            subject: role_name(Role::Issuing, curve)?,
            key: key.public().clone(),
            extensions: authority_extensions(Some(0), key.public(), Some(root.key.public())),
        };
        let issuing = Certificate::from_der(&issuing.sign(&root.key, rng)?)?;
        let issuing = Member { certificate: issuing, key };
        state.issued.push(Issued::of(&issuing.certificate, Role::Root));

        let mut member = |role: Role, usage: Usage| -> Result<Member, CaError> {
            let key = SigningKey::generate(curve, rng);
            let mut extensions = usage.extensions();
            if role == Role::Ocsp {
                extensions.push(issue::ocsp_no_check());
            }
            let subject = role_name(role, curve)?;
            let period = validity(role, at);
            let certificate =
                issuing.certify(subject, key.public(), period, extensions, &mut *rng)?;
            state.issued.push(Issued::of(&certificate, Role::Issuing));
            Ok(Member { certificate, key })
        };
        let seal_maker = member(Role::SealMaker, Usage::SEAL_MAKER)?;
        let platform = member(Role::Platform, Usage::PLATFORM)?;
        let tsa = member(Role::Tsa, Usage::TIMESTAMP)?;
        let ocsp = member(Role::Ocsp, Usage::OCSP)?;
        let trust_list = member(Role::TrustList, Usage::TRUST_LIST)?;
        let trust_list_next = member(Role::TrustListNext, Usage::TRUST_LIST)?;
        let members = [root, issuing, seal_maker, platform, tsa, ocsp, trust_list, trust_list_next];
        Ok(Self { members, state })
    }

    /// Puts an authority together again from its files, asked for in the order of [`Role::ALL`].
    ///
    /// # Errors
    ///
    /// Whatever `load` gives, for instance [`CaError::KeyMismatch`].
    pub fn load<E>(
        state: State,
        mut load: impl FnMut(Role) -> Result<Member, E>,
    ) -> Result<Self, E> {
        let members = [
            load(Role::Root)?,
            load(Role::Issuing)?,
            load(Role::SealMaker)?,
            load(Role::Platform)?,
            load(Role::Tsa)?,
            load(Role::Ocsp)?,
            load(Role::TrustList)?,
            load(Role::TrustListNext)?,
        ];
        Ok(Self { members, state })
    }

    /// One member.
    #[must_use]
    pub const fn member(&self, role: Role) -> &Member {
        let [root, issuing, seal_maker, platform, tsa, ocsp, trust_list, trust_list_next] =
            &self.members;
        match role {
            Role::Root => root,
            Role::Issuing => issuing,
            Role::SealMaker => seal_maker,
            Role::Platform => platform,
            Role::Tsa => tsa,
            Role::Ocsp => ocsp,
            Role::TrustList => trust_list,
            Role::TrustListNext => trust_list_next,
        }
    }

    /// What it remembers, to be kept.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    pub(crate) const fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// The certificates above a subscriber's: issuing authority, then root.
    #[must_use]
    pub fn chain(&self) -> [&Certificate; 2] {
        [self.member(Role::Issuing).certificate(), self.member(Role::Root).certificate()]
    }

    /// Issues dual certificates: the signing one over the request's key, the encryption one over a
    /// key that the key centre makes on the same curve and delivers under the signing key.
    ///
    /// # Errors
    ///
    /// [`CaError::KeyNotSupported`], [`CaError::Validity`]; nothing was issued.
    pub fn issue_holder(
        &mut self,
        request: &CertificateRequest,
        identity: Option<&Identity>,
        days: u32,
        at: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<HolderIssue, CaError> {
        let curve = supported(request)?;
        let period = self.period(days, at)?;
        let subject = test_subject(request.subject())?;
        let escrowed = EscrowedKey::make(curve, request.public_key(), rng)?;
        let mut certify = |usage: Usage, key: &PublicKey| {
            let mut extensions = usage.extensions();
            extensions.extend(identity.map(Identity::extension));
            let issuing = self.member(Role::Issuing);
            issuing.certify(subject.clone(), key, period, extensions, &mut *rng)
        };
        let signing = certify(Usage::HOLDER_SIGNING, request.public_key())?;
        let encryption = certify(Usage::HOLDER_ENCRYPTION, escrowed.key.public())?;
        let certificates = DualCertificate::pair(signing, encryption)?;
        let pair = [certificates.signing().certificate(), certificates.encryption().certificate()];
        self.state.issued.extend(pair.map(|issued| Issued::of(issued, Role::Issuing)));
        Ok(HolderIssue { certificates, escrowed })
    }

    /// Issues one certificate for a platform or a seal maker. A platform's request may ask for
    /// DNS names of its servers; they are taken over.
    ///
    /// # Errors
    ///
    /// [`CaError::KeyNotSupported`], [`CaError::Validity`]; nothing was issued. A holder gets two
    /// certificates: [`issue_holder`](Self::issue_holder); here, for [`Profile::Holder`], only
    /// the signing one.
    pub fn issue(
        &mut self,
        request: &CertificateRequest,
        profile: Profile,
        identity: Option<&Identity>,
        days: u32,
        at: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, CaError> {
        supported(request)?;
        let period = self.period(days, at)?;
        let names: Vec<GeneralName> = request
            .extensions()
            .subject_alternative_names
            .iter()
            .flatten()
            .filter(|name| matches!(name, GeneralName::Dns(_)))
            .cloned()
            .collect();
        let usage = match profile {
            Profile::Holder => Usage::HOLDER_SIGNING,
            Profile::Platform if names.is_empty() => Usage::PLATFORM,
            Profile::Platform => Usage::PLATFORM_SERVER,
            Profile::SealMaker => Usage::SEAL_MAKER,
        };
        let mut extensions = usage.extensions();
        extensions.extend(identity.map(Identity::extension));
        if profile == Profile::Platform && !names.is_empty() {
            extensions.push(issue::subject_alternative_names(&names));
        }
        let subject = test_subject(request.subject())?;
        let issuing = self.member(Role::Issuing);
        let certificate =
            issuing.certify(subject, request.public_key(), period, extensions, rng)?;
        self.state.issued.push(Issued::of(&certificate, Role::Issuing));
        Ok(certificate)
    }

    /// Revokes a certificate; the next list and the next answers say so.
    ///
    /// # Errors
    ///
    /// [`CaError::NotIssued`], [`CaError::AlreadyRevoked`].
    pub fn revoke(
        &mut self,
        serial: &SerialNumber,
        reason: Reason,
        at: Time,
    ) -> Result<(), CaError> {
        let issued = self.state.issued.iter_mut().find(|issued| issued.serial == *serial);
        let issued = issued.ok_or_else(|| CaError::NotIssued { serial: serial.clone() })?;
        if let Some(Revocation { since, .. }) = issued.revoked {
            return Err(CaError::AlreadyRevoked { serial: serial.clone(), since });
        }
        issued.revoked = Some(Revocation { since: at, reason });
        Ok(())
    }

    fn period(&self, days: u32, at: Time) -> Result<Validity, CaError> {
        let issuer_ends = self.member(Role::Issuing).certificate.validity().not_after;
        // Both ends count: 1 day is 86 400 seconds.
        let not_after = at.plus(i64::from(days) * Time::DAY - 1);
        if days == 0 || not_after > issuer_ends {
            return Err(CaError::Validity { days, issuer_ends });
        }
        Ok(Validity { not_before: at, not_after })
    }
}

impl Member {
    /// Signs an end certificate.
    fn certify(
        &self,
        subject: Name,
        key: &PublicKey,
        validity: Validity,
        mut extensions: Vec<Extension>,
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, CaError> {
        extensions.extend([
            issue::policies(&[oid::TEST_ONLY_POLICY], Some(TEST_ONLY)),
            issue::subject_key_identifier(key),
            issue::authority_key_identifier(self.key.public()),
        ]);
        let template = Template {
            serial: new_serial(rng),
            issuer: self.certificate.subject().clone(),
            validity,
            subject,
            key: key.clone(),
            extensions,
        };
        Ok(Certificate::from_der(&template.sign(&self.key, rng)?)?)
    }
}

impl Issued {
    fn of(certificate: &Certificate, issuer: Role) -> Self {
        Self {
            serial: certificate.serial().clone(),
            issuer,
            not_after: certificate.validity().not_after,
            subject: certificate.subject().to_string(),
            revoked: None,
        }
    }
}

fn authority_extensions(
    path_length: Option<u64>,
    key: &PublicKey,
    issuer: Option<&PublicKey>,
) -> Vec<Extension> {
    let mut extensions = vec![
        issue::basic_constraints(true, path_length),
        issue::key_usage(KeyUsage::CERTIFICATE_SIGN.or(KeyUsage::CRL_SIGN)),
        issue::policies(&[oid::TEST_ONLY_POLICY], Some(TEST_ONLY)),
        issue::subject_key_identifier(key),
    ];
    extensions.extend(issuer.map(issue::authority_key_identifier));
    extensions
}

fn role_name(role: Role, curve: Curve) -> Result<Name, CaError> {
    let common = format!("Yinxin {TEST_ONLY} {} {}", curve.name(), role.title());
    let name = NameBuilder::new()
        .with(oid::COUNTRY, "CN")
        .with(oid::ORGANISATION, &format!("Yinxin {TEST_ONLY}"))
        .with(oid::COMMON_NAME, &common);
    Ok(name.build()?)
}

fn validity(role: Role, at: Time) -> Validity {
    Validity { not_before: at, not_after: at.plus(role.days() * Time::DAY - 1) }
}

/// 16 octets, positive and of full length: nobody can foretell them (CA/Browser Forum 7.1).
fn new_serial(rng: &mut impl CryptoRng) -> SerialNumber {
    let mut octets = [0; 16];
    rng.fill_bytes(&mut octets);
    if let Some(first) = octets.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    SerialNumber::from_octets(&octets)
}

fn supported(request: &CertificateRequest) -> Result<Curve, CaError> {
    let key = request.public_key();
    key.curve().ok_or_else(|| CaError::KeyNotSupported { found: key.algorithm_name() })
}

/// The name asked for with OU=TEST ONLY before its CN, octets of all else untouched.
fn test_subject(asked: &Name) -> Result<Name, CaError> {
    if asked.values(&oid::ORGANISATIONAL_UNIT).any(|unit| unit == TEST_ONLY) {
        return Ok(asked.clone());
    }
    let mark = Writer::build(|w| {
        w.set(|w| {
            w.sequence(|w| {
                w.oid(&oid::ORGANISATIONAL_UNIT);
                w.utf8_string(TEST_ONLY);
            });
        });
    });
    let mut relatives = Vec::new();
    let mut marked = false;
    let mut reader = Reader::new(asked.as_der()).sequence()?;
    while !reader.is_empty() {
        let relative = reader.expect(Tag::SET)?;
        let mut set = reader.enter(&relative)?;
        let is_common = set.sequence()?.oid()? == oid::COMMON_NAME;
        if is_common && !marked {
            relatives.extend_from_slice(&mark);
            marked = true;
        }
        relatives.extend_from_slice(relative.raw);
    }
    if !marked {
        relatives.extend_from_slice(&mark);
    }
    Ok(Name::from_der(&Writer::build(|w| w.tlv(Tag::SEQUENCE, &relatives)))?)
}
