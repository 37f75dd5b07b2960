//! The Pico's programs in the emulator of the chip: their UF2 files, what they write, the LED's beat, cycles a token.

use super::{Script, sizes};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tools::firmware::{Board, ImageSize};
use tools::flash::file::Format;
use tools::flash::uf2;
use tools::markdown::thousands;
use tools::rp2040::{self, Line, Rp2040Error, Run};

pub(super) const UF2: Format = Format::Uf2 {
    family: uf2::RP2040,
};
/// What is run over USB: much text out, text in and out, and two tasks.
const USB_PROGRAMS: [&str; 3] = ["generate", "chat", "blink-while-thinking"];
/// Far more than the slowest program takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);
/// The LED's beat, in seconds.
const BEAT: f64 = 0.5;
/// How far from its beat the LED may change: the engine gives way between layers, of about 3 ms.
const TOLERANCE: f64 = 0.005;

/// After how many bytes a program that writes much or for ever is stopped, and whether its LED must keep the beat.
pub(super) fn stop(program: &str) -> (Option<usize>, bool) {
    match program {
        "generate" => (Some(200), false),
        // Three beats.
        "blink-while-thinking" => (Some(120), true),
        _ => (None, false),
    }
}

/// Runs a program and says how it went; how many failed.
pub(super) fn check(
    board: &Board,
    program: &str,
    elf: &Path,
    blessing: bool,
) -> Result<usize, Box<dyn Error>> {
    let file = UF2.convert(elf)?;
    let script = Script::of(&board.folder(), program, blessing);
    let (bytes, blinks) = stop(program);
    let expects = Expects { bytes, blinks };
    Ok(usize::from(!passes(
        &[&file],
        Line::Uart,
        &expects,
        &script,
    )?))
}

/// What a run is stopped by and checked for, besides its text.
#[derive(Default)]
pub(super) struct Expects {
    /// Bytes after which it is stopped.
    bytes: Option<usize>,
    /// Whether the LED must keep its beat.
    blinks: bool,
}

/// The board's programs over its own USB, with the feature of that name: the same text as over UART0; how many failed.
pub(super) fn check_usb(board: &Board) -> Result<usize, Box<dyn Error>> {
    let mut failed = 0;
    let mut elfs = board.build(&["--features", "usb"])?;
    for program in USB_PROGRAMS {
        let elf = elfs.remove(program).ok_or("cargo names no image")?;
        let size = ImageSize::of(&fs::read(&elf)?)?;
        print!("  {:<21}{}", format!("{program}, usb"), sizes(board, &size));
        let file = UF2.convert(&elf)?;
        let script = Script::of(&board.folder(), program, false);
        let (bytes, blinks) = stop(program);
        let expects = Expects { bytes, blinks };
        failed += usize::from(!passes(&[&file], Line::Usb, &expects, &script)?);
    }
    Ok(failed)
}

/// Runs images, the program's first, compares what it writes, and says how it went; whether it is the same.
pub(super) fn passes(
    images: &[&Path],
    line: Line,
    expects: &Expects,
    script: &Script,
) -> Result<bool, Box<dyn Error>> {
    let run = match rp2040::run(images, line, &script.input, expects.bytes, LIMIT) {
        Ok(run) => run,
        // Node.js is missing or npm reaches nothing.
        Err(error @ (Rp2040Error::NotInstalled | Rp2040Error::Npm(_))) => {
            println!("  NOT RUN: {error}");
            return Ok(true);
        }
        Err(error) => {
            println!("  FAILED\n{error}");
            return Ok(false);
        }
    };
    let output = String::from_utf8_lossy(&run.output).into_owned();
    let verdict = if run.end == "time" {
        Err(format!(
            "still running after {} emulated s\n{output}",
            run.seconds
        ))
    } else {
        script.judge(&output)
    };
    let verdict = verdict.and_then(|word| beat(&run, expects.blinks).map(|()| word));
    match &verdict {
        Ok(word) => println!("  {word}"),
        Err(why) => println!("  FAILED\n{why}"),
    }
    println!("    # {:.2} emulated s", run.seconds);
    let counts = run.cycles_a_token().zip(run.misses_a_token());
    if let Some((cycles, misses)) = counts.filter(|_| expects.bytes.is_some()) {
        let (miss, all) = (run.miss, cycles + misses * run.miss);
        println!(
            "    # {} core cycles a token on average and {} misses of the flash's cache; of {miss} cycles each, modelled: {} cycles",
            thousands(cycles),
            thousands(misses),
            thousands(all),
        );
    }
    if let Some(off) = run.off_beat(BEAT) {
        let (changes, ms) = (run.led.len(), off * 1e3);
        println!("    # the LED changed {changes} times, at most {ms:.2} ms off a beat of 500 ms");
    }
    Ok(verdict.is_ok())
}

fn beat(run: &Run, blinks: bool) -> Result<(), String> {
    match run.off_beat(BEAT) {
        _ if !blinks => Ok(()),
        Some(off) if off <= TOLERANCE => Ok(()),
        Some(off) => Err(format!("the LED is {:.1} ms off its beat", off * 1e3)),
        None => Err(format!("the LED changed {} times", run.led.len())),
    }
}
