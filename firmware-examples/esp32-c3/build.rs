//! Tells the compiler which model to embed; where memory is, esp-hal tells the linker.

use std::env;
use std::error::Error;
use std::path::{PathBuf, absolute};

/// The model of this board, unless the variable MODEL names another file, from this folder on.
const MODEL: &str = "../models/seed.aut";

fn main() -> Result<(), Box<dyn Error>> {
    let model = absolute(env::var_os("MODEL").map_or_else(|| MODEL.into(), PathBuf::from))?;
    println!("cargo:rustc-env=MODEL_PATH={}", model.display());
    println!("cargo:rerun-if-env-changed=MODEL");
    println!("cargo:rustc-link-arg-bins=-Tlinkall.x");
    Ok(())
}
