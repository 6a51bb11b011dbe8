//! What is let out, and that it is let out once, to the right platform, in time.

use yinxin_session::statement::{AnswerParts, Expected, Judge, VerifiedStatement};
use yinxin_session::wire::{BrowserState, Payload, SceneResult, TimeSource};
use yinxin_session::{Code, Suite};

use super::desk::{Desk, Session};
use yinxin_session::wire::{Answer, Request};

fn encrypt(desk: &Desk) -> Payload {
    Payload::Encrypt {
        project: "E3501".into(),
        section: "E3501-1".into(),
        opening: desk.now + 86_400,
    }
}

/// Page and platform verify an answer so.
fn verify(desk: &Desk, session: &Session, answer: &Answer) -> Result<VerifiedStatement, Code> {
    let parts = AnswerParts {
        statement: &answer.statement.0,
        shown: &answer.shown.0,
        products: &answer.products,
    };
    let expected = Expected {
        request: &session.request,
        digest: &session.binding.request,
        sid: session.binding.sid,
        transcript: None,
    };
    let judge = Judge {
        trust: &desk.world.fixture.trust,
        revocation: None,
        require_revocation: false,
        now: desk.now,
    };
    VerifiedStatement::new(parts, expected, judge).map_err(|refused| refused.code)
}

#[test]
fn a_person_logs_in_signs_encrypts_and_opens_in_both_suites() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        let bid = desk.bid(desk.now - 1);
        let file = desk.decrypt_file(&bid, &["technical", "price", "canary"]);
        let payloads =
            [Payload::Login, desk.messages(3), encrypt(&desk), Payload::Decrypt(vec![file])];
        for payload in payloads {
            let request: Request = desk.request(payload);
            let scene = request.scene();
            let (session, answer, statement) = desk.answer(request);
            verify(&desk, &session, &answer).unwrap();
            assert_eq!(statement.result.scene(), scene);
            assert_eq!((statement.browser, statement.matched), (BrowserState::None, true));
            assert_eq!((statement.at, statement.at_source), (desk.now, TimeSource::Phone));
            assert_eq!(statement.list_number, desk.list.number);
            let secrets = if let SceneResult::Decrypt(files) = &statement.result {
                assert_eq!(files[0].segments, ["technical", "price", "canary"]);
                3
            } else {
                0
            };
            assert_eq!(answer.secrets.len(), secrets, "{scene:?}");
        }
        assert_eq!(desk.memory.history.entries().len(), 4);
    }
}
