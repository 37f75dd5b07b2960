//! The model of this board and where its memory is.

fn main() {
    build_helper::Firmware {
        targets: &["riscv32i-unknown-none-elf"],
        model: "../models/microbit.aut",
        memory: Some("memory.x"),
        scripts: &["memory.x", "link.x"],
    }
    .build();
}
