//! The targets of `tests/fuzz` with a few thousand seeded inputs each, and what they have found.

mod trainer_inputs;

use tests::fuzzing::mutate::Mutator;
use tests::fuzzing::{Outcome, generate, parse, seeds, tokenizer};

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
fn whatever_the_configuration_it_is_refused_or_usable() {
    feed("config", seeds::config(), 3000, trainer_inputs::config);
}

#[test]
fn whatever_the_checkpoint_it_is_refused_or_loads() {
    let seed = trainer_inputs::checkpoint_seed();
    assert_eq!(trainer_inputs::checkpoint(&seed), Outcome::Ran);
    feed("checkpoint", vec![seed], 3000, trainer_inputs::checkpoint);
}
