//! Tells the compiler which model to embed and the linker where memory is.

use std::error::Error;
use std::path::{Path, PathBuf, absolute};
use std::{env, fs};

/// The model of this board, unless the variable MODEL names another file, from this folder on.
const MODEL: &str = "../models/seed.aut";

fn main() -> Result<(), Box<dyn Error>> {
    let model = absolute(env::var_os("MODEL").map_or_else(|| MODEL.into(), PathBuf::from))?;
    println!("cargo:rustc-env=MODEL_PATH={}", model.display());
    println!("cargo:rerun-if-env-changed=MODEL");

    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::copy("memory.x", Path::new(&out).join("memory.x"))?;
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rustc-link-search={}", Path::new(&out).display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    Ok(())
}
