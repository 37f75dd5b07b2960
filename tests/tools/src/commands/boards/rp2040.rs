//! The Pico's programs in the emulator of the chip: their UF2 files, what they write, the LED's beat, cycles a token.

use super::{bless, compare};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tools::firmware::Board;
use tools::flash::file::Format;
use tools::flash::uf2;
use tools::markdown::thousands;
use tools::rp2040::{self, Run};

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
    if let Err(error) = rp2040::prepare() {
        println!("  NOT RUN: {error}");
        return Ok(0);
    }
    let file = Format::Uf2 {
        family: uf2::RP2040,
    }
    .convert(elf)?;
    let expected = board.folder().join("expected").join(program);
    let input = fs::read(expected.with_extension("in")).unwrap_or_default();
    let (bytes, blinks) = stop(program);
    let run = match rp2040::run(&file, &input, bytes, LIMIT) {
        Ok(run) => run,
        Err(error) => {
            println!("  FAILED\n{error}");
            return Ok(1);
        }
    };
    let output = String::from_utf8_lossy(&run.output).into_owned();
    let text = expected.with_extension("txt");
    let verdict = if run.end == "time" {
        Err(format!(
            "still running after {} emulated s\n{output}",
            run.seconds
        ))
    } else if blessing {
        bless(&text, &output)
    } else {
        compare(&text, &output)
    };
    let verdict = verdict.and_then(|word| beat(&run, blinks).map(|()| word));
    match &verdict {
        Ok(word) => println!("  {word}"),
        Err(why) => println!("  FAILED\n{why}"),
    }
    println!("    # {:.2} emulated s", run.seconds);
    if let Some(cycles) = run.cycles_a_token().filter(|_| bytes.is_some()) {
        let cycles = thousands(cycles);
        println!(
            "    # {cycles} core cycles a token on average, without misses of the flash's cache"
        );
    }
    if let Some(off) = run.off_beat(BEAT) {
        let (changes, ms) = (run.led.len(), off * 1e3);
        println!("    # the LED changed {changes} times, at most {ms:.2} ms off a beat of 500 ms");
    }
    Ok(usize::from(verdict.is_err()))
}

fn beat(run: &Run, blinks: bool) -> Result<(), String> {
    match run.off_beat(BEAT) {
        _ if !blinks => Ok(()),
        Some(off) if off <= TOLERANCE => Ok(()),
        Some(off) => Err(format!("the LED is {:.1} ms off its beat", off * 1e3)),
        None => Err(format!("the LED changed {} times", run.led.len())),
    }
}
