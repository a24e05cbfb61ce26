//! `xtask IN.wasm OUT_DIR`: what `wasm-bindgen --target web` does, as a library call. It builds in a quarter of the
//! CLI's time, and Cargo.lock keeps its version the same as the `wasm-bindgen` crate's.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = arguments.as_slice() else {
        eprintln!("usage: xtask IN.wasm OUT_DIR");
        return ExitCode::FAILURE;
    };
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    let result = bindgen.input_path(input).web(true).and_then(|bindgen| bindgen.typescript(true).generate(output));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bindgen failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
