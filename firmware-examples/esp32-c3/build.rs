//! The model of this board; where memory is, esp-hal tells the linker.

fn main() {
    build_helper::Firmware {
        targets: &["riscv32imc-unknown-none-elf"],
        model: "../models/base.aut",
        memory: None,
        scripts: &["linkall.x"],
    }
    .build();
}
