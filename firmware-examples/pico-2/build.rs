//! The model of this board and where its memory is, that of models in partitions included.

fn main() {
    build_helper::Firmware {
        targets: &["thumbv8m.main-none-eabi"],
        model: "../models/base.aut",
        memory: Some("memory.x"),
        scripts: &["link.x"],
    }
    .build();
    build_helper::partitions("partitions.x");
}
