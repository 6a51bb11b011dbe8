//! Steps of a verification, one line each, with stable ids.

use alloc::vec::Vec;

use crate::{Explain, Fact};

/// How a step ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Checked and right.
    Ok,
    /// Checked and wrong, by this code.
    Failed(&'static str),
    /// Not checked, for this reason.
    Skipped(&'static str),
    /// Checked and right, with a reservation of this code.
    Warned(&'static str),
}

impl Outcome {
    /// `ok`, `failed`, `skipped` or `warning`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
            Self::Warned(_) => "warning",
        }
    }

    /// The code of a step that was not simply right.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Ok => None,
            Self::Failed(code) | Self::Skipped(code) | Self::Warned(code) => Some(code),
        }
    }
}

/// One step of a report (验证步骤).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Its stable id, `snake_case`.
    pub id: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found.
    pub facts: Vec<Fact>,
}

impl Step {
    /// A step that was right.
    #[must_use]
    pub const fn ok(id: &'static str) -> Self {
        Self { id, outcome: Outcome::Ok, facts: Vec::new() }
    }

    /// A step that was wrong.
    #[must_use]
    pub fn failed(id: &'static str, error: &dyn Explain) -> Self {
        Self { id, outcome: Outcome::Failed(error.code()), facts: error.facts() }
    }

    /// A step that was not taken.
    #[must_use]
    pub const fn skipped(id: &'static str, code: &'static str) -> Self {
        Self { id, outcome: Outcome::Skipped(code), facts: Vec::new() }
    }

    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, fact: Fact) -> Self {
        self.facts.push(fact);
        self
    }
}
