//! Receipts in the phone's history: each for its own answer, by its own signer, or none.

use yinxin_ca::{Member, Role};
use yinxin_pki::signed_object::ObjectDraft;
use yinxin_session::phone::{Memory, Progress};
use yinxin_session::wire::{Delivery, HubReceipt, HubReceiptKind, PlatformReceipt};
use yinxin_session::{Code, Scene, Suite};
use yinxin_tests::ours::rng;

use super::desk::{Desk, Session};

fn by(member: &Member, draft: ObjectDraft) -> Vec<u8> {
    let answer = member.key().sign(draft.to_sign(), &mut rng()).unwrap();
    draft.finish(&answer).unwrap()
}

struct Answered {
    session: Session,
    envelope: Vec<u8>,
}

fn answered(desk: &mut Desk) -> Answered {
    let session = desk.login();
    let (mut phone, view) = desk.show(&session);
    let envelope = desk.release(&session, &mut phone, &view).unwrap();
    Answered { session, envelope }
}

impl Answered {
    fn hub_receipt(&self, desk: &Desk, kind: HubReceiptKind) -> Vec<u8> {
        let digest = desk.suite.digest().digest(&self.envelope);
        let delivery = Delivery {
            hub: crate::HUB,
            sid: self.session.binding.sid,
            request_digest: self.session.binding.request.as_ref(),
            answer_digest: digest.as_ref(),
            scene: Scene::Login,
        };
        let state = match kind {
            HubReceiptKind::Delivered => "completed",
            _ => "answered",
        };
        let receipt = HubReceipt::new(kind, delivery, state, 5, desk.now, desk.list.number);
        let hub = desk.world.fixture.authority.member(Role::Ocsp);
        by(hub, receipt.draft(hub.certificate()).unwrap())
    }

    fn platform_receipt(&self, desk: &Desk, role: Role, refused: Option<Code>) -> Vec<u8> {
        let answer = self.session.answer(&self.envelope);
        let digest = desk.suite.digest().digest(&answer.statement.0);
        let request = self.session.binding.request;
        let receipt =
            PlatformReceipt::new("P-1", request.as_ref(), digest.as_ref(), refused, desk.now);
        let member = desk.world.fixture.authority.member(role);
        by(member, receipt.draft(member.certificate()).unwrap())
    }

    fn take_hub(
        &self,
        desk: &mut Desk,
        kind: HubReceiptKind,
        der: &[u8],
    ) -> Result<Progress, Code> {
        let list = desk.hub.list().unwrap().clone();
        let history = &mut desk.memory.history;
        let taken =
            history.take_hub_receipt(self.session.binding.request.as_ref(), kind, der, &list);
        taken.map_err(|refused| refused.code)
    }

    fn take_platform(&self, desk: &mut Desk, der: &[u8]) -> Result<Progress, Code> {
        let list = desk.hub.list().unwrap().clone();
        let history = &mut desk.memory.history;
        let taken =
            history.take_platform_receipt(self.session.binding.request.as_ref(), der, &list);
        taken.map_err(|refused| refused.code)
    }
}

#[test]
fn an_answer_goes_from_released_to_accepted_and_keeps_every_receipt() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        let own = answered(&mut desk);
        assert_eq!(desk.memory.history.entries()[0].progress(), Progress::Released);
        for (kind, progress) in [
            (HubReceiptKind::Stored, Progress::Stored),
            (HubReceiptKind::Delivered, Progress::Delivered),
        ] {
            let der = own.hub_receipt(&desk, kind);
            assert_eq!(own.take_hub(&mut desk, kind, &der), Ok(progress));
        }
        let der = own.platform_receipt(&desk, Role::Platform, None);
        assert_eq!(own.take_platform(&mut desk, &der), Ok(Progress::Accepted));
        assert_eq!(own.take_platform(&mut desk, &der), Ok(Progress::Accepted));
        let again = Memory::read(&desk.memory.write().unwrap()).unwrap();
        let entry = &again.history.entries()[0];
        assert!(entry.stored.is_some() && entry.delivered.is_some());
        assert_eq!(entry.receipt.as_ref().unwrap().0, der);
        assert_eq!((entry.progress(), &entry.name[..]), (Progress::Accepted, "示范交易平台"));
    }
}

#[test]
fn receipt_for_another_answer_by_another_key_or_of_another_kind_is_never_shown() {
    let mut desk = Desk::new(Suite::Sm);
    let (own, other) = (answered(&mut desk), answered(&mut desk));
    let stored = other.hub_receipt(&desk, HubReceiptKind::Stored);
    assert_eq!(own.take_hub(&mut desk, HubReceiptKind::Stored, &stored), Err(Code::AnswerBinding));
    let stored = own.hub_receipt(&desk, HubReceiptKind::Stored);
    let as_delivered = own.take_hub(&mut desk, HubReceiptKind::Delivered, &stored);
    assert_eq!(as_delivered, Err(Code::AnswerBinding));
    assert!(own.take_platform(&mut desk, &stored).is_err());
    let foreign = other.platform_receipt(&desk, Role::Platform, None);
    assert_eq!(own.take_platform(&mut desk, &foreign), Err(Code::AnswerBinding));
    let forged = own.platform_receipt(&desk, Role::Tsa, None);
    assert_eq!(own.take_platform(&mut desk, &forged), Err(Code::AnswerSignature));
    let entries = desk.memory.history.entries();
    assert!(entries.iter().all(|entry| entry.progress() == Progress::Released));
}

#[test]
fn receipt_accepted_then_refused_and_the_first_stays() {
    let mut desk = Desk::new(Suite::Nist);
    let own = answered(&mut desk);
    let refused = own.platform_receipt(&desk, Role::Platform, Some(Code::AnswerBinding));
    let accepted = own.platform_receipt(&desk, Role::Platform, None);
    assert_eq!(own.take_platform(&mut desk, &refused), Ok(Progress::Refused));
    assert_eq!(own.take_platform(&mut desk, &accepted), Err(Code::SessionFinal));
    assert_eq!(desk.memory.history.entries()[0].progress(), Progress::Refused);
}

#[test]
fn history_keeps_200_answers_and_drops_what_the_platform_has_answered_first() {
    let mut desk = Desk::new(Suite::Nist);
    let first = answered(&mut desk);
    let second = answered(&mut desk);
    let der = second.platform_receipt(&desk, Role::Platform, None);
    second.take_platform(&mut desk, &der).unwrap();
    for _ in 0..199 {
        // The phone's set of released requests is bounded too; time makes room.
        desk.now += 60;
        let now = desk.now;
        if desk.now % 1800 < 60 {
            desk.publish_next(|list| list.next_update = now + 3600);
        }
        answered(&mut desk);
    }
    let entries = desk.memory.history.entries();
    let request = |answered: &Answered| answered.session.binding.request;
    let has = |answered: &Answered| {
        entries.iter().any(|entry| entry.request.0 == request(answered).as_ref())
    };
    assert_eq!((entries.len(), has(&first), has(&second)), (200, true, false));
    desk.memory.write().unwrap();
}
