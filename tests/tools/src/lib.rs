//! The means of `cargo run -p tools -- COMMAND`: firmware is built, run, measured and proved.
//!
//! | module | subject |
//! |---|---|
//! | [`toolchain`] | a compiler for a microcontroller's target, with whichever toolchain this machine has |
//! | [`process`] | runs a program: feeds it and drains both of its outputs |
//! | [`qemu`] | emulated boards: run a firmware, bring back its output and exit code |
//! | [`rp2040`] | the Raspberry Pi Pico in an emulator of its chip |
//! | [`unicorn`] | images of boards that no emulator has, on an emulated core |
//! | [`image`], [`cores`] | the functions of a firmware image; the cores that are measured, and the images built for them |
//! | [`firmware`] | the boards of `firmware-examples`: their folders, machines and images |
//! | [`flash`] | what an image puts into flash, and the UF2 and HEX files that carry it |
//! | [`partition`] | models in partitions of flash: their addresses, and what puts a model there |
//! | [`counting`], [`parts`] | executed instructions, exactly, by QEMU plugin; which part of a token they belong to |
//! | [`disassembly`], [`inference_path`] | an image's instructions; what the inference path must not hold |
//! | [`c_header`], [`c_library`] | the header of the C interface; its library, and firmware in C |
//! | [`demo`] | the page in the browser: joined, served, tried |
//! | [`messages`] | messages in packets: ours beside other compressors, and on emulated cores |
//! | [`link`] | two emulated boards, and packets that get lost on their way |
//! | [`markdown`] | tables of documents |

pub mod c_header;
pub mod c_library;
pub mod cores;
pub mod counting;
pub mod demo;
pub mod disassembly;
pub mod firmware;
pub mod flash;
pub mod image;
pub mod inference_path;
pub mod link;
pub mod markdown;
pub mod messages;
pub mod partition;
pub mod parts;
pub mod process;
pub mod qemu;
pub mod rp2040;
pub mod toolchain;
pub mod unicorn;
