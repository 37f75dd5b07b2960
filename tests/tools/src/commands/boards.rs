//! Builds the firmware of all boards, runs it where an emulator has the board, and compares what it writes with
//! `expected/PROGRAM.txt` beside its sources. Lines that begin with `#` hold figures that differ from compiler to
//! compiler: they are shown and not compared.

pub(crate) mod partition;
mod rp2040;
mod table;
mod unicorn;

use clap::Args;
use formats::dims::MAX_CONTEXT;
use formats::fit::Fit;
use formats::{Dims, Header};
use similar::TextDiff;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tests::{BASE, random_model};
use tools::cores::{NamedModel, examples};
use tools::firmware::{BOARDS, Board, ImageSize, Unicorn};
use tools::process;
use tools::qemu::{self, Machine};
use tools::toolchain::{self, BuildError, Toolchain};

/// Far more than the slowest program takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);
/// The decoder is built first, where it is not yet.
const DECODER_LIMIT: Duration = Duration::from_secs(1200);

#[derive(Args)]
pub(crate) struct Arguments {
    /// Boards, by their folders' names [default: all]
    boards: Vec<String>,
    /// Write what the programs say to their expected output instead of comparing
    #[arg(long)]
    bless: bool,
    /// Install what is missing (toolchain, QEMU, Node.js) by apt-get; what cannot be installed is a failure
    #[arg(long)]
    install: bool,
    /// Print the table of docs/boards.md instead: sizes, instructions a token, modelled tokens a second
    #[arg(long)]
    table: bool,
}

/// How many programs failed.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    let boards = named(&arguments.boards)?;
    if arguments.table {
        return table::print(&boards, arguments).map(|()| 0);
    }
    let mut failed = 0;
    for board in boards {
        failed += check(board, arguments)?;
    }
    Ok(failed)
}

/// The boards of these names; all of them without a name.
pub(crate) fn named(names: &[String]) -> Result<Vec<&'static Board>, String> {
    if names.is_empty() {
        return Ok(BOARDS.iter().collect());
    }
    let named = names.iter().map(|name| Board::named(name).ok_or(name));
    named.collect::<Result<_, _>>().map_err(|name| {
        let names: Vec<_> = BOARDS.iter().map(|board| board.name).collect();
        format!("there is no board {name}: choose from {}", names.join(", "))
    })
}

/// Builds a board's programs and runs them; how many failed.
fn check(board: &Board, arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    let mut failed = 0;
    if arguments.install {
        install(board)?;
        if let Err(why) = install_emulator(board) {
            println!(
                "{}: its emulator cannot be installed: FAILED\n{why}",
                board.name
            );
            failed += 1;
        }
    }
    let toolchain = Toolchain::find(board.core.target)?;
    println!(
        "\n{} ({}, {})",
        board.name,
        board.core.target,
        toolchain.describe()
    );
    let programs = board.build(&[])?;
    for (name, elf) in &programs {
        let size = ImageSize::of(&fs::read(elf)?)?;
        print!("  {name:<21}{}", sizes(board, &size));
        std::io::stdout().flush()?;
        let Some(machine) = board.machine else {
            if board.rp2040 {
                failed += rp2040::check(board, name, elf, arguments.bless)?;
            } else if let Some(Unicorn { chip, .. }) = board.unicorn {
                failed += unicorn::check(board, chip, name, elf)?;
            } else {
                println!("  builds, not run here");
            }
            continue;
        };
        let script = Script::of(&board.folder(), name, arguments.bless);
        failed += usize::from(!passes(board, machine, elf, &[], &script)?);
    }
    if programs.is_empty() {
        return Err(format!("{} has no programs", board.name).into());
    }
    for feature in board.features {
        for (name, elf) in board.build(&["--bin", "generate", "--features", feature])? {
            let size = ImageSize::of(&fs::read(&elf)?)?;
            let what = format!("{name}, {feature}");
            print!("  {what:<21}{}", sizes(board, &size));
            std::io::stdout().flush()?;
            if board.rp2040 {
                failed += rp2040::check(board, &name, &elf, false)?;
            } else if let Some(Unicorn { chip, features }) = board.unicorn
                && features.contains(feature)
            {
                failed += unicorn::check(board, chip, &name, &elf)?;
            } else {
                println!("  builds, not run here");
            }
        }
    }
    if let Some(machine) = board.machine {
        let packets = Script::of(
            &examples().join("common"),
            "messages-micro",
            arguments.bless,
        );
        let tested = Script::of(&board.folder(), "selftest", false);
        for (program, model, script) in [
            ("messages", "messages-micro", packets),
            ("selftest", "microbit-pieces", tested),
        ] {
            failed += usize::from(!passes_with(board, machine, program, model, &script)?);
        }
    }
    failed += partition::check(board, arguments)?;
    if board.rp2040 {
        failed += rp2040::check_usb(board)?;
    }
    Ok(failed + too_large(board)?)
}

/// What a program is given and must answer.
struct Script {
    /// The file with what it must write.
    expected: PathBuf,
    input: Vec<u8>,
    /// Whether what it writes goes to that file instead.
    blessing: bool,
}

impl Script {
    /// The script of a program in a folder's `expected`.
    fn of(folder: &Path, program: &str, blessing: bool) -> Self {
        Self::of_folder(&folder.join("expected"), program, blessing)
    }

    /// The script of a program in a folder of expected outputs.
    fn of_folder(folder: &Path, program: &str, blessing: bool) -> Self {
        let name = folder.join(program);
        Self {
            input: fs::read(name.with_extension("in")).unwrap_or_default(),
            expected: name.with_extension("txt"),
            blessing,
        }
    }

    /// The name of what is expected.
    fn name(&self) -> &str {
        let name = self.expected.file_stem().and_then(|name| name.to_str());
        name.unwrap_or_default()
    }

    fn judge(&self, output: &str) -> Result<&'static str, String> {
        if self.blessing {
            bless(&self.expected, output)
        } else {
            compare(&self.expected, output)
        }
    }
}

/// Runs a program, with further arguments of QEMU, and compares what it writes; says so, and whether it is the same.
fn passes(
    board: &Board,
    machine: Machine,
    elf: &Path,
    further: &[&str],
    script: &Script,
) -> Result<bool, Box<dyn Error>> {
    let run = machine.run(&board.image(elf)?, further, &script.input, LIMIT)?;
    let output = if board.defmt {
        decode(elf, &run.output)?
    } else {
        run.output
    };
    let output = String::from_utf8_lossy(&output).into_owned();
    let verdict = match run.exit {
        Some(0) => script.judge(&output),
        Some(code) => Err(format!("exit code {code}\n{output}{}", run.errors)),
        None => Err(format!(
            "still running after {} s\n{output}{}",
            LIMIT.as_secs(),
            run.errors
        )),
    };
    match &verdict {
        Ok(word) => println!("  {word}"),
        Err(why) => println!("  FAILED\n{why}"),
    }
    output
        .lines()
        .filter(|line| line.starts_with('#'))
        .for_each(|line| println!("    {line}"));
    Ok(verdict.is_ok())
}

/// Runs a program with one of the larger models that the micro:bit v1 holds, too. With one model, the packets of all boards are the same:
/// they share one expected output, whose input has those packets, too.
fn passes_with(
    board: &Board,
    machine: Machine,
    program: &str,
    model: &str,
    script: &Script,
) -> Result<bool, Box<dyn Error>> {
    let file = examples().join("models").join(model).with_extension("aut");
    let elf = board.with_model(program, &file)?;
    let size = ImageSize::of(&fs::read(&elf)?)?;
    print!("  {model:<21}{}", sizes(board, &size));
    std::io::stdout().flush()?;
    passes(board, machine, &elf, &[], script)
}

/// Installs the compiler and QEMU where this board needs them and this machine has not.
fn install(board: &Board) -> Result<(), String> {
    if let Err(BuildError::NoToolchain { .. }) = Toolchain::find(board.core.target) {
        toolchain::install(toolchain::DEBIAN_PACKAGES)?;
    }
    if board
        .machine
        .is_some_and(|machine| machine.check().is_err())
    {
        toolchain::install(qemu::DEBIAN_PACKAGES)?;
    }
    Ok(())
}

/// Installs the emulator of npm or PyPI that this board runs in. Without it the board's programs say NOT RUN.
fn install_emulator(board: &Board) -> Result<(), String> {
    if board.rp2040 {
        with_packages(tools::rp2040::DEBIAN_PACKAGES, tools::rp2040::prepare)
    } else if board.unicorn.is_some() {
        with_packages(tools::unicorn::DEBIAN_PACKAGES, tools::unicorn::prepare)
    } else {
        Ok(())
    }
}

/// Prepares an emulator, if need be after its Debian packages.
fn with_packages<E: Error>(
    packages: &[&str],
    prepare: impl Fn() -> Result<(), E>,
) -> Result<(), String> {
    if prepare().is_ok() {
        return Ok(());
    }
    let _ = toolchain::install(packages).inspect_err(|error| eprintln!("{error}"));
    prepare().map_err(|error| error.to_string())
}

fn sizes(board: &Board, size: &ImageSize) -> String {
    format!(
        "flash {} of {}, RAM {} of {} ({} stack)",
        size.flash,
        board.part.flash,
        size.ram(),
        board.part.ram,
        size.stack
    )
}

/// The text of a defmt stream.
fn decode(elf: &Path, stream: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut decoder = Command::new("cargo");
    decoder
        .current_dir(examples())
        .env_remove("CARGO_TARGET_DIR")
        .args([
            "run",
            "--locked",
            "--quiet",
            "--package",
            "decode-defmt",
            "--",
        ])
        .arg(elf);
    let finished = process::run(&mut decoder, stream, DECODER_LIMIT)?;
    if finished.exit != Some(0) {
        let errors = String::from_utf8_lossy(&finished.errors);
        return Err(format!("the log of {} cannot be decoded: {errors}", elf.display()).into());
    }
    Ok(finished.output)
}

/// The lines of `output` that must always be the same.
fn lasting(output: &str) -> String {
    output
        .split_inclusive('\n')
        .filter(|line| !line.starts_with('#'))
        .collect()
}

pub(crate) fn compare(expected: &Path, output: &str) -> Result<&'static str, String> {
    let text =
        fs::read_to_string(expected).map_err(|error| format!("{}: {error}", expected.display()))?;
    let output = lasting(output);
    if text == output {
        return Ok("ok");
    }
    Err(TextDiff::from_lines(&text, &output)
        .unified_diff()
        .header("expected", "written")
        .to_string())
}

pub(crate) fn bless(expected: &Path, output: &str) -> Result<&'static str, String> {
    fs::write(expected, lasting(output))
        .map_err(|error| format!("{}: {error}", expected.display()))?;
    Ok("blessed")
}

/// A model that this board has no room for must not compile, and the error must say how many bytes are missing.
fn too_large(board: &Board) -> Result<usize, Box<dyn Error>> {
    let (model, sentence) = smallest_too_large(board, BASE)?;
    let output = Toolchain::find(board.core.target)?
        .cargo("build", &board.folder())
        .arg("--locked")
        .env("AUTARKY_MODEL", model.place()?)
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let refused = !output.status.success() && errors.contains(&sentence);
    let verdict = if refused { "ok" } else { "FAILED" };
    println!(
        "  does not compile with {}: \"{sentence}\"  {verdict}",
        model.name
    );
    if !refused {
        println!("{errors}");
    }
    Ok(usize::from(!refused))
}

/// A model of a shape with the least doubling of its context that this board has no room for, and what the compiler must
/// say.
fn smallest_too_large(
    board: &Board,
    mut dims: Dims,
) -> Result<(NamedModel, String), Box<dyn Error>> {
    loop {
        let file = random_model(&dims, 1);
        let fit = board.part.fit(&Header::read(&file)?.dims, file.len());
        if !matches!(fit, Fit::Fits { .. }) {
            let name = format!("random-context-{}", dims.context);
            return Ok((NamedModel { name, file }, fit.to_string()));
        }
        dims = match dims.context {
            MAX_CONTEXT.. if dims.kv_heads == dims.heads => return Err("every model fits".into()),
            MAX_CONTEXT.. => Dims {
                kv_heads: dims.heads,
                ..dims
            },
            context => Dims {
                context: context * 2,
                ..dims
            },
        };
    }
}
