//! The command line as a tree of types.

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command::{
    bid, ca, certificate, cms, csr, document, key, phone, platform, qr, seal, sof_scan, vectors,
    verify,
};

/// Keys, certificates and messages for Chinese e-bidding: SM2 and P-256.
#[derive(Debug, Parser)]
#[command(name = "yinxin", version, arg_required_else_help = false)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const GLOBAL: &str = "Global options";

/// Options that stand before or after the command.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Globals {
    /// Print exactly one JSON object on standard output
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,
    /// Replace outputs that exist
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) force: bool,
    /// Say nothing unless something is wrong
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) quiet: bool,
    /// Language of messages (else the locale)
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE", help_heading = GLOBAL)]
    pub(crate) lang: Option<Language>,
}

/// Language of messages.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Language {
    /// English
    #[value(name = "en")]
    English,
    /// 中文
    #[value(name = "zh")]
    Chinese,
}

impl From<Language> for yinxin::words::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::Chinese => Self::Chinese,
        }
    }
}

impl Globals {
    /// Whoever speaks to people.
    pub(crate) fn speaker(&self) -> yinxin::words::Speaker {
        crate::text::speaker(self.language())
    }

    /// The language asked for, or the locale's.
    pub(crate) fn language(&self) -> Language {
        self.lang.unwrap_or_else(|| {
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
            match locale {
                Some(locale) if locale.starts_with("zh") => Language::Chinese,
                _ => Language::English,
            }
        })
    }

    /// The options of a command line that could not be understood, as far as they are plain.
    pub(crate) fn guess(arguments: &[OsString]) -> Self {
        let words = || arguments.iter().filter_map(|word| word.to_str()).take_while(|w| *w != "--");
        let zh = words().any(|word| word == "--lang=zh")
            || words().zip(words().skip(1)).any(|pair| pair == ("--lang", "zh"));
        let lang = zh.then_some(Language::Chinese);
        Self { json: words().any(|word| word == "--json"), lang, ..Self::default() }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, show, import and install private keys
    #[command(subcommand)]
    Key(key::Command),
    /// Certificate requests (PKCS#10)
    #[command(subcommand)]
    Csr(csr::Command),
    /// A test authority: dual certificates, CRL, OCSP, timestamps
    #[command(subcommand)]
    Ca(ca::Command),
    /// Show and verify certificates
    #[command(subcommand)]
    Certificate(certificate::Command),
    /// Sign, verify, encrypt and decrypt messages (CMS)
    #[command(subcommand)]
    Cms(cms::Command),
    /// Bid envelopes: encrypted days before, opened on the day
    #[command(subcommand)]
    Bid(bid::Command),
    /// Seal pictures and electronic seals
    #[command(subcommand)]
    Seal(seal::Command),
    /// QR codes: draw and read
    #[command(subcommand)]
    Qr(qr::Command),
    /// List the `SOF_` calls in a site's source and what to change in each
    SofScan(sof_scan::SofScan),
    /// Seal, sign and verify OFD and PDF files
    #[command(subcommand)]
    Document(document::Command),
    /// Test vectors of the session protocol
    #[command(subcommand)]
    Vectors(vectors::Command),
    /// A phone without a phone: scans codes and answers
    Phone(phone::Phone),
    /// A platform without a platform: asks phones through a hub
    Platform(Box<platform::Platform>),
    /// Find out what a file is and verify it
    Verify(verify::Verify),
}
