//! A text of our own, for when there is no network: a stage dialogue from a grammar whose entropy is known.
//!
//! What a model can learn from it: spelling and some 600 words; who answers whom; that a speaker has favourite topics,
//! exclamations and kinds of sentence; that a verb agrees with its noun; that the words of a speech keep to its topic; and
//! that the one who is called by name speaks next.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use grammar::{Alternative, Grammar};

mod entropy;
mod grammar;
#[cfg(test)]
mod unambiguous;

/// The text ends with the first speech that reaches this many characters.
const CHARS: usize = 1_000_000;

/// What it says is of no importance, that it stays is.
const KEY: [u8; 32] = *b"autarky built-in stage dialogue.";

/// The dialogue: a million characters of ASCII, the same on every machine and with every release of `rand`.
pub(super) fn text() -> String {
    written(&grammar(), KEY, CHARS).0
}

/// Entropy rate of the process that writes the text, in nats per character.
pub(super) fn entropy_floor() -> f64 {
    entropy::nats_per_char(&grammar())
}

fn grammar() -> Grammar {
    Grammar::parse(include_str!("builtin/grammar.txt"))
}

/// A text of `chars` characters and the rest of a speech, and its choices: index of the rule, index of the alternative.
/// Integers only, so that no floating-point unit can change a character.
fn written(grammar: &Grammar, key: [u8; 32], chars: usize) -> (String, Vec<(usize, usize)>) {
    let mut random = ChaCha8Rng::from_seed(key);
    let mut choices = Vec::new();
    let text = grammar.expand(chars, |rule, _| {
        let total = u128::from(grammar.rules[rule].total());
        // The high word of a product maps 64 random bits onto 0..total; the bias is below total / 2^64.
        let at = (u128::from(random.next_u64()) * total) >> 64;
        let mut sum = 0;
        let reaches = |choice: &Alternative| {
            sum += u128::from(choice.weight);
            at < sum
        };
        let chosen = grammar.rules[rule].alternatives.iter().position(reaches);
        let chosen = chosen.expect("`at` is below the sum of the weights");
        choices.push((rule, chosen));
        chosen
    });
    (text, choices)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{hex, sha256};
    use super::*;

    #[test]
    fn the_text_is_the_same_everywhere_and_for_ever() {
        let text = text();
        assert!((CHARS..CHARS + 1000).contains(&text.len()));
        assert_eq!(
            hex(&sha256(text.as_bytes())),
            "ee6766cd6bb9189d749324137164c992b5497a81f2935d84bbdcb0f7c6eaf9c6"
        );
    }

    #[test]
    fn the_text_looks_like_a_play() {
        let text = text();
        assert!(text.is_ascii());
        let characters: BTreeSet<_> = text.chars().collect();
        assert!(characters.len() <= 65, "{characters:?}");
        for speech in text.trim_end().split("\n\n") {
            let (heading, lines) = speech.split_once(":\n").unwrap();
            let speaks = heading.chars().all(|c| c.is_ascii_alphabetic());
            let ends = lines.lines().all(|line| line.ends_with(['.', '?']));
            assert!(speaks && ends, "{speech}");
        }
    }

    #[test]
    fn the_text_costs_what_the_computed_entropy_says() {
        let grammar = grammar();
        let floor = entropy_floor();
        assert_eq!(format!("{floor:.4}"), "0.4047");
        // Other keys too: 4 standard errors of the mean of ten texts are about 0.1 %.
        let cost = |key, chars| {
            let (text, choices) = written(&grammar, key, chars);
            let nats = choices.iter().map(|&(rule, chosen)| {
                let rule = &grammar.rules[rule];
                -(f64::from(rule.alternatives[chosen].weight) / f64::from(rule.total())).ln()
            });
            nats.sum::<f64>() / text.len() as f64
        };
        let mean = (0..10).map(|key| cost([key; 32], 400_000)).sum::<f64>() / 10.0;
        assert!((mean / floor - 1.0).abs() < 0.002, "{mean}, not {floor}");
        let found = cost(KEY, CHARS);
        assert!((found / floor - 1.0).abs() < 0.005, "{found}, not {floor}");
    }
}
