//! A platform, its page, the hub and a phone on one desk, each as its own messages make it.

use yinxin_ca::Role;
use yinxin_ca::fixture::NOW;
use yinxin_pki::envelope::{Draft, Encryptor, Envelope, EnvelopeReader, Layer};
use yinxin_pki::signed_object::{ObjectType, SignedObject};
use yinxin_pki::{
    Certificate, Curve, DecryptionKey, Digest, SigningCertificate, SigningKey, ToSign,
};
use yinxin_session::channel::{Binding, DisplayKey, Sid, Step};
use yinxin_session::display::Language;
use yinxin_session::frame::QrSecret;
use yinxin_session::phone::{
    Confirm, Context, Holdings, Matching, Memory, Next, Opened, OwnCertificate, Phone, PinPassed,
    PinnedHub, Right, Standing, ToOpen, View,
};
use yinxin_session::trust_list::TrustListContent;
use yinxin_session::wire::http::{Bound, SeenBrowser};
use yinxin_session::wire::{
    Answer, Binary, Browser, DecryptFile, Display, Hello, HubTime, Item, Payload, Reject, Request,
    RoutingHeader, StatementContent, Token,
};
use yinxin_session::{Code, Refused, Suite};
use yinxin_tests::ours::rng;

use crate::{HUB, World, sign, world};

pub(super) const CODE: &str = "91350100M000100Y43";
pub(super) const PROJECT: &str = "E3501000001";
pub(super) const SECTION: &str = "E3501000001001";

/// Everything around one phone.
pub(super) struct Desk {
    pub(super) world: World,
    pub(super) suite: Suite,
    pub(super) list: TrustListContent,
    pub(super) hub: PinnedHub,
    pub(super) holdings: Holdings,
    pub(super) memory: Memory,
    /// The true time; the phone's clock shows `now` + `fast`.
    pub(super) now: u64,
    pub(super) fast: i64,
    pub(super) browser: SigningKey,
}

/// One session: what page and hub know of it.
pub(super) struct Session {
    pub(super) request: Request,
    pub(super) header: RoutingHeader,
    pub(super) binding: Binding,
    pub(super) reply: DecryptionKey,
    pub(super) display: DisplayKey,
    pub(super) sealed: Vec<u8>,
    pub(super) qr: QrSecret,
}

impl Desk {
    pub(super) fn new(suite: Suite) -> Self {
        let world = world(suite);
        let now = world.now;
        let mut list = world.content();
        let hub_key = world.fixture.authority.member(Role::Ocsp).certificate();
        list.hub_keys.push(Binary(hub_key.as_der().to_vec()));
        let signer = world.fixture.authority.member(Role::TrustList).certificate().clone();
        let certificates = &world.fixture.holder.certificates;
        let own = OwnCertificate {
            signing: certificates.signing().clone(),
            issuers: world.fixture.intermediates(),
            encryption: Some(certificates.encryption().clone()),
            standing: Standing::Active,
            right: Right::Owner,
        };
        let keys = vec![world.fixture.holder.escrowed.key.public().id()];
        let holdings =
            Holdings { certificates: vec![own], seals: vec![], keys, typed_codes: false };
        let hub = PinnedHub::new(HUB, vec![signer]).unwrap();
        let browser = SigningKey::generate(Curve::P256, &mut rng());
        let memory = Memory::default();
        let mut desk = Self { world, suite, list, hub, holdings, memory, now, fast: 0, browser };
        desk.publish();
        desk
    }

    /// Signs the list as it stands and has the phone fetch it.
    pub(super) fn publish(&mut self) {
        let signer = self.world.fixture.authority.member(Role::TrustList);
        let der = sign(signer, ObjectType::TrustList, self.list.write().unwrap());
        self.hub.take_list(&der).unwrap();
    }

    /// A new list under the next number.
    pub(super) fn publish_next(&mut self, change: impl Fn(&mut TrustListContent)) {
        self.list.number += 1;
        change(&mut self.list);
        self.publish();
    }

    pub(super) fn clock(&self) -> u64 {
        self.now.saturating_add_signed(self.fast)
    }

    pub(super) fn context(&mut self) -> Context<'_> {
        let now = self.clock();
        Context { hub: &self.hub, memory: &mut self.memory, now }
    }

    /// A request of a scene, by somebody who is logged in as the phone's unit.
    pub(super) fn request(&self, payload: Payload) -> Request {
        let mut request = self.world.request();
        request.issued_at = self.now;
        request.expires_at = self.now + 120;
        request.payload = payload;
        request.display = Display {
            project: Some(PROJECT.into()),
            section: Some(SECTION.into()),
            ..Display::default()
        };
        if request.scene().needs_account() {
            request.require.credit_code = Some(CODE.into());
        }
        request
    }

    pub(super) fn login(&self) -> Session {
        self.open(self.request(Payload::Login))
    }

    /// The page's browser says who it is; it signs when the session is opened.
    pub(super) fn with_browser(&self, mut request: Request) -> Request {
        let key = Binary(self.browser.public().to_spki());
        request.browser = Some(Browser { key, signature: Binary(Vec::new()) });
        request
    }

    /// Opens a session for a request as it stands but for its reply key.
    pub(super) fn open(&self, mut request: Request) -> Session {
        let reply = DecryptionKey::generate(self.suite.curve(), &mut rng());
        request.reply_key = reply.public().to_spki();
        if request.browser.is_some() {
            let to_sign = ToSign::message(self.browser.public(), &request.browser_bytes()).unwrap();
            let signature = Binary(self.browser.sign(&to_sign, &mut rng()).unwrap());
            let key = Binary(self.browser.public().to_spki());
            request.browser = Some(Browser { key, signature });
        }
        self.open_with(request, reply)
    }

    fn open_with(&self, request: Request, reply: DecryptionKey) -> Session {
        let text = request.write().unwrap();
        let (signed, header) = self.world.sealed(text, &request);
        let digest = Digest::from_bytes(self.suite.digest(), &header.request_digest.0).unwrap();
        let display = DisplayKey::random(&mut rng());
        let sealed = display.seal_request(self.suite, &digest, &signed, &mut rng()).unwrap();
        let mut sid = Sid([0; 16]);
        rand_core::Rng::fill_bytes(&mut rng(), &mut sid.0);
        let binding = Binding { suite: self.suite, sid, request: digest };
        let qr = QrSecret::random(&mut rng());
        Session { request, header, binding, reply, display, sealed, qr }
    }

    pub(super) fn scan(&self, session: &Session) -> Phone {
        let text = session.qr.draw(self.suite, HUB, session.binding.sid, 0, &session.display);
        Phone::scan(&text.unwrap(), &[HUB], &mut rng()).unwrap()
    }

    /// The hub's word on the time, over a nonce.
    pub(super) fn hub_time(&self, nonce: &[u8], at: u64, list_number: u64) -> Vec<u8> {
        let member = self.world.fixture.authority.member(Role::Ocsp);
        let time = HubTime { hub: HUB.into(), phone_nonce: nonce.to_vec(), at, list_number };
        let draft = time.draft(member.certificate()).unwrap();
        let answer = member.key().sign(draft.to_sign(), &mut rng()).unwrap();
        draft.finish(&answer).unwrap()
    }

    /// An honest hub's answer to a phone's scan.
    pub(super) fn bound(&self, session: &Session, phone: &Phone) -> Bound {
        let scan = phone.to_scan(&self.hub);
        let time = self.hub_time(&scan.phone_nonce.0, self.now, self.list.number);
        Bound {
            sid: Binary(session.binding.sid.0.to_vec()),
            phone_token: Token::random(&mut rng()),
            header: session.header.clone(),
            sealed: Binary(session.sealed.clone()),
            hub_time: Binary(time),
            confirm_by: self.now + 300,
            ends_by: self.now + 1800,
            browser: Some(SeenBrowser { kind: "Chrome, Windows".into(), city: None }),
            n: 2,
        }
    }

    /// Scans and fetches.
    pub(super) fn fetched(&self, session: &Session) -> Phone {
        let mut phone = self.scan(session);
        let bound = self.bound(session, &phone);
        phone.bound(&bound, &self.hub, self.clock()).unwrap();
        phone
    }

    pub(super) fn check(&mut self, phone: &mut Phone) -> Result<Vec<ToOpen>, Refused> {
        let holdings = self.holdings.clone();
        phone.check(&holdings, Language::Chinese, &self.context())
    }

    /// The phone's own keys unwrap what they can.
    pub(super) fn unwrap(&self, tasks: &[ToOpen]) -> Vec<Opened> {
        let key = &self.world.fixture.holder.escrowed.key;
        let open = |task: &ToOpen| task.info.unwrap(key).ok().map(|key| key.into_bytes());
        tasks.iter().map(|task| Opened(open(task))).collect()
    }

    /// Up to what the person sees, and why not.
    pub(super) fn try_show(&mut self, session: &Session) -> Result<(Phone, View), Code> {
        let mut phone = self.fetched(session);
        let view = self.view(&mut phone)?;
        phone.hello(&mut rng()).map_err(|refused| refused.code)?;
        Ok((phone, view))
    }

    pub(super) fn view(&mut self, phone: &mut Phone) -> Result<View, Code> {
        let tasks = self.check(phone).map_err(|refused| refused.code)?;
        let opened = self.unwrap(&tasks);
        phone.show(&opened, &self.context()).map_err(|refused| refused.code)
    }

    pub(super) fn show(&mut self, session: &Session) -> (Phone, View) {
        self.try_show(session).unwrap()
    }

    pub(super) fn pin(&mut self) -> PinPassed {
        let attempt = self.memory.pin.begin().unwrap();
        attempt.right(&mut self.memory.pin)
    }

    /// The person enters the number that the page shows.
    pub(super) fn match_number(
        &mut self,
        session: &Session,
        phone: &mut Phone,
        view: &View,
    ) -> Result<(), Code> {
        if view.needs.matching == Matching::None {
            return Ok(());
        }
        let number = session.number(phone);
        phone.match_number(number, &mut self.context()).map_err(|refused| refused.code)
    }

    /// What a person who agrees says.
    pub(super) fn agree(&mut self, view: &View) -> Confirm {
        let pin = view.needs.pin.then(|| self.pin());
        Confirm {
            view: view.digest(),
            certificate: view.needs.certificates[0],
            seals: view.needs.seals.first().map_or_else(Vec::new, |s| vec![*s; view.needs.files]),
            trust_browser: false,
            pin,
        }
    }

    pub(super) fn confirm(&mut self, phone: &mut Phone, confirm: Confirm) -> Result<Next, Code> {
        phone.confirm(confirm, &self.context(), &mut rng()).map_err(|refused| refused.code)
    }

    pub(super) fn sign(&self, values: &[ToSign]) -> Vec<Vec<u8>> {
        let key = &self.world.fixture.signing_key;
        values.iter().map(|to_sign| key.sign(to_sign, &mut rng()).unwrap()).collect()
    }

    /// Signs what there is to sign until the answer is there.
    pub(super) fn finish(&mut self, phone: &mut Phone, mut next: Next) -> Result<Vec<u8>, Code> {
        loop {
            match next {
                Next::Answer(envelope) => return Ok(envelope),
                Next::Sign(to_sign) => {
                    let values = self.sign(&to_sign);
                    next = phone
                        .signed(&values, &mut self.context(), &mut rng())
                        .map_err(|refused| refused.code)?;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// From the view to the answer, as an honest person goes.
    pub(super) fn release(
        &mut self,
        session: &Session,
        phone: &mut Phone,
        view: &View,
    ) -> Result<Vec<u8>, Code> {
        self.match_number(session, phone, view)?;
        let confirm = self.agree(view);
        let next = self.confirm(phone, confirm)?;
        self.finish(phone, next)
    }

    /// The whole way in a scene without an offer.
    pub(super) fn answer(&mut self, request: Request) -> (Session, Answer, StatementContent) {
        let session = self.open(request);
        let (mut phone, view) = self.show(&session);
        let envelope = self.release(&session, &mut phone, &view).unwrap();
        let answer = session.answer(&envelope);
        let statement = session.statement(&answer, self.signer());
        (session, answer, statement)
    }

    /// The unit's signing certificate, renewed over a new key.
    pub(super) fn renewed(&mut self) -> SigningCertificate {
        let fixture = &mut self.world.fixture;
        let code = fixture.holder.certificates.signing().holder().unified_code().cloned();
        let identity = code.map(yinxin_ca::Identity::Organisation);
        let subject = "C=CN,O=甲公司,CN=甲公司";
        let (request, _) =
            yinxin_ca::fixture::request(self.suite.curve(), subject, &mut fixture.rng).unwrap();
        let issued =
            fixture.authority.issue_holder(&request, identity.as_ref(), 365, NOW, &mut fixture.rng);
        issued.unwrap().certificates.signing().clone()
    }

    pub(super) fn signer(&self) -> &Certificate {
        self.world.fixture.holder.certificates.signing().certificate()
    }

    pub(super) fn messages(&self, count: usize) -> Payload {
        let item = |number: usize| Item {
            id: number.to_string(),
            text: Some(format!("第 {number} 条")),
            digest: None,
            attached: number.is_multiple_of(2),
        };
        Payload::MessageSignature((0..count).map(item).collect())
    }

    /// A bid of two segments for this phone's key, opened at `opening`.
    pub(super) fn bid(&self, opening: u64) -> Envelope {
        self.bid_of(PROJECT, SECTION, opening, &self.world.fixture.holder.escrowed.key)
    }

    pub(super) fn bid_of(
        &self,
        project: &str,
        section: &str,
        opening: u64,
        key: &DecryptionKey,
    ) -> Envelope {
        self.bid_for("P-1", (project, section), opening, key)
    }

    pub(super) fn bid_for(
        &self,
        platform: &str,
        (project, section): (&str, &str),
        opening: u64,
        key: &DecryptionKey,
    ) -> Envelope {
        let draft = Draft {
            suite: match self.suite {
                Suite::Nist => yinxin_pki::envelope::Suite::Nist,
                _ => yinxin_pki::envelope::Suite::Sm,
            },
            platform: platform.into(),
            project: project.into(),
            section: section.into(),
            bidder: CODE.into(),
            created: NOW,
            opening: yinxin_pki::Time::from_unix(i64::try_from(opening).unwrap()),
            chunk_size: 1 << 16,
            segments: vec!["technical".into(), "price".into()],
        };
        let mut head = Vec::new();
        Encryptor::new(draft, Layer::Bid, &[key.public()], None, &mut rng(), &mut head).unwrap();
        let mut reader = EnvelopeReader::new();
        reader.push(&head).unwrap().unwrap()
    }

    /// What a platform asks to have opened of a bid.
    pub(super) fn decrypt_file(&self, bid: &Envelope, segments: &[&str]) -> DecryptFile {
        let key = self.world.fixture.holder.escrowed.key.public().id();
        decrypt_file(bid, segments, &key)
    }
}

pub(super) fn decrypt_file(
    bid: &Envelope,
    segments: &[&str],
    key: &yinxin_pki::KeyId,
) -> DecryptFile {
    let header = bid.header();
    let info = |segment: &str| {
        let index = header.key_index(segment).unwrap();
        Binary(bid.info_for(index, key).unwrap().to_der().unwrap())
    };
    DecryptFile {
        id: "bid".into(),
        header: Binary(header.as_der().to_vec()),
        segments: segments.iter().map(|name| ((*name).into(), info(name))).collect(),
    }
}

impl Session {
    /// The number on the page, out of the hello that reached it.
    pub(super) fn number(&self, phone: &mut Phone) -> u8 {
        let hello = phone.hello(&mut rng()).unwrap();
        self.hello(&hello, &self.display).secret.number(
            self.binding.suite,
            self.binding.sid,
            &self.binding.request,
        )
    }

    pub(super) fn hello(&self, envelope: &[u8], display: &DisplayKey) -> Hello {
        let text = self.binding.open(Step::Hello, envelope, &self.reply, display).unwrap();
        Hello::read(&text).unwrap()
    }

    pub(super) fn answer(&self, envelope: &[u8]) -> Answer {
        let text = self.binding.open(Step::Answer, envelope, &self.reply, &self.display).unwrap();
        Answer::read(&text).unwrap()
    }

    pub(super) fn reject(&self, envelope: &[u8]) -> Reject {
        let text = self.binding.open(Step::Reject, envelope, &self.reply, &self.display).unwrap();
        Reject::read(&text).unwrap()
    }

    pub(super) fn statement(&self, answer: &Answer, signer: &Certificate) -> StatementContent {
        let object = SignedObject::from_der(&answer.statement.0, ObjectType::Statement).unwrap();
        let content = StatementContent::read(object.verify(signer).unwrap().content).unwrap();
        assert_eq!(content.request_digest, self.binding.request.as_ref());
        assert_eq!(content.sid, self.binding.sid);
        content
    }
}
