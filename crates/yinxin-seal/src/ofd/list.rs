//! The list of signatures and the description of each (GB/T 33190-2016 clause 18).
//!
//! ```text
//! Signatures.xml   MaxSignId?, Signature* { @ID, @Type Seal|Sign, @BaseLoc }
//! Signature.xml    SignedInfo { Provider, SignatureMethod?, SignatureDateTime?,
//!                               References { @CheckMethod, Reference* { @FileRef, CheckValue } },
//!                               StampAnnot* { @ID, @PageRef, @Boundary, @Clip? }, Seal? { BaseLoc } },
//!                  SignedValue
//! ```
//!
//! Vendors differ in the order of elements (trap T19); they are found by name.

use yinxin_pki::{DigestAlgorithm, base64};

use super::document::Document;
use super::error::{OfdError, XmlRule};
use super::package::{Package, folder, resolve};
use super::xml::Element;
use crate::placement::{Rect, Stamp};
use crate::report::SignatureKind;

/// Name of the entry that holds what the package was before a sealing.
pub(super) const BEFORE: &str = "Before.dat";

/// A signature as the list names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) kind: SignatureKind,
    /// Path of its description.
    pub(super) path: String,
}

/// The list of a document.
#[derive(Clone, Debug)]
pub(super) struct SignatureList {
    pub(super) path: String,
    pub(super) xml: Element,
    pub(super) entries: Vec<Listed>,
}

impl SignatureList {
    pub(super) fn read(package: &Package, document: &Document) -> Result<Option<Self>, OfdError> {
        let Some(path) = document.signatures.clone() else { return Ok(None) };
        let xml = package.xml(&path)?;
        let mut entries: Vec<Listed> = Vec::new();
        for element in xml.children("Signature") {
            let wrong = || OfdError::Xml {
                path: path.clone(),
                at: element.span.start,
                rule: XmlRule::Attribute,
            };
            if entries.len() >= package.limits.signatures {
                let limit = package.limits.signatures;
                return Err(OfdError::Limit { what: "signatures", limit });
            }
            let kind = match element.attribute("Type") {
                None | Some("Seal") => SignatureKind::Seal,
                Some("Sign") => SignatureKind::Sign,
                Some(_) => return Err(wrong()),
            };
            let base = element.attribute("BaseLoc").ok_or_else(wrong)?;
            let id = element.attribute("ID").unwrap_or_default().to_owned();
            let location = resolve(&path, base)?;
            if entries.iter().any(|other| other.id == id || other.path == location) {
                return Err(wrong());
            }
            entries.push(Listed { id, kind, path: location });
        }
        Ok(Some(Self { path, xml, entries }))
    }

    /// The highest number an id or a folder of this list has.
    pub(super) fn highest(&self, package: &Package) -> u32 {
        let digits = |text: &str| -> u32 {
            let start = text.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
            text.get(start..).and_then(|digits| digits.parse().ok()).unwrap_or(0)
        };
        let ids = self.entries.iter().map(|entry| digits(&entry.id));
        let stated = self.xml.child_text("MaxSignId").map(digits);
        let base = folder(&self.path);
        let folders = package.files().filter_map(|path| {
            let rest = path.strip_prefix(base)?.trim_start_matches('/');
            rest.strip_prefix("Sign_").and_then(|rest| rest.split('/').next()).map(digits)
        });
        ids.chain(stated).chain(folders.map(|n| n.saturating_add(1))).max().unwrap_or(0)
    }
}

/// Description of one signature.
#[derive(Clone, Debug)]
pub(super) struct Description {
    pub(super) path: String,
    pub(super) check_method: CheckMethod,
    pub(super) references: Vec<Reference>,
    pub(super) stamps: Vec<StampAnnot>,
    /// Path of the seal's own file.
    pub(super) seal: Option<String>,
    /// Path of the signature value.
    pub(super) value: String,
    pub(super) date: Option<String>,
}

/// A protected file.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) path: String,
    pub(super) digest: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(super) struct StampAnnot {
    pub(super) page: String,
    pub(super) boundary: Option<Rect>,
    pub(super) clip: Option<Rect>,
    pub(super) clip_stated: bool,
}

/// By which digest files are protected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum CheckMethod {
    Known(DigestAlgorithm),
    /// Not known here.
    Other(String),
    /// MD5 and SHA-1, also the default of GB/T 33190-2016 where nothing is stated.
    Weak(String),
}

impl CheckMethod {
    fn parse(text: Option<&str>) -> Self {
        let name = text.unwrap_or("MD5").trim();
        match name.to_ascii_uppercase().as_str() {
            "SM3" | "1.2.156.10197.1.401" => Self::Known(DigestAlgorithm::Sm3),
            "SHA256" | "SHA-256" | "2.16.840.1.101.3.4.2.1" => Self::Known(DigestAlgorithm::Sha256),
            "MD5" | "SHA1" | "SHA-1" | "1.2.840.113549.2.5" | "1.3.14.3.2.26" => {
                Self::Weak(name.to_owned())
            }
            _ => Self::Other(name.to_owned()),
        }
    }
}

impl Description {
    pub(super) fn read(package: &Package, path: &str) -> Result<Self, OfdError> {
        let xml = package.xml(path)?;
        let wrong = |at: usize, rule: XmlRule| OfdError::Xml { path: path.to_owned(), at, rule };
        let one = |parent: &Element, name: &'static str| -> Result<Option<Element>, OfdError> {
            let mut found = parent.children(name);
            let first = found.next().cloned();
            match found.next() {
                Some(second) => Err(wrong(second.span.start, XmlRule::Element)),
                None => Ok(first),
            }
        };
        let need = |parent: &Element, name: &'static str| {
            one(parent, name)?.ok_or_else(|| wrong(parent.span.start, XmlRule::Element))
        };
        let info = need(&xml, "SignedInfo")?;
        let value = need(&xml, "SignedValue")?;
        let list = need(&info, "References")?;
        let mut references: Vec<Reference> = Vec::new();
        for element in list.children("Reference") {
            let at = element.span.start;
            let file = element.attribute("FileRef").ok_or_else(|| wrong(at, XmlRule::Attribute))?;
            let check = need(element, "CheckValue")?;
            let digest = base64::decode_lenient(check.text.trim().as_bytes())
                .map_err(|_| wrong(check.inner.start, XmlRule::Attribute))?;
            references.push(Reference { path: resolve(path, file)?, digest });
        }
        let stamps = info
            .children("StampAnnot")
            .map(|element| StampAnnot {
                page: element.attribute("PageRef").unwrap_or_default().to_owned(),
                boundary: element.attribute("Boundary").and_then(Rect::parse),
                clip: element.attribute("Clip").and_then(Rect::parse),
                clip_stated: element.attribute("Clip").is_some(),
            })
            .collect();
        let seal = match one(&info, "Seal")? {
            Some(seal) => {
                let location = need(&seal, "BaseLoc")?;
                Some(resolve(path, &location.text)?)
            }
            None => None,
        };
        Ok(Self {
            path: path.to_owned(),
            check_method: CheckMethod::parse(list.attribute("CheckMethod")),
            references,
            stamps,
            seal,
            value: resolve(path, &value.text)?,
            date: info.child_text("SignatureDateTime").map(str::to_owned),
        })
    }

    /// The files that belong to this signature alone.
    pub(super) fn own_files(&self) -> Vec<String> {
        let before = format!("{}/{BEFORE}", folder(&self.path));
        let mut files = vec![self.path.clone(), self.value.clone(), before];
        files.extend(self.seal.clone());
        files
    }

    pub(super) fn covers(&self, path: &str) -> bool {
        self.references.iter().any(|reference| reference.path == path)
    }

    /// Its stamps that lie on pages of `document`.
    pub(super) fn stamps(&self, document: &Document) -> Vec<Stamp> {
        self.stamps
            .iter()
            .filter_map(|stamp| {
                let page = document.page_number(&stamp.page)?;
                Some(Stamp { page, boundary: stamp.boundary?, clip: stamp.clip })
            })
            .collect()
    }
}
