//! The fixed table for what no token covers: a class of first bytes, then bits that are all alike.

use super::alphabet::Interval;
use super::decoder::Decoder;
use super::encoder::Encoder;
use formats::tokenizer::first_character;

/// Characters that begin alike, or raw bytes. Eight bytes, so that no index is a product.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Class {
    /// The lowest first byte.
    first: u8,
    /// The second byte, where all have the same one; 0 where they do not.
    second: u8,
    /// How many first bytes there are from the lowest on.
    count: u16,
    /// Of [`TOTAL`].
    weight: u16,
    /// Bytes of each.
    bytes: u16,
}

const _: () = assert!(size_of::<Class>() == 8);

const fn class(first: u8, count: u16, second: u8, weight: u16, bytes: u16) -> Class {
    Class {
        first,
        second,
        count,
        weight,
        bytes,
    }
}

/// A character belongs to the first class that it fits; what is no UTF-8 to the last.
const CLASSES: [Class; 21] = [
    class(0x00, 128, 0, 10, 1),
    class(0xC2, 1, 0, 6, 2),
    class(0xC3, 1, 0, 20, 2),
    class(0xC4, 2, 0, 9, 2),
    class(0xC6, 8, 0, 2, 2),
    class(0xCE, 2, 0, 5, 2),
    class(0xD0, 1, 0, 11, 2),
    class(0xD1, 1, 0, 8, 2),
    class(0xD2, 6, 0, 3, 2),
    class(0xD8, 8, 0, 4, 2),
    class(0xE0, 1, 0, 3, 3),
    class(0xE1, 1, 0, 1, 3),
    class(0xE2, 1, 0x80, 8, 3),
    class(0xE2, 1, 0, 4, 3),
    class(0xE3, 1, 0, 4, 3),
    class(0xE4, 6, 0, 7, 3),
    class(0xEA, 4, 0, 4, 3),
    class(0xEE, 2, 0, 3, 3),
    class(0xF0, 1, 0x9F, 12, 4),
    class(0xF0, 5, 0, 2, 4),
    class(0x00, 256, 0, 2, 1),
];
/// The sum of the weights.
const TOTAL: u32 = 128;

impl Class {
    /// Whether a character of these bytes belongs to it.
    fn holds(&self, bytes: &[u8]) -> bool {
        let (first, second) = (bytes.first(), bytes.get(1));
        let from = first.and_then(|first| first.checked_sub(self.first));
        from.is_some_and(|from| u16::from(from) < self.count)
            && (self.second == 0 || second == Some(&self.second))
    }

    /// How many of its bytes follow from the class, or are the first.
    fn known(&self) -> usize {
        1 + usize::from(self.second != 0)
    }
}

/// The class of what `text` begins with, the weights in front of it, and its bytes.
fn classify(text: &[u8]) -> (&'static Class, u32, &[u8]) {
    const RAW: &Class = &CLASSES[CLASSES.len() - 1];
    let character = first_character(text);
    let bytes = text.get(..character.map_or(1, char::len_utf8));
    let bytes = bytes.unwrap_or(text);
    let mut start = 0;
    for class in &CLASSES {
        if character.is_some() && class.holds(bytes) {
            return (class, start, bytes);
        }
        start += u32::from(class.weight);
    }
    (RAW, start - u32::from(RAW.weight), bytes)
}

/// How many bytes [`encode`] takes of `text`: a character, or what is none.
pub(super) fn length(text: &[u8]) -> usize {
    classify(text).2.len()
}

/// Codes the character or byte that `text` begins with.
pub(super) fn encode(text: &[u8], encoder: &mut Encoder, out: &mut [u8]) {
    let (class, start, bytes) = classify(text);
    encoder.encode(class_interval(start, class), out);
    let first = bytes
        .first()
        .copied()
        .unwrap_or(0)
        .wrapping_sub(class.first);
    encoder.encode(one_of(first.into(), class.count.into()), out);
    for &byte in bytes.iter().skip(class.known()) {
        encoder.encode(one_of(u32::from(byte) & 0x3F, 64), out);
    }
}

/// What [`encode`] costs behind the escape, in 65,536ths of a bit.
pub(super) fn bits(text: &[u8]) -> u32 {
    let (class, start, bytes) = classify(text);
    let known = class_interval(start, class).bits() + one_of(0, class.count.into()).bits();
    let others = bytes.iter().skip(class.known());
    known + others.map(|_| one_of(0, 64).bits()).sum::<u32>()
}

/// A character or byte from a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escaped {
    bytes: [u8; 4],
    length: u8,
}

impl Escaped {
    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length.into()).unwrap_or_default()
    }
}

/// Reads what [`encode`] codes; `None` for what it never codes.
pub(super) fn decode(decoder: &mut Decoder, packet: &[u8]) -> Option<Escaped> {
    let place = decoder.place(TOTAL);
    let (mut start, mut found) = (0, None);
    for class in &CLASSES {
        let size = u32::from(class.weight);
        if place.wrapping_sub(start) < size {
            found = Some(class);
            break;
        }
        start += size;
    }
    let class: &Class = found?;
    decoder.narrow(class_interval(start, class), packet);
    let mut uniform = |count: u32| {
        let place = decoder.place(count);
        decoder.narrow(one_of(place, count), packet);
        // Below 256.
        place as u8
    };
    let first = uniform(class.count.into()).wrapping_add(class.first);
    let mut bytes = [first, class.second, 0, 0];
    let left = bytes
        .iter_mut()
        .take(class.bytes.into())
        .skip(class.known());
    for byte in left {
        *byte = 0x80 | uniform(64);
    }
    let escaped = Escaped {
        bytes,
        length: class.bytes as u8,
    };
    // What an encoder takes in another class, or in fewer bytes, is none.
    let (_, right_start, right) = classify(escaped.bytes());
    (right_start == start && right.len() == escaped.bytes().len()).then_some(escaped)
}

fn class_interval(start: u32, class: &Class) -> Interval {
    Interval {
        start,
        size: class.weight.into(),
        total: TOTAL,
    }
}

/// One of `total` that are equally likely.
const fn one_of(start: u32, total: u32) -> Interval {
    Interval {
        start,
        size: 1,
        total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_add_up() {
        let sum: u32 = CLASSES.iter().map(|class| u32::from(class.weight)).sum();
        assert_eq!(sum, TOTAL);
    }

    #[test]
    fn characters_of_every_class_and_every_byte_come_back() {
        let back = |bytes: &[u8]| {
            let mut packet = [0; 16];
            let mut encoder = Encoder::new();
            encode(bytes, &mut encoder, &mut packet);
            let length = encoder.finish(&mut packet);
            let mut decoder = Decoder::new(&packet[..length]);
            let escaped = decode(&mut decoder, &packet[..length]);
            assert_eq!(escaped.map(|e| e.bytes), {
                let mut expected = [0; 4];
                expected[..bytes.len()].copy_from_slice(bytes);
                Some(expected)
            });
            assert!(decoder.ends(&packet[..length]), "{bytes:x?}");
        };
        let (near, far) = ('\0'..'\u{3100}', '\u{3100}'..=char::MAX);
        for character in near.chain(far.step_by(61)) {
            back(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        (0..=u8::MAX).for_each(|byte| back(&[byte]));
    }
}
