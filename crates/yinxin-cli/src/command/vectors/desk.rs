//! Everybody in one room, with fixed keys and a fixed clock.

use serde_json::{Value, json};
use yinxin::envelope::{self, Draft, Encryptor, EnvelopeReader, Layer};
use yinxin::key::pkcs8;
use yinxin::session::trust_list::{ListedPlatform, PlatformState, TrustList, TrustListContent};
use yinxin::session::wire::{
    Binary, DecryptFile, Display, Format, Item, Payload, Placement, Platform, Request, Require,
    SealFile,
};
use yinxin::session::{Refused, Scene, Suite};
use yinxin::signed_object::{ObjectDraft, ObjectType};
use yinxin::{Certificate, DecryptionKey, SigningKey, Time};
use yinxin_ca::fixture::{FixedRng, Fixture, NOW};
use yinxin_ca::{Member, Role};

use super::octets;

pub(super) const HUB: &str = "hub.example.cn";
pub(super) const ORIGIN: &str = "https://bid.example.cn";
pub(super) const NAME: &str = "示范交易平台";

pub(super) struct Desk {
    pub(super) suite: Suite,
    pub(super) now: u64,
    pub(super) fixture: Fixture,
    pub(super) reply: DecryptionKey,
    pub(super) rng: FixedRng,
}

/// Fixed inputs: what fails here fails in the tests of this program.
#[expect(clippy::expect_used, reason = "nothing here depends on the outside")]
impl Desk {
    pub(super) fn new(suite: Suite) -> Self {
        let mut rng = FixedRng::new(77);
        let fixture = Fixture::new(suite.curve()).expect("a fixed authority");
        let reply = DecryptionKey::generate(suite.curve(), &mut rng);
        let now = u64::try_from(NOW.unix()).unwrap_or(0);
        Self { suite, now, fixture, reply, rng }
    }

    pub(super) fn name(&self, kind: &str) -> &'static str {
        let name = format!("{kind}-{}", self.suite.name().to_lowercase());
        // One for each file, in a program that then ends.
        Box::leak(name.into_boxed_str())
    }

    pub(super) fn member(&self, role: Role) -> &Member {
        self.fixture.authority.member(role)
    }

    pub(super) fn sign(&mut self, role: Role, kind: ObjectType, content: &[u8]) -> Vec<u8> {
        let member = self.fixture.authority.member(role);
        sign(member.certificate(), &[], member.key(), kind, content, &mut self.rng)
    }

    /// As the holder signs: the certificate and its issuer come with it.
    pub(super) fn sign_as_holder(&mut self, kind: ObjectType, content: &[u8]) -> Vec<u8> {
        let own = self.fixture.holder.certificates.signing().certificate().clone();
        let carried = [vec![own.clone()], self.fixture.intermediates()].concat();
        sign(&own, &carried, &self.fixture.signing_key, kind, content, &mut self.rng)
    }

    pub(super) fn list_content(&self) -> TrustListContent {
        let mut list = TrustListContent::new(HUB, 7, self.now - 60, self.now + 3600);
        let platform = self.member(Role::Platform).certificate();
        list.platforms.push(ListedPlatform {
            code: "P-1".into(),
            name: NAME.into(),
            origins: vec![ORIGIN.into()],
            certificates: vec![Binary(platform.as_der().to_vec())],
            scenes: Scene::ALL.to_vec(),
            state: PlatformState::Active,
        });
        list
    }

    pub(super) fn list(&mut self, content: &TrustListContent) -> (Vec<u8>, TrustList) {
        let text = content.write().expect("a list that is read again");
        let der = self.sign(Role::TrustList, ObjectType::TrustList, &text);
        let signer = [self.member(Role::TrustList).certificate().clone()];
        let list = TrustList::read(&der, HUB, &signer, None).expect("the list just signed");
        (der, list)
    }

    pub(super) fn request(&self, payload: Payload) -> Request {
        let acts = payload.scene().needs_account();
        Request {
            suite: self.suite,
            hub: HUB.into(),
            platform: Platform { code: "P-1".into(), name: NAME.into() },
            origin: ORIGIN.into(),
            nonce: vec![7; 32],
            issued_at: self.now,
            expires_at: self.now + 120,
            reply_key: self.reply.public().to_spki(),
            browser: None,
            display: Display { title: Some("示范".into()), ..Display::default() },
            payload,
            require: Require {
                credit_code: acts.then(|| Fixture::CODE.into()),
                ..Require::default()
            },
        }
    }

    pub(super) fn payloads(&mut self) -> Vec<Payload> {
        let digest = |text: &[u8]| Binary(self.suite.digest().digest(text).as_ref().to_vec());
        let text = Item {
            id: "1".into(),
            text: Some("同意中标结果公示".into()),
            digest: None,
            attached: true,
        };
        let bare =
            Item { id: "2".into(), text: None, digest: Some(digest(b"hidden")), attached: false };
        let file = SealFile {
            id: "a".into(),
            name: "合同.pdf".into(),
            digest: digest(b"contract"),
            size: 8,
            format: Format::Pdf,
            placements: vec![Placement { page: 1, x: 120_000, y: 230_000 }],
        };
        let revoke = Payload::RevokeSignature {
            digest: digest(b"sealed").0,
            format: Format::Ofd,
            signature: 1,
            seal: "37030000001721".into(),
            reason: "金额有误".into(),
        };
        let opening = self.now + 86_400;
        vec![
            Payload::Login,
            Payload::MessageSignature(vec![text, bare]),
            Payload::Signature(vec![file]),
            revoke,
            Payload::Encrypt { project: "P-17".into(), section: "A1".into(), opening },
            Payload::Decrypt(vec![self.bid()]),
        ]
    }

    /// A bid for the holder's key, opened an hour ago.
    pub(super) fn bid(&mut self) -> DecryptFile {
        let key = &self.fixture.holder.escrowed.key;
        let draft = Draft {
            suite: envelope::Suite::of(self.suite.curve()),
            platform: "P-1".into(),
            project: "P-17".into(),
            section: "A1".into(),
            bidder: Fixture::CODE.into(),
            created: NOW,
            opening: Time::from_unix(NOW.unix() - 3600),
            chunk_size: 1 << 16,
            segments: vec!["technical".into(), "price".into()],
        };
        let mut head = Vec::new();
        let made =
            Encryptor::new(draft, Layer::Bid, &[key.public()], None, &mut self.rng, &mut head);
        made.expect("a header that fits");
        let read = EnvelopeReader::new().push(&head).expect("the head just made");
        let bid = read.expect("the whole head");
        let id = key.public().id();
        let segments = ["technical", "price"].into_iter().zip(0..).map(|(name, index)| {
            let info = bid.info_for(index, &id).and_then(|info| info.to_der());
            (name.into(), Binary(info.expect("a recipient's own")))
        });
        DecryptFile {
            id: "bid".into(),
            header: Binary(bid.header().as_der().to_vec()),
            segments: segments.collect(),
        }
    }

    /// The page's reply key, for whoever opens envelopes.
    pub(super) fn reply_key(&self) -> Value {
        json!({
            "spki": octets(self.reply.public().to_spki()),
            "pkcs8": octets(pkcs8::write(self.reply.as_private())),
        })
    }
}

#[expect(clippy::expect_used, reason = "nothing here depends on the outside")]
fn sign(
    certificate: &Certificate,
    carried: &[Certificate],
    key: &SigningKey,
    kind: ObjectType,
    content: &[u8],
    rng: &mut FixedRng,
) -> Vec<u8> {
    let draft = ObjectDraft::new(kind, content.to_vec(), certificate, carried, NOW);
    let draft = draft.expect("an object that fits");
    let answer = key.sign(draft.to_sign(), rng).expect("a key of this curve");
    draft.finish(&answer).expect("the key's own answer")
}

/// What fixed inputs give.
#[expect(clippy::expect_used, reason = "nothing here depends on the outside")]
pub(super) fn sure<T>(result: Result<T, Refused>) -> T {
    result.expect("fixed inputs")
}
