//! A firmware image: its functions by name and address.

use object::{Object, ObjectSymbol, SymbolKind};
use std::path::{Path, PathBuf};

/// A linked firmware.
#[derive(Clone, Debug)]
pub struct Image {
    /// The ELF file.
    pub path: PathBuf,
    /// In ascending order of addresses.
    functions: Vec<Function>,
}

/// A function of an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its first instruction.
    pub address: u64,
    /// Its name, demangled.
    pub name: String,
}

/// What is no firmware image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// It cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no ELF file.
    #[error("{}: {error}", path.display())]
    Elf {
        /// The file.
        path: PathBuf,
        /// Why.
        error: object::Error,
    },
    /// A function that a tool relies on is missing.
    #[error("{} has no function {name}: was it inlined or renamed?", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The function.
        name: String,
    },
}

impl Image {
    /// Reads the symbols of an ELF file.
    ///
    /// # Errors
    /// [`ImageError::Io`] and [`ImageError::Elf`].
    pub fn read(path: &Path) -> Result<Self, ImageError> {
        let bytes = std::fs::read(path).map_err(|error| ImageError::Io {
            path: path.to_owned(),
            error,
        })?;
        let elf = object::File::parse(&*bytes).map_err(|error| ImageError::Elf {
            path: path.to_owned(),
            error,
        })?;
        let thumb = u64::from(elf.architecture() == object::Architecture::Arm);
        let mut functions: Vec<Function> = elf
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
            .map(|symbol| Function {
                // The lowest bit of an Arm function's address says that it is Thumb code.
                address: symbol.address() & !thumb,
                name: format!(
                    "{:#}",
                    rustc_demangle::demangle(symbol.name().unwrap_or_default())
                ),
            })
            .filter(|function| !function.name.starts_with('$') && !function.name.is_empty())
            .collect();
        functions.sort_by(|a, b| (a.address, &a.name).cmp(&(b.address, &b.name)));
        Ok(Self {
            path: path.to_owned(),
            functions,
        })
    }

    /// All functions, in ascending order of addresses.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The address of a function by its demangled name.
    ///
    /// # Errors
    /// [`ImageError::Missing`].
    pub fn address(&self, name: &str) -> Result<u64, ImageError> {
        let found = self.functions.iter().find(|function| function.name == name);
        found
            .map(|function| function.address)
            .ok_or_else(|| ImageError::Missing {
                path: self.path.clone(),
                name: name.into(),
            })
    }

    /// The function that an address lies in, or nothing below the first.
    pub fn function_at(&self, address: u64) -> Option<&Function> {
        let after = self
            .functions
            .partition_point(|function| function.address <= address);
        self.functions.get(after.checked_sub(1)?)
    }
}
