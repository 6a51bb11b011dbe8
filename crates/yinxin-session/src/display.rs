//! What a phone shows of a request (展示内容): made by one pure function, and bound into the answer.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yinxin_pki::{Digest, Time};

use crate::check::CheckedRequest;
use crate::label::{Field, Label, Suite};
use crate::wire::{Format, Payload};
use crate::{Code, Refused, Scene};

/// The language of what is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Language {
    /// English.
    English,
    /// 中文。
    Chinese,
}

/// Lines of field and text, in the order shown; warnings are among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    lines: Vec<(String, String)>,
    octets: Vec<u8>,
    digest: Digest,
}

impl Shown {
    /// What to show of a request. The platform's name and origin are the trust list's; what the
    /// platform writes itself comes after them.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`], which JSON of strings does not give.
    pub fn new(request: &CheckedRequest, language: Language) -> Result<Self, Refused> {
        let mut lines = Lines { language, lines: Vec::new() };
        lines.add("platform", &request.platform().name);
        lines.add("origin", &request.request().origin);
        lines.add("scene", scene_words(request.request().scene(), language));
        payload(&mut lines, &request.request().payload);
        let display = &request.request().display;
        for (field, text) in [
            ("title", &display.title),
            ("project", &display.project),
            ("section", &display.section),
            ("fileName", &display.file_name),
            ("note", &display.note),
        ] {
            if let Some(text) = text {
                lines.add(field, text);
            }
        }
        if let Some(size) = display.file_size {
            lines.add("fileSize", &size.to_string());
        }
        if request.list_is_old() {
            let words = match language {
                Language::English => "the list of trusted platforms is old",
                Language::Chinese => "平台信任列表已过期",
            };
            lines.add("warning", words);
        }
        Self::of(request.suite(), lines.lines)
    }

    fn of(suite: Suite, lines: Vec<(String, String)>) -> Result<Self, Refused> {
        let octets = serde_json::to_vec(&lines).map_err(|_| Code::Internal)?;
        let digest = digest_of(suite, &octets);
        Ok(Self { lines, octets, digest })
    }

    /// The same with the seals that the person chose, each by name and number.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_seals<'a>(
        &self,
        suite: Suite,
        seals: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Refused> {
        let mut lines = self.lines.clone();
        for (name, number) in seals {
            lines.push(("seal".into(), format!("{name} ({number})")));
        }
        Self::of(suite, lines)
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[(String, String)] {
        &self.lines
    }

    /// JSON array of `[field, text]`: what the platform gets and keeps.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// H("yinxin-display-1" ‖ 00 ‖ length ‖ octets): what the statement says.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// H("yinxin-display-1" ‖ 00 ‖ length ‖ octets) of what was shown.
#[must_use]
pub fn digest_of(suite: Suite, octets: &[u8]) -> Digest {
    suite.hash(Label::Display, &[Field::Sized(octets)])
}

struct Lines {
    language: Language,
    lines: Vec<(String, String)>,
}

impl Lines {
    fn add(&mut self, field: &str, text: &str) {
        self.lines.push((field.into(), text.into()));
    }
}

fn payload(lines: &mut Lines, payload: &Payload) {
    let warning = match lines.language {
        Language::English => "content not shown",
        Language::Chinese => "内容未显示",
    };
    match payload {
        Payload::Login => {}
        Payload::Encrypt { project, section, opening } => {
            lines.add("project", project);
            lines.add("section", section);
            lines.add("opening", &time(*opening));
        }
        Payload::MessageSignature(items) => {
            lines.add("count", &items.len().to_string());
            for item in items {
                lines.add("text", item.text.as_deref().unwrap_or(warning));
            }
        }
        Payload::RevokeSignature { signature, seal, reason, format, .. } => {
            lines.add("format", format_name(*format));
            lines.add("signature", &signature.to_string());
            lines.add("seal", seal);
            lines.add("reason", reason);
        }
        Payload::Signature(files) => {
            lines.add("count", &files.len().to_string());
            for file in files {
                lines.add("file", &file.name);
                let pages: Vec<_> =
                    file.placements.iter().map(|placement| placement.page.to_string()).collect();
                lines.add("pages", &pages.join(", "));
            }
        }
        Payload::Decrypt(files) => {
            lines.add("count", &files.len().to_string());
            for file in files {
                // Read once already, when the request was.
                let Ok(header) = yinxin_pki::envelope::Header::from_der(&file.header.0) else {
                    continue;
                };
                let draft = header.draft();
                lines.add("project", &draft.project);
                lines.add("section", &draft.section);
                lines.add("opening", &draft.opening.to_string());
                let names: Vec<_> = file.segments.iter().map(|(name, _)| &name[..]).collect();
                lines.add("segments", &names.join(", "));
            }
        }
    }
}

fn time(seconds: u64) -> String {
    i64::try_from(seconds).map_or_else(|_| format!("{seconds}"), |s| Time::from_unix(s).to_string())
}

const fn format_name(format: Format) -> &'static str {
    match format {
        Format::Ofd => "OFD",
        Format::Pdf => "PDF",
    }
}

const fn scene_words(scene: Scene, language: Language) -> &'static str {
    let (english, chinese) = match scene {
        Scene::Decrypt => ("open bids", "解密"),
        Scene::Encrypt => ("encrypt a bid", "加密"),
        Scene::Login => ("log in", "登录"),
        Scene::MessageSignature => ("sign messages", "签名"),
        Scene::RevokeSignature => ("take a seal back", "撤章"),
        Scene::Signature => ("seal files", "签章"),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}
