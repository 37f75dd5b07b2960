//! The entropy rate of a grammar's text: the mean loss that no model can beat in expectation.
//!
//! The text can be read in one way only (`unambiguous` proves it), so its entropy is the entropy of the choices. With
//! `visits(r)` the share of choices that are made at rule `r` in the long run,
//!
//! ```text
//! entropy rate = sum of visits(r) * entropy(r)  /  sum of visits(r) * characters(r)     nats per character
//! ```
//!
//! where `entropy(r)` is that of the choice at `r` and `characters(r)` the expected number of characters that stand in
//! the chosen alternative itself. The visits are the ones that a step does not change: `visits(s)` is the sum over all
//! rules `r` of `visits(r)` times the expected number of `<s>` in an alternative of `r`.
//!
//! It is exact but for rounding. It is a rate: a text of finite length may cost a little more or less, and a model
//! whose context does not reach back to the heading cannot know who speaks.

use super::grammar::{Grammar, Part};

/// Entropy rate of the text that `grammar` makes, which must not end, in nats per character.
pub(super) fn nats_per_char(grammar: &Grammar) -> f64 {
    let mut nats = Vec::new();
    let mut chars = Vec::new();
    let mut uses = Vec::new();
    for (from, rule) in grammar.rules.iter().enumerate() {
        nats.push(rule.probabilities().map(|(p, _)| -p * p.ln()).sum::<f64>());
        let mut expected = 0.0;
        for (probability, alternative) in rule.probabilities() {
            for part in &alternative.parts {
                match part {
                    Part::Text(text) => expected += probability * text.chars().count() as f64,
                    Part::Rule(to) => uses.push((from, *to, probability)),
                }
            }
        }
        chars.push(expected);
    }
    let visits = visits(&uses, grammar.rules.len());
    let mean = |of: &[f64]| -> f64 { visits.iter().zip(of).map(|(a, b)| a * b).sum() };
    mean(&nats) / mean(&chars)
}

/// Visits of each rule, but for a common factor, by power iteration from the first rule.
fn visits(uses: &[(usize, usize, f64)], rules: usize) -> Vec<f64> {
    const MAX_ROUNDS: usize = 100_000;
    let mut visits = vec![0.0; rules];
    visits[0] = 1.0;
    for _ in 0..MAX_ROUNDS {
        // Half a step at a time has the same fixed point and cannot swing between two vectors.
        let mut next: Vec<f64> = visits.iter().map(|visits| visits / 2.0).collect();
        for &(from, to, times) in uses {
            next[to] += visits[from] * times / 2.0;
        }
        let moved: f64 = visits.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
        visits = next;
        if moved < 1e-13 {
            break;
        }
    }
    visits
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use super::*;

    #[track_caller]
    fn assert_rate(grammar: &str, nats: f64, chars: f64) {
        let rate = nats_per_char(&Grammar::parse(grammar));
        let expected = nats / chars;
        assert!((rate - expected).abs() < 1e-12, "{rate}, not {expected}");
    }

    #[test]
    fn small_grammars_have_the_entropy_that_a_hand_computes() {
        // A bit per two or three characters.
        assert_rate("s = ab<s> | cde<s>", LN_2, 2.5);
        // No choice, no entropy.
        assert_rate("s = ab<s>", 0.0, 2.0);
        // Weights: 3/4 and 1/4.
        let quarters = 2.0 * LN_2 - 0.75 * 3f64.ln();
        assert_rate("s = 3 a<s> | bb<s>", quarters, 1.25);
        // The same alternative twice is one of both weights.
        assert_rate("s = 2 a<s> | bb<s> | a<s>", quarters, 1.25);
        // Two words per sentence, each a bit and 1.5 characters.
        assert_rate("s = Go <w> <w>.<s>\nw = x | yy", 2.0 * LN_2, 8.0);
        // A Markov chain that is twice as often in `a` as in `b`: a leaves with probability 1/2, b always.
        assert_rate(
            "s = <a>\na = x<a> | y<b>\nb = zzz<a>",
            LN_2 * 2.0,
            2.0 + 3.0,
        );
        // A chain that alternates does not swing for ever, and lists make one rule per value.
        assert_rate(
            "X = p q\ns = <p>\np = <w.p><q>\nq = <w.q><p>\nw.X = X | XX",
            LN_2,
            1.5,
        );
    }
}
