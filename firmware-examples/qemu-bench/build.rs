//! The memory layout of each core; how many groups of inputs have their lookup tables at once: `AUTARKY_CHUNK`, or 64.

use build_helper::Firmware;
use std::env;

const ARM: Firmware = Firmware {
    targets: &["thumbv6m-none-eabi", "thumbv7em-none-eabi"],
    model: "../models/base.aut",
    memory: Some("mps2.x"),
    scripts: &["link.x"],
};
const ARM_V8M: Firmware = Firmware {
    targets: &["thumbv8m.main-none-eabi"],
    memory: Some("an505.x"),
    ..ARM
};
const RISCV: Firmware = Firmware {
    targets: &["riscv32i-unknown-none-elf", "riscv32imc-unknown-none-elf"],
    memory: Some("virt.x"),
    scripts: &["memory.x", "link.x"],
    ..ARM
};

fn main() {
    let target = env::var("TARGET").unwrap_or_default();
    let firmware = [RISCV, ARM_V8M]
        .into_iter()
        .find(|firmware| firmware.targets.contains(&target.as_str()));
    firmware.unwrap_or(ARM).build();
    println!("cargo::rerun-if-env-changed=AUTARKY_CHUNK");
    let chunk = env::var("AUTARKY_CHUNK").unwrap_or_else(|_| "64".into());
    println!("cargo::rustc-env=AUTARKY_CHUNK={chunk}");
}
