//! `yinxin-bind MODULE.wasm NAME FOLDER`: the bindings of a module built for wasm-bindgen, in the one
//! form from which the package makes all of its entries.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let [module, name, folder] = words.as_slice() else {
        eprintln!("usage: yinxin-bind MODULE.wasm NAME FOLDER");
        return ExitCode::from(2);
    };
    match bind(Path::new(module), name, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("yinxin-bind: {module}: {words}");
            ExitCode::FAILURE
        }
    }
}

fn bind(module: &Path, name: &str, folder: &Path) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).typescript(true);
    bindgen.remove_name_section(true).remove_producers_section(true);
    // A bundler copies what stands in `new URL(…)`: the loader says it once, and nobody else does.
    bindgen.omit_default_module_path(true);
    // After a panic the loader starts the module anew.
    bindgen.reset_state_function(true);
    let done = bindgen.web(true).and_then(|bindgen| bindgen.generate(folder));
    done.map_err(|error| format!("{error:#}"))?;
    guard(&folder.join(name).with_extension("js"))
}

const FREE: &str = "    free() {\n";
const TAKEN: &str = "    free() {\n        const ptr = this.__destroy_into_raw();\n";
const GUARDED: &str = "    free() {
        if (this.__wbg_inst !== undefined && this.__wbg_inst !== __wbg_instance_id) return;
        const ptr = this.__destroy_into_raw();
";

/// Every method looks whether its object is of this instance, but for `free`: after a panic it would
/// free whatever lies at that place in the new one.
fn guard(script: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(script).map_err(|error| error.to_string())?;
    if text.matches(FREE).count() != text.matches(TAKEN).count() {
        return Err("the bindings' `free` has another form than is guarded here".into());
    }
    std::fs::write(script, text.replace(TAKEN, GUARDED)).map_err(|error| error.to_string())
}
