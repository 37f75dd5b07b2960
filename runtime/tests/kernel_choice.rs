//! Which kernel the build script chooses.

#[path = "../build/kernel.rs"]
mod kernel;

use kernel::{Kernel, Target};

/// A target's name, architecture, ABI and features, as cargo gives them.
fn chosen([name, arch, abi, features]: [&str; 4]) -> Kernel {
    let target = Target {
        name,
        arch,
        abi,
        features,
    };
    target.kernel()
}

#[test]
fn known_targets_get_the_kernel_of_their_core() {
    for (target, kernel) in [
        (["thumbv6m-none-eabi", "arm", "eabi", ""], "armv6m"),
        (["thumbv8m.base-none-eabi", "arm", "eabi", ""], "armv6m"),
        (["thumbv7m-none-eabi", "arm", "eabi", ""], "armv7m"),
        (["thumbv7em-none-eabihf", "arm", "eabihf", ""], "armv7m"),
        (["thumbv8m.main-none-eabihf", "arm", "eabihf", ""], "armv7m"),
        (["riscv32i-unknown-none-elf", "riscv32", "", ""], "riscv32"),
        (
            ["riscv32imac-esp-espidf", "riscv32", "", "a,c,m"],
            "riscv32",
        ),
    ] {
        assert_eq!(chosen(target), Kernel::Assembly(kernel), "{target:?}");
    }
}

#[test]
fn a_custom_target_gets_the_kernel_of_its_features_whatever_its_name() {
    for (target, kernel) in [
        (["my-board", "riscv32", "", "c,m"], "riscv32"),
        (
            ["my-board", "arm", "eabi", "mclass,thumb-mode,v6"],
            "armv6m",
        ),
        (["my-board", "arm", "eabi", "mclass,thumb2,v7"], "armv7m"),
        (
            ["my-board", "arm", "eabi", "mclass,thumb2,v7,v8,v8m"],
            "armv7m",
        ),
    ] {
        assert_eq!(chosen(target), Kernel::Assembly(kernel), "{target:?}");
    }
}

#[test]
fn what_has_no_kernel_is_known_as_slow() {
    for target in [
        ["riscv32e-unknown-none-elf", "riscv32", "ilp32e", ""],
        ["my-board", "riscv32", "", "e"],
        ["armv7r-none-eabi", "arm", "eabi", ""],
        ["my-board", "arm", "eabi", "v7"],
        ["xtensa-esp32s3-none-elf", "xtensa", "", ""],
        ["wasm32-unknown-unknown", "wasm32", "", ""],
    ] {
        assert_eq!(chosen(target), Kernel::Portable, "{target:?}");
    }
    let host = ["x86_64-unknown-linux-gnu", "x86_64", "", "fxsr,sse,sse2"];
    assert_eq!(chosen(host), Kernel::Vector);
    let browser = ["wasm32-unknown-unknown", "wasm32", "", "simd128"];
    assert_eq!(chosen(browser), Kernel::Vector);
}
