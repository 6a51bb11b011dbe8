//! What a later revision changed, object by object, and whether it may.
//!
//! Allowed is what further signatures need: a new signature field with its value, widgets and
//! looks; evidence for verification (DSS); the date in XMP and in the information dictionary.
//! Everything else is a change, named by its object. The new bytes themselves have to read in one
//! way: objects, cross-references, end, and nothing besides.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::document::Document;
use super::lexer::{Stop, Token};
use super::object::{Dictionary, Object, ObjectId};
use super::xref::{self, Entry};
use super::{PdfError, limits};
use crate::sorted::collected;

/// What one revision did to the one before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Objects changed, added or removed that may not be, with the reason.
    pub(crate) forbidden: BTreeMap<u32, &'static str>,
    /// Values of signature fields that came with it.
    pub(crate) signatures: Vec<ObjectId>,
    /// Whether a signature came that is no document timestamp, or a field to be signed.
    pub(crate) signs: bool,
}

/// The references of a state: how many lead to each number from what is shown, and what only
/// evidence refers to.
///
/// It goes on from revision to revision by what each one changed. What nothing leads to any more
/// may stay counted: that makes it stricter and never laxer.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// How often each number is referred to by what the catalog leads to.
    count: HashMap<u32, u32>,
    /// What was walked for that.
    walked: HashSet<ObjectId>,
    /// Numbers that only `/DSS`, `/Metadata` or the information dictionary lead to.
    aside: HashSet<u32>,
}

/// What the catalog shows: without the keys that lead to evidence.
fn shown_part(catalog: &Dictionary) -> Dictionary {
    let mut shown = catalog.clone();
    shown.remove("DSS");
    shown.remove("Metadata");
    shown
}

impl Graph {
    /// Walks everything the trailer leads to.
    pub(crate) fn of(document: &Document<'_>, revision: usize) -> Result<Self, PdfError> {
        let (root, catalog) = document.catalog(revision)?;
        let mut graph = Self::default();
        let mut open = Vec::new();
        graph.count.insert(root.number, 1);
        graph.walked.insert(root);
        shown_part(&catalog).references(&mut open);
        graph.show(document, revision, open)?;
        graph.show_containers(document, revision, &containers(document, revision))?;
        graph.set_aside(document, revision)?;
        Ok(graph)
    }

    /// From the state of the revision before to that of `after`.
    fn advance(&mut self, document: &Document<'_>, after: usize) -> Result<(), PdfError> {
        let before = after.saturating_sub(1);
        let (root, _) = document.catalog(before)?;
        let mut held = HashSet::new();
        for (number, entry) in &document.revision(after)?.entries {
            let old = document.entry(*number, before);
            if let Entry::Inside { container, .. } = entry {
                held.insert(*container);
            }
            if *number == 0 || old == Some(*entry) {
                continue;
            }
            if !self.is_shown(*number) {
                // Should something lead to it again, it is walked anew.
                for generation in [entry, &old.unwrap_or(Entry::Free)].map(generation_of) {
                    self.walked.remove(&ObjectId { number: *number, generation });
                }
                continue;
            }
            let value = |entry: Option<Entry>, revision| match entry {
                None | Some(Entry::Free) => Ok(Object::Null),
                Some(Entry::At { generation, .. }) => {
                    document.object(ObjectId { number: *number, generation }, revision)
                }
                Some(Entry::Inside { .. }) => {
                    document.object(ObjectId { number: *number, generation: 0 }, revision)
                }
            };
            let shown = |object: Object| match object {
                Object::Dictionary(catalog) if *number == root.number => {
                    Object::Dictionary(shown_part(&catalog))
                }
                other => other,
            };
            let (mut lost, mut open) = (Vec::new(), Vec::new());
            shown(value(old, before)?).references(&mut lost);
            shown(value(Some(*entry), after)?).references(&mut open);
            for id in lost {
                if let Some(count) = self.count.get_mut(&id.number) {
                    *count = count.saturating_sub(1);
                }
            }
            self.show(document, after, open)?;
        }
        self.show_containers(document, after, &held)?;
        self.set_aside(document, after)
    }

    /// Counts references and walks on from those that are new.
    fn show(
        &mut self,
        document: &Document<'_>,
        revision: usize,
        mut open: Vec<ObjectId>,
    ) -> Result<(), PdfError> {
        while let Some(id) = open.pop() {
            *self.count.entry(id.number).or_default() += 1;
            if self.walked.insert(id) {
                Self::bound(self.walked.len())?;
                document.object(id, revision)?.references(&mut open);
            }
        }
        Ok(())
    }

    /// Nothing refers to an object stream, yet what is in it is shown, and so is whatever its
    /// dictionary takes from elsewhere.
    fn show_containers(
        &mut self,
        document: &Document<'_>,
        revision: usize,
        containers: &HashSet<u32>,
    ) -> Result<(), PdfError> {
        let new = |number: &u32| !self.is_shown(*number);
        let ids = containers.iter().copied().filter(new);
        let ids: Vec<ObjectId> = ids.map(|number| ObjectId { number, generation: 0 }).collect();
        self.show(document, revision, ids)
    }

    /// What only evidence and the information dictionary lead to.
    fn set_aside(&mut self, document: &Document<'_>, revision: usize) -> Result<(), PdfError> {
        let (_, catalog) = document.catalog(revision)?;
        let mut open = Vec::new();
        for key in ["DSS", "Metadata"] {
            catalog.get(key).into_iter().for_each(|value| value.references(&mut open));
        }
        open.extend(document.revision(revision)?.trailer.reference("Info"));
        self.aside.clear();
        let mut seen = HashSet::new();
        while let Some(id) = open.pop() {
            if !self.walked.contains(&id) && seen.insert(id) {
                Self::bound(seen.len())?;
                self.aside.insert(id.number);
                document.object(id, revision)?.references(&mut open);
            }
        }
        Ok(())
    }

    fn bound(seen: usize) -> Result<(), PdfError> {
        if seen > limits::VISITED {
            let limit = u64::try_from(limits::VISITED).unwrap_or(u64::MAX);
            return Err(PdfError::Limit { at: 0, what: "objects", limit });
        }
        Ok(())
    }

    fn is_shown(&self, number: u32) -> bool {
        self.leads(number) > 0
    }

    fn leads(&self, number: u32) -> u32 {
        self.count.get(&number).copied().unwrap_or(0)
    }

    /// Whether anything refers to a number.
    pub(crate) fn knows(&self, number: u32) -> bool {
        self.is_shown(number) || self.aside.contains(&number)
    }
}

const fn generation_of(entry: &Entry) -> u16 {
    match entry {
        Entry::At { generation, .. } => *generation,
        Entry::Free | Entry::Inside { .. } => 0,
    }
}

/// Object streams that a state, or one before it, keeps objects in.
fn containers(document: &Document<'_>, revision: usize) -> HashSet<u32> {
    let revisions = document.revisions().get(..=revision).unwrap_or_default();
    let entries = revisions.iter().flat_map(|revision| &revision.entries);
    entries
        .filter_map(|(_, entry)| match entry {
            Entry::Inside { container, .. } => Some(*container),
            Entry::At { .. } | Entry::Free => None,
        })
        .collect()
}

/// Checks that the bytes of a revision are its objects, its cross-references and its end: every
/// object it defines once, at its place, and nothing else.
pub(crate) fn scan(document: &Document<'_>, index: usize) -> Result<(), PdfError> {
    let revision = document.revision(index)?;
    let source = document.source();
    let mut at = revision.start;
    let mut found: BTreeMap<u32, u64> = BTreeMap::new();
    loop {
        let (token, place) = xref::window(source, at, |lexer| {
            lexer.skip_space()?;
            let place = lexer.at();
            Ok((lexer.token()?, place))
        })?;
        let strange = |what| PdfError::Ambiguous { at: place, what };
        match token {
            Token::Integer(_) => {
                let (id, _, end) = document.indirect(place, index)?;
                if found.insert(id.number, place).is_some() {
                    return Err(strange("an object defined twice"));
                }
                let listed = match revision.entry(id.number) {
                    Some(Entry::At { offset, generation }) => {
                        offset == place && generation == id.generation
                    }
                    // A cross-reference stream need not list itself.
                    None => place == revision.section_at,
                    Some(Entry::Free | Entry::Inside { .. }) => false,
                };
                if !listed {
                    return Err(strange("an object no cross-reference names"));
                }
                at = end;
                if place == revision.section_at {
                    break;
                }
            }
            Token::Word(word) if word == b"xref" && place == revision.section_at => {
                at = document.section_end(index, place)?;
                break;
            }
            _ => return Err(strange("bytes that are no object")),
        }
        if at > revision.eof {
            return Err(strange("an object beyond its revision"));
        }
    }
    let (_, eof) = xref::end_of_revision(source, at)?;
    if eof != revision.eof {
        return Err(PdfError::Ambiguous { at, what: "more than one end" });
    }
    for (number, entry) in &revision.entries {
        if let Entry::At { offset, .. } = entry
            && found.get(number) != Some(offset)
            && *number != 0
        {
            let same = index.checked_sub(1).and_then(|before| document.entry(*number, before));
            if same != Some(*entry) {
                let what = "a cross-reference to bytes of another revision";
                return Err(PdfError::Ambiguous { at: *offset, what });
            }
        }
    }
    Ok(())
}

/// Compares a revision with the one before it. `graph` is of the state before, and of the state
/// after when it comes back.
pub(crate) fn compare(
    document: &Document<'_>,
    after: usize,
    graph: &mut Graph,
) -> Result<Changes, PdfError> {
    let before = after.saturating_sub(1);
    let mut comparison = Comparison {
        document,
        before,
        after,
        graph,
        added: BTreeSet::new(),
        changed: BTreeSet::new(),
        widgets: HashSet::new(),
        explained: Vec::new(),
        changes: Changes::default(),
    };
    comparison.collect()?;
    comparison.trailer()?;
    comparison.catalog()?;
    comparison.rest()?;
    comparison.additions()?;
    let changes = comparison.changes;
    graph.advance(document, after)?;
    Ok(changes)
}

struct Comparison<'d, 'a> {
    document: &'d Document<'a>,
    before: usize,
    after: usize,
    graph: &'d Graph,
    added: BTreeSet<ObjectId>,
    /// Changed objects not yet accounted for.
    changed: BTreeSet<ObjectId>,
    /// New widgets of new signature fields.
    widgets: HashSet<ObjectId>,
    /// What new objects may be reached from.
    explained: Vec<ObjectId>,
    changes: Changes,
}

/// What a new field or widget may say about itself.
const FIELD_KEYS: [&[u8]; 30] = [
    b"Type",
    b"Subtype",
    b"FT",
    b"T",
    b"TU",
    b"TM",
    b"V",
    b"F",
    b"Ff",
    b"P",
    b"Rect",
    b"AP",
    b"AS",
    b"Parent",
    b"Kids",
    b"DA",
    b"MK",
    b"Lock",
    b"SV",
    b"BS",
    b"M",
    b"NM",
    b"Border",
    b"H",
    b"Q",
    b"DR",
    b"C",
    b"Contents",
    b"StructParent",
    b"OC",
];

impl Comparison<'_, '_> {
    fn forbid(&mut self, number: u32, why: &'static str) {
        self.changes.forbidden.entry(number).or_insert(why);
    }

    fn was(&self, id: ObjectId) -> Result<Object, PdfError> {
        self.document.object(id, self.before)
    }

    fn is(&self, id: ObjectId) -> Result<Object, PdfError> {
        self.document.object(id, self.after)
    }

    /// Sorts the entries of the revision into added, changed and removed.
    fn collect(&mut self) -> Result<(), PdfError> {
        let document = self.document;
        let containers = containers(document, self.before);
        for (number, entry) in &document.revision(self.after)?.entries {
            if *number == 0 {
                continue;
            }
            let old = document.entry(*number, self.before).unwrap_or(Entry::Free);
            let generation = |entry: Entry| generation_of(&entry);
            let id = ObjectId { number: *number, generation: generation(*entry) };
            match (old, *entry) {
                (Entry::Free, Entry::Free) => {}
                (_, Entry::Free) => self.forbid(*number, "removed"),
                (Entry::Free, _) => {
                    self.added.insert(id);
                    // Something signed pointed at nothing, and now at this.
                    if self.graph.knows(*number) {
                        self.forbid(*number, "added where a reference waited for it");
                    }
                }
                (old, new) if old == new => {}
                (old, new) if generation(old) != generation(new) => {
                    self.forbid(*number, "replaced under another generation");
                }
                _ => {
                    if !self.same(&self.was(id)?, &self.is(id)?)? {
                        if containers.contains(number) {
                            self.forbid(*number, "an object stream changed");
                        }
                        self.changed.insert(id);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether two values are equal, streams byte by byte as they are stored.
    fn same(&self, was: &Object, is: &Object) -> Result<bool, PdfError> {
        let (Object::Stream(was), Object::Stream(is)) = (was, is) else { return Ok(was == is) };
        if was.dictionary != is.dictionary || was.len != is.len {
            return Ok(false);
        }
        if was.at == is.at {
            return Ok(true);
        }
        self.document.spend(was.len, was.at)?;
        let source = self.document.source();
        let mut done = 0;
        while done < was.len {
            let len = usize::try_from((was.len - done).min(64 << 10)).unwrap_or(0);
            if source.read(was.at + done, len)? != source.read(is.at + done, len)? {
                return Ok(false);
            }
            done += 64 << 10;
        }
        Ok(true)
    }

    fn trailer(&mut self) -> Result<(), PdfError> {
        let was = self.document.revision(self.before)?.trailer.clone();
        let is = self.document.revision(self.after)?.trailer.clone();
        if was.reference("Root") != is.reference("Root") {
            let number = is.reference("Root").map_or(0, |root| root.number);
            self.forbid(number, "another catalog");
        }
        let first = |trailer: &Dictionary| {
            trailer.get("ID").and_then(Object::as_array).and_then(|id| id.first().cloned())
        };
        if first(&was).is_some() && first(&was) != first(&is) {
            self.forbid(0, "another /ID");
        }
        let (old, new) = (was.reference("Info"), is.reference("Info"));
        match (old, new) {
            (Some(old), Some(new)) if old == new => {
                if self.changed.remove(&old) {
                    self.information(old)?;
                }
            }
            (None, Some(new)) => self.explained.push(new),
            (old, new) if old == new => {}
            _ => self.forbid(new.map_or(0, |info| info.number), "another information dictionary"),
        }
        Ok(())
    }

    /// The information dictionary: its date and the program that changed it.
    fn information(&mut self, id: ObjectId) -> Result<(), PdfError> {
        let (was, is) = (self.was(id)?, self.is(id)?);
        let dated = match (&was, &is) {
            (Object::Dictionary(was), Object::Dictionary(is)) => {
                differing(was, is).iter().all(|key| matches!(&key[..], b"ModDate" | b"Producer"))
            }
            _ => false,
        };
        if !dated || self.graph.is_shown(id.number) {
            self.forbid(id.number, "changed");
        }
        Ok(())
    }

    fn catalog(&mut self) -> Result<(), PdfError> {
        let (id, was) = self.document.catalog(self.before)?;
        let (new_id, is) = self.document.catalog(self.after)?;
        if id != new_id {
            return Ok(());
        }
        self.changed.remove(&id);
        for key in differing(&was, &is) {
            match &key[..] {
                b"AcroForm" | b"DSS" => {}
                b"Metadata" if is.reference("Metadata").is_some() => {}
                b"Version" if is_later(&was, &is) => {}
                b"Extensions" => {
                    is.get("Extensions")
                        .into_iter()
                        .for_each(|v| v.references(&mut self.explained));
                }
                _ => self.forbid(id.number, "the catalog changed"),
            }
        }
        self.form(id, &was, &is)?;
        self.evidence(&was, &is)
    }

    /// The form: signature fields may join at the end.
    fn form(&mut self, root: ObjectId, was: &Dictionary, is: &Dictionary) -> Result<(), PdfError> {
        let (old, new) = (was.get("AcroForm").cloned(), is.get("AcroForm").cloned());
        let place = new.as_ref().and_then(Object::as_reference);
        let number = place.unwrap_or(root).number;
        let resolve = |value: &Option<Object>, revision| match value {
            Some(value) => self.document.resolve(value, revision),
            None => Ok(Object::Null),
        };
        let (old_form, new_form) = (resolve(&old, self.before)?, resolve(&new, self.after)?);
        let empty = Dictionary::default();
        let old_form = old_form.as_dictionary().unwrap_or(&empty).clone();
        let Some(new_form) = new_form.as_dictionary().cloned() else {
            if old.is_some() {
                self.forbid(number, "the form is gone");
            }
            return Ok(());
        };
        if let Some(id) = place {
            let changed = self.changed.remove(&id);
            if changed && self.graph.leads(id.number) > 1 {
                self.forbid(id.number, "the form is shared with something else");
            }
            if old.as_ref().and_then(Object::as_reference) != place {
                self.explained.push(id);
            }
        }
        let had_fields = !self.document.array(&old_form, "Fields", self.before)?.is_empty();
        for key in differing(&old_form, &new_form) {
            let fine = match &key[..] {
                b"Fields" | b"SigFlags" => true,
                b"NeedAppearances" => new_form.get("NeedAppearances") == Some(&Object::Bool(false)),
                // Defaults of text fields; without fields they change nothing.
                b"DR" | b"DA" => !had_fields && old_form.get(&key).is_none(),
                _ => false,
            };
            if !fine {
                self.forbid(number, "the form changed");
            } else if matches!(&key[..], b"DR" | b"DA") {
                new_form.get(&key).into_iter().for_each(|v| v.references(&mut self.explained));
            }
        }
        let mut list_number = number;
        if let Some(id) = new_form.reference("Fields") {
            list_number = id.number;
            if self.changed.remove(&id) && self.graph.leads(id.number) > 1 {
                self.forbid(id.number, "the list of fields is shared with something else");
            }
            if old_form.reference("Fields") != Some(id) {
                self.explained.push(id);
            }
        }
        let old_list = self.document.array(&old_form, "Fields", self.before)?;
        let new_list = self.document.array(&new_form, "Fields", self.after)?;
        let Some(joined) = new_list.strip_prefix(&old_list[..]) else {
            self.forbid(list_number, "fields were taken away or moved");
            return Ok(());
        };
        let names = self.document.form(self.before)?.names;
        for field in joined {
            match field.as_reference().filter(|id| self.added.contains(id)) {
                Some(id) => self.field(id, &names)?,
                None => self.forbid(list_number, "a field that is no new object"),
            }
        }
        Ok(())
    }

    /// A new signature field.
    fn field(&mut self, id: ObjectId, names: &HashSet<String>) -> Result<(), PdfError> {
        let Object::Dictionary(field) = self.is(id)? else {
            self.forbid(id.number, "a field that is no dictionary");
            return Ok(());
        };
        let name = match field.get("T") {
            Some(Object::String(text)) => super::write::from_text(&text.bytes),
            _ => String::new(),
        };
        let shape = field.name("FT") == Some(b"Sig")
            && is_field_shape(&field)
            && field.get("Parent").is_none()
            && !name.is_empty()
            && !names.contains(&name);
        if !shape {
            self.forbid(id.number, "a field that is no signature field");
            return Ok(());
        }
        let mut widgets = Vec::new();
        if field.name("Subtype") == Some(b"Widget") {
            widgets.push(id);
        }
        for kid in self.document.array(&field, "Kids", self.after)? {
            let kid = kid.as_reference().filter(|kid| self.added.contains(kid));
            let widget = match kid {
                Some(kid) => self.is(kid)?,
                None => Object::Null,
            };
            match (kid, widget) {
                (Some(kid), Object::Dictionary(widget))
                    if is_field_shape(&widget)
                        && widget.name("Subtype") == Some(b"Widget")
                        && widget.get("T").is_none()
                        && widget.get("Kids").is_none()
                        && widget.reference("Parent") == Some(id) =>
                {
                    widgets.push(kid);
                }
                _ => self.forbid(id.number, "a kid that is no new widget"),
            }
        }
        match field.reference("V") {
            Some(value) if self.added.contains(&value) => self.value(value)?,
            None if field.get("V").is_none() => {
                // To be signed later; it may not show anything meanwhile.
                self.changes.signs = true;
                for widget in &widgets {
                    if !self.paints_nothing(*widget)? {
                        self.forbid(widget.number, "an unsigned field that shows something");
                    }
                }
            }
            _ => self.forbid(id.number, "a field whose value is not new"),
        }
        self.widgets.extend(widgets);
        self.explained.push(id);
        Ok(())
    }

    /// Whether a widget has no looks, or looks without a drawing.
    fn paints_nothing(&self, widget: ObjectId) -> Result<bool, PdfError> {
        let Object::Dictionary(widget) = self.is(widget)? else { return Ok(false) };
        let Some(looks) = widget.get("AP") else { return Ok(widget.get("MK").is_none()) };
        let mut open = Vec::new();
        looks.references(&mut open);
        for id in open {
            let Object::Stream(stream) = self.is(id)? else { return Ok(false) };
            let content = self.document.decoded(&stream, self.after, 1 << 10);
            if !content.is_ok_and(|bytes| bytes.iter().all(|byte| super::lexer::is_space(*byte))) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn value(&mut self, value: ObjectId) -> Result<(), PdfError> {
        self.changes.signatures.push(value);
        let is_timestamp = match self.is(value)? {
            Object::Dictionary(dictionary) => dictionary.is_type("DocTimeStamp"),
            _ => false,
        };
        self.changes.signs |= !is_timestamp;
        Ok(())
    }

    /// `/DSS` and `/Metadata`: what only they lead to may change.
    fn evidence(&mut self, was: &Dictionary, is: &Dictionary) -> Result<(), PdfError> {
        for key in ["DSS", "Metadata"] {
            let Some(value) = is.get(key) else {
                if was.get(key).is_some() && key == "DSS" {
                    self.forbid(0, "evidence was taken away");
                }
                continue;
            };
            let mut open = Vec::new();
            value.references(&mut open);
            let mut seen = HashSet::new();
            while let Some(id) = open.pop() {
                if !seen.insert(id) || seen.len() > limits::FIELDS {
                    continue;
                }
                let object = self.is(id)?;
                if self.added.contains(&id) {
                    self.explained.push(id);
                } else if self.changed.contains(&id) {
                    let fine = match key {
                        "Metadata" => {
                            let own = value.as_reference() == Some(id);
                            let stream = |object: &Object| matches!(object, Object::Stream(_));
                            own && stream(&object) && stream(&self.was(id)?)
                        }
                        _ => matches!(object, Object::Dictionary(_) | Object::Array(_)),
                    };
                    if fine && !self.graph.is_shown(id.number) {
                        self.changed.remove(&id);
                    }
                }
                object.references(&mut open);
            }
        }
        Ok(())
    }

    /// Pages and their annotations, empty fields that were signed, and all that is left.
    fn rest(&mut self) -> Result<(), PdfError> {
        let unsigned: HashMap<ObjectId, bool> = self
            .document
            .form(self.before)?
            .signatures
            .into_iter()
            .filter(|field| field.value.is_none())
            .map(|field| (field.id, true))
            .collect();
        // A field is signed before the page that shows it is looked at.
        for id in self.changed.clone() {
            if unsigned.contains_key(&id) {
                self.changed.remove(&id);
                self.filled(id)?;
            }
        }
        for id in self.changed.clone() {
            let Object::Dictionary(was) = self.was(id)? else { continue };
            // A page of the document: what is shown and says that it is one.
            if !(was.is_type("Page") && self.graph.is_shown(id.number)) {
                continue;
            }
            self.changed.remove(&id);
            let Object::Dictionary(is) = self.is(id)? else {
                self.forbid(id.number, "a page that is none any more");
                continue;
            };
            if differing(&was, &is).iter().any(|key| key != b"Annots") {
                self.forbid(id.number, "a page changed");
                continue;
            }
            self.annotations(id.number, &was, &is)?;
            if let Some(list) = is.reference("Annots").filter(|list| self.added.contains(list)) {
                self.explained.push(list);
            }
        }
        // Lists of annotations that are objects of their own: only then all pages are looked at.
        if !self.changed.is_empty() && self.changes.forbidden.is_empty() {
            for page in self.document.pages(self.before)? {
                let Some(list) = page.dictionary.reference("Annots") else { continue };
                if self.changed.remove(&list) {
                    if self.graph.leads(list.number) > 1 {
                        self.forbid(list.number, "a list of annotations is shared");
                    }
                    self.annotations(list.number, &page.dictionary, &page.dictionary)?;
                }
            }
        }
        for id in self.changed.clone() {
            self.forbid(id.number, "changed");
        }
        Ok(())
    }

    /// New widgets may join a page's annotations at the end.
    fn annotations(
        &mut self,
        number: u32,
        was: &Dictionary,
        is: &Dictionary,
    ) -> Result<(), PdfError> {
        let old = self.document.array(was, "Annots", self.before)?;
        let new = self.document.array(is, "Annots", self.after)?;
        let fine = new.strip_prefix(&old[..]).is_some_and(|joined| {
            joined.iter().all(|one| one.as_reference().is_some_and(|id| self.widgets.contains(&id)))
        });
        if !fine {
            self.forbid(number, "annotations that are no new signature's");
        }
        Ok(())
    }

    /// An empty signature field that was signed.
    fn filled(&mut self, id: ObjectId) -> Result<(), PdfError> {
        let (was, is) = (self.was(id)?, self.is(id)?);
        let (Object::Dictionary(was), Object::Dictionary(is)) = (&was, &is) else {
            self.forbid(id.number, "changed");
            return Ok(());
        };
        let fine = differing(was, is)
            .iter()
            .all(|key| matches!(&key[..], b"V" | b"AP" | b"AS" | b"M" | b"MK" | b"DA"));
        match is.reference("V").filter(|value| fine && self.added.contains(value)) {
            Some(value) => {
                self.value(value)?;
                self.explained.push(value);
                for key in ["AP", "MK"] {
                    is.get(key).into_iter().for_each(|v| v.references(&mut self.explained));
                }
            }
            None => self.forbid(id.number, "a signature field changed"),
        }
        Ok(())
    }

    /// Every new object has to be part of something allowed.
    fn additions(&mut self) -> Result<(), PdfError> {
        let revision = self.document.revision(self.after)?;
        let mut reached: HashSet<ObjectId> = HashSet::new();
        let mut open = std::mem::take(&mut self.explained);
        while let Some(id) = open.pop() {
            if self.added.contains(&id) && reached.insert(id) {
                self.is(id)?.references(&mut open);
            }
        }
        let containers: HashSet<u32> = revision
            .entries
            .iter()
            .filter_map(|(_, entry)| match entry {
                Entry::Inside { container, .. } => Some(*container),
                Entry::At { .. } | Entry::Free => None,
            })
            .collect();
        for id in self.added.clone() {
            let object = self.is(id)?;
            let kind = |name| object.as_dictionary().is_some_and(|entries| entries.is_type(name));
            if reached.contains(&id) {
                if kind("Page") || kind("Pages") || kind("Catalog") {
                    self.forbid(id.number, "another page or catalog");
                }
            } else if !(kind("XRef") || kind("ObjStm") && containers.contains(&id.number)) {
                self.forbid(id.number, "added for no signature");
            }
        }
        Ok(())
    }
}

/// Whether the catalog names a version, and not one before the one it named: writers that use
/// newer means say so, and nothing is drawn in another way.
fn is_later(was: &Dictionary, is: &Dictionary) -> bool {
    let known = |name: &[u8]| matches!(name, [b'1', b'.', b'0'..=b'7'] | b"2.0");
    match (was.name("Version"), is.name("Version")) {
        (None, Some(new)) => known(new),
        (Some(old), Some(new)) => known(new) && old <= new,
        (_, None) => false,
    }
}

fn is_field_shape(entries: &Dictionary) -> bool {
    entries.keys().all(|key| FIELD_KEYS.contains(&key))
        && matches!(entries.name("Type"), None | Some(b"Annot"))
        && matches!(entries.name("Subtype"), None | Some(b"Widget"))
        && entries.get("AA").is_none()
}

/// Keys whose values differ.
fn differing(was: &Dictionary, is: &Dictionary) -> Vec<Vec<u8>> {
    let keys: BTreeSet<&[u8]> = collected(was.keys().chain(is.keys()));
    keys.into_iter().filter(|key| was.get(key) != is.get(key)).map(<[u8]>::to_vec).collect()
}

impl Document<'_> {
    /// Behind the trailer of a table.
    fn section_end(&self, index: usize, at: u64) -> Result<u64, PdfError> {
        let revision = self.revision(index)?;
        let mut position = at;
        // The table holds nothing but numbers and `n` or `f`; `trailer` ends it.
        loop {
            let (done, next) = xref::window(self.source(), position, |lexer| {
                for _ in 0..64 {
                    if lexer.token()? == Token::Word(b"trailer".to_vec()) {
                        return match lexer.object()? {
                            Object::Dictionary(_) => Ok((true, lexer.at())),
                            _ => {
                                let at = lexer.at();
                                let expected = "a trailer";
                                Err(Stop::Wrong(PdfError::Malformed { at, expected }))
                            }
                        };
                    }
                }
                Ok((false, lexer.at()))
            })?;
            position = next;
            if done {
                return Ok(position);
            }
            if position >= revision.eof {
                return Err(PdfError::Malformed { at, expected: "a trailer" });
            }
        }
    }
}
