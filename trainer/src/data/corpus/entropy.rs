//! The entropy of the built-in corpus: the loss that no model can beat in expectation.
//!
//! The text is uniquely decodable (two series of choices never give the same text, which `super::decode` proves),
//! so the entropy of the text is the entropy of the choices. Speeches form a Markov chain over the states (previous
//! speaker, speaker, topic), hence
//!
//! ```text
//! entropy rate = sum over states of pi(s) * H(s)  /  sum over states of pi(s) * L(s)     nats per character
//! ```
//!
//! with `pi` the stationary distribution, `H(s)` the entropy of one speech and of the step to the next state, and
//! `L(s)` the expected length of the speech. Both are sums over the same weighted lists that the writer draws from:
//! a choice that is reached with probability `p` adds `p` times its entropy and `p` times its expected length.
//!
//! It is exact but for the rounding of `f64` and a power iteration that runs until it stands still. It is a rate: a
//! stretch of text of finite length may be a little more or less surprising than that, and a model that sees only
//! the last characters cannot know a topic or a speaker that lies further back.

use super::grammar::{Effect, Number, Piece, Scene, Stage, Turn, Weighted, pieces};

/// What a choice or a row of choices costs in expectation.
#[derive(Clone, Copy, Default)]
struct Cost {
    nats: f64,
    chars: f64,
}

impl Cost {
    /// Adds something that happens with `probability`.
    fn add(&mut self, probability: f64, other: Cost) {
        self.nats += probability * other.nats;
        self.chars += probability * other.chars;
    }
}

/// Entropy rate of the process, in nats per character.
pub(super) fn nats_per_char(stage: &Stage) -> f64 {
    let states = States {
        speakers: stage.speakers.len(),
        topics: stage.topics.len(),
    };
    let mut steps = Vec::with_capacity(states.len());
    let mut costs = Vec::with_capacity(states.len());
    for state in 0..states.len() {
        let scene = states.scene(state);
        let mut cost = speech(stage, scene);
        let mut step = Vec::new();
        let next = stage.next_speakers(scene.previous, scene.speaker);
        cost.nats += entropy(&next);
        for (p_speaker, &speaker) in probabilities(&next) {
            let topics = stage.next_topics(scene.topic, speaker);
            cost.nats += p_speaker * entropy(&topics);
            for (p_topic, &topic) in probabilities(&topics) {
                step.push((
                    states.index(scene.speaker, speaker, topic),
                    p_speaker * p_topic,
                ));
            }
        }
        costs.push(cost);
        steps.push(step);
    }
    let mut mean = Cost::default();
    for (&cost, weight) in costs.iter().zip(stationary(&steps, states.index(1, 0, 0))) {
        mean.add(weight, cost);
    }
    mean.nats / mean.chars
}

/// Numbers the states of the chain. States that never happen (somebody answers oneself) get no weight.
struct States {
    speakers: usize,
    topics: usize,
}

impl States {
    fn len(&self) -> usize {
        self.speakers * self.speakers * self.topics
    }

    fn index(&self, previous: usize, speaker: usize, topic: usize) -> usize {
        (previous * self.speakers + speaker) * self.topics + topic
    }

    fn scene(&self, state: usize) -> Scene {
        let pair = state / self.topics;
        Scene {
            previous: pair / self.speakers,
            speaker: pair % self.speakers,
            topic: state % self.topics,
            number: Number::Singular,
        }
    }
}

/// Where a chain that starts in `start` spends its time: for each state the share of its steps.
fn stationary(steps: &[Vec<(usize, f64)>], start: usize) -> Vec<f64> {
    // Enough for any chain that forgets within a few hundred steps; this one forgets within fifty.
    const MAX_ROUNDS: usize = 10_000;
    let mut now = vec![0.0; steps.len()];
    now[start] = 1.0;
    for _ in 0..MAX_ROUNDS {
        let mut next = vec![0.0; steps.len()];
        for (&weight, step) in now.iter().zip(steps) {
            // Half a step at a time has the same stationary distribution and cannot swing between two of them.
            for &(to, probability) in step {
                next[to] += 0.5 * weight * probability;
            }
        }
        next.iter_mut()
            .zip(&now)
            .for_each(|(next, now)| *next += 0.5 * now);
        let moved: f64 = now.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
        now = next;
        if moved < 1e-13 {
            break;
        }
    }
    now
}

/// A speech with its heading and the empty line after it; who is next is counted by the caller.
fn speech(stage: &Stage, scene: Scene) -> Cost {
    let heading = stage.speakers[scene.speaker].name.len() + ":\n".len();
    let mut cost = Cost {
        nats: 0.0,
        chars: (heading + "\n".len()) as f64,
    };
    let plain = line(stage, scene, false);
    let call = if stage.calls.is_empty() {
        Cost::default()
    } else {
        line(stage, scene, true)
    };
    let mut reached = 1.0;
    for lines in 0..stage.after_line.len() {
        let turns = stage.turns(lines);
        cost.nats += reached * entropy(&turns);
        let mut goes_on = 0.0;
        for (probability, turn) in probabilities(&turns) {
            match turn {
                Turn::Stop => {}
                Turn::Sentence => {
                    cost.add(reached * probability, plain);
                    goes_on = probability;
                }
                Turn::Call => cost.add(reached * probability, call),
            }
        }
        reached *= goes_on;
    }
    cost
}

fn line(stage: &Stage, scene: Scene, call: bool) -> Cost {
    let starts = stage.starts(scene.speaker);
    let sentences = stage.sentences(scene.speaker, call);
    let mut cost = Cost {
        nats: entropy(&starts) + entropy(&sentences),
        chars: 1.0,
    };
    for (probability, start) in probabilities(&starts) {
        cost.chars += probability * start.len() as f64;
    }
    for (probability, text) in probabilities(&sentences) {
        cost.add(probability, sentence(stage, scene, text));
    }
    cost
}

/// The number of the last noun is not known but its distribution is, so each slot is weighed over both.
fn sentence(stage: &Stage, scene: Scene, text: &str) -> Cost {
    let mut cost = Cost::default();
    let mut numbers = vec![(1.0, Number::Singular)];
    for piece in pieces(text) {
        let slot = match piece {
            Piece::Text(text) => {
                cost.chars += text.len() as f64;
                continue;
            }
            Piece::Slot(slot) => slot,
        };
        let mut after = [(0.0, Number::Singular), (0.0, Number::Plural)];
        for &(reached, number) in &numbers {
            let words = stage.words(slot, &Scene { number, ..scene });
            // Who is called is who is next, and the caller of `speech` counts that choice for every speech.
            let is_next = words
                .iter()
                .any(|word| matches!(word.item.effect, Effect::Next(_)));
            cost.nats += if is_next {
                0.0
            } else {
                reached * entropy(&words)
            };
            for (probability, word) in probabilities(&words) {
                cost.chars += reached * probability * (word.stem.len() + word.ending.len()) as f64;
                let scene = Scene { number, ..scene }.after(word);
                after[scene.number as usize].0 += reached * probability;
            }
        }
        numbers = after
            .into_iter()
            .filter(|&(reached, _)| reached > 0.0)
            .collect();
    }
    cost
}

/// The alternatives that can happen, each with its probability.
fn probabilities<T>(alternatives: &[Weighted<T>]) -> impl Iterator<Item = (f64, &T)> {
    let total: f64 = alternatives
        .iter()
        .map(|alternative| f64::from(alternative.weight))
        .sum();
    let possible = alternatives
        .iter()
        .filter(|alternative| alternative.weight > 0);
    possible.map(move |alternative| (f64::from(alternative.weight) / total, &alternative.item))
}

/// Entropy of one choice, in nats.
fn entropy<T>(alternatives: &[Weighted<T>]) -> f64 {
    probabilities(alternatives)
        .map(|(probability, _)| -probability * probability.ln())
        .sum()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use super::super::grammar::{MANNERS, Speaker, Topic};
    use super::super::lexicon::STAGE;
    use super::*;

    const fn speaker(name: &'static str, affinity: &'static [u32]) -> Speaker {
        Speaker {
            name,
            exclamations: &[],
            affinity,
            topics: &[1],
            manners: [1; MANNERS],
        }
    }

    /// Two speakers in turn, who say `sentence` and nothing else.
    const fn two(sentence: &'static [&'static str]) -> Stage {
        Stage {
            speakers: const { &[speaker("A", &[0, 1]), speaker("B", &[1, 0])] },
            topics: &[Topic {
                nouns: &["x"],
                verbs: &["y"],
            }],
            sentences: [sentence, &[], &[], &[]],
            calls: &[],
            after_line: &[[0, 1, 0], [1, 0, 0]],
            plain_start: 1,
            answer: 0,
            stay: 0,
            adjectives: &[],
            adverbs: &["u", "vv"],
            persons: &[],
            places: &[],
            prepositions: &[],
            owners: &[],
            times: &[],
            actions: &[],
            deeds: &[],
        }
    }

    #[track_caller]
    fn assert_rate(stage: &Stage, nats: f64, chars: f64) {
        let rate = nats_per_char(stage);
        assert!(
            (rate - nats / chars).abs() < 1e-12,
            "{rate} is not {nats} / {chars}"
        );
    }

    #[test]
    fn small_stages_have_the_entropy_that_a_hand_computes() {
        // "A:\nGo x.\n\n" or "A:\nGo xs.\n\n": one bit in 10 or 11 characters.
        assert_rate(&two(&["Go <noun>."]), LN_2, 10.5);
        // "x ys" and "xs y" are equally long: the verb tells nothing new.
        assert_rate(&two(&["Go <noun> <verb>."]), LN_2, 13.0);
        // "x is" is shorter than "xs are" by two.
        assert_rate(&two(&["Go <noun> <is>."]), LN_2, (13.0 + 15.0) / 2.0);
        // Another bit for the adverb, of 1 or 2 characters.
        assert_rate(&two(&["Go <noun> <adverb>."]), 2.0 * LN_2, 10.5 + 2.5);
        // A bit for the choice between two sentences, the second with a bit more.
        assert_rate(
            &two(&["Go <noun>.", "Do <noun> <adverb>."]),
            2.5 * LN_2,
            (10.5 + 13.0) / 2.0,
        );
    }

    #[test]
    fn the_next_speaker_costs_the_same_called_or_not() {
        let three = const {
            &[
                speaker("A", &[0, 1, 1]),
                speaker("B", &[1, 0, 1]),
                speaker("C", &[1, 1, 0]),
            ]
        };
        let plain = Stage {
            speakers: three,
            ..two(&["Go <noun>."])
        };
        assert_rate(&plain, 2.0 * LN_2, 10.5);
        // After the first line, either an end or "<call>, <noun>?": a bit for that, and 7.5 characters half the time.
        let calling = Stage {
            calls: &["O <call>, <noun>?"],
            after_line: &[[0, 1, 0], [1, 0, 1]],
            ..plain
        };
        assert_rate(&calling, 3.5 * LN_2, 10.5 + 0.5 * 8.5);
    }

    #[test]
    fn exclamations_and_lines_are_counted() {
        const SPEAKERS: &[Speaker] = &[
            Speaker {
                exclamations: &["Oh! "],
                ..speaker("A", &[0, 1])
            },
            Speaker {
                exclamations: &["Oh! "],
                ..speaker("B", &[1, 0])
            },
        ];
        // One or two lines, each of 6.5 characters and with "Oh! " half the time.
        let stage = Stage {
            speakers: SPEAKERS,
            after_line: &[[0, 1, 0], [1, 1, 0], [1, 0, 0]],
            ..two(&["Go <noun>."])
        };
        assert_rate(&stage, LN_2 + 1.5 * 2.0 * LN_2, 4.0 + 1.5 * 8.5);
    }

    #[test]
    fn the_floor_of_the_built_in_text_is_as_documented() {
        assert_eq!(format!("{:.4}", nats_per_char(&STAGE)), "0.5050");
    }
}
