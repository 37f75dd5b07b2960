//! Firmware in C: `cargo run -p tools -- c-firmware` builds it with Arm's C compiler, runs it under QEMU, and compares what it
//! writes with `expected.txt` beside its sources. `-- c-archives` builds the libraries of all targets.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tools::c_library::{
    C_CORES, CCore, COMPILER, DEBIAN_PACKAGES, archives, build, firmware, link,
};
use tools::cores::examples;
use tools::firmware::ImageSize;
use tools::markdown::{row, thousands};
use tools::{qemu, toolchain};

/// Far more than the program takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Install what is missing (the C compiler, QEMU) by apt-get
    #[arg(long)]
    install: bool,
    /// Write what the program says to expected.txt instead of comparing
    #[arg(long)]
    bless: bool,
}

#[derive(clap::Args)]
pub(crate) struct ArchiveArguments {
    /// Where the archives go
    #[arg(default_value = "target/archives")]
    folder: PathBuf,
}

/// How many programs failed.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    if arguments.install {
        if Command::new(COMPILER).arg("--version").output().is_err() {
            toolchain::install(DEBIAN_PACKAGES)?;
        }
        if C_CORES[0].machine.check().is_err() {
            toolchain::install(qemu::DEBIAN_PACKAGES)?;
        }
    }
    let mut failed = 0;
    for core in &C_CORES {
        if let Err(error) = check(core, arguments.bless) {
            println!("{}: FAILED\n{error}", core.name);
            failed += 1;
        }
    }
    Ok(failed)
}

fn check(core: &CCore, bless: bool) -> Result<(), Box<dyn Error>> {
    let library = build(core.target)?;
    let folder = tempfile::tempdir()?;
    let elf = folder.path().join("firmware.elf");
    let model = examples().join("models/microbit.aut").canonicalize()?;
    link(core, &library, &model, &elf)?;
    let size = ImageSize::of(&fs::read(&elf)?)?;
    let run = core.machine.run(&elf, &[], &[], LIMIT)?;
    let output = String::from_utf8_lossy(&run.output).into_owned();
    if run.exit != Some(0) {
        return Err(format!("exit code {:?}\n{output}{}", run.exit, run.errors).into());
    }
    let expected = firmware().join("expected.txt");
    if bless {
        fs::write(&expected, &output)?;
    } else if fs::read_to_string(&expected)? != output {
        return Err(format!(
            "it wrote something else than {}:\n{output}",
            expected.display()
        )
        .into());
    }
    println!(
        "{}: flash {}, variables {}, of which 81,920 are the state  ok",
        core.name,
        thousands(size.flash),
        thousands(size.variables)
    );
    Ok(())
}

/// Builds the archives and prints their table.
pub(crate) fn run_archives(arguments: &ArchiveArguments) -> Result<(), Box<dyn Error>> {
    let sizes = archives(&arguments.folder)?;
    row(
        "target",
        ["for".to_owned(), "bytes, before linking".to_owned()].into_iter(),
    );
    row("---", ["---".to_owned(), "---:".to_owned()].into_iter());
    for (target, what, bytes) in sizes {
        row(target, [what.to_owned(), thousands(bytes)].into_iter());
    }
    println!("\n{}", arguments.folder.display());
    Ok(())
}
