//! The targets of `tests/fuzz` with a few thousand seeded inputs each, and what they have found.

mod trainer_inputs;

use tests::fuzzing::mutate::Mutator;
use tests::fuzzing::{Outcome, generate, packet, parse, seeds, tokenizer};

/// `AUTARKY_FUZZ` asks for that many times the inputs.
fn inputs(count: usize) -> usize {
    count * std::env::var("AUTARKY_FUZZ").map_or(1, |times| times.parse().unwrap())
}

/// Feeds `count` changed seeds and says what became of them: some must be refused, and some accepted.
fn feed(name: &str, seeds: Vec<Vec<u8>>, count: usize, target: impl Fn(&[u8]) -> Outcome) {
    for seed in &seeds {
        target(seed);
    }
    let mut mutator = Mutator::new(seeds, 1);
    let count = inputs(count);
    let ran = (0..count)
        .filter(|_| target(&mutator.next_input()) == Outcome::Ran)
        .count();
    println!(
        "{name}: {count} inputs, {} refused, {ran} accepted, 0 panics",
        count - ran
    );
    assert!(
        ran > count / 100 && ran < count,
        "{ran} of {count} were accepted"
    );
}

#[test]
fn whatever_the_bytes_parsing_ends() {
    feed("parse", seeds::parse(), 10_000, parse);
}

#[test]
fn whatever_is_accepted_generates() {
    feed("generate", seeds::generate(), 2000, generate);
}

#[test]
fn whatever_the_vocabulary_tokens_become_their_text() {
    feed("tokenizer", seeds::tokenizer(), 20_000, tokenizer);
}

#[test]
fn whatever_the_packet_it_is_refused_or_that_of_its_text() {
    feed("packet", seeds::packet(), 20_000, packet);
}

#[test]
fn whatever_the_configuration_it_is_refused_or_usable() {
    let seeds = trainer_inputs::config_seeds();
    feed("config", seeds, 3000, trainer_inputs::config);
}

#[test]
fn whatever_the_checkpoint_it_is_refused_or_loads() {
    let seed = trainer_inputs::checkpoint_seed();
    assert_eq!(trainer_inputs::checkpoint(&seed), Outcome::Ran);
    feed("checkpoint", vec![seed], 3000, trainer_inputs::checkpoint);
}

/// What was found, by fuzzing or by reading for it, and must not come back.
#[test]
fn findings() {
    // A panic in Duration::from_secs_f64, and a batch that no memory holds: both were accepted.
    let quick = seeds::PRESETS[0];
    for (key, values) in [
        ("checkpoint_seconds", ["1e300", "inf", "nan", "-1.0"]),
        ("eval_interval", ["1e20", "inf", "nan", "-1"]),
        ("batch", ["9223372036854775807", "65537", "0", "-1"]),
        // Ranges in which training could only fail.
        ("shards", ["65536", "1025", "0", "-1"]),
        ("final_lr_mult", ["1e308", "1.5", "nan", "-1.0"]),
        ("epsilon", ["1e-60", "0.0", "nan", "2.0"]),
        ("learning_rate", ["1e308", "0.0", "inf", "-1.0"]),
        ("clip", ["1e308", "0.0", "nan", "-1.0"]),
    ] {
        for value in values {
            let others = quick.lines().filter(|line| !line.starts_with(key));
            let text = others
                .collect::<Vec<_>>()
                .join("\n")
                .replace("[train]", &format!("[train]\n{key} = {value}"));
            assert_eq!(
                trainer_inputs::config(text.as_bytes()),
                Outcome::Refused,
                "{key} = {value}"
            );
        }
    }
    // The sizes of a checkpoint's tensors overflowed when they were added up.
    let seed = trainer_inputs::checkpoint_seed();
    let at = seed
        .windows(13)
        .position(|bytes| bytes == b"[\"lm_head\",3]")
        .expect("the parameter's length");
    for length in [
        "18446744073709551615",
        "6148914691236517206",
        "99999999999999999999",
    ] {
        let mut file = seed.clone();
        file.splice(at + 11..at + 12, length.bytes());
        assert_eq!(
            trainer_inputs::checkpoint(&file),
            Outcome::Refused,
            "{length}"
        );
    }
}
