//! basE91 (Joachim Henke, <https://base91.sourceforge.net>): 13 or 14 bits in two printable characters.

/// The characters of the digits 0 to 90.
const DIGITS: &[u8; 91] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,./:;<=>?@[]^_`{|}~\"";
/// Of a pair's 91 * 91 values, those above 2^13 + 88 take 13 bits, the others 14.
const SHORT: u32 = 88;

/// `bytes` as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut digit = |value: u32| text.push(char::from(DIGITS[value as usize % 91]));
    let (mut queue, mut bits) = (0u32, 0);
    for &byte in bytes {
        queue |= u32::from(byte) << bits;
        bits += 8;
        if bits > 13 {
            let taken = if queue & 0x1FFF > SHORT { 13 } else { 14 };
            let pair = queue & ((1 << taken) - 1);
            queue >>= taken;
            bits -= taken;
            digit(pair);
            digit(pair / 91);
        }
    }
    if bits > 0 {
        digit(queue);
        if bits > 7 || queue > 90 {
            digit(queue / 91);
        }
    }
    text
}

/// The bytes of a text; `None` where it has another character than a digit.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut queue, mut bits, mut first) = (0u32, 0, None);
    for character in text.bytes() {
        let digit = DIGITS.iter().position(|&digit| digit == character)? as u32;
        let Some(low) = first.take() else {
            first = Some(digit);
            continue;
        };
        let pair = low + digit * 91;
        queue |= pair << bits;
        bits += if pair & 0x1FFF > SHORT { 13 } else { 14 };
        while bits > 7 {
            bytes.push(queue as u8);
            queue >>= 8;
            bits -= 8;
        }
    }
    if let Some(last) = first {
        bytes.push((queue | last << bits) as u8);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the program of its author encodes them.
    #[test]
    fn known_texts() {
        assert_eq!(encode(b"test"), "fPNKd");
        assert_eq!(encode(b"Hello World!"), ">OwJh>Io0Tv!8PE");
        assert_eq!(encode(b""), "");
    }

    #[test]
    fn bytes_come_back() {
        for length in 0..40 {
            for factor in [0, 1, 7, 89, 255] {
                let bytes: Vec<u8> = (0..length)
                    .map(|i: u8| i.wrapping_mul(factor) ^ factor)
                    .collect();
                assert_eq!(decode(&encode(&bytes)), Some(bytes));
            }
        }
        assert_eq!(decode("AB C"), None);
    }
}
