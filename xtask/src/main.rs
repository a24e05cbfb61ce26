//! What the build needs of Rust besides the compiler.
//!
//! * `xtask bindgen IN.wasm OUT_DIR [--web] [--keep-debug]`: what `wasm-bindgen` does, as a library call. It builds in a quarter of
//!   the command's time, and Cargo.lock keeps its version the same as the `wasm-bindgen` crate's.
//! * `xtask layout OUT.ts`: writes what JavaScript must know of the memory in which frames become values.

use std::error::Error;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["bindgen", input, output, options @ ..] => bindgen(input, output, options),
        ["layout", output] => std::fs::write(output, zaqar_codec::layout::typescript()).map_err(Into::into),
        _ => Err("usage: xtask bindgen IN.wasm OUT_DIR [--web] [--keep-debug], or xtask layout OUT.ts".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bindgen(input: &str, output: &str, options: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).typescript(true).keep_debug(options.contains(&"--keep-debug"));
    match options.contains(&"--web") {
        // as the command has it: the JavaScript loads the wasm from beside itself
        true => bindgen.web(true)?.omit_default_module_path(false),
        false => bindgen.bundler(true)?,
    };
    Ok(bindgen.generate(output)?)
}
