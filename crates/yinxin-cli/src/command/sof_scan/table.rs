//! The table of names, the same that the npm package's facade is made from.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::args::Language;

const JSON: &str = include_str!("../../../../../wasm/npm/src/sof/functions.json");

/// How a function is served without a plug-in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Class {
    /// In the page, at once.
    Local,
    /// By the phone, so later.
    Phone,
    /// By the site's server.
    Server,
    /// Not at all, with a reason.
    Refused,
    /// By nothing known.
    Unknown,
}

impl Class {
    pub(super) const ALL: &[Self] =
        &[Self::Local, Self::Phone, Self::Server, Self::Refused, Self::Unknown];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Phone => "phone",
            Self::Server => "server",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// Key of the words in the catalogue.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Local => "sof_local",
            Self::Phone => "sof_phone",
            Self::Server => "sof_server",
            Self::Refused => "sof_refused",
            Self::Unknown => "sof_unknown",
        }
    }

    pub(super) const fn words(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::English, _) => self.name(),
            (Language::Chinese, Self::Local) => "本地",
            (Language::Chinese, Self::Phone) => "手机",
            (Language::Chinese, Self::Server) => "服务器",
            (Language::Chinese, Self::Refused) => "不提供",
            (Language::Chinese, Self::Unknown) => "未知",
        }
    }
}

/// What the table says of one name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) class: Class,
    /// Code of the sentence.
    pub(super) advice: String,
    /// The function of GM/T 0020 that this name is another word for.
    pub(super) stands_for: Option<String>,
    /// An everyday word, which means a plug-in only beside one.
    pub(super) everyday: bool,
}

#[derive(Debug, Deserialize)]
struct Sentence {
    en: String,
    zh: String,
}

type Names = BTreeMap<String, String>;

/// The table.
#[derive(Debug, Deserialize)]
pub(super) struct Table {
    local: Names,
    phone: Names,
    refused: Names,
    server: Names,
    aliases: Names,
    vendors: BTreeMap<String, Names>,
    marks: Names,
    advice: BTreeMap<String, Sentence>,
    refusals: BTreeMap<String, Sentence>,
}

impl Table {
    #[expect(clippy::expect_used, reason = "the file is part of the program and a test reads it")]
    pub(super) fn load() -> Self {
        serde_json::from_str(JSON).expect("the table of functions is JSON of this form")
    }

    /// What is known of a name; `None` where it is no name of a plug-in.
    pub(super) fn entry(&self, name: &str) -> Option<Entry> {
        let plug_in = ["SOF_", "SOFX_", "CSOF_"].iter().any(|start| name.starts_with(start));
        if let Some((class, advice)) = self.function(name) {
            let everyday = !plug_in;
            return Some(Entry { class, advice, stands_for: None, everyday });
        }
        if plug_in {
            let advice = "unknown".to_owned();
            let class = Class::Unknown;
            return Some(Entry { class, advice, stands_for: None, everyday: false });
        }
        if let Some(stands_for) = self.aliases.get(name) {
            let (class, advice) = self.function(stands_for)?;
            let stands_for = Some(stands_for.clone());
            return Some(Entry { class, advice, stands_for, everyday: true });
        }
        let other = self.vendors.values().find_map(|names| names.get(name))?;
        let (class, _) = self.function(other)?;
        let advice = "vendor".to_owned();
        Some(Entry { class, advice, stands_for: Some(other.clone()), everyday: false })
    }

    fn function(&self, name: &str) -> Option<(Class, String)> {
        let lists = [
            (Class::Local, &self.local),
            (Class::Phone, &self.phone),
            (Class::Server, &self.server),
            (Class::Refused, &self.refused),
        ];
        lists.into_iter().find_map(|(class, names)| Some((class, names.get(name)?.clone())))
    }

    /// Texts by which the loading of a plug-in is known.
    pub(super) fn marks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.marks.iter().map(|(mark, vendor)| (mark.as_str(), vendor.as_str()))
    }

    /// What to do about a plug-in being loaded.
    pub(super) fn about_marks(&self, language: Language) -> &str {
        match (self.advice.get("mark"), language) {
            (None, _) => "",
            (Some(sentence), Language::English) => &sentence.en,
            (Some(sentence), Language::Chinese) => &sentence.zh,
        }
    }

    /// What to change.
    pub(super) fn advice(&self, entry: &Entry, language: Language) -> String {
        let code = entry.advice.as_str();
        let sentence = match entry.class {
            Class::Refused | Class::Server => self.refusals.get(code),
            Class::Local | Class::Phone | Class::Unknown => None,
        };
        let Some(Sentence { en, zh }) = sentence.or_else(|| self.advice.get(code)) else {
            return String::new();
        };
        match language {
            Language::English => en.clone(),
            Language::Chinese => zh.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_class_and_a_sentence_in_both_languages() {
        let table = Table::load();
        let lists = [&table.local, &table.phone, &table.server, &table.refused];
        let mut all: Vec<&String> = lists.iter().flat_map(|names| names.keys()).collect();
        all.extend(table.aliases.keys());
        all.extend(table.vendors.values().flat_map(|names| names.keys()));
        assert!(all.len() > 250, "{}", all.len());
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "a name stands twice");
        for name in all {
            let entry = table.entry(name).unwrap();
            assert_ne!(entry.class, Class::Unknown, "{name}");
            for language in [Language::English, Language::Chinese] {
                assert!(!table.advice(&entry, language).is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn what_begins_like_a_plug_in_and_is_none_is_said_to_be_unknown() {
        let table = Table::load();
        assert_eq!(table.entry("SOF_MakeCoffee").unwrap().class, Class::Unknown);
        assert_eq!(table.entry("makeCoffee"), None);
    }
}
