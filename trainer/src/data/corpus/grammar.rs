//! The process that writes the built-in stage dialogue: what can come next, and with which weight.
//!
//! A Markov chain over speeches. Its state is who spoke last, who speaks now, and of which topic; a speech is a
//! heading, one to five sentences of one line each, and an empty line. Every choice is a list of [`Weighted`]
//! alternatives from one of the functions of [`Stage`], and the writer ([`super::dialogue`]), the entropy
//! ([`super::entropy`]) and the reader that proves the text unambiguous (`super::decode`) use the same lists.
//!
//! What a model can learn from it: spelling and a vocabulary of some 1,300 words; who answers whom; that a speaker has
//! favourite topics, exclamations and kinds of sentence; that a verb agrees with the noun before it; that the words
//! of one speech keep to one topic; and that the one who is called by name is the one who speaks next.

use std::iter;

/// Kinds of sentence: telling, asking, ordering, musing.
pub(super) const MANNERS: usize = 4;

/// Somebody on stage.
pub(super) struct Speaker {
    /// The name, with one capital; headings have it in capitals only.
    pub(super) name: &'static str,
    /// What may stand before a sentence, with the space that follows.
    pub(super) exclamations: &'static [&'static str],
    /// Weight of each speaker as the one who speaks next; zero for oneself.
    pub(super) affinity: &'static [u32],
    /// Weight of each topic when this speaker begins.
    pub(super) topics: &'static [u32],
    /// Weight of a sentence of each manner.
    pub(super) manners: [u32; MANNERS],
}

/// What a speech is about.
pub(super) struct Topic {
    /// Nouns in the singular; the plural adds an `s`.
    pub(super) nouns: &'static [&'static str],
    /// Verbs in the plural; the singular adds an `s`.
    pub(super) verbs: &'static [&'static str],
}

/// All tables of a dialogue.
pub(super) struct Stage {
    pub(super) speakers: &'static [Speaker],
    pub(super) topics: &'static [Topic],
    /// Sentences of each manner.
    pub(super) sentences: [&'static [&'static str]; MANNERS],
    /// Last sentences that name the next speaker.
    pub(super) calls: &'static [&'static str],
    /// Weights of [`Turn`] after so many lines; the last entry must not allow another [`Turn::Sentence`].
    pub(super) after_line: &'static [[u32; 3]],
    /// Weight of a sentence without an exclamation; each exclamation has weight 1.
    pub(super) plain_start: u32,
    /// Added to the weight of the one who spoke before: conversations are between two.
    pub(super) answer: u32,
    /// Added to the weight of the present topic: conversations keep to it.
    pub(super) stay: u32,
    pub(super) adjectives: &'static [&'static str],
    pub(super) adverbs: &'static [&'static str],
    pub(super) persons: &'static [&'static str],
    pub(super) places: &'static [&'static str],
    pub(super) prepositions: &'static [&'static str],
    pub(super) owners: &'static [&'static str],
    pub(super) times: &'static [&'static str],
    pub(super) actions: &'static [&'static str],
    pub(super) deeds: &'static [&'static str],
}

/// One alternative of a choice; its probability is its weight over the sum of the weights.
pub(super) struct Weighted<T> {
    pub(super) weight: u32,
    pub(super) item: T,
}

/// What follows a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// The speech ends; anyone may be next.
    Stop,
    /// Another sentence.
    Sentence,
    /// A last sentence, which calls the next speaker.
    Call,
}

/// Of the noun that a verb must agree with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Number {
    Singular,
    Plural,
}

/// All that a word may depend on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scene {
    /// Who spoke before, as an index into [`Stage::speakers`].
    pub(super) previous: usize,
    /// Who speaks.
    pub(super) speaker: usize,
    /// Of what, as an index into [`Stage::topics`].
    pub(super) topic: usize,
    /// Number of the last noun of this sentence.
    pub(super) number: Number,
}

/// One way to fill a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Word {
    pub(super) stem: &'static str,
    /// `s` or nothing.
    pub(super) ending: &'static str,
    pub(super) effect: Effect,
}

/// What a word decides about the words after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    Nothing,
    /// Verbs agree with this from here on.
    Number(Number),
    /// This speaker is next.
    Next(usize),
}

/// A place in a sentence that a word fills.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// `<noun>`: of the topic, in either number.
    Noun,
    /// `<verb>`: of the topic, agreeing with the last noun.
    Verb,
    /// `<go>`: a verb of the topic as it stands after "let".
    Go,
    /// `<is>`: is, are.
    Is,
    /// `<was>`: was, were.
    Was,
    /// `<them>`: it, them.
    Them,
    /// `<back>`: who spoke before.
    Back,
    /// `<self>`: who speaks.
    Own,
    /// `<call>`: who speaks next.
    Call,
    /// A word of the lists that everybody shares, such as `<place>`.
    Shared(fn(&Stage) -> &'static [&'static str]),
}

/// A sentence is a row of these.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'a> {
    /// Words that are always the same.
    Text(&'a str),
    /// One of several words.
    Slot(Slot),
}

/// Splits a sentence of the tables at its slots. What is no slot is text, so a misspelt slot shows up as it stands.
pub(super) fn pieces(sentence: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sentence;
    iter::from_fn(move || {
        let end = match rest.strip_prefix('<') {
            Some(_) => rest.find('>').map_or(rest.len(), |at| at + 1),
            None => rest.find('<').unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then(|| slot(piece).map_or(Piece::Text(piece), Piece::Slot))
    })
}

fn slot(piece: &str) -> Option<Slot> {
    Some(match piece {
        "<noun>" => Slot::Noun,
        "<verb>" => Slot::Verb,
        "<go>" => Slot::Go,
        "<is>" => Slot::Is,
        "<was>" => Slot::Was,
        "<them>" => Slot::Them,
        "<back>" => Slot::Back,
        "<self>" => Slot::Own,
        "<call>" => Slot::Call,
        "<adjective>" => Slot::Shared(|stage| stage.adjectives),
        "<adverb>" => Slot::Shared(|stage| stage.adverbs),
        "<person>" => Slot::Shared(|stage| stage.persons),
        "<place>" => Slot::Shared(|stage| stage.places),
        "<near>" => Slot::Shared(|stage| stage.prepositions),
        "<owner>" => Slot::Shared(|stage| stage.owners),
        "<time>" => Slot::Shared(|stage| stage.times),
        "<act>" => Slot::Shared(|stage| stage.actions),
        "<deed>" => Slot::Shared(|stage| stage.deeds),
        _ => return None,
    })
}

impl Scene {
    /// The same scene after a word: the number may have changed.
    pub(super) fn after(self, word: &Word) -> Scene {
        match word.effect {
            Effect::Number(number) => Scene { number, ..self },
            Effect::Nothing | Effect::Next(_) => self,
        }
    }
}

impl Stage {
    /// What can follow after `lines` lines of a speech.
    pub(super) fn turns(&self, lines: usize) -> Vec<Weighted<Turn>> {
        let weights = self.after_line[lines.min(self.after_line.len() - 1)];
        weights
            .into_iter()
            .zip([Turn::Stop, Turn::Sentence, Turn::Call])
            .map(|(weight, item)| Weighted { weight, item })
            .collect()
    }

    /// What can stand in front of a sentence: nothing, or an exclamation of the speaker's.
    pub(super) fn starts(&self, speaker: usize) -> Vec<Weighted<&'static str>> {
        let exclamations = equal(self.speakers[speaker].exclamations.iter().copied());
        iter::once(Weighted {
            weight: self.plain_start,
            item: "",
        })
        .chain(exclamations)
        .collect()
    }

    /// The sentences that a speaker can say, or with `call` those that end the speech by calling somebody.
    pub(super) fn sentences(&self, speaker: usize, call: bool) -> Vec<Weighted<&'static str>> {
        if call {
            return equal(self.calls.iter().copied()).collect();
        }
        let manners = self.speakers[speaker].manners;
        manners
            .into_iter()
            .zip(self.sentences)
            .flat_map(|(weight, sentences)| {
                sentences.iter().map(move |&item| Weighted { weight, item })
            })
            .collect()
    }

    /// The words that fit into a slot.
    pub(super) fn words(&self, slot: Slot, scene: &Scene) -> Vec<Weighted<Word>> {
        let plain = |stem| Word {
            stem,
            ending: "",
            effect: Effect::Nothing,
        };
        let agreeing = |singular, plural| match scene.number {
            Number::Singular => equal(iter::once(plain(singular))).collect(),
            Number::Plural => equal(iter::once(plain(plural))).collect(),
        };
        let topic = &self.topics[scene.topic];
        match slot {
            Slot::Noun => equal(
                [(Number::Singular, ""), (Number::Plural, "s")]
                    .into_iter()
                    .flat_map(|(number, ending)| {
                        topic.nouns.iter().map(move |&stem| Word {
                            stem,
                            ending,
                            effect: Effect::Number(number),
                        })
                    }),
            )
            .collect(),
            Slot::Verb => {
                let ending = if scene.number == Number::Singular {
                    "s"
                } else {
                    ""
                };
                equal(topic.verbs.iter().map(|&stem| Word {
                    ending,
                    ..plain(stem)
                }))
                .collect()
            }
            Slot::Go => equal(topic.verbs.iter().copied().map(plain)).collect(),
            Slot::Is => agreeing("is", "are"),
            Slot::Was => agreeing("was", "were"),
            Slot::Them => agreeing("it", "them"),
            Slot::Back => equal(iter::once(plain(self.speakers[scene.previous].name))).collect(),
            Slot::Own => equal(iter::once(plain(self.speakers[scene.speaker].name))).collect(),
            Slot::Call => self
                .next_speakers(scene.previous, scene.speaker)
                .into_iter()
                .map(|Weighted { weight, item }| Weighted {
                    weight,
                    item: Word {
                        effect: Effect::Next(item),
                        ..plain(self.speakers[item].name)
                    },
                })
                .collect(),
            Slot::Shared(list) => equal(list(self).iter().copied().map(plain)).collect(),
        }
    }

    /// Who can speak after `speaker`, who spoke after `previous`.
    pub(super) fn next_speakers(&self, previous: usize, speaker: usize) -> Vec<Weighted<usize>> {
        let favour = |next| if next == previous { self.answer } else { 0 };
        let affinity = self.speakers[speaker].affinity.iter().enumerate();
        affinity
            .map(|(item, weight)| Weighted {
                weight: weight + favour(item),
                item,
            })
            .collect()
    }

    /// What `speaker` can talk of after a speech on `topic`.
    pub(super) fn next_topics(&self, topic: usize, speaker: usize) -> Vec<Weighted<usize>> {
        let favour = |next| if next == topic { self.stay } else { 0 };
        let preferred = self.speakers[speaker].topics.iter().enumerate();
        preferred
            .map(|(item, weight)| Weighted {
                weight: weight + favour(item),
                item,
            })
            .collect()
    }
}

fn equal<T>(items: impl Iterator<Item = T>) -> impl Iterator<Item = Weighted<T>> {
    items.map(|item| Weighted { weight: 1, item })
}
