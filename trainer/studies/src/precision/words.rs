//! Words of a text, and how many of them are known.

use std::collections::HashSet;

/// The words of `text`: letters and the apostrophes among them, in lower case.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let apart = |c: char| !(c.is_alphabetic() || c == '\'');
    text.split(apart)
        .map(|word| word.trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty())
}

/// The different words of a text.
pub fn vocabulary(text: &str) -> HashSet<String> {
    words(text).collect()
}

/// The share of the words of `texts` that `vocabulary` has; the last word of each is left out, which may be cut.
/// None when there are no words.
pub fn share_known(texts: &[String], vocabulary: &HashSet<String>) -> Option<f64> {
    let (mut known, mut all) = (0u32, 0u32);
    for text in texts {
        let whole = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '\'');
        for word in words(whole) {
            known += u32::from(vocabulary.contains(&word));
            all += 1;
        }
    }
    (all > 0).then(|| f64::from(known) / f64::from(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_inner_apostrophes() {
        let text = "O, 'tis the King's\nhead-piece: 3 men!";
        let words: Vec<String> = words(text).collect();
        assert_eq!(words, ["o", "tis", "the", "king's", "head", "piece", "men"]);
    }

    #[test]
    fn known_words_are_counted_but_for_a_cut_one() {
        let vocabulary = vocabulary("The king and the queen.");
        let texts = ["the Quen and que".to_owned(), "KING?".to_owned()];
        // the, quen, and; king.
        assert_eq!(share_known(&texts, &vocabulary), Some(0.75));
        assert_eq!(share_known(&["1 + 1 = 2".to_owned()], &vocabulary), None);
    }
}
