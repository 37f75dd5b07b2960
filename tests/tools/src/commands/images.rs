//! Writes the files that boards take, from the ELF files of their programs, and checks them by reading them.

use super::boards;
use clap::Args;
use std::error::Error;
use std::fs;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Boards, by their folders' names [default: all]
    boards: Vec<String>,
}

/// Fails with the first file that cannot be written or does not hold what the ELF file does.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    for board in boards::named(&arguments.boards)? {
        if board.formats.is_empty() {
            println!("{}: no file but the ELF file", board.name);
            continue;
        }
        for elf in board.build(&[])?.values() {
            for format in board.formats {
                let path = format.convert(elf)?;
                // Boards of one target have their ELF files in one folder: each board's files get its name.
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let own = path.with_file_name(format!("{}-{name}", board.name));
                fs::rename(&path, &own)?;
                let bytes = fs::metadata(&own)?.len();
                println!("{bytes:>9} bytes  {}  read back: ok", own.display());
            }
        }
    }
    Ok(())
}
