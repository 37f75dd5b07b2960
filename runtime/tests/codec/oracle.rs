//! The codec a second time, as plainly as can be: a number of any length, real division, exhaustive searches.

use runtime::{Engine, Tokenizer};

/// The classes of docs/messages.md: the bytes that all begin with, how many first bytes, weight.
const CLASSES: [(&[u8], u16, u32); 20] = [
    (&[0x00], 128, 10),
    (&[0xC2], 1, 6),
    (&[0xC3], 1, 20),
    (&[0xC4], 2, 9),
    (&[0xC6], 8, 2),
    (&[0xCE], 2, 5),
    (&[0xD0], 1, 11),
    (&[0xD1], 1, 8),
    (&[0xD2], 6, 3),
    (&[0xD8], 8, 4),
    (&[0xE0], 1, 3),
    (&[0xE1], 1, 1),
    (&[0xE2, 0x80], 1, 8),
    (&[0xE2], 1, 4),
    (&[0xE3], 1, 4),
    (&[0xE4], 6, 7),
    (&[0xEA], 4, 4),
    (&[0xEE], 2, 3),
    (&[0xF0, 0x9F], 1, 12),
    (&[0xF0], 5, 2),
];
const RAW_WEIGHT: u32 = 2;

/// The interval from `low`, whose binary digits follow the point, with a range of its last 32.
struct Number {
    low: Vec<u8>,
    range: u64,
}

impl Number {
    fn new() -> Self {
        Self {
            low: vec![0; 32],
            range: 0xFF00_0000,
        }
    }

    fn narrow(&mut self, weights: &[u32], symbol: usize) {
        let total: u64 = weights.iter().map(|&w| u64::from(w)).sum();
        let before: u64 = weights[..symbol].iter().map(|&w| u64::from(w)).sum();
        let step = self.range / total;
        add(&mut self.low, step * before);
        self.range = if symbol + 1 == weights.len() {
            self.range - step * before
        } else {
            step * u64::from(weights[symbol])
        };
        while self.range < 1 << 31 {
            self.range *= 2;
            self.low.push(0);
        }
    }

    /// Whole bytes in front of the last 32 digits.
    fn settled(&self) -> usize {
        (self.low.len() - 32) / 8
    }

    /// Tries one length after the other, from what is settled on.
    fn shortest(mut self) -> Vec<u8> {
        let settled = self.settled();
        while !self.low.len().is_multiple_of(8) {
            self.low.push(0);
            self.range *= 2;
        }
        let mut end = self.low.clone();
        // The end may be 1 itself.
        end.insert(0, 0);
        add(&mut end, self.range);
        (settled..)
            .find_map(|bytes| {
                let mut value = self.low.clone();
                value.insert(0, 0);
                let kept = 1 + 8 * bytes;
                if value.get(kept..)?.contains(&1) {
                    value[kept..].fill(0);
                    add(&mut value[..kept], 1);
                }
                let digits = value[1..kept].chunks(8);
                let packet = digits.map(|byte| byte.iter().fold(0, |n, bit| 2 * n + bit));
                (value < end).then(|| packet.collect())
            })
            .expect("a string of all digits")
    }
}

/// Adds `value` to binary digits.
fn add(digits: &mut [u8], value: u64) {
    let (mut value, mut carry) = (value, 0);
    for digit in digits.iter_mut().rev() {
        let sum = u64::from(*digit) + (value & 1) + carry;
        (*digit, carry) = ((sum & 1) as u8, sum / 2);
        value /= 2;
    }
    assert_eq!((value, carry), (0, 0), "the number reached 1");
}

fn weight(distance: u32) -> u32 {
    let fraction = (32768.0 * (-f64::from(distance % 16) / 16.0).exp2()).round();
    ((fraction / f64::from(distance / 16).exp2()).floor() as u32).max(1)
}

/// The packet of `text`.
pub(crate) fn compress(engine: &mut Engine<'_, '_>, text: &[u8]) -> Vec<u8> {
    let tokenizer = engine.model().tokenizer();
    let mut number = Number::new();
    engine.reset();
    let mut logits = engine.step(tokenizer.start()).unwrap().to_vec();
    let mut rest = text;
    loop {
        let max = *logits.iter().max().unwrap();
        let mut weights: Vec<u32> = logits.iter().map(|&l| weight((max - l) as u32)).collect();
        let mut special = |token: Option<u16>, weight| {
            token.map(usize::from).unwrap_or_else(|| {
                weights.push(weight);
                weights.len() - 1
            })
        };
        let (end, escape) = (
            special(tokenizer.end(), 512),
            special(tokenizer.escape(), 64),
        );
        if rest.is_empty() {
            number.narrow(&weights, end);
            break;
        }
        let token = match longest(&tokenizer, rest) {
            Some((token, bytes)) => {
                number.narrow(&weights, token.into());
                rest = &rest[bytes..];
                Some(token)
            }
            None => {
                number.narrow(&weights, escape);
                rest = &rest[escaped(&mut number, rest)..];
                tokenizer.escape()
            }
        };
        if let Some(token) = token {
            logits = engine.step(token).unwrap().to_vec();
        }
    }
    let packet = number.shortest();
    if packet.len() > text.len() {
        return [&[0xFF], text].concat();
    }
    packet
}

/// Of all tokens.
fn longest(tokenizer: &Tokenizer<'_>, rest: &[u8]) -> Option<(u16, usize)> {
    (0..4096)
        .filter(|&token| ![tokenizer.end(), tokenizer.escape()].contains(&Some(token)))
        .filter_map(|token| Some((token, tokenizer.decode(token)?.as_bytes())))
        .filter(|(_, piece)| rest.starts_with(piece))
        .map(|(token, piece)| (token, piece.len()))
        .max_by_key(|&(_, bytes)| bytes)
}

/// Codes the character or byte that `rest` begins with; its bytes.
fn escaped(number: &mut Number, rest: &[u8]) -> usize {
    let is_text = |&n: &usize| {
        rest.get(..n)
            .is_some_and(|b| std::str::from_utf8(b).is_ok())
    };
    let mut weights: Vec<u32> = CLASSES.iter().map(|class| class.2).collect();
    weights.push(RAW_WEIGHT);
    let Some(bytes) = (1..=4).find(is_text) else {
        number.narrow(&weights, CLASSES.len());
        number.narrow(&[1; 256], rest[0].into());
        return 1;
    };
    let fits = |(begin, count, _): &(&[u8], u16, u32)| {
        let firsts = u16::from(begin[0])..u16::from(begin[0]) + count;
        firsts.contains(&rest[0].into()) && begin.get(1).is_none_or(|second| *second == rest[1])
    };
    let class = CLASSES
        .iter()
        .position(fits)
        .expect("a class for every character");
    let (begin, count, _) = CLASSES[class];
    number.narrow(&weights, class);
    number.narrow(&vec![1; count.into()], (rest[0] - begin[0]).into());
    for byte in &rest[begin.len()..bytes] {
        number.narrow(&[1; 64], (byte & 63).into());
    }
    bytes
}
