//! The model of this board and where its memory is, that of models in partitions included.

fn main() {
    build_helper::Firmware {
        targets: &["riscv32i-unknown-none-elf"],
        model: "../models/microbit.aut",
        memory: Some("memory.x"),
        scripts: &["memory.x", "link.x"],
    }
    .build();
    build_helper::partitions("partitions.x");
}
