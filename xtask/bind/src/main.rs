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
    // After a panic the loader starts the module anew: objects are told from those of before.
    bindgen.reset_state_function(true);
    let done = bindgen.web(true).and_then(|bindgen| bindgen.generate(folder));
    done.map_err(|error| format!("{error:#}"))?;
    // What wasm-bindgen wrote out for each call the build puts into a table: `wasm/npm/table.mjs`.
    let types = folder.join(name).with_extension("d.ts");
    let text = std::fs::read_to_string(&types).map_err(|error| error.to_string())?;
    std::fs::write(&types, text + TABLE).map_err(|error| error.to_string())
}

const TABLE: &str = "\n/** These calls as a table. */\nexport const table: string;\n";
