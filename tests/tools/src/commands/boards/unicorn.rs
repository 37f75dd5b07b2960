//! Images of boards that no emulator has, on Unicorn's emulation of their core: what they write to their serial line.

use super::{compare, rp2040};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tools::cores::examples;
use tools::flash::file::Format;
use tools::unicorn;

/// Far more than the slowest program takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);
/// The board with the same model, programs and line: each must write what it does.
const LIKE: &str = "pico";

/// Runs a program and says how it went; how many failed.
pub(super) fn check(chip: &str, program: &str, elf: &Path) -> Result<usize, Box<dyn Error>> {
    if program == "blink-while-thinking" {
        println!("  builds, not run here: Unicorn has no interrupts");
        return Ok(0);
    }
    if let Err(error) = unicorn::prepare() {
        println!("  NOT RUN: {error}");
        return Ok(0);
    }
    let file = Format::Hex.convert(elf)?;
    let expected = examples().join(LIKE).join("expected").join(program);
    let input = fs::read(expected.with_extension("in")).unwrap_or_default();
    let (bytes, _) = rp2040::stop(program);
    let end = match (bytes, program) {
        (Some(_), _) => "bytes",
        (None, "selftest") => "rest",
        (None, _) => "input",
    };
    let verdict = match unicorn::run(chip, &file, &input, bytes, LIMIT) {
        Ok(run) if run.end != end => {
            Err(format!("ended with \"{}\" instead of \"{end}\"", run.end))
        }
        Ok(run) => compare(
            &expected.with_extension("txt"),
            &String::from_utf8_lossy(&run.output),
        ),
        Err(error) => Err(error.to_string()),
    };
    match &verdict {
        Ok(word) => println!("  {word}"),
        Err(why) => println!("  FAILED\n{why}"),
    }
    Ok(usize::from(verdict.is_err()))
}
