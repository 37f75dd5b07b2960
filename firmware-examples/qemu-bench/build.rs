//! Chooses the memory layout by core; the model: `AUTARKY_MODEL`, or the one in `models/`; and how many groups of inputs
//! have their lookup tables at once: `AUTARKY_CHUNK`, or 64.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let variable = |name| PathBuf::from(env::var_os(name).unwrap_or_default());
    let out = variable("OUT_DIR");
    let arm = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "arm");
    let memory = if arm { "mps2.x" } else { "virt.x" };
    fs::copy(memory, out.join("memory.x"))?;
    println!("cargo:rustc-link-search={}", out.display());
    if !arm {
        println!("cargo:rustc-link-arg-bins=-Tmemory.x");
    }
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed={memory}");
    println!("cargo:rerun-if-env-changed=AUTARKY_MODEL");
    let model = env::var_os("AUTARKY_MODEL").map_or_else(
        || variable("CARGO_MANIFEST_DIR").join("../models/seed.aut"),
        PathBuf::from,
    );
    println!("cargo:rustc-env=AUTARKY_MODEL={}", model.display());
    println!("cargo:rerun-if-env-changed=AUTARKY_CHUNK");
    let chunk = env::var("AUTARKY_CHUNK").unwrap_or_else(|_| "64".into());
    println!("cargo:rustc-env=AUTARKY_CHUNK={chunk}");
    Ok(())
}
