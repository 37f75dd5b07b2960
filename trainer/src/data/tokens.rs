//! A text as tokens: in memory once, a byte each where the vocabulary allows, and shared instead of copied.

use crate::data::vocabulary::Vocabulary;
use formats::EncodeError;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of text that are encoded at a time.
const PIECE: usize = 1 << 20;
/// No vocabulary is so large.
const UNKNOWN: u16 = u16::MAX;

/// A text as tokens. A clone or a part of it shares its memory.
#[derive(Clone, Debug)]
pub struct Tokens {
    store: Store,
    range: Range<usize>,
    document_start: Option<u16>,
}

#[derive(Clone, Debug)]
enum Store {
    /// Of a vocabulary of at most 256 tokens.
    Bytes(Arc<Vec<u8>>),
    Wide(Arc<Vec<u16>>),
}

impl Tokens {
    /// The tokens of `text`. Takes no memory beside that of the text with up to 256 characters; with more, or with pieces,
    /// never more than two bytes per byte of the text.
    ///
    /// # Errors
    /// [`EncodeError`] with the first character that the vocabulary does not have.
    pub fn encode(text: String, vocabulary: &Vocabulary) -> Result<Self, EncodeError> {
        match vocabulary {
            Vocabulary::Characters(characters) => Self::encode_characters(text, characters),
            Vocabulary::Pieces(_) => {
                let tokens: Result<Vec<u16>, _> = vocabulary.tokenizer().encode(&text).collect();
                Ok(tokens?.into())
            }
        }
    }

    /// The tokens of `documents` one after the other, each between two end tokens: the first of its own is predicted from the
    /// one before it, and the one behind it is its last.
    ///
    /// # Errors
    /// [`EncodeError`] with the first character that the vocabulary does not have.
    ///
    /// # Panics
    /// When the vocabulary has no end token.
    pub fn encode_documents<'d>(
        documents: impl Iterator<Item = &'d str>,
        vocabulary: &Vocabulary,
    ) -> Result<Self, EncodeError> {
        let tokenizer = vocabulary.tokenizer();
        let end = tokenizer.end().expect("the vocabulary has an end token");
        let mut tokens = vec![end];
        for document in documents {
            for token in tokenizer.encode(document) {
                tokens.push(token?);
            }
            tokens.push(end);
        }
        Ok(Self {
            document_start: Some(end),
            ..tokens.into()
        })
    }

    fn encode_characters(text: String, characters: &str) -> Result<Self, EncodeError> {
        let mut table = vec![UNKNOWN; char::MAX as usize + 1];
        for (token, character) in (0u16..).zip(characters.chars()) {
            table[character as usize] = token;
        }
        let token = |character: char| table[character as usize];
        let mut count = 0;
        for (offset, character) in text.char_indices() {
            if token(character) == UNKNOWN {
                return Err(EncodeError { character, offset });
            }
            count += 1;
        }
        Ok(if characters.chars().nth(256).is_none() {
            // Unknown ones are gone, all others are below 256.
            Self::of(Store::Bytes(Arc::new(in_place(text, |c| token(c) as u8))))
        } else {
            Self::of(Store::Wide(Arc::new(backwards(text, count, token))))
        })
    }

    fn of(store: Store) -> Self {
        let length = match &store {
            Store::Bytes(tokens) => tokens.len(),
            Store::Wide(tokens) => tokens.len(),
        };
        Self {
            store,
            range: 0..length,
            document_start: None,
        }
    }

    /// The token that documents begin behind, and end with; none where the text has no documents.
    pub const fn document_start(&self) -> Option<u16> {
        self.document_start
    }

    /// The same tokens as one text that runs through.
    pub fn without_documents(self) -> Self {
        Self {
            document_start: None,
            ..self
        }
    }

    /// Where documents begin: the indices of the tokens that they begin behind.
    pub fn document_starts(&self) -> Vec<usize> {
        let tokens = self.iter().enumerate();
        let ends = tokens.filter(|&(_, token)| Some(token) == self.document_start);
        let mut starts: Vec<usize> = ends.map(|(index, _)| index).collect();
        // Nothing begins behind the last token.
        if starts.last().is_some_and(|&last| last + 1 == self.len()) {
            starts.pop();
        }
        starts
    }

    /// Tokens that a reader of the whole text has to predict: all but the first.
    pub fn predicted(&self) -> usize {
        self.len().saturating_sub(1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Part of it, without a copy.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn slice(&self, part: Range<usize>) -> Self {
        Self {
            store: self.store.clone(),
            range: self.absolute(part),
            document_start: self.document_start,
        }
    }

    /// A copy of a part.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn copy(&self, part: Range<usize>) -> Vec<u16> {
        let mut tokens = Vec::with_capacity(part.len());
        self.append_to(&mut tokens, part);
        tokens
    }

    /// Appends a part to `tokens`.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn append_to(&self, tokens: &mut Vec<u16>, part: Range<usize>) {
        let part = self.absolute(part);
        match &self.store {
            Store::Bytes(all) => tokens.extend(all[part].iter().copied().map(u16::from)),
            Store::Wide(all) => tokens.extend_from_slice(&all[part]),
        }
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        (0..self.len()).map(|index| match &self.store {
            Store::Bytes(all) => all[self.range.start + index].into(),
            Store::Wide(all) => all[self.range.start + index],
        })
    }

    fn absolute(&self, part: Range<usize>) -> Range<usize> {
        assert!(part.start <= part.end && part.end <= self.len());
        self.range.start + part.start..self.range.start + part.end
    }
}

impl From<Vec<u16>> for Tokens {
    fn from(tokens: Vec<u16>) -> Self {
        Self::of(Store::Wide(Arc::new(tokens)))
    }
}

impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.document_start == other.document_start
            && self.iter().eq(other.iter())
    }
}

impl Eq for Tokens {}

/// One byte a character, written over the text: a character is never shorter than its token.
fn in_place(text: String, token: impl Fn(char) -> u8) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    let mut piece = Vec::with_capacity(PIECE);
    let (mut read, mut written) = (0, 0);
    while read < bytes.len() {
        piece.clear();
        piece.extend_from_slice(&bytes[read..bytes.len().min(read + PIECE)]);
        // The last character may go on in the next piece.
        let whole = match str::from_utf8(&piece) {
            Ok(whole) => whole,
            Err(error) => str::from_utf8(&piece[..error.valid_up_to()]).expect("it is valid"),
        };
        for character in whole.chars() {
            bytes[written] = token(character);
            written += 1;
        }
        read += whole.len();
    }
    bytes.truncate(written);
    bytes.shrink_to_fit();
    bytes
}

/// `count` tokens of two bytes. The text is given back to the system piece by piece while they are written, from the end on.
fn backwards(mut text: String, count: usize, token: impl Fn(char) -> u16) -> Vec<u16> {
    let mut tokens = vec![0; count];
    let mut at = count;
    while !text.is_empty() {
        let cut = text.floor_char_boundary(text.len().saturating_sub(16 * PIECE));
        for character in text[cut..].chars().rev() {
            at -= 1;
            tokens[at] = token(character);
        }
        text.truncate(cut);
        text.shrink_to_fit();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many characters as a test needs, of one to three bytes.
    fn characters(count: u32) -> String {
        (0x20..0x20 + count).filter_map(char::from_u32).collect()
    }

    #[test]
    fn small_and_large_vocabularies_give_the_same_tokens() {
        // Longer than a piece, with characters across its end.
        let text: String = characters(256)
            .chars()
            .cycle()
            .skip(7)
            .take(3 * PIECE)
            .collect();
        let expected: Vec<u16> = (0..256u16).cycle().skip(7).take(3 * PIECE).collect();
        for vocabulary in [256, 257, 4000] {
            let tokens = Tokens::encode(
                text.clone(),
                &Vocabulary::Characters(characters(vocabulary)),
            )
            .unwrap();
            assert_eq!(matches!(tokens.store, Store::Bytes(_)), vocabulary == 256);
            assert!(tokens == Tokens::from(expected.clone()), "{vocabulary}");
        }
    }

    #[test]
    fn the_first_unknown_character_is_named() {
        let error = Tokens::encode_characters("aéb€a?".to_owned(), "abé").unwrap_err();
        assert_eq!((error.character, error.offset), ('€', 4));
    }

    #[test]
    fn parts_share_the_tokens() {
        let tokens = Tokens::encode_characters("abcabc".to_owned(), "abc").unwrap();
        let part = tokens.slice(1..5).slice(1..4);
        assert_eq!((part.len(), part.copy(0..2)), (3, vec![2, 0]));
        assert!(part.iter().eq([2, 0, 1]));
        assert!(tokens.slice(6..6).is_empty());
        let (Store::Bytes(whole), Store::Bytes(shared)) = (&tokens.store, &part.store) else {
            panic!("three characters fit a byte");
        };
        assert!(Arc::ptr_eq(whole, shared));
    }
}
