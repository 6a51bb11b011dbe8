//! Running other programs, and where things lie.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fmt};

/// Why a step did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A program is missing, and this is how one gets it.
    Missing { what: String, get: String },
    /// A program ended unhappily; its own words are already on the screen.
    Ended { program: String, how: String },
    /// Something we looked at ourselves is wrong.
    Wrong(String),
    /// The machine refused.
    System { doing: String, error: io::Error },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what, get } => write!(f, "{what} is missing; get it with `{get}`"),
            Self::Ended { program, how } => write!(f, "`{program}` ended with {how}"),
            Self::Wrong(what) => f.write_str(what),
            Self::System { doing, error } => write!(f, "{doing}: {error}"),
        }
    }
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Where cargo builds, as an absolute path.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Where the programs we check ourselves against are built.
pub(crate) fn peers() -> PathBuf {
    target().join("peers")
}

/// What is slow to build, depends on nothing of ours and serves every clone of this machine.
pub(crate) fn cache() -> PathBuf {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    named("YINXIN_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        let base = named("XDG_CACHE_HOME").map(PathBuf::from).unwrap_or_else(|| {
            named("HOME").map_or_else(env::temp_dir, PathBuf::from).join(".cache")
        });
        base.join("yinxin")
    })
}

/// Whether this is the run that decides: then nothing may be left out.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
}

pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

fn words(command: &Command) -> String {
    let all = std::iter::once(command.get_program()).chain(command.get_args());
    all.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn ended(command: &Command, status: std::process::ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::Ended { program: words(command), how: status.to_string() })
}

/// Runs a program on our own screen.
pub(crate) fn show(command: &mut Command) -> Result<(), Failure> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::System { doing: words(command), error })?;
    ended(command, status)
}

/// Runs a program and gives what it printed; what it complained of goes to our screen.
pub(crate) fn read(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::System { doing: words(command), error })?;
    ended(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program, shows each line it prints as it comes, and hands it to `each`.
pub(crate) fn follow(command: &mut Command, mut each: impl FnMut(&str)) -> Result<(), Failure> {
    let system = |doing: String| move |error| Failure::System { doing, error };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(system(words(command)))?;
    if let Some(stdout) = child.stdout.take() {
        let mut screen = io::stdout();
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(system(words(command)))?;
            let line = String::from_utf8_lossy(&line);
            writeln!(screen, "{line}").map_err(system("standard output".to_owned()))?;
            each(&line);
        }
    }
    let status = child.wait().map_err(system(words(command)))?;
    ended(command, status)
}

/// Everything a program printed on either channel, if it runs at all and ends well.
pub(crate) fn says(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).current_dir(root()).stdin(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success())?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Some(text)
}
