//! Whether a model fits a board, and the sentence that says so: the same one at run time and in a compiler's error.

use crate::dims::Dims;
use crate::plan::MemoryPlan;
use core::fmt;

/// Flash set aside for the program beside the model, in bytes: what the examples for the micro:bit take, and some more.
pub const PROGRAM_FLASH: usize = 40 * 1024;
/// RAM set aside for the program's stack, the engine itself and a few variables, in bytes.
pub const PROGRAM_RAM: usize = 2400;
/// Contexts that are proposed are multiples of this.
const CONTEXT_STEP: u16 = 16;

/// A board as its data sheet has it.
///
/// ```
/// use formats::fit::{Board, Fit};
///
/// /// Three quarters of the RAM of a micro:bit.
/// const SMALL: Board = Board { name: "small", core: "Cortex-M0", flash: 256 * 1024, ram: 12 * 1024 };
/// let header = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// let fit = SMALL.fit(&header.dims, header.file_bytes());
/// assert!(matches!(fit, Fit::Ram { have: 12_288, context: Some(64), .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Board {
    /// What it is called.
    pub name: &'static str,
    /// Its processor core.
    pub core: &'static str,
    /// Bytes of flash that a program can execute from.
    pub flash: usize,
    /// Bytes of RAM.
    pub ram: usize,
}

/// Whether a model fits a board.
///
/// ```
/// use formats::{Header, boards::MICROBIT_V1, fit::Fit};
///
/// let header = Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?;
/// let fit = MICROBIT_V1.fit(&header.dims, header.file_bytes());
/// assert_eq!(fit, Fit::Fits { flash_left: 32_848, ram_left: 532 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fit {
    /// It does, with this many bytes to spare beyond what is set aside for the program.
    Fits {
        /// Bytes of flash left.
        flash_left: usize,
        /// Bytes of RAM left.
        ram_left: usize,
    },
    /// The file and the program need more flash.
    Flash {
        /// Bytes needed.
        need: usize,
        /// Bytes there are.
        have: usize,
    },
    /// The state and the program need more RAM.
    Ram {
        /// Bytes needed.
        need: usize,
        /// Bytes there are.
        have: usize,
        /// The largest context, in steps of 16, that would fit.
        context: Option<u16>,
    },
}

impl Board {
    /// Whether a model of `dims` whose file takes `file_bytes` fits.
    ///
    /// ```
    /// use formats::{Header, boards::MICROBIT_V1};
    ///
    /// let header = Header::read(include_bytes!("../../firmware-examples/models/base.aut"))?;
    /// let fit = MICROBIT_V1.fit(&header.dims, header.file_bytes());
    /// assert_eq!(fit.to_string(), "needs 73,196 bytes of RAM, the board has 16,384: a context of 16 fits");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn fit(&self, dims: &Dims, file_bytes: usize) -> Fit {
        let flash = file_bytes.saturating_add(PROGRAM_FLASH);
        if flash > self.flash {
            return Fit::Flash {
                need: flash,
                have: self.flash,
            };
        }
        let ram = MemoryPlan::new(dims).ram().saturating_add(PROGRAM_RAM);
        if ram > self.ram {
            return Fit::Ram {
                need: ram,
                have: self.ram,
                context: self.largest_context(dims),
            };
        }
        Fit::Fits {
            flash_left: self.flash - flash,
            ram_left: self.ram - ram,
        }
    }

    /// The plan of a model of `dims` on this board: lookup tables for `d_model / 4` groups at once, which is most of what
    /// tables gain, where there is RAM for them; otherwise [`MemoryPlan::new`].
    ///
    /// ```
    /// use formats::boards::{MICROBIT_V1, MICROBIT_V2};
    ///
    /// # let dims = formats::Header::read(include_bytes!("../../firmware-examples/models/microbit.aut"))?.dims;
    /// let tables = [MICROBIT_V1, MICROBIT_V2].map(|board| board.plan(&dims).lut_count());
    /// assert_eq!(tables, [9, 33]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn plan(&self, dims: &Dims) -> MemoryPlan {
        let least = MemoryPlan::new(dims);
        let faster = least.with_lut_groups(dims.d_model as usize / 4);
        let better = faster.lut_count() > least.lut_count();
        if better && faster.ram().saturating_add(PROGRAM_RAM) <= self.ram {
            faster
        } else {
            least
        }
    }

    const fn largest_context(&self, dims: &Dims) -> Option<u16> {
        let mut shorter = *dims;
        shorter.context -= dims.context % CONTEXT_STEP;
        while shorter.context > 0 {
            if MemoryPlan::new(&shorter).ram().saturating_add(PROGRAM_RAM) <= self.ram {
                return Some(shorter.context);
            }
            shorter.context -= CONTEXT_STEP;
        }
        None
    }
}

impl Fit {
    /// The answer as a sentence, which a `const` can panic with.
    ///
    /// ```
    /// use formats::fit::Fit;
    ///
    /// const MESSAGE: &str = Fit::Ram { need: 18_432, have: 16_384, context: Some(64) }.sentence().as_str();
    /// assert_eq!(MESSAGE, "needs 18,432 bytes of RAM, the board has 16,384: a context of 64 fits");
    /// ```
    pub const fn sentence(&self) -> Sentence {
        let empty = Sentence {
            bytes: [0; Sentence::LENGTH],
            len: 0,
        };
        match *self {
            Self::Fits {
                flash_left,
                ram_left,
            } => empty
                .text("fits, ")
                .number(flash_left)
                .text(" bytes of flash and ")
                .number(ram_left)
                .text(" bytes of RAM left"),
            Self::Flash { need, have } => empty
                .text("needs ")
                .number(need)
                .text(" bytes of flash, the board has ")
                .number(have)
                .text(": train a smaller model"),
            Self::Ram {
                need,
                have,
                context,
            } => {
                let numbers = empty
                    .text("needs ")
                    .number(need)
                    .text(" bytes of RAM, the board has ")
                    .number(have);
                match context {
                    Some(context) => numbers
                        .text(": a context of ")
                        .digits(context as usize, 1)
                        .text(" fits"),
                    None => numbers.text(": train a smaller model"),
                }
            }
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence().as_str())
    }
}

/// A sentence about a [`Fit`], put together without an allocator.
///
/// ```
/// use formats::fit::{Fit, Sentence};
///
/// const SENTENCE: Sentence = Fit::Flash { need: 295_147, have: 262_144 }.sentence();
/// assert!(SENTENCE.as_str().starts_with("needs 295,147 bytes of flash"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sentence {
    bytes: [u8; Self::LENGTH],
    len: usize,
}

impl Sentence {
    /// Longer than the longest sentence with two numbers of 64 bits.
    const LENGTH: usize = 128;

    /// The text.
    ///
    /// ```
    /// let fits = formats::fit::Fit::Fits { flash_left: 9, ram_left: 1000 };
    /// assert_eq!(fits.sentence().as_str(), "fits, 9 bytes of flash and 1,000 bytes of RAM left");
    /// ```
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }

    const fn text(mut self, text: &str) -> Self {
        let mut i = 0;
        while i < text.len() && self.len < Self::LENGTH {
            self.bytes[self.len] = text.as_bytes()[i];
            self.len += 1;
            i += 1;
        }
        self
    }

    /// `18432` as "18,432".
    const fn number(self, n: usize) -> Self {
        if n < 1000 {
            self.digits(n, 1)
        } else {
            self.number(n / 1000).text(",").digits(n % 1000, 100)
        }
    }

    /// All digits of `n`, and at least those down from `place`.
    const fn digits(mut self, n: usize, mut place: usize) -> Self {
        while n / place >= 10 {
            place *= 10;
        }
        while place > 0 && self.len < Self::LENGTH {
            self.bytes[self.len] = b'0' + (n / place % 10) as u8;
            self.len += 1;
            place /= 10;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dims::tests::DIMS;
    extern crate std;
    use std::string::ToString;

    const MICROBIT_V1: Board = Board {
        name: "BBC micro:bit v1 (nRF51822)",
        core: "Cortex-M0",
        flash: 256 * 1024,
        ram: 16 * 1024,
    };

    #[test]
    fn the_microbit_shape_fits_the_microbit_and_not_less() {
        assert_eq!(
            MICROBIT_V1.fit(&DIMS, 195_000),
            Fit::Fits {
                flash_left: 256 * 1024 - 195_000 - PROGRAM_FLASH,
                ram_left: 16 * 1024 - MemoryPlan::new(&DIMS).ram() - PROGRAM_RAM,
            }
        );
        let smaller = Board {
            flash: 64 * 1024,
            ..MICROBIT_V1
        };
        assert_eq!(
            smaller.fit(&DIMS, 195_000).to_string(),
            "needs 235,960 bytes of flash, the board has 65,536: train a smaller model"
        );
    }

    #[test]
    fn too_large_a_context_is_named_with_the_largest_that_fits() {
        let wide = Dims {
            kv_heads: 4,
            ..DIMS
        };
        let Fit::Ram {
            context: Some(context),
            ..
        } = MICROBIT_V1.fit(&wide, 195_000)
        else {
            panic!("a shorter context fits")
        };
        let with = |context| {
            let mut dims = wide;
            dims.context = context;
            MICROBIT_V1.fit(&dims, 195_000)
        };
        assert!(matches!(with(context), Fit::Fits { .. }));
        assert!(matches!(with(context + CONTEXT_STEP), Fit::Ram { .. }));
        let sentence = MICROBIT_V1.fit(&wide, 195_000).to_string();
        assert!(
            sentence.ends_with(&std::format!("a context of {context} fits")),
            "{sentence}"
        );
    }

    #[test]
    fn a_board_with_ram_to_spare_gets_more_tables() {
        let least = MemoryPlan::new(&DIMS);
        assert_eq!(MICROBIT_V1.plan(&DIMS), least);
        let faster = least.with_lut_groups(usize::from(DIMS.d_model) / 4);
        let enough = Board {
            ram: faster.ram() + PROGRAM_RAM,
            ..MICROBIT_V1
        };
        assert_eq!(enough.plan(&DIMS), faster);
        let less = Board {
            ram: enough.ram - 1,
            ..enough
        };
        assert_eq!(less.plan(&DIMS), least);
    }

    #[test]
    fn numbers_are_grouped_and_the_longest_sentence_is_whole() {
        let need = [0, 999, 1000, 1_002_030, usize::MAX];
        let texts = need.map(|need| {
            let fit = Fit::Ram {
                need,
                have: usize::MAX,
                context: Some(u16::MAX),
            };
            let sentence = fit.to_string();
            assert!(sentence.ends_with("a context of 65535 fits"), "{sentence}");
            sentence.split(' ').nth(1).unwrap_or_default().to_string()
        });
        let largest = match usize::BITS {
            64 => "18,446,744,073,709,551,615",
            _ => "4,294,967,295",
        };
        assert_eq!(texts, ["0", "999", "1,000", "1,002,030", largest]);
    }

    #[test]
    fn a_model_beyond_all_memory_does_not_fit() {
        let dims = Dims {
            layers: u16::MAX,
            kv_heads: u16::MAX,
            heads: 1,
            d_model: u16::MAX,
            context: u16::MAX,
            kv_trits: u8::MAX,
            ..DIMS
        };
        assert_eq!(MemoryPlan::new(&dims).ram(), usize::MAX);
        assert_eq!(MICROBIT_V1.plan(&dims), MemoryPlan::new(&dims));
        assert!(matches!(
            MICROBIT_V1.fit(&dims, 195_000),
            Fit::Ram { context: None, .. }
        ));
        assert!(matches!(
            MICROBIT_V1.fit(&dims, usize::MAX),
            Fit::Flash { .. }
        ));
    }
}
