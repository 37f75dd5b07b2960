//! The model of this board and where its memory is.

fn main() {
    build_helper::Firmware {
        targets: &["thumbv6m-none-eabi"],
        model: "../models/base.aut",
        memory: Some("memory.x"),
        scripts: &["link.x", "link-rp.x"],
    }
    .build();
}
