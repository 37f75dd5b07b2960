//! Writes the files that boards take, from the ELF files of their programs or from a model alone, and checks them by
//! reading them.

use super::boards;
use clap::Args;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use tools::firmware::Board;
use tools::flash::Contents;
use tools::flash::file::Format;
use tools::partition::{self, Slot};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Boards, by their folders' names [default: all]
    boards: Vec<String>,
    /// Build the programs with these features of the boards' packages
    #[arg(long, value_name = "LIST", conflicts_with = "model")]
    features: Option<String>,
    /// Only this model file, for a partition of the program `partition`; in HEX also together with that program
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The partition
    #[arg(long, requires = "model", default_value = "a")]
    partition: Slot,
}

/// Fails with the first file that cannot be written or does not hold what the ELF file or the model does.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    for board in boards::named(&arguments.boards)? {
        if board.formats.is_empty() {
            println!("{}: no file but the ELF file", board.name);
        } else if let Some(path) = &arguments.model {
            model(board, &fs::read(path)?, arguments.partition)?;
        } else {
            programs(board, arguments.features.as_deref())?;
        }
    }
    Ok(())
}

fn programs(board: &Board, features: Option<&str>) -> Result<(), Box<dyn Error>> {
    let features = features.map(|list| ["--features", list]);
    for elf in board
        .build(features.as_ref().map_or(&[], |list| list))?
        .values()
    {
        for format in board.formats {
            let path = format.convert(elf)?;
            // Boards of one target have their ELF files in one folder: each board's files get its name.
            let own = path.with_file_name(own_name(board, &path));
            fs::rename(&path, &own)?;
            say(&own)?;
        }
    }
    Ok(())
}

fn own_name(board: &Board, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{}-{name}", board.name)
}

/// The model alone; in HEX also behind the program, for drives that erase all of the flash.
fn model(board: &Board, file: &[u8], slot: Slot) -> Result<(), Box<dyn Error>> {
    let Some(program) = boards::partition::program(board)? else {
        println!("{}: no program reads a partition", board.name);
        return Ok(());
    };
    let elf = fs::read(&program)?;
    let alone = partition::contents(&elf, slot, file);
    let alone = alone.map_err(|error| format!("{}: {error}", board.name))?;
    for format in board.formats {
        let name = format!("{}-model-{}", board.name, slot.name());
        let path = program
            .with_file_name(name)
            .with_extension(format.extension());
        format.save(&alone, &path)?;
        say(&path)?;
        if *format == Format::Hex {
            let mut both = Contents::of_elf(&elf)?;
            both.join(&alone)?;
            let name = format!("{}-partition-model-{}.hex", board.name, slot.name());
            let path = program.with_file_name(name);
            format.save(&both, &path)?;
            say(&path)?;
        }
    }
    Ok(())
}

fn say(path: &Path) -> Result<(), Box<dyn Error>> {
    let bytes = fs::metadata(path)?.len();
    println!("{bytes:>9} bytes  {}  read back: ok", path.display());
    Ok(())
}
