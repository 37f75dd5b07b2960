//! The rival that counts: a character n-gram of a model file's size, interpolated Kneser-Ney (Chen and Goodman 1999), with an
//! exact arithmetic coder.
//!
//! An order of `n` is `n` characters of context. Each order has its own discount, `n1 / (n1 + 2 n2)`. An n-gram that occurs
//! more rarely than a threshold is left out, and what it had goes to the shorter context: that is how a table gets small.
//! Probabilities and weights of the shorter context have eight bits, in sixteenths of a bit, as a device would store them.

use std::collections::{BTreeMap, HashMap, HashSet};

/// Ends every message, and stands before its first character.
const END: char = '\u{0}';
/// Any character that the table does not know; the character itself follows, eight bits a byte of UTF-8.
const ESCAPE: char = '\u{1}';
/// Characters that occur more rarely share the escape.
const LEAST: usize = 3;
/// A symbol and its probability.
const ENTRY_BYTES: usize = 2;
/// A pointer to its entries and the weight of the shorter context.
const CONTEXT_BYTES: usize = 4;

/// A table of probabilities.
#[derive(Debug)]
pub struct NGram {
    symbols: Vec<char>,
    known: HashSet<char>,
    order: usize,
    /// By context: the nearest character last.
    contexts: HashMap<String, Context>,
}

#[derive(Debug, Default)]
struct Context {
    shares: BTreeMap<char, f64>,
    /// Weight of the context that is one character shorter.
    shorter: f64,
}

impl NGram {
    /// Learns `messages`. N-grams with the whole context that occur fewer than `least` times are left out, and so are those
    /// of shorter contexts, down to two characters, that occur in fewer than `least` other ones.
    pub fn learn(messages: &[String], order: usize, least: u64) -> Self {
        let mut times = HashMap::<char, usize>::new();
        for character in messages.iter().flat_map(|message| message.chars()) {
            *times.entry(character).or_default() += 1;
        }
        let known: HashSet<char> = times
            .iter()
            .filter(|&(_, &times)| times >= LEAST)
            .map(|(&character, _)| character)
            .collect();
        let mut symbols: Vec<char> = known.iter().copied().chain([END, ESCAPE]).collect();
        symbols.sort_unstable();

        let mut counts: Vec<HashMap<String, BTreeMap<char, u64>>> = vec![HashMap::new(); order + 1];
        for message in messages {
            let text = spelled(message, &known, order);
            for position in order..text.len() {
                let context: String = text[position - order..position].iter().collect();
                let followers = counts[order].entry(context).or_default();
                *followers.entry(text[position]).or_default() += 1;
            }
        }
        // In Kneser-Ney a shorter context counts in how many different longer ones a character follows it.
        for length in (0..order).rev() {
            let (shorter, longer) = counts.split_at_mut(length + 1);
            for (context, followers) in &longer[0] {
                let tail = context.chars().skip(1).collect::<String>();
                let target = shorter[length].entry(tail).or_default();
                for &follower in followers.keys() {
                    *target.entry(follower).or_default() += 1;
                }
            }
        }
        let mut contexts = HashMap::new();
        for (length, table) in counts.iter().enumerate() {
            let discount = discount(table);
            let least = if length >= 2 { least } else { 1 };
            for (context, followers) in table {
                let context_of = Context::of(followers, discount, least);
                if length == 0 || !context_of.shares.is_empty() {
                    contexts.insert(context.clone(), context_of);
                }
            }
        }
        Self {
            symbols,
            known,
            order,
            contexts,
        }
    }

    /// Bytes of the table on a device.
    pub fn bytes(&self) -> usize {
        let entries: usize = self.contexts.values().map(|c| c.shares.len()).sum();
        entries * ENTRY_BYTES + self.contexts.len() * CONTEXT_BYTES
    }

    /// Characters of context.
    pub const fn order(&self) -> usize {
        self.order
    }

    /// Bytes of the message's packet: -log2 of its probability, its end included, rounded up to bytes. No real coder is better.
    pub fn packet(&self, message: &str) -> usize {
        (self.bits(message) / 8.0).ceil() as usize
    }

    fn bits(&self, message: &str) -> f64 {
        let text = spelled(message, &self.known, self.order);
        let coded = (self.order..text.len()).map(|position| {
            let probabilities = self.probabilities(&text[position - self.order..position]);
            let total: f64 = probabilities.iter().sum();
            let symbol = self.symbols.binary_search(&text[position]);
            let share = symbol.map_or(0.0, |symbol| probabilities[symbol]);
            -(share / total).log2()
        });
        let escaped = message.chars().filter(|c| !self.known.contains(c));
        coded.sum::<f64>() + escaped.map(|c| 8.0 * c.len_utf8() as f64).sum::<f64>()
    }

    /// By symbol, behind a context.
    fn probabilities(&self, context: &[char]) -> Vec<f64> {
        let mut probabilities = vec![1.0 / self.symbols.len() as f64; self.symbols.len()];
        for length in 0..=context.len() {
            let context: String = context[context.len() - length..].iter().collect();
            let Some(found) = self.contexts.get(&context) else {
                continue;
            };
            probabilities.iter_mut().for_each(|p| *p *= found.shorter);
            for (symbol, share) in &found.shares {
                if let Ok(symbol) = self.symbols.binary_search(symbol) {
                    probabilities[symbol] += share;
                }
            }
        }
        probabilities
    }
}

impl Context {
    fn of(followers: &BTreeMap<char, u64>, discount: f64, least: u64) -> Self {
        let total = followers.values().sum::<u64>() as f64;
        let kept = followers.iter().filter(|&(_, &count)| count >= least);
        let exact: BTreeMap<char, f64> = kept
            .map(|(&symbol, &count)| (symbol, (count as f64 - discount) / total))
            .collect();
        let shorter = 1.0 - exact.values().sum::<f64>();
        Self {
            shares: exact
                .into_iter()
                .map(|(s, share)| (s, stored(share)))
                .collect(),
            shorter: stored(shorter),
        }
    }
}

/// What eight bits keep of a share: sixteenths of a bit.
fn stored(share: f64) -> f64 {
    (-(share.log2() * -16.0).round().clamp(0.0, 255.0) / 16.0).exp2()
}

fn discount(table: &HashMap<String, BTreeMap<char, u64>>) -> f64 {
    let counts = || table.values().flat_map(|followers| followers.values());
    let once = counts().filter(|&&count| count == 1).count() as f64;
    let twice = counts().filter(|&&count| count == 2).count() as f64;
    // Where every n-gram is frequent there is little to discount.
    if once == 0.0 {
        0.1
    } else {
        once / (once + 2.0 * twice)
    }
}

/// The message with `order` ends before it and one behind it, and the escape for what is not known.
fn spelled(message: &str, known: &HashSet<char>, order: usize) -> Vec<char> {
    let text = message
        .chars()
        .map(|c| if known.contains(&c) { c } else { ESCAPE });
    std::iter::repeat_n(END, order)
        .chain(text)
        .chain([END])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Vec<String> {
        [
            "see you at noon",
            "see you at one",
            "are you at home",
            "noon or one, you see",
        ]
        .repeat(3)
        .into_iter()
        .map(String::from)
        .collect()
    }

    #[test]
    fn probabilities_add_up_to_one() {
        for least in [1, 2, 4] {
            let table = NGram::learn(&messages(), 3, least);
            for context in ["see", "ee ", "zzz", "\0\0\0", "\0se"] {
                let context: Vec<char> = context.chars().collect();
                let total: f64 = table.probabilities(&context).iter().sum();
                // Eight bits are 2 % off at most.
                assert!((total - 1.0).abs() < 0.03, "{least} {context:?}: {total}");
            }
        }
    }

    #[test]
    fn what_was_learned_is_short_and_what_was_not_is_not() {
        let table = NGram::learn(&messages(), 3, 1);
        assert!(table.packet("see you at one") < 5);
        assert!(table.packet("quartz vow") > 10);
        // A character that was never seen costs its bytes, too.
        assert!(table.bits("é") > 16.0);
        assert!(table.bits("") > 0.0);
    }

    #[test]
    fn a_threshold_makes_the_table_smaller() {
        let [all, some] = [1, 4].map(|least| NGram::learn(&messages(), 4, least).bytes());
        assert!(some < all, "{some} {all}");
    }
}
