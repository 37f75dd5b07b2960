//! Statistics of neighbouring characters, and how far those of two texts are apart.

use std::collections::HashMap;

/// How often each sequence of `n` characters occurs.
#[derive(Clone, Debug)]
pub struct Ngrams {
    counts: HashMap<Vec<char>, u64>,
    total: u64,
}

impl Ngrams {
    /// Of all `texts` together; none across their borders.
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>, n: usize) -> Self {
        let mut counts = HashMap::new();
        let mut total = 0;
        for text in texts {
            let characters: Vec<char> = text.chars().collect();
            for window in characters.windows(n) {
                *counts.entry(window.to_vec()).or_insert(0) += 1;
                total += 1;
            }
        }
        Self { counts, total }
    }

    fn share(&self, gram: &[char]) -> f64 {
        self.counts.get(gram).copied().unwrap_or(0) as f64 / self.total as f64
    }
}

/// The Jensen-Shannon divergence in bits: 0 of equal distributions, 1 of such that have nothing in common. NaN when one
/// is empty.
pub fn divergence(a: &Ngrams, b: &Ngrams) -> f64 {
    let mut grams: Vec<&Vec<char>> = a.counts.keys().collect();
    grams.extend(b.counts.keys().filter(|gram| !a.counts.contains_key(*gram)));
    // One order, so that the sum has the same digits every time.
    grams.sort_unstable();
    let term = |p: f64, middle: f64| {
        if p > 0.0 {
            p * libm::log2(p / middle)
        } else {
            p
        }
    };
    let each = grams.iter().map(|gram| {
        let (p, q) = (a.share(gram), b.share(gram));
        let middle = (p + q) / 2.0;
        (term(p, middle) + term(q, middle)) / 2.0
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, n: usize) -> Ngrams {
        Ngrams::of([text], n)
    }

    #[test]
    fn closed_forms() {
        assert_eq!(divergence(&of("abab", 1), &of("ba", 1)), 0.0);
        assert_eq!(divergence(&of("aa", 1), &of("bbb", 1)), 1.0);
        // A fair coin against a certain one: the entropy of 3/4, less half a bit.
        let entropy = 0.75 * (4.0f64 / 3.0).log2() + 0.25 * 2.0;
        let got = divergence(&of("ab", 1), &of("a", 1));
        assert!((got - (entropy - 0.5)).abs() < 1e-12, "{got}");
        assert_eq!(got, divergence(&of("a", 1), &of("ab", 1)));
    }

    #[test]
    fn order_matters_to_longer_ones_and_borders_are_not_crossed() {
        let (a, b) = ("abcabc", "cbacba");
        assert_eq!(divergence(&of(a, 1), &of(b, 1)), 0.0);
        assert_eq!(divergence(&of(a, 2), &of(b, 2)), 1.0);
        let apart = Ngrams::of(["ab", "ab"], 2);
        assert_eq!((apart.total, apart.counts.len()), (2, 1));
        assert!(divergence(&of("a", 2), &of("ab", 2)).is_nan());
    }
}
