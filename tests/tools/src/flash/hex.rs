//! Intel HEX files, which the micro:bit's USB drive and most programmers take. Lines of 16 bytes, 32-bit addresses.

use super::{Contents, PlaceError};
use std::fmt::Write;

const DATA: u8 = 0;
const END: u8 = 1;
/// The upper 16 bits of the addresses that follow.
const UPPER_ADDRESS: u8 = 4;
/// Where a debugger starts: the firmware's vector table says it, too.
const START_ADDRESS: u8 = 5;
/// Bytes of a line.
const LINE: usize = 16;

/// What is no Intel HEX file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HexError {
    /// A line is damaged or unknown.
    #[error("line {line}: {what}")]
    Line {
        /// The line, from 1 on.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The last line is missing: the file was cut off.
    #[error("there is no line that ends the file")]
    NoEnd,
    /// Lines contradict each other.
    #[error("line {line}: {error}")]
    Place {
        /// The line, from 1 on.
        line: usize,
        /// Why.
        error: PlaceError,
    },
}

/// A HEX file of `contents`.
pub fn write(contents: &Contents) -> String {
    let mut file = String::new();
    let mut upper = 0;
    for (start, run) in contents.runs() {
        let mut address = start;
        let mut rest = run;
        while !rest.is_empty() {
            if address >> 16 != upper {
                upper = address >> 16;
                record(&mut file, 0, UPPER_ADDRESS, &(upper as u16).to_be_bytes());
            }
            // A line ends where the next multiple of 16 begins, so none crosses 64 KB.
            let room = LINE - address as usize % LINE;
            let (line, after) = rest.split_at(room.min(rest.len()));
            record(&mut file, address as u16, DATA, line);
            address = address.wrapping_add(line.len() as u32);
            rest = after;
        }
    }
    record(&mut file, 0, END, &[]);
    file
}

fn record(file: &mut String, address: u16, kind: u8, data: &[u8]) {
    let [high, low] = address.to_be_bytes();
    let bytes = [&[data.len() as u8, high, low, kind], data].concat();
    let sum = bytes
        .iter()
        .fold(0, |sum: u8, byte| sum.wrapping_sub(*byte));
    file.push(':');
    for byte in bytes.iter().chain([&sum]) {
        let _ = write!(file, "{byte:02X}");
    }
    file.push('\n');
}

/// What a HEX file puts into flash. Line ends are LF or CR LF; nothing follows the last line.
///
/// # Errors
/// [`HexError`]: also for records of the older 20-bit addresses.
pub fn read(file: &str) -> Result<Contents, HexError> {
    let mut contents = Contents::default();
    let mut upper = 0;
    let mut ended = false;
    for (line, text) in (1..).zip(file.lines()) {
        let damaged = |what| HexError::Line { line, what };
        if ended {
            return Err(damaged("something follows the end"));
        }
        let bytes = bytes(text).ok_or(damaged("not a colon and pairs of hexadecimal digits"))?;
        if bytes
            .iter()
            .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
            != 0
        {
            return Err(damaged("the checksum is wrong"));
        }
        let [length, high, low, kind, data @ .., _] = &bytes[..] else {
            return Err(damaged("too short"));
        };
        if usize::from(*length) != data.len() {
            return Err(damaged("the length is wrong"));
        }
        match (*kind, data) {
            (DATA, data) => {
                let address = upper | u32::from(u16::from_be_bytes([*high, *low]));
                let placed = contents.place(address, data);
                placed.map_err(|error| HexError::Place { line, error })?;
            }
            (END, []) => ended = true,
            (UPPER_ADDRESS, [high, low]) => {
                upper = u32::from(u16::from_be_bytes([*high, *low])) << 16;
            }
            (START_ADDRESS, [_, _, _, _]) => {}
            _ => return Err(damaged("an unknown kind of record")),
        }
    }
    if ended {
        Ok(contents)
    } else {
        Err(HexError::NoEnd)
    }
}

fn bytes(line: &str) -> Option<Vec<u8>> {
    let (pairs, []) = line.strip_prefix(':')?.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of the format's description on Wikipedia, and what they stand for.
    #[test]
    fn known_lines() {
        let file = ":10010000214601360121470136007EFE09D2190140\n\
                    :100110002146017E17C20001FF5F16002148011928\n\
                    :020000040800F2\n\
                    :04000005000000CD2A\n\
                    :0300300002337A1E\n\
                    :00000001FF\n";
        let contents = read(file).unwrap();
        assert_eq!(contents.get(0x100, 4), Some(&[0x21, 0x46, 0x01, 0x36][..]));
        assert_eq!(contents.get(0x0800_0030, 3), Some(&[2, 0x33, 0x7A][..]));
        assert_eq!(contents.len(), 35);
        let written = write(&contents);
        let without_start: String = file
            .split_inclusive('\n')
            .filter(|line| !line.starts_with(":04000005"))
            .collect();
        assert_eq!(written, without_start);
        assert_eq!(read(&file.replace('\n', "\r\n")), Ok(contents));
    }

    #[test]
    fn what_is_written_is_read() {
        let long: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        let mut contents = Contents::default();
        for (address, run) in [
            (0x0800_0003, &long[..]),
            (0x0801_FFFF, &[1, 2, 3]),
            (5, &[]),
        ] {
            contents.place(address, run).unwrap();
        }
        assert_eq!(read(&write(&contents)), Ok(contents));
        assert_eq!(read(&write(&Contents::default())), Ok(Contents::default()));
    }

    #[test]
    fn damage_is_an_error() {
        let mut contents = Contents::default();
        contents.place(0x2_0000, b"twenty bytes of text").unwrap();
        let good = write(&contents);
        for (index, character) in good.char_indices() {
            // Another digit, or another character where there was none.
            let other = if character == '0' { '1' } else { '0' };
            let mut bad = good.clone();
            bad.replace_range(index..index + 1, &other.to_string());
            assert!(read(&bad).is_err(), "character {index}");
        }
        let cut = &good[..good.len() - ":00000001FF\n".len()];
        assert_eq!(read(cut), Err(HexError::NoEnd));
        assert_eq!(read(""), Err(HexError::NoEnd));
        assert!(read(&format!("{good}{good}")).is_err());
        let twice = format!("{}{good}", good.replace(":00000001FF\n", ""));
        assert!(matches!(read(&twice), Err(HexError::Place { .. })));
    }
}
