//! Builds the `openssl` command out of the sources that the crate `openssl-src` carries.
//!
//! `openssl4 FOLDER` leaves `FOLDER/openssl`, one static program, and prints its path.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io, thread};

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: openssl4 FOLDER");
        return ExitCode::from(2);
    };
    match build(&folder) {
        Ok(program) => {
            println!("{}", program.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("openssl4: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build(folder: &Path) -> io::Result<PathBuf> {
    let tree = folder.join("build");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    copy(&openssl_src::source_dir(), &tree)?;
    run(Command::new("perl").current_dir(&tree).arg("Configure").args([
        "no-shared",
        "no-module",
        "no-tests",
        "no-docs",
        "no-legacy",
        "no-quic",
        "no-zlib",
        "-O1",
        "--prefix=/nonexistent",
        "--openssldir=/nonexistent",
    ]))?;
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    run(Command::new("make").current_dir(&tree).args(["-s", "build_generated"]))?;
    run(Command::new("make")
        .current_dir(&tree)
        .arg("-s")
        .arg(format!("-j{jobs}"))
        .arg("apps/openssl"))?;
    let program = folder.join("openssl");
    fs::copy(tree.join("apps/openssl"), &program)?;
    fs::remove_dir_all(&tree)?;
    Ok(program)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Runs one step; its output is shown only when it fails.
fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    eprintln!("{}", String::from_utf8_lossy(&output.stdout));
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    Err(io::Error::other(format!("{command:?} ended with {}", output.status)))
}
