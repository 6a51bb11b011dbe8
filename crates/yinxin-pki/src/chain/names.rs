//! Name constraints (RFC 5280 §4.2.1.10, §6.1.3 b and c) and server names (RFC 6125).

use alloc::string::ToString;
use alloc::vec::Vec;

use super::{ChainError, ChainProblem};
use crate::certificate::{GeneralName, NameConstraints};
use crate::{Certificate, limits, oid};

/// Holds every certificate's names against the constraints of all issuers above it.
pub(super) fn check(path: &[&Certificate]) -> Result<(), ChainError> {
    let mut comparisons = limits::NAME_COMPARISONS;
    let mut constraints: Vec<&NameConstraints> = Vec::new();
    for (index, certificate) in path.iter().enumerate().rev() {
        // Self-issued authorities are spared, the end of the path never (§6.1.3 b).
        if index == 0 || !certificate.is_self_issued() {
            for name in names(certificate) {
                for constraint in &constraints {
                    let cost = constraint.permitted.len() + constraint.excluded.len();
                    let cost = u32::try_from(cost).unwrap_or(u32::MAX);
                    let Some(left) = comparisons.checked_sub(cost) else {
                        return Err(ChainError::new(index, certificate, ChainProblem::Budget));
                    };
                    comparisons = left;
                    if !constraint.allow(&name) {
                        let problem = ChainProblem::NameConstraint { found: show(&name) };
                        return Err(ChainError::new(index, certificate, problem));
                    }
                }
            }
        }
        constraints.extend(&certificate.extensions().name_constraints);
    }
    Ok(())
}

/// The names a certificate claims: subject, alternative names, and an e-mail address in the
/// subject where no alternative name is one.
fn names(certificate: &Certificate) -> Vec<GeneralName> {
    let mut names = Vec::new();
    if !certificate.subject().is_empty() {
        names.push(GeneralName::Directory(certificate.subject().clone()));
    }
    let alternative = certificate.extensions().subject_alternative_names.iter().flatten();
    names.extend(alternative.cloned());
    if !names.iter().any(|name| matches!(name, GeneralName::Email(_))) {
        let emails = certificate.subject().values(&oid::EMAIL);
        names.extend(emails.map(|email| GeneralName::Email(email.to_string())));
    }
    names
}

impl NameConstraints {
    fn allow(&self, name: &GeneralName) -> bool {
        let same_kind = |constraint: &&GeneralName| {
            core::mem::discriminant(*constraint) == core::mem::discriminant(name)
        };
        // What cannot be compared is not known to lie outside.
        let unknown = match name {
            GeneralName::Other(_) => true,
            GeneralName::Uri(text) => host_of(text).is_empty(),
            _ => false,
        };
        let excluded = self.excluded.iter().filter(same_kind).any(|c| unknown || inside(name, c));
        let mut permitted = self.permitted.iter().filter(same_kind).peekable();
        !excluded && (permitted.peek().is_none() || permitted.any(|c| inside(name, c)))
    }
}

/// Whether `name` lies in the subtree `constraint`; of kinds not known here, in none.
fn inside(name: &GeneralName, constraint: &GeneralName) -> bool {
    match (name, constraint) {
        (GeneralName::Directory(name), GeneralName::Directory(tree)) => name.begins_with(tree),
        (GeneralName::Dns(name), GeneralName::Dns(tree)) => in_domain(name, tree),
        (GeneralName::Email(name), GeneralName::Email(tree)) => in_mail_tree(name, tree),
        (GeneralName::Uri(name), GeneralName::Uri(tree)) => {
            let host = host_of(name);
            match tree.strip_prefix('.') {
                Some(domain) => in_domain(host, domain) && !host.eq_ignore_ascii_case(domain),
                None => host.eq_ignore_ascii_case(tree),
            }
        }
        (GeneralName::Ip(name), GeneralName::Ip(tree)) => {
            let Some((address, mask)) = tree.split_at_checked(tree.len() / 2) else { return false };
            address.len() == name.len()
                && name.iter().zip(address).zip(mask).all(|((n, a), m)| n & m == a & m)
        }
        _ => false,
    }
}

/// The host of a URI; empty where there is none.
fn host_of(uri: &str) -> &str {
    let host = uri.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or("");
    host.split(':').next().unwrap_or("")
}

fn in_domain(name: &str, tree: &str) -> bool {
    let (name, tree) = (name.to_ascii_lowercase(), tree.to_ascii_lowercase());
    let tree = tree.strip_prefix('.').unwrap_or(&tree);
    tree.is_empty()
        || name == tree
        || name.strip_suffix(tree).is_some_and(|rest| rest.ends_with('.'))
}

fn in_mail_tree(name: &str, tree: &str) -> bool {
    let Some((local, host)) = name.rsplit_once('@') else { return false };
    match (tree.rsplit_once('@'), tree.strip_prefix('.')) {
        (Some((tree_local, tree_host)), _) => {
            local == tree_local && host.eq_ignore_ascii_case(tree_host)
        }
        (None, Some(domain)) => in_domain(host, domain) && !host.eq_ignore_ascii_case(domain),
        (None, None) => host.eq_ignore_ascii_case(tree),
    }
}

fn show(name: &GeneralName) -> alloc::string::String {
    match name {
        GeneralName::Directory(name) => name.to_string(),
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => text.clone(),
        GeneralName::Ip(octets) => match octets[..] {
            [a, b, c, d] => core::net::Ipv4Addr::new(a, b, c, d).to_string(),
            _ => <[u8; 16]>::try_from(&octets[..]).map_or_else(
                |_| alloc::format!("address {octets:02x?}"),
                |octets| core::net::Ipv6Addr::from(octets).to_string(),
            ),
        },
        GeneralName::Other(tag) => alloc::format!("name of kind [{tag}]"),
    }
}

/// The DNS names and addresses a certificate gives, for a message.
pub(super) fn server_names(leaf: &Certificate) -> alloc::string::String {
    let names = leaf.extensions().subject_alternative_names.iter().flatten();
    let names = names.filter(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_)));
    names.map(show).collect::<Vec<_>>().join(", ")
}

/// Whether one of the certificate's DNS names is the server's; a `*` stands for the whole
/// leftmost label only. An address is held against the addresses. The CN does not count.
pub(super) fn matches_server(leaf: &Certificate, wanted: &str) -> bool {
    if let Ok(address) = wanted.parse::<core::net::IpAddr>() {
        let octets = match address {
            core::net::IpAddr::V4(address) => address.octets().to_vec(),
            core::net::IpAddr::V6(address) => address.octets().to_vec(),
        };
        let names = leaf.extensions().subject_alternative_names.iter().flatten();
        return names.into_iter().any(|name| *name == GeneralName::Ip(octets.clone()));
    }
    let wanted = wanted.trim_end_matches('.').to_ascii_lowercase();
    leaf.extensions().subject_alternative_names.iter().flatten().any(|name| {
        let GeneralName::Dns(name) = name else { return false };
        let name = name.to_ascii_lowercase();
        match name.strip_prefix("*.") {
            Some(domain) => wanted.split_once('.').is_some_and(|(label, rest)| {
                !label.is_empty() && rest == domain && domain.contains('.')
            }),
            None => name == wanted,
        }
    })
}
