//! Bids opened: the statement's list, and the keys that the page got with it.

use yinxin_pki::envelope::{ContentKey, Header};

use crate::page::OwnFile;
use crate::wire::{DecryptFile, OpenedFile, Secret};
use crate::{Code, Suite};

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

/// Whether each key is the one that its bid's header commits to. Nothing of them may be used before.
pub(crate) fn are_committed(files: &[OwnFile], secrets: &[Secret]) -> bool {
    secrets.iter().all(|secret| {
        let file = files.iter().find(|file| file.id == secret.id);
        file.is_some_and(|file| is_committed(file, &secret.segment, secret))
    })
}

fn is_committed(file: &OwnFile, segment: &str, secret: &Secret) -> bool {
    let header = file.header.as_ref().and_then(|header| Header::from_der(&header.0).ok());
    let Some(header) = header else { return false };
    let Some(index) = header.key_index(segment) else { return false };
    let key = secret.content_key();
    key.is_some_and(|key: ContentKey| header.is_committed(index, &key))
}
