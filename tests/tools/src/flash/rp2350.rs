//! What the RP2350's boot ROM looks for in flash before it starts an image: the RP2350 datasheet, "Metadata block details".

use super::Contents;

/// Where flash starts.
const FLASH: u32 = 0x1000_0000;
/// How far the boot ROM looks for the first block.
const WINDOW: u32 = 4096;
const START: u32 = 0xFFFF_DED3;
const END: u32 = 0xAB12_3579;
/// Items by their first byte.
const IMAGE_TYPE: u8 = 0x42;
const LAST: u8 = 0xFF;
/// An executable for the RP2350's Arm cores, in the secure state.
const ARM_SECURE: u16 = 0x1021;

/// Why the boot ROM would not start an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// No block.
    #[error(
        "the first {WINDOW} bytes of flash hold no definition of an image: the boot ROM would not start it"
    )]
    Missing,
    /// A block that does not end, or links to another.
    #[error("the definition of the image at {address:#010x} is damaged, or not the only block")]
    Damaged {
        /// The block's start.
        address: u32,
    },
    /// An image for something else.
    #[error(
        "the image's type is {found:#06x}, not {ARM_SECURE:#06x}: an executable for Arm, secure"
    )]
    Type {
        /// The type's flags.
        found: u16,
    },
}

/// Checks that the boot ROM finds one definition, of an executable for its Arm cores.
///
/// # Errors
/// [`DefinitionError`].
pub fn check(contents: &Contents) -> Result<(), DefinitionError> {
    let word = |address| {
        let bytes = contents.get(address, 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let mut starts = (FLASH..FLASH + WINDOW).step_by(4);
    let start = starts.find(|address| word(*address) == Some(START));
    let address = start.ok_or(DefinitionError::Missing)?;
    let damaged = DefinitionError::Damaged { address };
    let mut found = None;
    let mut at = address + 4;
    loop {
        let item = word(at).filter(|_| at < FLASH + WINDOW).ok_or(damaged)?;
        let [kind, low, high, _] = item.to_le_bytes();
        if kind == LAST {
            // The words of all items; the way to the next block, here the block itself; the end.
            let words = u32::from(u16::from_le_bytes([low, high]));
            let closes = words * 4 == at - address - 4
                && word(at + 4) == Some(0)
                && word(at + 8) == Some(END);
            if !closes {
                return Err(damaged);
            }
            break;
        }
        if kind == IMAGE_TYPE {
            found = Some((item >> 16) as u16);
        }
        // Kinds from 0x80 on say their size in two bytes.
        let words = if kind < 0x80 {
            low.into()
        } else {
            u16::from_le_bytes([low, high])
        };
        if words == 0 {
            return Err(damaged);
        }
        at += 4 * u32::from(words);
    }
    match found {
        Some(ARM_SECURE) => Ok(()),
        Some(found) => Err(DefinitionError::Type { found }),
        None => Err(damaged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the datasheet: one item, of one word.
    const BLOCK: [u32; 5] = [START, 0x1021_0142, 0x0000_01FF, 0, END];

    fn checked(address: u32, block: &[u32]) -> Result<(), DefinitionError> {
        let bytes: Vec<u8> = block.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut contents = Contents::default();
        contents.place(FLASH, &[0; 256]).unwrap();
        contents.place(address, &bytes).unwrap();
        check(&contents)
    }

    #[test]
    fn a_definition_behind_the_vectors_is_found() {
        assert_eq!(checked(FLASH + 0x114, &BLOCK), Ok(()));
        let with_another = [START, 0x1000_0203, 0, 0x1021_0142, 0x0000_03FF, 0, END];
        assert_eq!(checked(FLASH + 0x114, &with_another), Ok(()));
    }

    #[test]
    fn no_definition_where_the_boot_rom_looks() {
        assert_eq!(
            checked(FLASH + 0x1000, &BLOCK),
            Err(DefinitionError::Missing)
        );
        assert_eq!(
            checked(FLASH + 0x102, &BLOCK),
            Err(DefinitionError::Missing)
        );
    }

    #[test]
    fn another_state_or_core_is_named() {
        let risc_v = [START, 0x1101_0142, 0x0000_01FF, 0, END];
        let error = checked(FLASH + 0x114, &risc_v).unwrap_err();
        assert_eq!(error, DefinitionError::Type { found: 0x1101 });
    }

    #[test]
    fn each_damaged_word_is_an_error() {
        for word in 0..BLOCK.len() {
            let mut block = BLOCK;
            block[word] ^= 0x0001_0100;
            assert!(checked(FLASH + 0x114, &block).is_err(), "word {word}");
        }
        for words in 1..BLOCK.len() {
            assert!(
                checked(FLASH + 0x114, &BLOCK[..words]).is_err(),
                "{words} words"
            );
        }
    }
}
