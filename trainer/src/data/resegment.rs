//! Other ways to write a text in pieces than the shortest: BPE dropout (Provilkov et al., arXiv:1910.13267), a way to see the
//! same words differently each time.

use crate::data::vocabulary::Vocabulary;
use rand_chacha::rand_core::Rng;

/// In how many ways each piece can be written as shorter ones.
#[derive(Clone, Debug, Default)]
pub struct Splits {
    /// For each token the ways, none for those that are a single character.
    ways: Vec<Vec<Vec<u16>>>,
}

impl Splits {
    /// Those of a vocabulary: a shorter piece that each begins with, and behind it the longest that fit.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        let tokenizer = vocabulary.tokenizer();
        let ways = (0..vocabulary.len() as u16).map(|token| {
            let text = tokenizer.decode(token).unwrap_or_default();
            let is_piece = ![tokenizer.end(), tokenizer.escape()].contains(&Some(token));
            let cuts = text.char_indices().skip(1).filter(|_| is_piece);
            let ways = cuts.filter_map(|(cut, _)| {
                let (first, rest) = text.split_at(cut);
                let (first, length) = tokenizer.longest(first)?;
                // A cut that no piece ends at gives the way of a shorter one.
                let rest = (length == cut).then_some(rest)?;
                let rest = tokenizer.encode(rest).map(Result::ok);
                std::iter::once(Some(first)).chain(rest).collect()
            });
            ways.collect()
        });
        Self {
            ways: ways.collect(),
        }
    }

    /// The first `length` tokens of `tokens` when a share of `rate` of the pieces is written as shorter ones.
    pub(super) fn apply(
        &self,
        tokens: Vec<u16>,
        rate: f64,
        length: usize,
        rng: &mut impl Rng,
    ) -> Vec<u16> {
        let threshold = (rate * 2f64.powi(32)) as u64;
        let mut written = Vec::with_capacity(tokens.len() + 1);
        for token in tokens {
            if written.len() >= length {
                break;
            }
            let drawn = rng.next_u64();
            match self.ways.get(usize::from(token)) {
                Some(ways) if !ways.is_empty() && (drawn >> 32) < threshold => {
                    let way = ((drawn & 0xFFFF_FFFF) * ways.len() as u64) >> 32;
                    written.extend_from_slice(&ways[way as usize]);
                }
                _ => written.push(token),
            }
        }
        written.truncate(length);
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::vocabulary::PieceList;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn the_text_stays_and_the_share_is_split() {
        let pieces = ["a", "b", "c", "ab", "abc", "bc"]
            .map(str::to_owned)
            .to_vec();
        let vocabulary = Vocabulary::Pieces(PieceList::new(pieces, true, true));
        let tokenizer = vocabulary.tokenizer();
        let token = |text: &str| tokenizer.longest(text).unwrap().0;
        let splits = Splits::new(&vocabulary);
        let (a, bc) = (token("a"), token("bc"));
        assert_eq!(
            splits.ways[usize::from(token("abc"))],
            [vec![a, bc], vec![token("ab"), token("c")]]
        );
        let tokens = [token("abc"), tokenizer.end().unwrap(), token("ab"), a].repeat(500);
        let read = |tokens: &[u16]| -> String {
            tokens.iter().filter_map(|&t| tokenizer.decode(t)).collect()
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let all = splits.apply(tokens.clone(), 0.25, usize::MAX >> 1, &mut rng);
        assert_eq!(read(&all), read(&tokens));
        // Of 1,000 pieces a quarter is two tokens.
        assert!((2200..2300).contains(&all.len()), "{}", all.len());
        assert_eq!(splits.apply(tokens.clone(), 1.0, 7, &mut rng).len(), 7);
        assert_eq!(splits.apply(tokens.clone(), 0.0, 2000, &mut rng), tokens);
    }
}
