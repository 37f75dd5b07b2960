//! The model of this board and where its memory is.

fn main() {
    build_helper::Firmware {
        targets: &["thumbv6m-none-eabi"],
        model: "../models/microbit.aut",
        memory: Some("memory.x"),
        scripts: &["link.x"],
    }
    .build();
}
