//! Checks that the tables of the built-in corpus keep the rules by which its text can be read in one way only, and
//! that they fit each other. Part of the tests only; [`super::decode`] says why the rules are enough.

use std::mem::discriminant;

use super::decode::first_words;
use super::grammar::{Piece, Slot, Stage, pieces};
use super::lexicon::STAGE;

/// All sentences, each with whether it is one that calls the next speaker.
fn sentences() -> impl Iterator<Item = (&'static str, bool)> {
    let plain = STAGE.sentences.into_iter().flatten();
    let plain = plain.map(|&sentence| (sentence, false));
    plain.chain(STAGE.calls.iter().map(|&sentence| (sentence, true)))
}

/// Panics if one of the texts, with `end` after each, begins another one.
fn assert_apart<'a>(texts: impl IntoIterator<Item = &'a str>, end: &str) {
    let texts: Vec<_> = texts
        .into_iter()
        .map(|text| format!("{text}{end}"))
        .collect();
    for (i, one) in texts.iter().enumerate() {
        for (j, other) in texts.iter().enumerate() {
            let begins = i != j && other.starts_with(one.as_str());
            assert!(!begins, "{one:?} begins {other:?}");
        }
    }
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic()
}

#[test]
fn the_start_of_a_line_tells_what_it_is() {
    for speaker in STAGE.speakers {
        let exclamations = speaker.exclamations.iter().copied();
        let sentences = sentences().map(|(sentence, _)| first_words(sentence));
        assert_apart(exclamations.chain(sentences).chain(["\n"]), "");
    }
    assert!(sentences().all(|(sentence, _)| !first_words(sentence).is_empty()));
    assert_apart(STAGE.speakers.iter().map(|speaker| speaker.name), ":");
}

#[test]
fn the_text_at_a_slot_tells_the_word_and_its_topic() {
    // Over all topics, because a word must tell the topic too.
    let topics = STAGE.topics.iter();
    let verbs = topics.clone().flat_map(|topic| topic.verbs).copied();
    let nouns = topics.flat_map(|topic| topic.nouns);
    let plurals: Vec<_> = nouns.clone().map(|noun| format!("{noun}s")).collect();
    let plurals = plurals.iter().map(String::as_str);
    let lists = [
        STAGE.adjectives.to_vec(),
        STAGE.adverbs.to_vec(),
        STAGE.persons.to_vec(),
        STAGE.places.to_vec(),
        STAGE.prepositions.to_vec(),
        STAGE.owners.to_vec(),
        STAGE.times.to_vec(),
        STAGE.actions.to_vec(),
        STAGE.deeds.to_vec(),
        verbs.collect(),
        nouns.copied().chain(plurals).collect(),
    ];
    for words in lists {
        // Words are letters with spaces between them, and what follows is no letter: a space or something else.
        assert_apart(words.iter().copied(), " ");
        assert_apart(words.iter().copied(), ".");
        for word in words {
            let is_word = |part: &str| !part.is_empty() && part.chars().all(is_letter);
            assert!(word.split(' ').all(is_word), "{word:?}");
        }
    }
}

#[test]
fn sentences_keep_the_rules() {
    for (sentence, is_call) in sentences() {
        let pieces: Vec<_> = pieces(sentence).collect();
        let mut slots = Vec::new();
        for (i, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => {
                    let known = !text.contains(['<', '>', '\n']);
                    assert!(known, "an unknown slot in {sentence:?}");
                }
                Piece::Slot(slot) => {
                    let after = pieces.get(i + 1);
                    let ends =
                        matches!(after, Some(Piece::Text(text)) if !text.starts_with(is_letter));
                    assert!(ends, "a word runs on in {sentence:?}");
                    slots.push(discriminant(slot));
                }
            }
        }
        let noun = slots
            .iter()
            .position(|&slot| slot == discriminant(&Slot::Noun));
        let noun = noun.unwrap_or_else(|| panic!("no noun, so no topic, in {sentence:?}"));
        for agreeing in [Slot::Verb, Slot::Is, Slot::Was, Slot::Them] {
            let early = slots[..noun].contains(&discriminant(&agreeing));
            assert!(!early, "nothing to agree with in {sentence:?}");
        }
        let call = discriminant(&Slot::Call);
        let calls = slots.iter().filter(|&&slot| slot == call).count();
        assert_eq!(calls, usize::from(is_call), "{sentence:?}");
    }
}

#[test]
fn the_tables_fit_each_other() {
    let Stage {
        speakers,
        topics,
        after_line,
        ..
    } = STAGE;
    for (own, speaker) in speakers.iter().enumerate() {
        assert_eq!(speaker.affinity.len(), speakers.len(), "{}", speaker.name);
        assert_eq!(speaker.topics.len(), topics.len(), "{}", speaker.name);
        assert_eq!(speaker.affinity[own], 0, "{} answers oneself", speaker.name);
        for start in speaker.exclamations {
            assert!(start.ends_with(' ') && !start.contains('\n'), "{start:?}");
        }
    }
    // No speech is empty, and the longest one ends.
    assert_eq!(after_line[0], [0, 1, 0]);
    assert_eq!(after_line[after_line.len() - 1][1], 0);
    let vowels = ['a', 'e', 'i', 'o', 'u'];
    let after_a = STAGE.places.iter().all(|place| !place.starts_with(vowels));
    assert!(after_a, "sentences put `a` before places");
}
