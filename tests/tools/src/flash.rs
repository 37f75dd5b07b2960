//! What an image puts into flash: bytes by address, and the files that carry them to a board.

pub mod file;
pub mod hex;
pub mod rp2350;
pub mod uf2;

use object::elf::{FileHeader32, PT_LOAD, SHF_ALLOC, SHT_NOBITS};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, read};
use std::collections::BTreeMap;

/// Runs of bytes by their first address. They neither overlap nor touch: what touches is one run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    runs: BTreeMap<u32, Vec<u8>>,
}

/// Bytes that cannot be put where they should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// An address has two values.
    #[error("two runs of bytes overlap at {address:#010x}")]
    Overlap {
        /// The later run's start.
        address: u32,
    },
    /// Beyond 32 bits.
    #[error("{bytes} bytes at {address:#010x} go beyond the last address")]
    Beyond {
        /// Where they start.
        address: u32,
        /// How many.
        bytes: usize,
    },
}

impl Contents {
    /// What the sections of a 32-bit ELF file put into flash: code, constants and what variables start with.
    ///
    /// # Errors
    /// When `elf` is no ELF file of 32 bits, or two sections have the same place.
    pub fn of_elf(elf: &[u8]) -> Result<Self, Box<dyn std::error::Error>> {
        let header = FileHeader32::<Endianness>::parse(elf)?;
        let endian = header.endian()?;
        let mut contents = Self::default();
        for segment in header.program_headers(endian, elf)? {
            if segment.p_type(endian) == PT_LOAD {
                contents.add_segment(header, segment, elf)?;
            }
        }
        Ok(contents)
    }

    /// Sections alone: linkers may round a segment down to a page and let it begin with the file's own headers.
    fn add_segment(
        &mut self,
        header: &FileHeader32<Endianness>,
        segment: &<FileHeader32<Endianness> as FileHeader>::ProgramHeader,
        elf: &[u8],
    ) -> Result<(), Box<dyn std::error::Error>> {
        let endian = header.endian()?;
        let start = segment.p_offset(endian);
        let range = start..start.saturating_add(segment.p_filesz(endian));
        for section in header.sections(endian, elf)?.iter() {
            let offset = section.sh_offset(endian);
            let in_flash = section.sh_flags(endian).contains(SHF_ALLOC)
                && section.sh_type(endian) != SHT_NOBITS
                && section.sh_size(endian) > 0
                && range.contains(&offset);
            if in_flash {
                let data: read::Result<&[u8]> = section.data(endian, elf);
                let address = segment.p_paddr(endian).wrapping_add(offset - start);
                self.place(address, data?)?;
            }
        }
        Ok(())
    }

    /// Puts `bytes` at `address` and joins them with what touches them.
    ///
    /// # Errors
    /// [`PlaceError`]; the contents are as before.
    pub fn place(&mut self, address: u32, bytes: &[u8]) -> Result<(), PlaceError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let end = u64::from(address) + bytes.len() as u64;
        if end > 1 << 32 {
            return Err(PlaceError::Beyond {
                address,
                bytes: bytes.len(),
            });
        }
        let before = self.runs.range(..=address).next_back();
        let before = before.map(|(start, run)| (*start, u64::from(*start) + run.len() as u64));
        let after = self.runs.range(address..).next().map(|(start, _)| *start);
        let overlaps = before.is_some_and(|(_, before_end)| before_end > u64::from(address))
            || after.is_some_and(|start| u64::from(start) < end);
        if overlaps {
            return Err(PlaceError::Overlap { address });
        }
        let start = match before {
            Some((start, before_end)) if before_end == u64::from(address) => start,
            _ => address,
        };
        let tail = after.filter(|start| u64::from(*start) == end);
        let tail = tail.and_then(|start| self.runs.remove(&start));
        let run = self.runs.entry(start).or_default();
        run.extend_from_slice(bytes);
        run.extend(tail.into_iter().flatten());
        Ok(())
    }

    /// Adds all of `other`.
    ///
    /// # Errors
    /// [`PlaceError::Overlap`] where both have bytes.
    pub fn join(&mut self, other: &Self) -> Result<(), PlaceError> {
        other
            .runs()
            .try_for_each(|(address, run)| self.place(address, run))
    }

    /// The runs in ascending order of addresses.
    pub fn runs(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.runs.iter().map(|(start, run)| (*start, &run[..]))
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.runs.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The `length` bytes at `address`, where one run holds all of them.
    pub fn get(&self, address: u32, length: usize) -> Option<&[u8]> {
        let (start, run) = self.runs.range(..=address).next_back()?;
        run.get((address - start) as usize..)?.get(..length)
    }

    /// Whether `other` has each of these bytes at its address. It may have more, such as padding.
    pub fn lie_in(&self, other: &Self) -> bool {
        self.runs()
            .all(|(address, run)| other.get(address, run.len()) == Some(run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_touch_are_one_run_in_any_order() {
        let mut contents = Contents::default();
        contents.place(8, &[8, 9]).unwrap();
        contents.place(4, &[4, 5]).unwrap();
        assert_eq!(contents.runs().count(), 2);
        contents.place(6, &[6, 7]).unwrap();
        let runs: Vec<_> = contents.runs().collect();
        assert_eq!(runs, [(4, &[4, 5, 6, 7, 8, 9][..])]);
        assert_eq!(contents.get(5, 3), Some(&[5, 6, 7][..]));
        assert_eq!(contents.get(5, 6), None);
        assert_eq!(contents.get(3, 1), None);
    }

    #[test]
    fn an_address_has_one_value() {
        let mut contents = Contents::default();
        contents.place(16, &[0; 4]).unwrap();
        for (address, length) in [(16, 1), (14, 3), (19, 8), (10, 20), (17, 1)] {
            let error = contents.place(address, &vec![0; length]).unwrap_err();
            assert_eq!(error, PlaceError::Overlap { address });
        }
        let error = contents.place(u32::MAX, &[0; 2]).unwrap_err();
        assert!(matches!(error, PlaceError::Beyond { .. }));
        contents.place(u32::MAX, &[0]).unwrap();
        assert_eq!(contents.len(), 5);
    }
}
