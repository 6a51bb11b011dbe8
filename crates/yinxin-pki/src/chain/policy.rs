//! Certificate policies (RFC 5280 §6.1) with any policy as the initial set.
//!
//! Mapping is refused, so a policy is the same at every level, and the valid policy tree of the
//! standard shrinks to the set of policies that every certificate so far has named.

use alloc::vec::Vec;

use super::{ChainError, ChainProblem};
use crate::{Certificate, Oid, oid};

/// Which policies hold for the path so far.
enum Valid {
    /// Any: nothing has limited it.
    Any,
    /// These only; none at all where the set is empty.
    Only(Vec<Oid>),
}

pub(super) fn check(path: &[&Certificate]) -> Result<(), ChainError> {
    // The anchor is an input of the algorithm, not a member of the path (§6.1).
    let Some((_, members)) = path.split_last() else { return Ok(()) };
    let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
    let mut explicit = count + 1;
    let mut inhibit_any = count + 1;
    let mut valid = Valid::Any;
    for (index, certificate) in members.iter().enumerate().rev() {
        let extensions = certificate.extensions();
        if extensions.policy_mappings {
            return Err(ChainError::new(index, certificate, ChainProblem::PolicyMapping));
        }
        let self_issued = certificate.is_self_issued();
        let any_counts = inhibit_any > 0 || (index > 0 && self_issued);
        valid = match &extensions.policies {
            None => Valid::Only(Vec::new()),
            Some(policies) => valid.narrow(policies, any_counts),
        };
        let empty = matches!(&valid, Valid::Only(set) if set.is_empty());
        if explicit == 0 && empty {
            return Err(ChainError::new(index, certificate, ChainProblem::Policy));
        }
        let require = extensions.policy_constraints.and_then(|c| c.require_explicit);
        if index > 0 {
            if !self_issued {
                explicit = explicit.saturating_sub(1);
                inhibit_any = inhibit_any.saturating_sub(1);
            }
            explicit = require.map_or(explicit, |require| explicit.min(require));
            let inhibit = extensions.inhibit_any_policy;
            inhibit_any = inhibit.map_or(inhibit_any, |inhibit| inhibit_any.min(inhibit));
        } else {
            explicit = if require == Some(0) { 0 } else { explicit.saturating_sub(1) };
            if explicit == 0 && empty {
                return Err(ChainError::new(index, certificate, ChainProblem::Policy));
            }
        }
    }
    Ok(())
}

impl Valid {
    fn narrow(self, policies: &[Oid], any_counts: bool) -> Self {
        let any = any_counts && policies.contains(&oid::ANY_POLICY);
        match self {
            Self::Any if any => Self::Any,
            Self::Any => {
                Self::Only(policies.iter().filter(|p| **p != oid::ANY_POLICY).copied().collect())
            }
            Self::Only(set) if any => Self::Only(set),
            Self::Only(set) => {
                Self::Only(set.into_iter().filter(|policy| policies.contains(policy)).collect())
            }
        }
    }
}
