//! What computes the products: `cfg(kernel = "...")` for the assembly that the target can run, `cfg(vector)` for byte shuffles.

#[path = "build/kernel.rs"]
mod kernel;

use kernel::{Kernel, Target};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(kernel, values(\"armv6m\", \"armv7m\", \"riscv32\"))");
    println!("cargo::rustc-check-cfg=cfg(assembly)");
    println!("cargo::rustc-check-cfg=cfg(vector)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let variable = |name| std::env::var(name).unwrap_or_default();
    let (name, arch) = (variable("TARGET"), variable("CARGO_CFG_TARGET_ARCH"));
    let abi = variable("CARGO_CFG_TARGET_ABI");
    let features = variable("CARGO_CFG_TARGET_FEATURE");
    let target = Target {
        name: &name,
        arch: &arch,
        abi: &abi,
        features: &features,
    };
    match target.kernel() {
        Kernel::Assembly(kernel) => {
            println!("cargo::rustc-cfg=assembly");
            println!("cargo::rustc-cfg=kernel=\"{kernel}\"");
        }
        Kernel::Vector => println!("cargo::rustc-cfg=vector"),
        Kernel::Portable if arch == "wasm32" => println!(
            "cargo::warning=WebAssembly without SIMD: with RUSTFLAGS=-Ctarget-feature=+simd128 products take a fifth of the time"
        ),
        Kernel::Portable => println!(
            "cargo::warning=no kernel for {name} ({arch}): the portable one is several times as slow, and a compiler may \
             multiply in it"
        ),
    }
}
