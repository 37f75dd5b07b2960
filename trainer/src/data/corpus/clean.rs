//! Line ends and encoding marks: what is not text in a text file.

/// How the bytes of a text are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    /// UTF-8 after so many bytes of marks.
    Utf8 {
        /// 0, or 3 per byte order mark.
        mark: usize,
    },
    /// UTF-16, little or big endian, after a mark of two bytes.
    Utf16 {
        /// The low byte of a unit comes first.
        little: bool,
    },
}

/// Line ends other than LF.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct LineEnds {
    /// CR LF: DOS, Windows, network protocols.
    pub crlf: u64,
    /// CR alone: old Macs, progress bars.
    pub cr: u64,
}

/// What the first bytes of a text say of the rest.
pub(super) fn encoding(start: &[u8]) -> Encoding {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    match start {
        [0xFF, 0xFE, ..] => Encoding::Utf16 { little: true },
        [0xFE, 0xFF, ..] => Encoding::Utf16 { little: false },
        // All of several, so that a text that was cleaned is clean.
        _ => Encoding::Utf8 {
            mark: start
                .chunks(MARK.len())
                .take_while(|&chunk| chunk == MARK)
                .count()
                * MARK.len(),
        },
    }
}

/// Text from UTF-16 after its mark, or the offset of the first byte that is none, counted from the mark on.
pub(super) fn decode_utf16(bytes: &[u8], little: bool) -> Result<String, usize> {
    let units = bytes.as_chunks::<2>().0;
    let units = units.iter().map(|&pair| match little {
        true => u16::from_le_bytes(pair),
        false => u16::from_be_bytes(pair),
    });
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = 0;
    for decoded in char::decode_utf16(units) {
        let character = decoded.map_err(|_| at)?;
        at += 2 * character.len_utf16();
        text.push(character);
    }
    if at == bytes.len() { Ok(text) } else { Err(at) }
}

/// Counts the line ends of `bytes` from `start` on that are not LF, and makes them LF unless `keep`. In place, linear.
pub(super) fn line_ends(bytes: &mut Vec<u8>, start: usize, keep: bool) -> LineEnds {
    let mut found = LineEnds::default();
    // `contains` looks for one byte many times faster than the loop below.
    if !bytes[start..].contains(&b'\r') {
        return found;
    }
    let mut to = start;
    for from in start..bytes.len() {
        let byte = bytes[from];
        if byte == b'\r' {
            if bytes.get(from + 1) == Some(&b'\n') {
                found.crlf += 1;
                if keep {
                    to += 1;
                }
                continue;
            }
            found.cr += 1;
        }
        if !keep {
            bytes[to] = if byte == b'\r' { b'\n' } else { byte };
        }
        to += 1;
    }
    bytes.truncate(to);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str, keep: bool) -> (String, u64, u64) {
        let mut bytes = format!("\r\n{text}").into_bytes();
        let LineEnds { crlf, cr } = line_ends(&mut bytes, 2, keep);
        let text = String::from_utf8(bytes).unwrap();
        (text.strip_prefix("\r\n").unwrap().to_owned(), crlf, cr)
    }

    #[test]
    fn line_ends_become_lf_and_are_counted() {
        assert_eq!(cleaned("é\nb", false), ("é\nb".to_owned(), 0, 0));
        assert_eq!(
            cleaned("a\r\nb\r\n\r\n", false),
            ("a\nb\n\n".to_owned(), 3, 0)
        );
        assert_eq!(
            cleaned("\ra\rb\r\r\nc\r", false),
            ("\na\nb\n\nc\n".to_owned(), 1, 4)
        );
        let kept = "\ra\r\r\nc\r";
        assert_eq!(cleaned(kept, true), (kept.to_owned(), 1, 3));
    }

    #[test]
    fn marks_say_how_a_text_is_encoded() {
        assert_eq!(encoding(b""), Encoding::Utf8 { mark: 0 });
        assert_eq!(encoding("\u{feff}a".as_bytes()), Encoding::Utf8 { mark: 3 });
        assert_eq!(
            encoding("\u{feff}\u{feff}".as_bytes()),
            Encoding::Utf8 { mark: 6 }
        );
        assert_eq!(encoding(b"\xFF\xFEa\0"), Encoding::Utf16 { little: true });
        assert_eq!(encoding(b"\xFE\xFF\0a"), Encoding::Utf16 { little: false });
    }

    #[test]
    fn utf16_is_decoded_whole_or_refused_at_a_byte() {
        let bytes: Vec<u8> = "añ😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode_utf16(&bytes, true).unwrap(), "añ😀");
        assert_eq!(decode_utf16(b"\0a\0b", false).unwrap(), "ab");
        // Half of a pair, and half of a unit.
        assert_eq!(decode_utf16(&bytes[..6], true), Err(4));
        assert_eq!(decode_utf16(&bytes[..3], true), Err(2));
    }
}
