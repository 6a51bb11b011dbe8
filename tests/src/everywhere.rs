//! An example of a crate, built and run natively and in WASM: it compares what it makes with what is
//! written down in it, and ends with the number that are right.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn build(package: &str, example: &str, folder: &str, target: &[&str]) -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let folder = Path::new(folder).join("..");
    let mut command = Command::new(cargo);
    command.args(["build", "-q", "--locked", "-p", package, "--example", example]);
    command.args(target).arg("--target-dir").arg(&folder);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    assert!(command.status().unwrap().success());
    folder
}

/// Runs it on this machine; `folder` is the test's `CARGO_TARGET_TMPDIR`.
///
/// # Panics
///
/// When it cannot be built or run.
#[must_use]
pub fn natively(package: &str, example: &str, folder: &str) -> Option<i32> {
    let program = build(package, example, folder, &[]).join("debug/examples").join(example);
    Command::new(program).output().unwrap().status.code()
}

/// Runs it as a WASM module without imports, in Node.
///
/// # Panics
///
/// When it cannot be built or run, with Node's words.
#[must_use]
pub fn in_wasm(package: &str, example: &str, folder: &str) -> Option<i32> {
    let target = "wasm32-unknown-unknown";
    let folder = build(package, example, folder, &["--target", target]);
    let module = folder.join(target).join("debug/examples").join(example).with_extension("wasm");
    let run = "const bytes = require('fs').readFileSync(process.argv[1]);\
               WebAssembly.instantiate(bytes, {})\
               .then(wasm => process.exit(wasm.instance.exports.main(0, 0)));";
    let node = Command::new("node").args(["-e", run]).arg(module).output();
    let output = node.expect("node runs the module; `cargo xtask doctor` says how to get it");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.status.code()
}
