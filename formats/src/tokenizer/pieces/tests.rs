//! Pieces against a search of the whole list, and every way in which they can be wrong.

use super::*;
use crate::tokenizer::Tokenizer;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

/// The fields of a file: ends and text of pieces in this order.
fn packed(pieces: &[&str]) -> (Vec<u8>, String) {
    let ends = pieces.iter().scan(0, |end, piece| {
        *end += piece.len() as u16;
        Some(end.to_le_bytes())
    });
    (ends.flatten().collect(), pieces.concat())
}

fn check(pieces: &[&str], vocab_size: u16) -> Result<(), TokenizerError> {
    let (ends, text) = packed(pieces);
    Pieces::new(&ends, &text, true, true).check(vocab_size)
}

#[test]
fn the_longest_piece_is_taken_and_the_rest_escaped() {
    let (ends, text) = packed(&["\n", " ", " a", "a", "ab", "abcd", "b", "c", "d", "é"]);
    let pieces = Pieces::new(&ends, &text, true, true);
    let tokenizer = Tokenizer::Pieces(pieces);
    assert_eq!(tokenizer.check(12), Ok(()));
    let tokens = |text: &str| tokenizer.encode(text).collect::<Result<Vec<_>, _>>();
    assert_eq!(tokens("abcd abc"), Ok([5, 2, 6, 7].to_vec()));
    assert_eq!(tokens("abcéx€\n"), Ok([4, 7, 9, 11, 11, 0].to_vec()));
    assert_eq!((tokenizer.end(), tokenizer.escape()), (Some(10), Some(11)));
    assert_eq!(tokenizer.start(), 10);
    let texts = [5, 10, 11, 12].map(|token| tokenizer.decode(token));
    assert_eq!(texts, [Some("abcd"), Some(""), Some("\u{FFFD}"), None]);
    let strict = Tokenizer::Pieces(Pieces::new(&ends, &text, false, false));
    assert_eq!((strict.check(10), strict.start()), (Ok(()), 0));
    let error = strict.encode("ax").nth(1).unwrap().unwrap_err();
    assert_eq!((error.character, error.offset), ('x', 1));
}

#[test]
fn wrong_pieces_are_refused() {
    use TokenizerError as E;
    assert_eq!(check(&["a", "b"], 4), Ok(()));
    assert_eq!(check(&[], 2), Err(E::Empty));
    assert_eq!(check(&["a"], 4), Err(E::Count { need: 4, have: 3 }));
    assert_eq!(check(&["a", "a"], 4), Err(E::Order { index: 1 }));
    assert_eq!(check(&["b", "ab"], 4), Err(E::Order { index: 1 }));
    assert_eq!(check(&["a", ""], 4), Err(E::End { index: 1 }));
    let long = "a".repeat(33);
    let (index, have, limit) = (1, 33, 32);
    let error = E::Length { index, have, limit };
    assert_eq!(check(&["a", &long], 4), Err(error));
    let (index, character) = (1, 'b');
    let error = E::Character { index, character };
    assert_eq!(check(&["a", "ab"], 4), Err(error));
    let pieces = |ends: &[u8], text| Pieces::new(ends, text, false, false).check(1);
    assert_eq!(pieces(&[1, 0], "é"), Err(E::End { index: 0 }));
    assert_eq!(pieces(&[3, 0], "é"), Err(E::End { index: 0 }));
    assert_eq!(pieces(&[1, 0], "ab"), Err(E::End { index: 1 }));
    assert_eq!(pieces(&[1, 0, 9], "a"), Err(E::Count { need: 1, have: 1 }));
}

proptest! {
    #[test]
    fn tokens_are_those_of_a_search_of_the_whole_list_and_give_the_text_back(
        longer in prop::collection::btree_set("[abcé ]{2,6}", 0..40),
        text in "[abcé x€]{0,60}",
    ) {
        let singles = ["a", "b", "c", "é", " "].map(String::from);
        let all: BTreeSet<String> = longer.into_iter().chain(singles).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let (ends, joined) = packed(&all);
        let tokenizer = Tokenizer::Pieces(Pieces::new(&ends, &joined, false, true));
        prop_assert_eq!(tokenizer.check(all.len() as u16 + 1), Ok(()));
        let (mut rest, mut back) = (text.as_str(), String::new());
        let mut tokens = tokenizer.encode(&text);
        while let Some(character) = rest.chars().next() {
            let known = all.iter().enumerate().filter(|(_, piece)| rest.starts_with(**piece));
            let longest = known.max_by_key(|(_, piece)| piece.len());
            let token = tokens.next().unwrap().unwrap();
            prop_assert_eq!(usize::from(token), longest.map_or(all.len(), |(index, _)| index));
            let piece = match tokenizer.escape() {
                Some(escape) if escape == token => character.to_string(),
                _ => tokenizer.decode(token).unwrap().to_string(),
            };
            rest = &rest[piece.len()..];
            back += &piece;
            prop_assert_eq!(tokens.offset(), back.len());
        }
        prop_assert!(tokens.next().is_none());
        prop_assert_eq!(back, text);
    }
}
