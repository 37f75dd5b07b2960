//! [`tests::fuzzing::packet()`] under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tests::fuzzing::packet(input);
});
