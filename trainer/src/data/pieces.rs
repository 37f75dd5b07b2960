//! Learning pieces from a text: byte-pair merges (Sennrich et al., arXiv:1508.07909), over characters and within words.
//!
//! A word is a run of letters and apostrophes, or of other visible characters, with the space in front of it; or a run of
//! white space. Pieces across words gave a higher loss per character in trials.

use crate::data::corpus::Survey;
use crate::data::vocabulary::PieceList;
use formats::tokenizer::MAX_PIECE_BYTES;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Why no pieces can be learned.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PiecesError {
    /// The characters alone are too many.
    #[error(
        "a vocabulary of {size} has room for {room} characters, the text has {have}: make it larger \
         (--vocabulary), leave out those that are rare with min_count = {min_count}, or say --vocabulary characters"
    )]
    TooSmall {
        /// Tokens asked for.
        size: usize,
        /// Characters it has room for.
        room: usize,
        /// Characters of the text that are frequent enough.
        have: usize,
        /// The least count with which they fit.
        min_count: u64,
    },
    /// No character is frequent enough.
    #[error(
        "min_count = {min_count} leaves out every character, the most frequent one occurs {most} times: make it smaller"
    )]
    Nothing {
        /// The least count asked for.
        min_count: u64,
        /// That of the most frequent character.
        most: u64,
    },
}

/// Bytes of all pieces, at most: a model file has their ends in 16 bits.
const MAX_BYTES: usize = u16::MAX as usize;

/// A word of the text: its pieces so far, and how often it occurs.
struct Word {
    pieces: Vec<u32>,
    count: u64,
}

/// Up to `size` tokens for the text of `documents`: every character that occurs at least `min_count` times, one for all others, one for the
/// end of a document if asked for, and the pieces that the most frequent neighbours merge to, as long as they occur twice.
///
/// The same text gives the same pieces. Costs a walk over the text, and then time in proportion to its different words.
///
/// # Errors
/// [`PiecesError`].
pub fn learn<'d>(
    documents: impl Iterator<Item = &'d str> + Clone,
    size: usize,
    min_count: u64,
    end: bool,
    progress: &mut dyn FnMut(usize),
) -> Result<PieceList, PiecesError> {
    let survey = Survey::of_all(documents.clone());
    let rare = survey.rarer_than(min_count);
    let covered = survey.without(&rare);
    let room = size.saturating_sub(1 + usize::from(end));
    let have = covered.counts().len();
    if have == 0 {
        let most = survey.counts().iter().map(|&(_, count)| count).max();
        return Err(PiecesError::Nothing {
            min_count,
            most: most.unwrap_or(0),
        });
    }
    if have > room {
        return Err(PiecesError::TooSmall {
            size,
            room,
            have,
            min_count: survey.min_count_for(room),
        });
    }
    let mut names: Vec<String> = covered.characters().chars().map(String::from).collect();
    let ids: HashMap<char, u32> = covered.characters().chars().zip(0..).collect();
    let mut pairs = Pairs::new(words(documents, &ids));
    let mut known: HashSet<String> = names.iter().cloned().collect();
    let mut bytes: usize = names.iter().map(String::len).sum();
    while names.len() < room {
        let Some((left, right)) = pairs.most_frequent(&names) else {
            break;
        };
        let name = names[left as usize].clone() + &names[right as usize];
        if bytes + name.len() > MAX_BYTES {
            break;
        }
        // Two ways to the same text are one piece.
        let merged = match known.insert(name.clone()) {
            true => {
                bytes += name.len();
                names.push(name);
                names.len() - 1
            }
            false => names.iter().position(|n| *n == name).unwrap_or(0),
        };
        pairs.merge((left, right), merged as u32);
        progress(names.len());
    }
    Ok(PieceList::new(names, end, true))
}

/// The different words in their order, as characters; parted where a character is not covered.
fn words<'d>(documents: impl Iterator<Item = &'d str>, ids: &HashMap<char, u32>) -> Vec<Word> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for mut rest in documents {
        while !rest.is_empty() {
            let (word, after) = rest.split_at(word_length(rest));
            *counts.entry(word).or_default() += 1;
            rest = after;
        }
    }
    // In an order of its own, so that nothing depends on the table's.
    let counts: BTreeMap<&str, u64> = counts.into_iter().collect();
    let mut words = Vec::new();
    for (word, count) in counts {
        let mut pieces = Vec::new();
        for character in word.chars() {
            match ids.get(&character) {
                Some(&id) => pieces.push(id),
                None => words.push(Word {
                    pieces: std::mem::take(&mut pieces),
                    count,
                }),
            }
        }
        words.push(Word { pieces, count });
    }
    words.retain(|word| word.pieces.len() > 1);
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Other,
}

fn class(character: char) -> Class {
    match character {
        '\'' => Class::Letter,
        _ if character.is_whitespace() => Class::Space,
        _ if character.is_alphabetic() => Class::Letter,
        _ => Class::Other,
    }
}

/// Bytes of the word that a text begins with.
fn word_length(text: &str) -> usize {
    let after = text.strip_prefix(' ').unwrap_or(text);
    let first = after.chars().next().map_or(Class::Space, class);
    let (start, kind) = match first {
        Class::Space => (0, Class::Space),
        other => (text.len() - after.len(), other),
    };
    let run = text[start..].find(|character| class(character) != kind);
    run.map_or(text.len(), |length| start + length)
}

/// How often which pieces are neighbours, and in which words.
struct Pairs {
    words: Vec<Word>,
    counts: HashMap<(u32, u32), u64>,
    places: HashMap<(u32, u32), Vec<u32>>,
}

impl Pairs {
    fn new(words: Vec<Word>) -> Self {
        let mut pairs = Self {
            words,
            counts: HashMap::new(),
            places: HashMap::new(),
        };
        for index in 0..pairs.words.len() {
            pairs.add(index);
        }
        pairs
    }

    fn add(&mut self, index: usize) {
        let word = &self.words[index];
        for pair in word.pieces.windows(2) {
            let pair = (pair[0], pair[1]);
            *self.counts.entry(pair).or_default() += word.count;
            let places = self.places.entry(pair).or_default();
            if places.last() != Some(&(index as u32)) {
                places.push(index as u32);
            }
        }
    }

    fn remove(&mut self, index: usize) {
        let word = &self.words[index];
        for pair in word.pieces.windows(2) {
            if let Some(count) = self.counts.get_mut(&(pair[0], pair[1])) {
                *count -= word.count;
            }
        }
    }

    /// The pair with the highest count, at least 2, and of those the first in the order of their texts.
    fn most_frequent(&self, names: &[String]) -> Option<(u32, u32)> {
        let text = |&(left, right): &(u32, u32)| (&names[left as usize], &names[right as usize]);
        let fits = |&(left, right): &(u32, u32)| {
            names[left as usize].len() + names[right as usize].len() <= MAX_PIECE_BYTES
        };
        let counts = self.counts.iter();
        let counts = counts.filter(|(pair, count)| **count >= 2 && fits(pair));
        let best = counts.max_by(|(a, more), (b, less)| more.cmp(less).then(text(b).cmp(&text(a))));
        best.map(|(&pair, _)| pair)
    }

    fn merge(&mut self, pair: (u32, u32), merged: u32) {
        for index in self.places.remove(&pair).unwrap_or_default() {
            let index = index as usize;
            // The word may have lost the pair since.
            if !self.words[index]
                .pieces
                .windows(2)
                .any(|p| (p[0], p[1]) == pair)
            {
                continue;
            }
            self.remove(index);
            let pieces = &mut self.words[index].pieces;
            let (mut read, mut written) = (0, 0);
            while read < pieces.len() {
                let is_pair = read + 1 < pieces.len() && (pieces[read], pieces[read + 1]) == pair;
                pieces[written] = if is_pair { merged } else { pieces[read] };
                read += if is_pair { 2 } else { 1 };
                written += 1;
            }
            pieces.truncate(written);
            self.add(index);
        }
        self.counts.remove(&pair);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::vocabulary::Vocabulary;

    fn pieces(text: &str, size: usize, min_count: u64) -> Vec<String> {
        let list = learn([text].into_iter(), size, min_count, true, &mut |_| ()).unwrap();
        let vocabulary = Vocabulary::Pieces(list);
        let (tokenizer, size) = (vocabulary.tokenizer(), vocabulary.len() as u16);
        assert_eq!(tokenizer.check(size), Ok(()));
        let pieces = (0..size - 2).map(|token| tokenizer.decode(token).unwrap().to_owned());
        pieces.collect()
    }

    #[test]
    fn the_most_frequent_neighbours_merge_within_words() {
        let text = "low low low lower new new\n";
        // l-o (4) before o-w (4) by the order of texts, then lo-w (4), then " "-low (3).
        assert_eq!(pieces(text, 9 + 2, 1).len(), 9);
        let merged = |size| {
            let all = pieces(text, size, 1);
            all.into_iter().filter(|p| p.len() > 1).collect::<Vec<_>>()
        };
        assert_eq!(merged(8 + 2 + 1), ["lo"]);
        assert_eq!(merged(8 + 2 + 2), ["lo", "low"]);
        assert_eq!(merged(8 + 2 + 3), [" low", "lo", "low"]);
        // Nothing occurs twice any more, and nothing crosses words.
        let all = merged(1000);
        assert!(
            all.iter().all(|p| !p.trim_start_matches(' ').contains(' ')),
            "{all:?}"
        );
        assert_eq!(all, merged(2000));
    }

    #[test]
    fn rare_characters_are_left_out_and_too_small_a_size_is_refused() {
        let text = "abcabcabx";
        assert_eq!(pieces(text, 5, 2), ["a", "b", "c"]);
        let error = learn([text].into_iter(), 5, 1, true, &mut |_| ()).unwrap_err();
        let (size, room, have, min_count) = (5, 3, 4, 2);
        let too_small = PiecesError::TooSmall {
            size,
            room,
            have,
            min_count,
        };
        assert_eq!(error, too_small);
        let error = learn([text].into_iter(), 5, 4, true, &mut |_| ()).unwrap_err();
        let (min_count, most) = (4, 3);
        assert_eq!(error, PiecesError::Nothing { min_count, most });
    }

    #[test]
    fn pieces_stay_within_what_a_model_file_can_hold() {
        // Four thousand words of 20 letters, twice each.
        let word = |i: u32| -> String {
            let letters =
                (0..20).map(|k| (b'a' + (i.wrapping_mul(2_654_435_761) >> k) as u8 % 16) as char);
            letters.collect()
        };
        let text: String = (0..4000).map(|i| format!("{0} {0} ", word(i))).collect();
        let vocabulary = Vocabulary::Pieces(
            learn([text.as_str()].into_iter(), 4096, 1, true, &mut |_| ()).unwrap(),
        );
        let size = vocabulary.len() as u16;
        assert_eq!(vocabulary.tokenizer().check(size), Ok(()));
    }

    #[test]
    fn words_end_where_the_kind_of_character_changes() {
        let mut words = Vec::new();
        let mut rest = "It's  so, so\n\nnew: 42 é!";
        while !rest.is_empty() {
            let (word, after) = rest.split_at(word_length(rest));
            words.push(word);
            rest = after;
        }
        let expected = [
            "It's", "  ", "so", ",", " so", "\n\n", "new", ":", " 42", " é", "!",
        ];
        assert_eq!(words, expected);
    }
}
