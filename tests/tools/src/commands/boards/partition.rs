//! The program `partition` of a board with models beside it, damaged ones too: which one it takes and what it says.

use super::rp2040::{Expects, UF2};
use super::{Arguments, Script, rp2040, smallest_too_large, unicorn};
use formats::{Dims, Header};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use tools::cores::examples;
use tools::firmware::{Board, Unicorn};
use tools::flash::Contents;
use tools::flash::file::Format;
use tools::partition::{self, Slot};
use tools::rp2040::Line;

const PROGRAM: &str = "partition";
/// The model of partition A, and the one of B.
const MODELS: [&str; 2] = ["microbit", "messages-micro"];

/// The ELF file of the board's program `partition`, built; nothing where the board has none.
pub(crate) fn program(board: &Board) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let source = board.folder().join("src/bin").join(PROGRAM);
    if !source.with_extension("rs").is_file() {
        return Ok(None);
    }
    Ok(board.build(&["--bin", PROGRAM])?.remove(PROGRAM))
}

/// Runs the program with each content of the partitions; how many failed.
pub(super) fn check(board: &Board, arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    let Some(program) = program(board)? else {
        return Ok(0);
    };
    if board.machine.is_none() && !board.rp2040 && board.unicorn.is_none() {
        return Ok(0);
    }
    let elf = fs::read(&program)?;
    let [a, b] = MODELS.map(|name| {
        let path = examples().join("models").join(name).with_extension("aut");
        fs::read(path)
    });
    let (a, b) = (a?, b?);
    let dims = Header::read(&a)?.dims;
    let mut too_large = smallest_too_large(board, dims)?.0.file;
    // Too large for the RAM, not for the partition.
    if too_large.len() > partition::addresses(&elf, Slot::A)?.len() {
        let d_ff = dims.d_ff / 2;
        too_large = smallest_too_large(board, Dims { d_ff, ..dims })?.0.file;
    }
    let mut failed = 0;
    let cases = [
        ("good", a.clone(), b.clone()),
        ("cut-off", cut_off(&a), b.clone()),
        ("too-large", too_large, b.clone()),
        ("both-damaged", flipped(&a), cut_off(&b)),
    ];
    for (name, a, b) in cases {
        let mut models = partition::place(&elf, Slot::A, &a)?;
        models.join(&partition::place(&elf, Slot::B, &b)?)?;
        let name = format!("{PROGRAM}-{name}");
        failed += usize::from(!passes(board, &program, &models, &name, arguments.bless)?);
    }
    Ok(failed)
}

fn passes(
    board: &Board,
    program: &Path,
    models: &Contents,
    name: &str,
    blessing: bool,
) -> Result<bool, Box<dyn Error>> {
    print!("  {name:<21}");
    // What is too large differs from board to board.
    let like = match board.unicorn {
        Some(_) if name != "partition-too-large" => unicorn::LIKE,
        _ => board.name,
    };
    let input = board.unicorn.map_or(board.name, |_| unicorn::LIKE);
    let folder = |board: &str| examples().join(board).join("expected");
    let script = Script {
        expected: folder(like).join(name).with_extension("txt"),
        input: fs::read(folder(input).join(PROGRAM).with_extension("in"))?,
        blessing: blessing && like == board.name,
    };
    let path = program.with_file_name(format!("{}-{name}", board.name));
    if let Some(machine) = board.machine {
        let path = path.with_extension("hex");
        Format::Hex.save(models, &path)?;
        let loader = format!("loader,file={}", path.display());
        return super::passes(board, machine, program, &["-device", &loader], &script);
    }
    if let Some(Unicorn { chip, .. }) = board.unicorn {
        let path = path.with_extension("hex");
        return unicorn::passes_with_models(chip, program, models, &path, &script);
    }
    let path = path.with_extension(UF2.extension());
    UF2.save(models, &path)?;
    let images = [&*UF2.convert(program)?, &path];
    rp2040::passes(&images, Line::Uart, &Expects::default(), &script)
}

/// A file that lost its power on the way: what follows is erased.
fn cut_off(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let half = file.len() / 2;
    file[half..].fill(0xFF);
    file
}

/// A file with one bit of a weight flipped.
fn flipped(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let middle = file.len() / 2;
    file[middle] ^= 1;
    file
}
