//! What the firmware of every board shares.
//!
//! | module | subject |
//! |---|---|
//! | [`model`] | [`embed_model!`]: a model file in flash, its state in RAM, and the proof that both fit |
//! | [`partition`] | the model as a second file, in a partition of its own; the program that chats with it |
//! | [`port`] | [`Port`](port::Port): where text goes to and comes from; what a board implements |
//! | [`line`] | a line of text from a port: bounded, editable, checked |
//! | [`prompt`] | text to tokens, in a buffer of fixed size |
//! | [`beat`] | a beat that does not lose its time |
//!
//! And the programs, which each board starts with what it has:
//!
//! | module | program |
//! |---|---|
//! | [`selftest`] | does the device compute what the trainer computed? |
//! | [`generate`] | text, character by character |
//! | [`chat`] | reads a prompt, continues it |
//! | [`messages`] | a message as a packet, a packet as a message |
//! | [`blink`] | blinks while it thinks |
//! | [`think`] | the same on an async executor, whose tasks blink |
#![no_std]

pub mod beat;
pub mod blink;
pub mod chat;
pub mod generate;
pub mod line;
pub mod messages;
pub mod model;
pub mod partition;
pub mod port;
pub mod prompt;
pub mod selftest;
pub mod think;
