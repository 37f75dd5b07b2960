//! The model of this board and where its memory is.

fn main() {
    build_helper::Firmware {
        targets: &["thumbv8m.main-none-eabi"],
        model: "../models/base.aut",
        memory: Some("memory.x"),
        scripts: &["link.x"],
    }
    .build();
}
