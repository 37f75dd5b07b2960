//! The means of `cargo run -p tools -- COMMAND`: firmware is built, run, measured and proved.
//!
//! | module | subject |
//! |---|---|
//! | [`toolchain`] | a compiler for a microcontroller's target, with whichever toolchain this machine has |
//! | [`process`] | runs a program: feeds it and drains both of its outputs |
//! | [`qemu`] | emulated boards: run a firmware, bring back its output and exit code |
//! | [`image`], [`cores`] | the functions of a firmware image; the cores that are measured, and the images built for them |
//! | [`firmware`] | the boards of `firmware-examples`: their folders, machines and images |
//! | [`counting`], [`parts`] | executed instructions, exactly, by QEMU plugin; which part of a token they belong to |
//! | [`disassembly`], [`inference_path`] | an image's instructions; what the inference path must not hold |
//! | [`c_header`] | the header of the C interface |
//! | [`demo`] | the page in the browser: joined, served, tried |
//! | [`messages`] | messages in packets: ours beside other compressors |
//! | [`markdown`] | tables of documents |

pub mod c_header;
pub mod cores;
pub mod counting;
pub mod demo;
pub mod disassembly;
pub mod firmware;
pub mod image;
pub mod inference_path;
pub mod markdown;
pub mod messages;
pub mod parts;
pub mod process;
pub mod qemu;
pub mod toolchain;
