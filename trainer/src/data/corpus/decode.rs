//! Reads the built-in text back into the choices that made it. Part of the tests only.
//!
//! If every text can be read in one way at most, its entropy is the entropy of the choices, as [`super::entropy`]
//! assumes. Why that holds, for texts of any length:
//!
//! 1. No alternative that may stand at the start of a line (the empty line, an exclamation of the speaker's, the
//!    first words of a sentence) is a prefix of another one, so the first characters of a line decide among them.
//! 2. No word of a list equals another one up to a character that is no letter, and after each slot comes such a
//!    character, so the text at a slot decides among its words.
//! 3. The topic is not written down, but every sentence has a noun, and no noun is in two topics. So are no verbs,
//!    which may come first.
//!
//! [`super::unambiguous`] checks these three on the tables, and `the_text_is_read_in_one_way` reads the whole corpus
//! and looks at every alternative of every choice.

use super::grammar::{Effect, Number, Piece, Scene, Stage, Turn, Weighted, pieces};
use super::lexicon::STAGE;
use super::{dialogue, entropy};

/// A text being read, and -ln of the probability of the choices so far, in nats.
#[derive(Clone)]
struct Reader<'a> {
    rest: &'a str,
    nats: f64,
}

impl<'a> Reader<'a> {
    /// Takes the one alternative whose text, as `fits` says how long it is, stands here. `None` if there is none.
    fn take<T: Copy>(
        &mut self,
        alternatives: &[Weighted<T>],
        fits: impl Fn(&'a str, &T) -> Option<usize>,
    ) -> Option<T> {
        let mut possible = alternatives
            .iter()
            .filter(|choice| choice.weight > 0)
            .filter_map(|choice| fits(self.rest, &choice.item).map(|length| (choice, length)));
        let (choice, length) = possible.next()?;
        assert!(
            possible.next().is_none(),
            "two readings of {:?}",
            self.rest.lines().next()
        );
        let total: u32 = alternatives.iter().map(|choice| choice.weight).sum();
        self.nats -= (f64::from(choice.weight) / f64::from(total)).ln();
        self.rest = &self.rest[length..];
        Some(choice.item)
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// A speech after its heading, and who is called in it.
    fn speech(&mut self, stage: &Stage, scene: Scene) -> Option<Option<usize>> {
        let mut called = None;
        let mut lines = 0;
        while called.is_none() {
            let turn = self.take(&stage.turns(lines), |rest, turn| {
                let call = is_call(stage, skip_exclamation(stage, scene.speaker, rest));
                match turn {
                    Turn::Stop => rest.starts_with('\n').then_some(0),
                    Turn::Sentence => (!rest.starts_with('\n') && !call).then_some(0),
                    Turn::Call => call.then_some(0),
                }
            })?;
            if turn == Turn::Stop {
                break;
            }
            called = self.line(stage, scene, turn == Turn::Call)?;
            lines += 1;
        }
        self.text("\n")?;
        Some(called)
    }

    fn line(&mut self, stage: &Stage, mut scene: Scene, call: bool) -> Option<Option<usize>> {
        self.take(&stage.starts(scene.speaker), |rest, start| {
            // Nothing stands here only if nothing else does.
            let fits = if start.is_empty() {
                skip_exclamation(stage, scene.speaker, rest) == rest
            } else {
                rest.starts_with(start)
            };
            fits.then_some(start.len())
        })?;
        let sentence = self.take(&stage.sentences(scene.speaker, call), |rest, sentence| {
            rest.starts_with(first_words(sentence)).then_some(0)
        })?;
        let mut called = None;
        for piece in pieces(sentence) {
            match piece {
                Piece::Text(text) => self.text(text)?,
                Piece::Slot(slot) => {
                    let word = self.take(&stage.words(slot, &scene), |rest, word| {
                        let after = rest.strip_prefix(word.stem)?.strip_prefix(word.ending)?;
                        let ends = !after.starts_with(|next: char| next.is_ascii_alphabetic());
                        ends.then_some(rest.len() - after.len())
                    })?;
                    scene = scene.after(&word);
                    if let Effect::Next(speaker) = word.effect {
                        called = Some(speaker);
                    }
                }
            }
        }
        self.text("\n")?;
        Some(called)
    }
}

fn skip_exclamation<'a>(stage: &Stage, speaker: usize, rest: &'a str) -> &'a str {
    stage.speakers[speaker]
        .exclamations
        .iter()
        .find_map(|start| rest.strip_prefix(start))
        .unwrap_or(rest)
}

fn is_call(stage: &Stage, rest: &str) -> bool {
    stage
        .calls
        .iter()
        .any(|call| rest.starts_with(first_words(call)))
}

/// What a sentence begins with, up to its first slot.
pub(super) fn first_words(sentence: &str) -> &str {
    match pieces(sentence).next() {
        Some(Piece::Text(text)) => text,
        _ => "",
    }
}

/// Reads the heading of the next speech.
fn heading<'a>(stage: &Stage, rest: &'a str) -> (usize, &'a str) {
    let (name, rest) = rest.split_once(":\n").expect("a heading");
    let speaker = stage
        .speakers
        .iter()
        .position(|speaker| speaker.name.to_ascii_uppercase() == name);
    (
        speaker.unwrap_or_else(|| panic!("nobody is called {name:?}")),
        rest,
    )
}

/// -ln of the probability of one of the alternatives.
fn surprise(alternatives: &[Weighted<usize>], item: usize) -> f64 {
    let total: u32 = alternatives.iter().map(|choice| choice.weight).sum();
    let weight = alternatives
        .iter()
        .find(|choice| choice.item == item)
        .map_or(0, |choice| choice.weight);
    -(f64::from(weight) / f64::from(total)).ln()
}

/// Reads a whole text: -ln of its probability, in nats.
fn read(stage: &Stage, text: &str) -> f64 {
    let (speaker, rest) = heading(stage, text);
    let mut reader = Reader { rest, nats: 0.0 };
    let mut scene = Scene {
        previous: 1,
        speaker,
        topic: 0,
        number: Number::Singular,
    };
    let mut topics = vec![Weighted { weight: 1, item: 0 }];
    loop {
        // Which topic it is shows only in the words, so all of them are tried.
        let mut readings = topics.iter().filter(|choice| choice.weight > 0).filter_map(
            |&Weighted { item, .. }| {
                let mut reader = reader.clone();
                let called = reader.speech(
                    stage,
                    Scene {
                        topic: item,
                        ..scene
                    },
                )?;
                Some((item, called, reader))
            },
        );
        let line = reader.rest.lines().next();
        let (topic, called, after) = readings
            .next()
            .unwrap_or_else(|| panic!("nobody says {line:?}"));
        assert!(readings.next().is_none(), "two topics for {line:?}");
        drop(readings);
        reader = after;
        reader.nats += surprise(&topics, topic);
        if reader.rest.is_empty() {
            return reader.nats;
        }
        let (next, rest) = heading(stage, reader.rest);
        reader.rest = rest;
        match called {
            Some(called) => assert_eq!(called, next, "the one who is called speaks next"),
            None => {
                reader.nats += surprise(&stage.next_speakers(scene.previous, scene.speaker), next)
            }
        }
        topics = stage.next_topics(topic, next);
        scene = Scene {
            previous: scene.speaker,
            speaker: next,
            topic,
            number: Number::Singular,
        };
    }
}

#[test]
fn the_text_is_read_in_one_way() {
    let draft = dialogue::built_in();
    let read = read(&STAGE, &draft.text);
    // The writer has also chosen who would speak next and of what; both together are no rarer than e^-12.
    let rest = draft.nats - read;
    assert!(
        (0.0..12.0).contains(&rest),
        "written with {} nats, read with {read}",
        draft.nats
    );
}

#[test]
fn the_text_costs_what_the_computed_entropy_says() {
    // Ten texts with other keys: 4 standard errors of their mean are about 0.1 %.
    let expected = entropy::nats_per_char(&STAGE);
    let drafts: Vec<_> = (0..10)
        .map(|key| dialogue::write(&STAGE, [key; 32], 400_000))
        .collect();
    let nats: f64 = drafts.iter().map(|draft| draft.nats).sum();
    let chars: usize = drafts.iter().map(|draft| draft.text.len()).sum();
    let found = nats / chars as f64;
    assert!(
        (found / expected - 1.0).abs() < 0.002,
        "found {found}, expected {expected} nats per character"
    );

    let text = dialogue::built_in();
    let found = text.nats / text.text.len() as f64;
    assert!(
        (found / expected - 1.0).abs() < 0.005,
        "found {found}, expected {expected} nats per character"
    );
}
