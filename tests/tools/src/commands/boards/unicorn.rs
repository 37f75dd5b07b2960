//! Images of boards that no emulator has, on Unicorn's emulation of their core: what they write to their serial line.

use super::{Script, rp2040};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tools::cores::examples;
use tools::firmware::Board;
use tools::flash::Contents;
use tools::flash::file::Format;
use tools::unicorn;

/// Far more than the slowest program takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);
/// The board with the same model, programs and line: each must write what it does.
pub(super) const LIKE: &str = "pico";

/// Runs a program and says how it went; how many failed.
pub(super) fn check(
    board: &Board,
    chip: &str,
    program: &str,
    elf: &Path,
) -> Result<usize, Box<dyn Error>> {
    if program == "blink-while-thinking" {
        println!("  builds, not run here: Unicorn has no interrupts");
        return Ok(0);
    }
    if let Err(error) = unicorn::prepare() {
        println!("  NOT RUN: {error}");
        return Ok(0);
    }
    let file = board.image(elf)?;
    let expected = examples().join(LIKE).join("expected");
    let script = Script::of_folder(&expected, program, false);
    let (bytes, _) = rp2040::stop(program);
    let end = match (bytes, program) {
        (Some(_), _) => "bytes",
        (None, "selftest" | "partition") => "rest",
        (None, _) => "input",
    };
    Ok(usize::from(!passes(chip, &file, (bytes, end), &script)))
}

/// The program `partition` with `models` in the flash, which is then one HEX file; whether it goes as it should.
pub(super) fn passes_with_models(
    chip: &str,
    program: &Path,
    models: &Contents,
    path: &Path,
    script: &Script,
) -> Result<bool, Box<dyn Error>> {
    if let Err(error) = unicorn::prepare() {
        println!("  NOT RUN: {error}");
        return Ok(true);
    }
    let mut flash = Contents::of_elf(&fs::read(program)?)?;
    flash.join(models)?;
    Format::Hex.save(&flash, path)?;
    // Without a model it rests; with one it waits for more text.
    let end = match script.name() {
        "partition-both-damaged" => "rest",
        _ => "input",
    };
    Ok(passes(chip, path, (None, end), script))
}

/// Runs an image until it has written `bytes` and says how it went. It must have ended with `end`.
fn passes(chip: &str, file: &Path, (bytes, end): (Option<usize>, &str), script: &Script) -> bool {
    let verdict = match unicorn::run(chip, file, &script.input, bytes, LIMIT) {
        Ok(run) if run.end != end => {
            Err(format!("ended with \"{}\" instead of \"{end}\"", run.end))
        }
        Ok(run) => script.judge(&String::from_utf8_lossy(&run.output)),
        Err(error) => Err(error.to_string()),
    };
    match &verdict {
        Ok(word) => println!("  {word}"),
        Err(why) => println!("  FAILED\n{why}"),
    }
    verdict.is_ok()
}
