//! The files that boards take: written beside the ELF file and read back.

use super::{Contents, hex, rp2350, uf2};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// A file format that a board or its programmer takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Intel HEX.
    Hex,
    /// UF2 for a family of chips.
    Uf2 {
        /// The family's id.
        family: u32,
    },
}

impl Format {
    /// The usual end of a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Uf2 { .. } => "uf2",
        }
    }

    const fn family(self) -> Option<u32> {
        match self {
            Self::Hex => None,
            Self::Uf2 { family } => Some(family),
        }
    }

    /// A file of `contents`.
    pub fn write(self, contents: &Contents) -> Vec<u8> {
        match self {
            Self::Hex => hex::write(contents).into_bytes(),
            Self::Uf2 { family } => uf2::write(contents, family),
        }
    }

    /// What a file puts into flash.
    ///
    /// # Errors
    /// [`hex::HexError`], [`uf2::Uf2Error`], or that a HEX file is not text.
    pub fn read(self, file: &[u8]) -> Result<Contents, Box<dyn Error>> {
        Ok(match self {
            Self::Hex => hex::read(std::str::from_utf8(file)?)?,
            Self::Uf2 { family } => uf2::read(file, family)?,
        })
    }

    /// Writes what `elf` puts into flash to a file beside it, reads that file and compares. Its path.
    ///
    /// # Errors
    /// When `elf` is no ELF file or puts nothing into flash, when the chip's boot ROM would not start it, when the file
    /// cannot be written, or holds something else.
    pub fn convert(self, elf: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let contents = Contents::of_elf(&fs::read(elf)?)?;
        if contents.is_empty() {
            return Err(format!("{} puts nothing into flash", elf.display()).into());
        }
        if self.family() == Some(uf2::RP2350_ARM_S) {
            rp2350::check(&contents)?;
        }
        let path = elf.with_extension(self.extension());
        self.save(&contents, &path)?;
        Ok(path)
    }

    /// Writes `contents` to a file, reads that file and compares.
    ///
    /// # Errors
    /// When the file cannot be written or holds something else.
    pub fn save(self, contents: &Contents, path: &Path) -> Result<(), Box<dyn Error>> {
        fs::write(path, self.write(contents))?;
        if contents.lie_in(&self.read(&fs::read(path)?)?) {
            Ok(())
        } else {
            Err(format!("{} does not hold what it should", path.display()).into())
        }
    }
}
