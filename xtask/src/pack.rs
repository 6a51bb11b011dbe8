//! `cargo xtask pack`: the npm package, out of `wasm/`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Failure, cargo, in_ci, read, root, show, target};

/// The modules of the package, each built with the feature of its name.
const MODULES: [&str; 10] = [
    "answer",
    "camera",
    "core",
    "documents",
    "envelope",
    "messages",
    "node",
    "pages",
    "phone",
    "sealing",
];

/// How a package is built.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// What ships.
    Release,
    /// Quick to build, slow to run: for work on it.
    Dev,
}

/// Where the package is made.
pub(crate) fn folder() -> PathBuf {
    root().join("wasm/npm")
}

/// Where packed packages go.
fn packed() -> PathBuf {
    target().join("npm")
}

/// Builds everything in the package's folder.
pub(crate) fn build(form: Form) -> Result<(), Failure> {
    install(&folder())?;
    show(cargo().args(["build", "-q", "--locked", "-p", "yinxin-bind"]))?;
    let bind = target().join("debug/yinxin-bind");
    let generated = folder().join("generated");
    for name in MODULES {
        let module = module(name, form, &[])?;
        show(Command::new(&bind).arg(module).arg(name).arg(&generated))?;
    }
    let mut command = Command::new("node");
    command.arg(folder().join("build.mjs"));
    if form == Form::Dev {
        command.arg("--dev");
    }
    show(&mut command)
}

/// The module for Node with what only tests call, in `target/npm-test`: the one that ships has none of
/// it.
pub(crate) fn for_tests() -> Result<(), Failure> {
    // Whichever form this machine has its dependencies built in.
    let form = if in_ci() { Form::Release } else { Form::Dev };
    let module = module("node", form, &["panic", "vectors"])?;
    show(cargo().args(["build", "-q", "--locked", "-p", "yinxin-bind"]))?;
    let bind = target().join("debug/yinxin-bind");
    let generated = target().join("npm-test/generated");
    show(Command::new(bind).arg(module).arg("node").arg(generated))
}

/// Compiles one module.
fn module(name: &str, form: Form, more: &[&str]) -> Result<PathBuf, Failure> {
    let profile = match (form, name) {
        (Form::Release, "core") => "wasm-core",
        (Form::Release, _) => "wasm",
        (Form::Dev, _) => "wasm-dev",
    };
    let features = [&[name], more].concat().join(",");
    show(
        cargo()
            .args(["build", "-q", "--locked", "-p", "yinxin-wasm", "--no-default-features"])
            .args(["--features", &features, "--profile", profile])
            .args(["--target", "wasm32-unknown-unknown"])
            .env("CARGO_ENCODED_RUSTFLAGS", flags()),
    )?;
    let built = target().join("wasm32-unknown-unknown").join(profile).join("yinxin_wasm.wasm");
    // Both modules are built under one name: each is taken away before the next comes.
    let kept = built.with_file_name(format!("yinxin_{name}.wasm"));
    fs::copy(&built, &kept)
        .map_err(|error| Failure::System { doing: built.display().to_string(), error })?;
    Ok(kept)
}

/// SIMD only here: other builds for this target have to run where there is none. And no path of this
/// machine: panics name their files, and two machines make the same bytes.
fn flags() -> String {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo_home = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let root = root();
    [
        "-Ctarget-feature=+simd128".to_owned(),
        remap(&cargo_home, "cargo"),
        remap(&root.canonicalize().unwrap_or(root), "yinxin"),
    ]
    .join("\u{1f}")
}

/// That a package was packed: what tests it alone does not build it.
pub(crate) fn there() -> Result<(), Failure> {
    if folder().join("dist/index.js").exists() {
        return Ok(());
    }
    let words = "there is no package to test: `cargo xtask pack` makes it, and `cargo xtask pack --dev` a quick one";
    Err(Failure::Wrong(words.to_owned()))
}

/// `npm ci`, unless what the lock file names is there already.
pub(crate) fn install(folder: &Path) -> Result<(), Failure> {
    let at = |path: &str| fs::metadata(folder.join(path)).and_then(|found| found.modified()).ok();
    let installed = at("node_modules/.package-lock.json");
    if installed.is_some() && installed >= at("package-lock.json") {
        return Ok(());
    }
    show(Command::new("npm").args(["ci", "--ignore-scripts", "--no-progress"]).current_dir(folder))
}

/// Builds the package and packs it: `yinxin-<version>.tgz`; beside it the page that verifies
/// offline, one file.
pub(crate) fn pack(form: Form) -> Result<(), Failure> {
    build(form)?;
    let to = packed();
    fs::create_dir_all(&to)
        .map_err(|error| Failure::System { doing: to.display().to_string(), error })?;
    let page = to.join("verify.html");
    let maker = root().join("examples/web/verify/build.mjs");
    show(Command::new("node").arg(maker).arg(&page))?;
    println!("{}", page.display());
    let said = read(
        Command::new("npm")
            .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
            .arg(&to)
            .current_dir(folder()),
    )?;
    println!("{}", to.join(said.trim()).display());
    Ok(())
}

/// What npm's own linters say of the packed package, and whether it is within its budget.
pub(crate) fn check() -> Result<(), Failure> {
    let tool = |name: &str| {
        let mut command = Command::new(folder().join("node_modules/.bin").join(name));
        command.current_dir(folder());
        command
    };
    show(tool("publint").arg("--strict"))?;
    let version = read(
        Command::new("node")
            .args(["-p", "require('./package.json').version"])
            .current_dir(folder()),
    )?;
    let file = packed().join(format!("yinxin-{}.tgz", version.trim()));
    // Workers and the classic script run in browsers alone: nobody requires them.
    show(
        tool("attw").arg(&file).args(["--profile", "node16", "--format", "table-flipped"]).args([
            "--exclude-entrypoints",
            "worker",
            "sw",
            "global",
        ]),
    )?;
    show(Command::new("node").arg(folder().join("sizes.mjs")).arg(&file))
}
