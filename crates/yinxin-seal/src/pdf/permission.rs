//! What signatures allow to come after them: DocMDP, FieldMDP and locks (§12.8.2).

use super::PdfError;
use super::document::Document;
use super::object::{Dictionary, Object};

/// What one signature says about changes after it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Permission {
    /// Name of its field.
    pub(crate) field: String,
    /// 1: nothing; 2: forms and signatures; 3: notes too. `None`: it says nothing.
    pub(crate) level: Option<i64>,
}

impl Permission {
    /// Those of all signatures as of a revision.
    pub(crate) fn of(document: &Document<'_>, revision: usize) -> Result<Vec<Self>, PdfError> {
        let form = document.form(revision)?;
        let mut all = Vec::new();
        for field in form.signatures {
            let Some((_, value)) = &field.value else { continue };
            let level = level(document, &field.dictionary, value, revision)?;
            all.push(Self { field: field.name, level });
        }
        Ok(all)
    }

    /// Whether it forbids another signature.
    pub(crate) fn locks(&self) -> bool {
        self.level == Some(1)
    }
}

/// The strictest level a signature sets.
pub(crate) fn level(
    document: &Document<'_>,
    field: &Dictionary,
    value: &Dictionary,
    revision: usize,
) -> Result<Option<i64>, PdfError> {
    let mut strictest: Option<i64> = None;
    let mut take = |level: i64| {
        strictest = Some(strictest.map_or(level, |known| known.min(level)));
    };
    for reference in document.array(value, "Reference", revision)?.iter().take(64) {
        let Object::Dictionary(reference) = document.resolve(reference, revision)? else {
            continue;
        };
        let parameters = document.dictionary(&reference, "TransformParams", revision)?;
        let given = match &parameters {
            Some(parameters) => document.get(parameters, "P", revision)?.as_integer(),
            None => None,
        };
        match document.get(&reference, "TransformMethod", revision)?.as_name() {
            // 2 is the default (table 254).
            Some(b"DocMDP") => take(given.unwrap_or(2)),
            Some(b"FieldMDP") => given.into_iter().for_each(&mut take),
            _ => {}
        }
    }
    if let Some(lock) = document.dictionary(field, "Lock", revision)?
        && let Some(given) = document.get(&lock, "P", revision)?.as_integer()
    {
        take(given);
    }
    Ok(strictest)
}
