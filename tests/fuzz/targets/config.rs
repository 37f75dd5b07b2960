//! `config` of `tests/tests/trainer_inputs` under libFuzzer.
#![no_main]

#[path = "../../tests/trainer_inputs/mod.rs"]
mod trainer_inputs;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    trainer_inputs::config(input);
});
