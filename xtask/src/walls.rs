//! Promises about the tree that a compiler does not keep: who may import whom, and that the two
//! READMEs show the same code.

use std::fs;

use crate::run::{Failure, cargo, read, root};

/// A crate and what must never reach it in a normal build, on any platform, with any feature.
const WALLS: [(&str, &[&str]); 6] = [
    ("yinxin-accel", &LIBRARIES),
    ("yinxin-pki", &LIBRARIES),
    ("yinxin-session", &LIBRARIES),
    ("yinxin-seal", &LIBRARIES),
    ("yinxin", &LIBRARIES),
    ("yinxin-ca", &["tokio", "hyper", "wasm-bindgen", "js-sys", "openssl", "openssl-sys", "clap"]),
];

const LIBRARIES: [&str; 8] =
    ["tokio", "hyper", "wasm-bindgen", "js-sys", "getrandom", "openssl", "openssl-sys", "clap"];

/// Whom our own crates may import: everything else of ours is above them.
const BELOW: [(&str, &[&str]); 6] = [
    ("yinxin-accel", &[]),
    ("yinxin-pki", &["yinxin-accel"]),
    ("yinxin-session", &["yinxin-accel", "yinxin-pki"]),
    ("yinxin-seal", &["yinxin-accel", "yinxin-pki"]),
    ("yinxin", &["yinxin-accel", "yinxin-pki", "yinxin-seal", "yinxin-session"]),
    ("yinxin-ca", &["yinxin-accel", "yinxin-pki"]),
];

/// Looks at `cargo tree -e normal` of each crate that exists.
pub(crate) fn dependencies() -> Result<(), Failure> {
    let here = |name: &str| root().join("crates").join(name).join("Cargo.toml").exists();
    let mut broken = Vec::new();
    for (name, banned) in WALLS.into_iter().filter(|(name, _)| here(name)) {
        let tree = read(cargo().args([
            "tree",
            "-q",
            "--locked",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--target",
            "all",
            "--all-features",
            "-p",
            name,
        ]))?;
        let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        if !names.contains(&name) {
            return Err(Failure::Wrong(format!("cargo tree of {name} does not name it")));
        }
        broken.extend(
            names
                .iter()
                .filter(|found| banned.contains(found))
                .map(|found| format!("{name} must not reach {found}")),
        );
        let allowed = BELOW.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, list)| list);
        broken.extend(
            names
                .iter()
                .filter(|found| found.starts_with("yinxin") && **found != name)
                .filter(|found| !allowed.contains(found))
                .map(|found| format!("{name} must not import {found}")),
        );
    }
    broken.sort();
    broken.dedup();
    if broken.is_empty() { Ok(()) } else { Err(Failure::Wrong(broken.join("\n"))) }
}

/// Each README in English has the same code blocks as its Chinese twin, in the same order.
pub(crate) fn twins() -> Result<(), Failure> {
    let blocks = |name: &str| {
        let path = root().join(name);
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::System { doing: path.display().to_string(), error })?;
        Ok::<_, Failure>(code_blocks(&text))
    };
    let (english, chinese) = (blocks("README.md")?, blocks("README.zh-CN.md")?);
    if english.is_empty() {
        return Err(Failure::Wrong("README.md has no code block".to_owned()));
    }
    if english.len() != chinese.len() {
        return Err(Failure::Wrong(format!(
            "README.md has {} code blocks, README.zh-CN.md has {}",
            english.len(),
            chinese.len()
        )));
    }
    match english.iter().zip(&chinese).position(|(one, other)| one != other) {
        None => Ok(()),
        Some(place) => Err(Failure::Wrong(format!(
            "code block {} differs between README.md and README.zh-CN.md",
            place + 1
        ))),
    }
}

/// Every decision has its own number, and its line in the index.
pub(crate) fn decisions() -> Result<(), Failure> {
    let folder = root().join("docs").join("adr");
    let system = |error| Failure::System { doing: folder.display().to_string(), error };
    let index = fs::read_to_string(folder.join("README.md")).map_err(system)?;
    let mut numbers = Vec::new();
    for entry in fs::read_dir(&folder).map_err(system)? {
        let name = entry.map_err(system)?.file_name().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        if !index.contains(&format!("({name})")) {
            return Err(Failure::Wrong(format!("docs/adr/README.md does not list {name}")));
        }
        let number = name.split('-').next().unwrap_or_default().to_owned();
        if numbers.contains(&number) {
            return Err(Failure::Wrong(format!("two decisions have the number {number}")));
        }
        numbers.push(number);
    }
    Ok(())
}

/// The fenced blocks, without what follows a `#` that starts a remark: remarks are translated.
fn code_blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            match open.take() {
                Some(block) => blocks.push(block),
                None => open = Some(String::new()),
            }
        } else if let Some(block) = &mut open {
            let code = line.split_once(" # ").map_or(line, |(code, _)| code);
            block.push_str(code.trim_end());
            block.push('\n');
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_no_part_of_a_code_block() {
        let english = "text\n```\ncargo xtask test   # everything\n```\n";
        let chinese = "文字\n```\ncargo xtask test   # 全部\n```\n";
        assert_eq!(code_blocks(english), code_blocks(chinese));
        assert_eq!(code_blocks(english), ["cargo xtask test\n"]);
    }

    #[test]
    fn another_command_is_another_code_block() {
        assert_ne!(code_blocks("```\ncargo xtask test\n```"), code_blocks("```\ncargo test\n```"));
    }
}
