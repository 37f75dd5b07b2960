//! The page in the browser: `cargo run -p tools -- demo`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use tools::demo::browser::{self, Browser};
use tools::demo::{check, page, pictures, serve};
use tools::markdown::thousands;
use tools::toolchain::{install, install_command};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The model of the page [default: messages.aut or microbit.aut of firmware-examples/models]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Builds the page and ends
    #[arg(long)]
    build_only: bool,
    /// Where to serve the page to this machine; 0 for any free port
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Tries the page in a headless Chromium, serves nothing
    #[arg(long)]
    test: bool,
    /// Installs Chromium first, where it is missing: for machines that may be changed
    #[arg(long)]
    install: bool,
    /// Takes pictures of the page into a folder, serves nothing
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
}

/// How many checks failed.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    let model = arguments.model.clone().unwrap_or_else(page::default_model);
    let bytes = page::build(&model)?;
    let path = fs::canonicalize(page::path())?;
    println!("{}: {} bytes", path.display(), thousands(bytes as u64));
    if arguments.test || arguments.pictures.is_some() {
        return try_out(arguments, &model, &path);
    }
    if !arguments.build_only {
        let file = fs::read(&path)?;
        serve::serve(&file, arguments.port, |address| {
            println!("{address} (Ctrl-C ends it)");
        })?;
    }
    Ok(0)
}

fn try_out(arguments: &Arguments, model: &Path, path: &Path) -> Result<usize, Box<dyn Error>> {
    if browser::find().is_none() && arguments.install {
        install(browser::DEBIAN_PACKAGES).unwrap_or_else(|error| eprintln!("{error}"));
    }
    let Some(program) = browser::find() else {
        let command = install_command(browser::DEBIAN_PACKAGES);
        println!("NOT RUN: no Chromium on this machine; on Debian `{command}`");
        return Ok(0);
    };
    let folder = tempfile::tempdir()?;
    let mut browser = Browser::start(program, folder.path())?;
    let mut failed = 0;
    if arguments.test {
        for check in check::run(&mut browser, path, &fs::read(model)?)? {
            match check.fault {
                None => {
                    let figure = check.figure.map(|figure| format!(": {figure}"));
                    println!("ok      {}{}", check.name, figure.unwrap_or_default());
                }
                Some(fault) => {
                    failed += 1;
                    println!("FAILED  {}: {fault}", check.name);
                }
            }
        }
    }
    if let Some(folder) = &arguments.pictures {
        fs::create_dir_all(folder)?;
        for (name, picture) in pictures::take(&mut browser, path)? {
            fs::write(folder.join(name), picture)?;
        }
    }
    Ok(failed)
}
