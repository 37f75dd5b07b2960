//! [`tests::fuzzing::generate`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tests::fuzzing::generate(input);
});
