//! Documents of a package: pages, sizes, resources, and every part that takes part in what is
//! shown.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{OfdError, XmlRule};
use super::package::{Package, ROOT, resolve};
use super::xml::Element;
use crate::placement::{Rect, Size};

/// One document of a package.
#[derive(Clone, Debug)]
pub struct Document {
    number: usize,
    pub(super) path: String,
    pages: Vec<PageEntry>,
    /// Number of each page by its id.
    numbers: BTreeMap<String, u32>,
    /// Path of the list of signatures.
    pub(super) signatures: Option<String>,
    /// Every part that takes part in what is shown, and is not a signature.
    pub(super) parts: BTreeSet<String>,
    pub(super) templates: BTreeMap<String, String>,
    pub(super) fonts: BTreeMap<String, FontEntry>,
    pub(super) media: BTreeMap<String, String>,
    pub(super) draw_params: BTreeMap<String, Element>,
}

/// A page, before its content is read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PageEntry {
    /// Its id in the document.
    pub id: String,
    /// Path of its content.
    pub path: String,
    /// Its physical box: size, and where its own coordinates begin.
    pub area: Rect,
}

/// A font the document names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct FontEntry {
    /// Its name.
    pub name: String,
    /// Its family, where given.
    pub family: Option<String>,
    /// Path of the font file in the package, where embedded.
    pub file: Option<String>,
}

impl Document {
    pub(super) fn read(package: &Package, number: usize) -> Result<Self, OfdError> {
        let missing = OfdError::Document { number };
        let index = number.checked_sub(1).ok_or_else(|| missing.clone())?;
        let body = package.root.children("DocBody").nth(index).ok_or(missing)?;
        let wrong = |at| OfdError::Xml { path: ROOT.into(), at, rule: XmlRule::Element };
        let mut root = None;
        let mut signatures = None;
        for child in &body.children {
            let slot = match child.name.as_str() {
                "DocRoot" => &mut root,
                "Signatures" => &mut signatures,
                _ => continue,
            };
            // Two of them: readers take different ones.
            if slot.replace(resolve(ROOT, &child.text)?).is_some() {
                return Err(wrong(child.span.start));
            }
        }
        let path = root.ok_or_else(|| wrong(body.span.start))?;
        let xml = package.xml(&path)?;
        let parts = BTreeSet::from([ROOT.to_owned(), path.clone()]);
        let mut document = Self {
            number,
            path,
            pages: Vec::new(),
            numbers: BTreeMap::new(),
            signatures,
            parts,
            templates: BTreeMap::new(),
            fonts: BTreeMap::new(),
            media: BTreeMap::new(),
            draw_params: BTreeMap::new(),
        };
        document.read_common(package, &xml)?;
        document.read_pages(package, &xml)?;
        document.read_others(package, &xml)?;
        document.read_versions(package, body)?;
        Ok(document)
    }

    fn wrong(&self, at: usize, rule: XmlRule) -> OfdError {
        OfdError::Xml { path: self.path.clone(), at, rule }
    }

    fn read_common(&mut self, package: &Package, xml: &Element) -> Result<(), OfdError> {
        let Some(common) = xml.child("CommonData") else {
            return Err(self.wrong(xml.span.start, XmlRule::Element));
        };
        for child in &common.children {
            match child.name.as_str() {
                "PublicRes" | "DocumentRes" => {
                    let path = resolve(&self.path, &child.text)?;
                    self.read_resources(package, &path)?;
                }
                "TemplatePage" => {
                    let path = self.location(child, "BaseLoc")?;
                    let id = child.attribute("ID").unwrap_or_default().to_owned();
                    self.read_page_resources(package, &path)?;
                    self.parts.insert(path.clone());
                    self.templates.insert(id, path);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn location(&self, element: &Element, attribute: &str) -> Result<String, OfdError> {
        let value = element
            .attribute(attribute)
            .ok_or_else(|| self.wrong(element.span.start, XmlRule::Attribute))?;
        resolve(&self.path, value)
    }

    /// Reads a resource file once; files it names that are missing are left to the verifier.
    fn read_resources(&mut self, package: &Package, path: &str) -> Result<(), OfdError> {
        if !self.parts.insert(path.to_owned()) || package.file(path).is_none() {
            return Ok(());
        }
        let xml = package.xml(path)?;
        let base = match xml.attribute("BaseLoc") {
            Some(base) if !base.trim_matches(['/', '.', ' ']).is_empty() => {
                format!("{}/", resolve(path, base.trim_end_matches('/'))?)
            }
            _ => path.to_owned(),
        };
        let mut found = Vec::new();
        xml.walk(&mut |element| found.push(element));
        for element in found {
            let id = || element.attribute("ID").unwrap_or_default().to_owned();
            let mut file = |location: &str| -> Result<String, OfdError> {
                let mut target = resolve(&base, location)?;
                // Some writers give the path from the resource file in spite of BaseLoc.
                if package.file(&target).is_none() {
                    let direct = resolve(path, location)?;
                    if package.file(&direct).is_some() {
                        target = direct;
                    }
                }
                self.parts.insert(target.clone());
                Ok(target)
            };
            match element.name.as_str() {
                "Font" => {
                    let location = element.child_text("FontFile");
                    let embedded = location.map(&mut file).transpose()?;
                    let entry = FontEntry {
                        name: element.attribute("FontName").unwrap_or_default().to_owned(),
                        family: element.attribute("FamilyName").map(str::to_owned),
                        file: embedded,
                    };
                    self.fonts.insert(id(), entry);
                }
                "MultiMedia" => {
                    if let Some(location) = element.child_text("MediaFile") {
                        let target = file(location)?;
                        self.media.insert(id(), target);
                    }
                }
                "ColorSpace" => {
                    if let Some(profile) = element.attribute("Profile") {
                        file(profile)?;
                    }
                }
                "DrawParam" => {
                    self.draw_params.insert(id(), element.clone());
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_page_resources(&mut self, package: &Package, path: &str) -> Result<(), OfdError> {
        if package.file(path).is_none() {
            return Ok(());
        }
        let xml = package.xml(path)?;
        for resource in xml.children("PageRes") {
            let target = resolve(path, &resource.text)?;
            self.read_resources(package, &target)?;
        }
        Ok(())
    }

    fn read_pages(&mut self, package: &Package, xml: &Element) -> Result<(), OfdError> {
        let default = xml.child("CommonData").and_then(|common| common.child("PageArea"));
        let default = default.and_then(area).unwrap_or(A4);
        let Some(list) = xml.child("Pages") else {
            return Err(self.wrong(xml.span.start, XmlRule::Element));
        };
        for page in list.children("Page") {
            if self.pages.len() >= package.limits.pages {
                return Err(OfdError::Limit { what: "pages", limit: package.limits.pages });
            }
            let path = self.location(page, "BaseLoc")?;
            let id = page.attribute("ID").unwrap_or_default().to_owned();
            let number = u32::try_from(self.pages.len() + 1).unwrap_or(u32::MAX);
            if self.numbers.insert(id.clone(), number).is_some() {
                return Err(self.wrong(page.span.start, XmlRule::Attribute));
            }
            let content = package.xml(&path)?;
            for resource in content.children("PageRes") {
                let target = resolve(&path, &resource.text)?;
                self.read_resources(package, &target)?;
            }
            let area = content.child("Area").and_then(area).unwrap_or(default);
            self.parts.insert(path.clone());
            self.pages.push(PageEntry { id, path, area });
        }
        Ok(())
    }

    /// Annotations, attachments, custom tags, extensions: files of lists, and what they list.
    fn read_others(&mut self, package: &Package, xml: &Element) -> Result<(), OfdError> {
        for child in &xml.children {
            let is_list = matches!(
                child.name.as_str(),
                "Annotations" | "Attachments" | "CustomTags" | "Extensions"
            );
            if !is_list || child.text.trim().is_empty() {
                continue;
            }
            let path = resolve(&self.path, &child.text)?;
            self.parts.insert(path.clone());
            if package.file(&path).is_none() {
                continue;
            }
            let list = package.xml(&path)?;
            let mut locations = Vec::new();
            list.walk(&mut |element| {
                if matches!(element.name.as_str(), "FileLoc" | "SchemaLoc") {
                    locations.push(element.text.as_str());
                }
            });
            for location in locations {
                let target = resolve(&path, location)?;
                self.parts.insert(target);
            }
        }
        Ok(())
    }

    /// Other versions of the document: a viewer offers them, so their parts are shown too.
    fn read_versions(&mut self, package: &Package, body: &Element) -> Result<(), OfdError> {
        for version in body.children("Versions").flat_map(|list| list.children("Version")) {
            let Some(location) = version.attribute("BaseLoc") else { continue };
            let path = resolve(ROOT, location)?;
            self.parts.insert(path.clone());
            if package.file(&path).is_none() {
                continue;
            }
            let xml = package.xml(&path)?;
            let mut locations = Vec::new();
            xml.walk(&mut |element| {
                if matches!(element.name.as_str(), "DocRoot" | "File") {
                    locations.push(element.text.as_str());
                }
            });
            for location in locations {
                let target = resolve(&path, location)?;
                self.parts.insert(target);
            }
        }
        Ok(())
    }

    /// Which document of the package it is, counted from 1.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The pages.
    #[must_use]
    pub fn pages(&self) -> &[PageEntry] {
        &self.pages
    }

    /// The sizes of the pages, for [`Placement`](crate::placement::Placement).
    #[must_use]
    pub fn page_sizes(&self) -> Vec<Size> {
        self.pages.iter().map(|page| page.area.size()).collect()
    }

    /// The fonts it names, by id.
    #[must_use]
    pub const fn fonts(&self) -> &BTreeMap<String, FontEntry> {
        &self.fonts
    }

    /// Number of the page with an id, counted from 1.
    pub(super) fn page_number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }
}

const A4: Rect = Rect {
    x: crate::placement::Millimetres::ZERO,
    y: crate::placement::Millimetres::ZERO,
    width: crate::placement::Millimetres::whole(210),
    height: crate::placement::Millimetres::whole(297),
};

fn area(element: &Element) -> Option<Rect> {
    element.child_text("PhysicalBox").and_then(Rect::parse)
}
