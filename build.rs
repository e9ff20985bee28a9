//! Compiles `shaders/` at build time: preprocesses every permutation, checks it with naga as a browser
//! would, and writes the table that `src/engine/gpu/shaders.rs` includes. A broken shader is a build
//! error that shows the line, and neither bindings nor uniforms can drift from the WGSL.

#[path = "build/compile.rs"]
mod compile;
#[path = "build/preprocess.rs"]
mod preprocess;
#[path = "build/uniform.rs"]
mod uniform;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    for input in ["build.rs", "build", "shaders"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let result = compile::all(Path::new("shaders")).and_then(|shaders| {
        let path = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("shaders.rs");
        let rust = compile::rust_table(&shaders) + &uniform::rust_structs(&shaders)?;
        fs::write(&path, rust).map_err(|e| vec![format!("{}: {e}", path.display())])
    });
    // Each line that cargo is told fails the build.
    for line in result.err().iter().flatten().flat_map(|error| error.lines()) {
        println!("cargo::error={line}");
    }
}
