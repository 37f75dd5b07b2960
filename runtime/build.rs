//! Which assembly kernel the target can run, if any, as `cfg(kernel = "...")`: rustc tells Cortex-M cores apart by the
//! target's name only.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(kernel, values(\"armv6m\", \"armv7m\", \"riscv32\"))");
    println!("cargo::rustc-check-cfg=cfg(assembly)");
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| target.starts_with(prefix));
    // The embedded variant of RISC-V has half of the registers that the kernel uses.
    let kernel = if begins(&["thumbv6m", "thumbv8m.base"]) {
        "armv6m"
    } else if begins(&["thumbv7m", "thumbv7em", "thumbv8m.main"]) {
        "armv7m"
    } else if begins(&["riscv32"]) && !begins(&["riscv32e"]) {
        "riscv32"
    } else {
        return;
    };
    println!("cargo::rustc-cfg=assembly");
    println!("cargo::rustc-cfg=kernel=\"{kernel}\"");
}
