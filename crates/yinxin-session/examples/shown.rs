//! What phones show, compared with digests written down here: the same wherever it is compiled.
//!
//! As a WASM module without any import it has only its exit code to speak with: the number of
//! digests that are as written. The last line of the list is wrong on purpose and must never count.

#![allow(missing_docs, reason = "an example has no users")]

use std::error::Error;
use std::process::ExitCode;

use yinxin_ca::Role;
use yinxin_ca::fixture::{FixedRng, Fixture, NOW};
use yinxin_pki::DecryptionKey;
use yinxin_pki::signed_object::{ObjectDraft, ObjectType};
use yinxin_session::check::{CheckedRequest, Known};
use yinxin_session::display::{Language, Shown};
use yinxin_session::trust_list::{ListedPlatform, PlatformState, TrustList, TrustListContent};
use yinxin_session::wire::{
    Binary, Display, Format, Item, Payload, Placement, Platform, Request, Require, SealFile,
};
use yinxin_session::{Scene, Suite};

const HUB: &str = "hub.example.cn";
const ORIGIN: &str = "https://bid.example.cn";
const NAME: &str = "示范交易平台";

/// Of each payload in each suite, in English and in Chinese.
const GOLDEN: &[&str] = &[
    "d91dd31c4a3e6ad61982639c5247b7a161666088f727a979279e166ce406264e",
    "6e2474712245d9d63ea8d0285cc37c25c38db153e989c45c94626c784a2ec7b4",
    "d5cb6ef13f4dc19370019cf6d420a8c2dc7329192c27c02dc920ecfa7aef6e6d",
    "09f77df8f459c654ae1be64a4d41a18ff3b7d85416a2df484e58a496879ada62",
    "b66e9a3ff5313e1c65705a9c622aa77887e0aa251d50ee0e657eef852004a152",
    "83cf04f9d0e9c7d5a675a5150f96cf733e59be2067c9e92aca81809ab8f00f71",
    "07123ba79dbb35fc2dc22cf51e08919bee845060c986012a4768ce58eedf344a",
    "c8d4496c90510c9cf70b127a6c9956aa84b94433a984f22ff0d04608c00f8f64",
    "784af4bfc62875a9a23c988c0f4bab67e5ddd629d6477a47a655130da5e3388d",
    "2db0214a5a75bb220ab7a7ce3fbedadc7389098fc5e630caac1dcea27a520aad",
    "44e05be48cca1226830210175653605f55b57f2d59587ec825c32ebc2cec733f",
    "45755666d54a23e90fc7187d9bcf118efc23367accf0d56282e3f00ffd1baf5b",
    "d33d8675be7ff3935b19ae2b7d77924a5707fb0cf40bb456dab301d282a68cd1",
    "b9698f7756eee7c4e082def8c4b6b73a88858c0eecd809f8fd4a5fdb4017a32c",
    "fb151460ff0df4a0736911517c9c5990d62c99789bb272b49e7ee0fe0f74c498",
    "760c3eab7fcd3bad8bb9bf1b6532b2b7dbeffbef5a7ca43dbcc5a535d19d54c6",
    "0000000000000000000000000000000000000000000000000000000000000000",
];

fn payloads(now: u64) -> [Payload; 4] {
    let item = Item { id: "1".into(), text: Some("同意".into()), digest: None, attached: false };
    let file = SealFile {
        id: "a".into(),
        name: "合同.pdf".into(),
        digest: Binary(vec![7; 32]),
        size: 8,
        format: Format::Pdf,
        placements: vec![Placement { page: 2, x: 120_000, y: 230_000 }],
    };
    [
        Payload::Login,
        Payload::MessageSignature(vec![item]),
        Payload::Signature(vec![file]),
        Payload::Encrypt { project: "P-17".into(), section: "A1".into(), opening: now + 86_400 },
    ]
}

fn sign(
    fixture: &mut Fixture,
    role: Role,
    kind: ObjectType,
    content: &[u8],
) -> Result<Vec<u8>, Box<dyn Error>> {
    let member = fixture.authority.member(role);
    let draft = ObjectDraft::new(kind, content.to_vec(), member.certificate(), &[], NOW)?;
    let answer = member.key().sign(draft.to_sign(), &mut fixture.rng)?;
    Ok(draft.finish(&answer)?)
}

fn digests() -> Result<Vec<String>, Box<dyn Error>> {
    let now = u64::try_from(NOW.unix())?;
    let mut digests = Vec::new();
    for suite in Suite::ALL {
        let mut fixture = Fixture::new(suite.curve())?;
        let platform = fixture.authority.member(Role::Platform).certificate().as_der().to_vec();
        let mut list = TrustListContent::new(HUB, 1, now - 60, now + 3600);
        list.platforms.push(ListedPlatform {
            code: "P-1".into(),
            name: NAME.into(),
            origins: vec![ORIGIN.into()],
            certificates: vec![Binary(platform)],
            scenes: Scene::ALL.to_vec(),
            state: PlatformState::Active,
        });
        let der = sign(&mut fixture, Role::TrustList, ObjectType::TrustList, &list.write()?)?;
        let signer = [fixture.authority.member(Role::TrustList).certificate().clone()];
        let list = TrustList::read(&der, HUB, &signer, None)?;
        let reply = DecryptionKey::generate(suite.curve(), &mut FixedRng::new(1));
        for payload in payloads(now) {
            let account = payload.scene().needs_account().then(|| Fixture::CODE.to_owned());
            let request = Request {
                suite,
                hub: HUB.into(),
                platform: Platform { code: "P-1".into(), name: NAME.into() },
                origin: ORIGIN.into(),
                nonce: vec![7; 32],
                issued_at: now,
                expires_at: now + 120,
                reply_key: reply.public().to_spki(),
                browser: None,
                display: Display { title: Some("示范".into()), ..Display::default() },
                payload,
                require: Require { credit_code: account, ..Require::default() },
            };
            let text = request.write()?;
            let der = sign(&mut fixture, Role::Platform, ObjectType::Request, &text)?;
            let known = Known { hub: HUB, list: &list, now };
            let checked = CheckedRequest::new(&der, &request.routing(&text), known)?;
            for language in [Language::English, Language::Chinese] {
                digests.push(Shown::new(&checked, language)?.digest().to_string());
            }
        }
    }
    // One more, for the line that is wrong on purpose.
    digests.push(String::new());
    Ok(digests)
}

fn main() -> ExitCode {
    let Ok(digests) = digests() else { return ExitCode::from(255) };
    for digest in &digests {
        println!("    \"{digest}\",");
    }
    let right = GOLDEN.iter().zip(&digests).filter(|(golden, found)| *golden == found).count();
    ExitCode::from(u8::try_from(right).unwrap_or(255))
}
