//! Keys, certificates, bids and seals, made once for all runs: making them takes longer than a
//! session does.

use std::sync::OnceLock;

use rand_core::CryptoRng;
use yinxin_ca::Role;
use yinxin_ca::fixture::{FixedRng, Fixture};
use yinxin_pki::envelope::{Draft, Encryptor, Envelope, EnvelopeReader, Layer};
use yinxin_pki::{Certificate, Curve, DecryptionKey, SigningKey, Time, ToSign, pkcs8};
use yinxin_session::phone::{Holdings, OwnCertificate, OwnSeal, PinnedHub, Right, Standing};
use yinxin_session::platform::Platform;
use yinxin_session::trust_list::{ListedPlatform, PlatformState, TrustListContent};
use yinxin_session::wire::{
    Binary, Browser, DecryptFile, Format, Item, Payload, Placement, Platform as Names, SealFile,
};
use yinxin_session::{Scene, Suite};

pub(crate) const HUB: &str = "hub.example.cn";
pub(crate) const NOW: u64 = 1_795_521_600;
pub(crate) const CODE: &str = Fixture::CODE;

// What nobody between phone and page may find out.
pub(crate) const PROJECT: &str = "项目-MARKER-7f3a9c";
pub(crate) const SECTION: &str = "标段-MARKER-b81d02";
pub(crate) const TITLE: &str = "标题-MARKER-44c0de";
pub(crate) const FILE: &str = "文件-MARKER-9e17aa.ofd";

/// Bids of the unit: opened a minute ago, to be opened tomorrow, of another section.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Bid {
    Closed,
    Foreign,
    Open,
}

pub(crate) struct Cast {
    pub(crate) suite: Suite,
    pub(crate) fixture: Fixture,
    pub(crate) list: TrustListContent,
    pub(crate) list_der: Vec<u8>,
    pub(crate) pinned: PinnedHub,
    pub(crate) hub_certificate: Certificate,
    hub_key: Vec<u8>,
    pub(crate) browser: SigningKey,
    bids: [Envelope; 3],
}

const ROLES: [Role; 2] = [Role::Platform, Role::SealMaker];

pub(crate) fn platform_names(index: usize) -> Names {
    let (code, name) = [("P-1", "示范交易平台"), ("P-2", "另一交易平台")][index];
    Names { code: code.into(), name: name.into() }
}

fn origin(index: usize) -> String {
    ["https://bid.example.cn", "https://other.example.cn"][index].into()
}

/// The cast of a suite.
pub(crate) fn cast(suite: Suite) -> &'static Cast {
    static CASTS: [OnceLock<Cast>; 2] = [const { OnceLock::new() }; 2];
    CASTS[usize::from(suite == Suite::Nist)].get_or_init(|| Cast::new(suite))
}

impl Cast {
    fn new(suite: Suite) -> Self {
        let fixture = Fixture::new(suite.curve()).unwrap();
        let mut rng = FixedRng::new(77);
        let member = fixture.authority.member(Role::Ocsp);
        let mut list = TrustListContent::new(HUB, 7, NOW - 60, NOW + 80_000);
        list.hub_keys.push(Binary(member.certificate().as_der().to_vec()));
        for (index, role) in ROLES.into_iter().enumerate() {
            let Names { code, name } = platform_names(index);
            let certificate = fixture.authority.member(role).certificate();
            list.platforms.push(ListedPlatform {
                code,
                name,
                origins: vec![origin(index)],
                certificates: vec![Binary(certificate.as_der().to_vec())],
                scenes: Scene::ALL.to_vec(),
                state: PlatformState::Active,
            });
        }
        let signer = fixture.authority.member(Role::TrustList).certificate().clone();
        let mut pinned = PinnedHub::new(HUB, vec![signer]).unwrap();
        let key = &fixture.holder.escrowed.key;
        let bids = [Bid::Closed, Bid::Foreign, Bid::Open].map(|bid| {
            let (section, opening) = match bid {
                Bid::Closed => (SECTION, NOW + 86_400),
                Bid::Foreign => ("another-section", NOW - 60),
                Bid::Open => (SECTION, NOW - 60),
            };
            let draft = Draft {
                suite: match suite {
                    Suite::Nist => yinxin_pki::envelope::Suite::Nist,
                    _ => yinxin_pki::envelope::Suite::Sm,
                },
                project: PROJECT.into(),
                section: section.into(),
                platform: "P-1".into(),
                bidder: CODE.into(),
                created: Time::from_unix(i64::try_from(NOW - 7200).unwrap()),
                opening: Time::from_unix(i64::try_from(opening).unwrap()),
                chunk_size: 1 << 16,
                segments: vec!["technical".into(), "price".into()],
            };
            let mut head = Vec::new();
            Encryptor::new(draft, Layer::Bid, &[key.public()], None, &mut rng, &mut head).unwrap();
            EnvelopeReader::new().push(&head).unwrap().unwrap()
        });
        let hub_key = pkcs8::write(member.key().as_private()).to_vec();
        let hub_certificate = member.certificate().clone();
        let browser = SigningKey::generate(Curve::P256, &mut rng);
        let mut cast = Self {
            suite,
            list,
            list_der: Vec::new(),
            pinned: pinned.clone(),
            hub_certificate,
            hub_key,
            browser,
            bids,
            fixture,
        };
        cast.list_der = cast.sign_list(&cast.list);
        pinned.take_list(&cast.list_der).unwrap();
        cast.pinned = pinned;
        cast
    }

    pub(crate) fn sign_list(&self, list: &TrustListContent) -> Vec<u8> {
        super::sign_list(self, list)
    }

    pub(crate) fn hub_key(&self) -> SigningKey {
        pkcs8::read(&self.hub_key).unwrap().into_signing()
    }

    /// The hub's key where it would open something with it.
    pub(crate) fn hub_key_for_decryption(&self) -> DecryptionKey {
        pkcs8::read(&self.hub_key).unwrap().into_decryption()
    }

    pub(crate) fn platform(&self, index: usize) -> Platform {
        Platform {
            names: platform_names(index),
            hub: HUB.into(),
            origins: vec![origin(index)],
            certificate: self.fixture.authority.member(ROLES[index]).certificate().clone(),
        }
    }

    pub(crate) fn platform_signs(
        &self,
        index: usize,
        to_sign: &ToSign,
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        self.fixture.authority.member(ROLES[index]).key().sign(to_sign, rng).unwrap()
    }

    pub(crate) fn browser_signs(&self, octets: &[u8]) -> Browser {
        let to_sign = ToSign::message(self.browser.public(), octets).unwrap();
        let signature = self.browser.sign(&to_sign, &mut FixedRng::new(9)).unwrap();
        Browser { key: Binary(self.browser.public().to_spki()), signature: Binary(signature) }
    }

    pub(crate) fn holdings(&self) -> Holdings {
        let certificates = &self.fixture.holder.certificates;
        let signing = certificates.signing();
        let own = OwnCertificate {
            signing: signing.clone(),
            issuers: self.fixture.intermediates(),
            encryption: Some(certificates.encryption().clone()),
            standing: Standing::Active,
            right: Right::Owner,
        };
        let seal = OwnSeal {
            der: b"a seal, which the session does not read".to_vec(),
            id: "35010010000001".into(),
            name: "公章".into(),
            listed: vec![signing.as_der().to_vec()],
            window: (NOW - 86_400, NOW + 86_400 * 400),
            standing: Standing::Active,
            right: Right::Owner,
        };
        let keys = vec![self.fixture.holder.escrowed.key.public().id()];
        Holdings { certificates: vec![own], seals: vec![seal], keys, typed_codes: false }
    }

    pub(crate) fn bid(&self, bid: Bid) -> &Envelope {
        let [closed, foreign, open] = &self.bids;
        match bid {
            Bid::Closed => closed,
            Bid::Foreign => foreign,
            Bid::Open => open,
        }
    }

    pub(crate) fn decrypt(&self, bid: Bid) -> Payload {
        Payload::Decrypt(vec![self.decrypt_file(bid, &["technical", "price"])])
    }

    pub(crate) fn decrypt_file(&self, bid: Bid, segments: &[&str]) -> DecryptFile {
        let key = self.fixture.holder.escrowed.key.public().id();
        let bid = self.bid(bid);
        let info = |segment: &str| {
            let index = bid.header().key_index(segment).unwrap();
            Binary(bid.info_for(index, &key).unwrap().to_der().unwrap())
        };
        DecryptFile {
            id: "bid".into(),
            header: Binary(bid.header().as_der().to_vec()),
            segments: segments.iter().map(|name| ((*name).into(), info(name))).collect(),
        }
    }

    /// The content keys of the open bid.
    pub(crate) fn content_keys(&self) -> Vec<[u8; 16]> {
        let bid = self.bid(Bid::Open);
        let key = &self.fixture.holder.escrowed.key;
        ["technical", "price"]
            .iter()
            .map(|segment| {
                let index = bid.header().key_index(segment).unwrap();
                let info = bid.info_for(index, &key.public().id()).unwrap();
                let octets = info.unwrap(key).unwrap().into_bytes();
                let opened = bid.header().take_answer(index, 1, &octets).unwrap();
                *opened.as_bytes()
            })
            .collect()
    }

    pub(crate) fn messages(&self, count: usize) -> Payload {
        let item = |number: usize| Item {
            id: number.to_string(),
            text: Some(format!("第 {number} 条")),
            digest: None,
            attached: number.is_multiple_of(2),
        };
        Payload::MessageSignature((0..count).map(item).collect())
    }

    pub(crate) fn seal_files(&self, count: u64) -> Payload {
        let file = |number: u64| SealFile {
            id: format!("f{number}"),
            name: format!("{number}-{FILE}"),
            digest: Binary(self.hash(&number.to_be_bytes())),
            size: 1000,
            format: Format::Ofd,
            placements: vec![Placement { page: 1, x: 1000, y: 2000 + number }],
        };
        Payload::Signature((0..count).map(file).collect())
    }

    pub(crate) fn revocation(&self) -> Payload {
        Payload::RevokeSignature {
            digest: self.hash(b"sealed file"),
            format: Format::Ofd,
            signature: 1,
            seal: "35010010000001".into(),
            reason: "误盖".into(),
        }
    }

    pub(crate) fn encryption(&self) -> Payload {
        Payload::Encrypt { project: PROJECT.into(), section: SECTION.into(), opening: NOW + 86_400 }
    }

    /// One payload of each scene.
    pub(crate) fn payload(&self, scene: Scene) -> Payload {
        match scene {
            Scene::Decrypt => self.decrypt(Bid::Open),
            Scene::Encrypt => self.encryption(),
            Scene::MessageSignature => self.messages(2),
            Scene::RevokeSignature => self.revocation(),
            Scene::Signature => self.seal_files(2),
            _ => Payload::Login,
        }
    }

    pub(crate) fn hash(&self, octets: &[u8]) -> Vec<u8> {
        self.suite.digest().digest(octets).as_ref().to_vec()
    }
}
