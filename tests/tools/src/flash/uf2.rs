//! UF2 files, which boot loaders take as files on a USB drive: <https://github.com/microsoft/uf2>.

use super::{Contents, PlaceError};
use std::collections::BTreeMap;

/// Raspberry Pi's RP2040.
pub const RP2040: u32 = 0xE48B_FF56;
/// Raspberry Pi's RP2350, code for its Arm cores in the secure state.
pub const RP2350_ARM_S: u32 = 0xE48B_FF59;

const BLOCK: usize = 512;
/// Bytes of flash that a block carries: a page of flash, as the boot ROMs of these chips demand.
const PAGE: u32 = 256;
const FAMILY_ID_PRESENT: u32 = 0x2000;
const MAGIC: [u32; 3] = [0x0A32_4655, 0x9E5D_5157, 0x0AB1_6F30];

/// What is no UF2 file for this chip.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Uf2Error {
    /// Not whole blocks.
    #[error("{bytes} bytes are not one or more blocks of 512")]
    Size {
        /// The file's size.
        bytes: usize,
    },
    /// A block is damaged.
    #[error("block {block}: {what}")]
    Block {
        /// The block, from 0 on.
        block: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Blocks contradict each other.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// A UF2 file of `contents` for the chips of `family`. Pages of 256 bytes; what a page has no bytes for is 0.
pub fn write(contents: &Contents, family: u32) -> Vec<u8> {
    let mut pages: BTreeMap<u32, [u8; PAGE as usize]> = BTreeMap::new();
    for (start, run) in contents.runs() {
        for (address, byte) in (start..=u32::MAX).zip(run) {
            let page = pages.entry(address - address % PAGE).or_insert([0; 256]);
            page[(address % PAGE) as usize] = *byte;
        }
    }
    let mut file = Vec::with_capacity(pages.len() * BLOCK);
    for (number, (address, page)) in (0u32..).zip(&pages) {
        let total = pages.len() as u32;
        let head = [
            MAGIC[0],
            MAGIC[1],
            FAMILY_ID_PRESENT,
            *address,
            PAGE,
            number,
            total,
            family,
        ];
        let start = file.len();
        file.extend(head.iter().flat_map(|word| word.to_le_bytes()));
        file.extend_from_slice(page);
        file.resize(start + BLOCK - 4, 0);
        file.extend_from_slice(&MAGIC[2].to_le_bytes());
    }
    file
}

/// What a UF2 file for the chips of `family` puts into flash.
///
/// # Errors
/// [`Uf2Error`]: also when a block is missing, comes twice, or is for another family.
pub fn read(file: &[u8], family: u32) -> Result<Contents, Uf2Error> {
    let (blocks, rest) = file.as_chunks::<BLOCK>();
    if blocks.is_empty() || !rest.is_empty() {
        return Err(Uf2Error::Size { bytes: file.len() });
    }
    let mut contents = Contents::default();
    for (number, block) in blocks.iter().enumerate() {
        let (words, _) = block.as_chunks::<4>();
        let word = |index: usize| u32::from_le_bytes(words[index]);
        let damaged = |what| {
            Err(Uf2Error::Block {
                block: number,
                what,
            })
        };
        if [word(0), word(1), word(127)] != MAGIC {
            return damaged("not a UF2 block");
        }
        if word(5) as usize != number || word(6) as usize != blocks.len() {
            return damaged("not in its place, or of another file");
        }
        if word(2) != FAMILY_ID_PRESENT || word(7) != family {
            return damaged("for another chip");
        }
        let Some(data) = block[32..508].get(..word(4) as usize) else {
            return damaged("more bytes than a block has");
        };
        contents.place(word(3), data)?;
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(runs: &[(u32, &[u8])]) -> Contents {
        let mut contents = Contents::default();
        for (address, run) in runs {
            contents.place(*address, run).unwrap();
        }
        contents
    }

    /// By the format's specification, written out by hand.
    #[test]
    fn a_known_block() {
        let file = write(&contents(&[(0x1000_0001, &[0xAB, 0xCD])]), RP2040);
        let mut expected = Vec::from(*b"UF2\nWQ]\x9E\x00\x20\x00\x00\x00\x00\x00\x10");
        expected.extend([0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x56, 0xFF, 0x8B, 0xE4]);
        expected.extend([0, 0xAB, 0xCD]);
        expected.resize(508, 0);
        expected.extend([0x30, 0x6F, 0xB1, 0x0A]);
        assert_eq!(file, expected);
    }

    #[test]
    fn what_is_written_is_read() {
        let long: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let written = contents(&[(0x1000_0000, &long), (0x1000_0420, b"far"), (8, b"low")]);
        let file = write(&written, RP2040);
        let read = read(&file, RP2040).unwrap();
        assert!(written.lie_in(&read));
        // 0x000, four pages from 0x10000000 on, and the one of "far", which follows them.
        assert_eq!((file.len(), read.len()), (6 * BLOCK, 6 * 256));
        let padding: usize = read
            .runs()
            .flat_map(|(_, run)| run)
            .map(|byte| usize::from(*byte != 0))
            .sum();
        let bytes: usize = written
            .runs()
            .flat_map(|(_, run)| run)
            .map(|byte| usize::from(*byte != 0))
            .sum();
        assert_eq!(padding, bytes);
    }

    #[test]
    fn damage_is_an_error() {
        let good = write(&contents(&[(0x1000_0000, &[7; 600])]), RP2040);
        assert!(read(&good, RP2040).is_ok());
        assert!(read(&good, RP2040 + 1).is_err());
        assert_eq!(read(&[], RP2040), Err(Uf2Error::Size { bytes: 0 }));
        assert!(read(&good[..good.len() - 1], RP2040).is_err());
        assert!(
            read(&good[..2 * BLOCK], RP2040).is_err(),
            "a block is missing"
        );
        assert!(
            read(&good[BLOCK..], RP2040).is_err(),
            "the first is missing"
        );
        // Each word of the second block's head, and its last.
        for offset in (0..32).chain(508..512) {
            let mut bad = good.clone();
            bad[BLOCK + offset] ^= 0x80;
            let read = read(&bad, RP2040);
            // Another address or fewer bytes are a valid file, with other contents.
            let same = read.is_ok_and(|contents| contents == self::read(&good, RP2040).unwrap());
            assert!(!same, "byte {offset} of a block's head");
        }
        let mut twice = good.clone();
        twice.copy_within(12..16, BLOCK + 12);
        assert!(matches!(read(&twice, RP2040), Err(Uf2Error::Place(_))));
    }
}
