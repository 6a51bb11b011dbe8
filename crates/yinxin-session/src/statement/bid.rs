//! Bids opened: the statement's list, and the keys that the page got with it.

use yinxin_pki::envelope::{ContentKey, Header};

use crate::wire::{DecryptFile, OpenedFile, SceneResult, Secret};
use crate::{Code, Refused, Suite};

pub(super) fn fit(opened: &[OpenedFile], files: &[DecryptFile], suite: Suite) -> bool {
    let each = opened.iter().zip(files).all(|(opened, file)| {
        let header = suite.digest().digest(&file.header.0);
        let asked = file.segments.iter().map(|(name, _)| name);
        let segments = match &opened.code {
            Some(code) => Code::from_name(code).is_some() && opened.segments.is_empty(),
            None => asked.eq(&opened.segments),
        };
        opened.id == file.id && opened.header.0 == header.as_ref() && segments
    });
    let some = opened.iter().any(|opened| opened.code.is_none());
    each && some && opened.len() == files.len()
}

/// Whether the keys are exactly those that the statement names, in its order, and each is the one
/// that its bid's header commits to. Nothing of them may be used before.
///
/// # Errors
///
/// [`Code::AnswerBinding`] for a key more, a key less, or another order;
/// [`Code::CommitmentMismatch`].
pub(crate) fn check_secrets(
    result: &SceneResult,
    files: &[DecryptFile],
    secrets: &[Secret],
) -> Result<(), Refused> {
    let SceneResult::Decrypt(opened) = result else {
        return if secrets.is_empty() { Ok(()) } else { Err(Code::AnswerBinding.into()) };
    };
    let named = opened.iter().zip(files).flat_map(|(opened, file)| {
        opened.segments.iter().map(move |segment| (&opened.id, segment, file))
    });
    let own = secrets.iter().map(|secret| (&secret.id, &secret.segment));
    if !named.clone().map(|(id, segment, _)| (id, segment)).eq(own) {
        return Err(Code::AnswerBinding.into());
    }
    let each =
        named.zip(secrets).all(|((_, segment, file), secret)| is_committed(file, segment, secret));
    if each { Ok(()) } else { Err(Code::CommitmentMismatch.into()) }
}

fn is_committed(file: &DecryptFile, segment: &str, secret: &Secret) -> bool {
    let Ok(header) = Header::from_der(&file.header.0) else { return false };
    let Some(index) = header.key_index(segment) else { return false };
    let key = secret.content_key();
    key.is_some_and(|key: ContentKey| header.is_committed(index, &key))
}
