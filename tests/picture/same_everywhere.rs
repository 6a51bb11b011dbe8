//! The same bytes natively and in WASM: `golden`, an example of the seal crate, compares its own
//! drawings with digests written down in it and ends with the number that are right.

use std::path::PathBuf;
use std::process::Command;

/// Drawings as PNG and SVG; one more line in the list is wrong on purpose.
const RIGHT: i32 = 16;

fn build(target: &[&str]) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let mut command = Command::new(cargo);
    command.args(["build", "-q", "--locked", "-p", "yinxin-seal", "--example", "golden"]);
    command.args(target).arg("--target-dir").arg(&folder);
    command.current_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    assert!(command.status().unwrap().success());
    folder
}

#[test]
fn seals_are_drawn_to_the_same_bytes_natively_as_written_down() {
    let program = build(&[]).join("debug/examples/golden");
    assert_eq!(Command::new(program).output().unwrap().status.code(), Some(RIGHT));
}

#[test]
fn seals_are_drawn_to_the_same_bytes_in_wasm_as_written_down() {
    let target = "wasm32-unknown-unknown";
    let module = build(&["--target", target]).join(target).join("debug/examples/golden.wasm");
    let run = "const bytes = require('fs').readFileSync(process.argv[1]);\
               WebAssembly.instantiate(bytes, {})\
               .then(wasm => process.exit(wasm.instance.exports.main(0, 0)));";
    let node = Command::new("node").args(["-e", run]).arg(module).output();
    let output = node.expect("node runs the module; `cargo xtask doctor` says how to get it");
    assert_eq!(output.status.code(), Some(RIGHT), "{}", String::from_utf8_lossy(&output.stderr));
}
