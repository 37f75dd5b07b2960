//! Writes the built-in corpus: one fixed text, the same on every machine and with every release.
//!
//! The generator is ChaCha8 from a fixed key and every choice is made with integers, so no floating-point unit and no
//! later version of `rand` can change a character; a test holds the SHA-256.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::grammar::{Effect, Number, Piece, Scene, Stage, Turn, Weighted, pieces};
use super::lexicon::STAGE;

/// The text ends with the first speech that reaches this many characters.
pub(super) const CHARS: usize = 1_000_000;

/// The key of the fixed text; what it says is of no importance, that it stays is.
const KEY: [u8; 32] = *b"autarky built-in stage dialogue.";

/// A text and what it cost to choose it.
pub(super) struct Draft {
    /// The dialogue; ASCII, so bytes are characters.
    pub(super) text: String,
    /// -ln of the probability of all the choices that were made, in nats; the tests hold it against the
    /// computed entropy.
    pub(super) nats: f64,
}

/// The built-in corpus.
pub(super) fn built_in() -> Draft {
    write(&STAGE, KEY, CHARS)
}

/// The dialogue that `key` chooses, of `chars` characters and the rest of a speech.
pub(super) fn write(stage: &Stage, key: [u8; 32], chars: usize) -> Draft {
    let mut writer = Writer {
        stage,
        random: ChaCha8Rng::from_seed(key),
        draft: Draft {
            text: String::new(),
            nats: 0.0,
        },
    };
    // The first speech answers the second speaker, whom nobody heard.
    let mut scene = Scene {
        previous: 1,
        speaker: 0,
        topic: 0,
        number: Number::Singular,
    };
    while writer.draft.text.len() < chars {
        let next = writer.speech(scene);
        let topic = writer.pick(stage.next_topics(scene.topic, next));
        scene = Scene {
            previous: scene.speaker,
            speaker: next,
            topic,
            number: Number::Singular,
        };
    }
    writer.draft
}

struct Writer<'a> {
    stage: &'a Stage,
    random: ChaCha8Rng,
    draft: Draft,
}

impl Writer<'_> {
    /// Writes a speech and returns who is next.
    fn speech(&mut self, scene: Scene) -> usize {
        self.draft
            .text
            .push_str(&self.stage.speakers[scene.speaker].name.to_ascii_uppercase());
        self.draft.text.push_str(":\n");
        let mut called = None;
        let mut lines = 0;
        while called.is_none() {
            let turn = self.pick(self.stage.turns(lines));
            if turn == Turn::Stop {
                break;
            }
            called = self.line(scene, turn == Turn::Call);
            lines += 1;
        }
        self.draft.text.push('\n');
        called.unwrap_or_else(|| self.pick(self.stage.next_speakers(scene.previous, scene.speaker)))
    }

    /// Writes a line and returns who was called, if anybody.
    fn line(&mut self, mut scene: Scene, call: bool) -> Option<usize> {
        let start = self.pick(self.stage.starts(scene.speaker));
        self.draft.text.push_str(start);
        let sentence = self.pick(self.stage.sentences(scene.speaker, call));
        let mut called = None;
        for piece in pieces(sentence) {
            match piece {
                Piece::Text(text) => self.draft.text.push_str(text),
                Piece::Slot(slot) => {
                    let word = self.pick(self.stage.words(slot, &scene));
                    self.draft.text.push_str(word.stem);
                    self.draft.text.push_str(word.ending);
                    scene = scene.after(&word);
                    if let Effect::Next(speaker) = word.effect {
                        called = Some(speaker);
                    }
                }
            }
        }
        self.draft.text.push('\n');
        called
    }

    /// Picks one alternative by its weight. The lists of the tables are never empty and never without weight.
    fn pick<T>(&mut self, alternatives: Vec<Weighted<T>>) -> T {
        let total: u64 = alternatives
            .iter()
            .map(|alternative| u64::from(alternative.weight))
            .sum();
        // The high word of a product maps 64 random bits onto 0..total; the bias is below total / 2^64.
        let mut at = ((u128::from(self.random.next_u64()) * u128::from(total)) >> 64) as u64;
        for Weighted { weight, item } in alternatives {
            let weight = u64::from(weight);
            if at < weight {
                self.draft.nats -= (weight as f64 / total as f64).ln();
                return item;
            }
            at -= weight;
        }
        unreachable!("a number below the sum of the weights falls on one of them")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{hex, sha256};
    use super::*;

    #[test]
    fn the_text_is_the_same_everywhere_and_for_ever() {
        let text = built_in().text;
        assert!((CHARS..CHARS + 500).contains(&text.len()));
        assert_eq!(
            hex(&sha256(text.as_bytes())),
            "a0c9f6667e47c46418924246079dff817640e6d9aa5862eaaeec53e89205874a"
        );
    }

    #[test]
    fn the_text_looks_like_a_play() {
        let text = built_in().text;
        assert!(text.is_ascii());
        let characters: BTreeSet<_> = text.chars().collect();
        assert!(characters.len() <= 65, "{characters:?}");
        assert!(text.ends_with(".\n\n") || text.ends_with("?\n\n"));
        for speech in text.trim_end().split("\n\n").take(1000) {
            let (heading, lines) = speech.split_once(":\n").unwrap();
            assert!(
                heading.chars().all(|c| c.is_ascii_uppercase()),
                "{heading:?}"
            );
            assert!((1..=5).contains(&lines.lines().count()), "{speech}");
            assert!(
                lines.lines().all(|line| line.ends_with(['.', '?'])),
                "{speech}"
            );
        }
    }

    #[test]
    fn another_key_gives_another_text_and_more_characters_the_same_one() {
        let short = write(&STAGE, KEY, 1000).text;
        assert!(write(&STAGE, KEY, 5000).text.starts_with(&short));
        assert_ne!(write(&STAGE, [7; 32], 1000).text, short);
    }
}
