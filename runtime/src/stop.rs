//! Ends a text where a stop string appears, also one that comes in pieces.

use core::cell::Cell;

/// Looks for stop strings in a text that comes piece by piece. What may be the beginning of one is held back until it is
/// clear, in a buffer of `N` bytes, so that no part of a stop string is shown.
///
/// ```
/// use runtime::StopStrings;
///
/// let mut shown = String::new();
/// let mut stop = StopStrings::<16>::new(&["\nROMEO:", "\n\n"]).unwrap();
/// for piece in ["Ay", ", m", "e.\n", "\nROMEO"] {
///     if stop.push(piece, |text| shown.push_str(text)) {
///         break;
///     }
/// }
/// assert_eq!(shown, "Ay, me.");
/// ```
#[derive(Clone, Debug)]
pub struct StopStrings<'a, const N: usize> {
    stops: &'a [&'a str],
    held: [u8; N],
    length: usize,
}

/// A stop string that cannot be recognised.
///
/// ```
/// use runtime::{StopStringError, StopStrings};
///
/// assert_eq!(StopStrings::<8>::new(&["END", ""]).unwrap_err(), StopStringError::Empty { index: 1 });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StopStringError {
    /// It would stop every text at once.
    #[error("stop string {index} is empty: give at least one character")]
    Empty {
        /// Which one, from 0.
        index: usize,
    },
    /// It does not fit the buffer.
    #[error("stop string {index} has {have} bytes, there is room for {max}: use a shorter one")]
    TooLong {
        /// Which one, from 0.
        index: usize,
        /// Its bytes.
        have: usize,
        /// Bytes there is room for.
        max: usize,
    },
}

impl StopStrings<'static, 0> {
    /// Looks for nothing: every text is shown as it is.
    ///
    /// ```
    /// use runtime::{Generate, Sampling, StopStrings};
    ///
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let generate = Generate::from_text(&mut engine, "ROMEO:", Sampling::DEFAULT, 1)?;
    /// generate.until(StopStrings::NONE, 20).finish(|text| print!("{text}")); // 20 tokens
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const NONE: Self = Self {
        stops: &[],
        held: [],
        length: 0,
    };
}

impl<'a, const N: usize> StopStrings<'a, N> {
    /// Looks for any of `stops`, each 1..=`N` bytes long.
    ///
    /// ```
    /// assert!(runtime::StopStrings::<6>::new(&["ROMEO:", "\n\n"]).is_ok());
    /// assert!(runtime::StopStrings::<5>::new(&["ROMEO:", "\n\n"]).is_err());
    /// ```
    ///
    /// # Errors
    /// [`StopStringError`].
    pub fn new(stops: &'a [&'a str]) -> Result<Self, StopStringError> {
        for (index, stop) in stops.iter().enumerate() {
            let have = stop.len();
            if have == 0 {
                return Err(StopStringError::Empty { index });
            }
            if have > N {
                return Err(StopStringError::TooLong {
                    index,
                    have,
                    max: N,
                });
            }
        }
        Ok(Self {
            stops,
            held: [0; N],
            length: 0,
        })
    }

    /// Takes the next piece and shows what is certainly in front of any stop string, in at most two parts. Returns whether one is
    /// complete: then it and what follows are not shown, and the next piece begins a new text. The stop string that is complete
    /// first counts, of several the longest.
    ///
    /// ```
    /// let mut stop = runtime::StopStrings::<3>::new(&["END"])?;
    /// let mut shown = String::new();
    /// assert!(!stop.push("The E", |text| shown.push_str(text)));
    /// assert!(stop.push("ND. And", |text| shown.push_str(text)));
    /// assert_eq!(shown, "The ");
    /// # Ok::<(), runtime::StopStringError>(())
    /// ```
    #[must_use = "the text ends where it returns true"]
    pub fn push(&mut self, piece: &str, mut show: impl FnMut(&str)) -> bool {
        let (before, length) = (self.held, self.length);
        let (certain, complete) = self.take(piece);
        let earlier = before.get(..certain.min(length)).unwrap_or_default();
        let of_piece = piece.get(..certain.saturating_sub(length));
        for text in [core::str::from_utf8(earlier).ok(), of_piece] {
            text.filter(|text| !text.is_empty()).map(&mut show);
        }
        complete
    }

    /// Takes the next piece. Returns how many bytes of what was held back and the piece are certainly in front of any stop string, and
    /// whether one is complete.
    fn take(&mut self, piece: &str) -> (usize, bool) {
        let mut certain = 0;
        for character in piece.chars() {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes();
            // Where a stop string may begin stays; a character that leaves no room for its end is in none.
            while self.length + bytes.len() > N && self.length > 0 {
                certain += self.release(self.first_character());
            }
            let Some(room) = self.held.get_mut(self.length..self.length + bytes.len()) else {
                certain += bytes.len();
                continue;
            };
            for (place, &byte) in room.iter_mut().zip(bytes) {
                *place = byte;
            }
            self.length += bytes.len();

            let held = self.held();
            let complete = self
                .stops
                .iter()
                .filter(|stop| held.ends_with(stop.as_bytes()))
                .map(|stop| stop.len())
                .max();
            if let Some(stop) = complete {
                certain += self.length - stop;
                self.length = 0;
                return (certain, true);
            }
            certain += self.release(self.certain());
        }
        (certain, false)
    }

    /// Shows what is held back: the text has ended without a stop string. The next piece begins a new text.
    ///
    /// ```
    /// # let mut stop = runtime::StopStrings::<3>::new(&["END"])?;
    /// let mut shown = String::new();
    /// stop.push("The E", |text| shown.push_str(text));
    /// stop.finish(|text| shown.push_str(text));
    /// assert_eq!(shown, "The E");
    /// # Ok::<(), runtime::StopStringError>(())
    /// ```
    pub fn finish(&mut self, mut show: impl FnMut(&str)) {
        let text = core::str::from_utf8(self.held()).unwrap_or_default();
        if !text.is_empty() {
            show(text);
        }
        self.length = 0;
    }

    fn held(&self) -> &[u8] {
        self.held.get(..self.length).unwrap_or_default()
    }

    /// Bytes of the first character that is held.
    fn first_character(&self) -> usize {
        let after = self.held().iter().skip(1);
        1 + after.take_while(|&&byte| byte & 0xC0 == 0x80).count()
    }

    /// Bytes in front of the first place where a stop string may begin.
    fn certain(&self) -> usize {
        let held = self.held();
        (0..held.len())
            .find(|&at| {
                let end = held.get(at..).unwrap_or_default();
                self.stops
                    .iter()
                    .any(|stop| stop.as_bytes().starts_with(end))
            })
            .unwrap_or(held.len())
    }

    /// Forgets the first `count` bytes, of those that are held; returns `count`.
    fn release(&mut self, count: usize) -> usize {
        if count > 0 {
            self.length -= count;
            // By iterators: of indices the compiler makes a multiplication by -1 on a Cortex-M0.
            let held = Cell::from_mut(&mut self.held[..]).as_slice_of_cells();
            for (place, byte) in held.iter().zip(held.iter().skip(count)) {
                place.set(byte.get());
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    /// What is shown of a text in `pieces`, and whether it was stopped.
    fn shown<const N: usize>(stops: &[&str], pieces: &[&str]) -> (String, bool) {
        let mut shown = String::new();
        let mut stop = StopStrings::<N>::new(stops).unwrap();
        let stopped = pieces
            .iter()
            .any(|piece| stop.push(piece, |text| shown.push_str(text)));
        stop.finish(|text| shown.push_str(text));
        (shown, stopped)
    }

    /// The same of the whole text: the stop string that ends first, of several the longest.
    fn oracle(stops: &[&str], text: &str) -> (String, bool) {
        let ends = (0..=text.len()).filter(|&end| text.is_char_boundary(end));
        for end in ends {
            let before = &text[..end];
            let longest = stops.iter().filter(|stop| before.ends_with(**stop));
            if let Some(stop) = longest.max_by_key(|stop| stop.len()) {
                return (before[..end - stop.len()].into(), true);
            }
        }
        (text.into(), false)
    }

    #[test]
    fn a_stop_string_is_found_across_pieces_and_never_shown() {
        assert_eq!(
            shown::<2>(&["\n\n"], &["a\n", "b\n", "\nc"]),
            ("a\nb".into(), true)
        );
        assert_eq!(
            shown::<9>(&["aab"], &["a", "a", "a", "b"]),
            ("a".into(), true)
        );
        assert_eq!(shown::<9>(&["END"], &["E", "N"]), ("EN".into(), false));
        assert_eq!(
            shown::<3>(&["€"], &["12", "ß", "3€4"]),
            ("12ß3".into(), true)
        );
        assert_eq!(shown::<0>(&[], &["ab", "ñ"]), ("abñ".into(), false));
        assert_eq!(shown::<1>(&["x"], &["ñ€", "x"]), ("ñ€".into(), true));
    }

    #[test]
    fn after_a_stop_a_new_text_begins() {
        let mut stop = StopStrings::<4>::new(&["ab"]).unwrap();
        assert!(stop.push("xab", |text| assert_eq!(text, "x")));
        assert!(!stop.push("b", |text| assert_eq!(text, "b")));
    }

    #[test]
    fn what_cannot_be_recognised_is_refused() {
        let error = StopStrings::<4>::new(&["ab", ""]).unwrap_err();
        assert_eq!(error, StopStringError::Empty { index: 1 });
        let error = StopStrings::<4>::new(&["abcde"]).unwrap_err();
        let (index, have, max) = (0, 5, 4);
        assert_eq!(error, StopStringError::TooLong { index, have, max });
    }

    proptest! {
        #[test]
        fn equals_a_search_in_the_whole_text(
            stops in prop::collection::vec("[abñ]{1,4}", 0..4),
            pieces in prop::collection::vec("[abñ]{0,5}", 0..8),
        ) {
            let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(shown::<8>(&stops, &pieces), oracle(&stops, &pieces.concat()));
        }
    }
}
