//! One HTML file: sources of `docs/demo`, the engine as WebAssembly, a model.

use crate::toolchain::{BuildError, Toolchain};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use formats::Model;
use formats::boards::BOARDS;
use formats::fit::{PROGRAM_FLASH, PROGRAM_RAM};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{fs, io};

/// What the page may take.
pub const MOST_BYTES: usize = 450 * 1024;
/// The target of the engine.
const TARGET: &str = "wasm32-unknown-unknown";
/// Where the page asks for a source: `{{name}}` and the file.
const SOURCES: [(&str, &str); 10] = [
    ("style", "style.css"),
    ("engine", "engine.js"),
    ("worker", "worker.js"),
    ("bytes", "bytes.js"),
    ("qr", "qr.js"),
    ("client", "client.js"),
    ("write", "write.js"),
    ("compress", "compress.js"),
    ("look", "look.js"),
    ("app", "app.js"),
];
/// Packets that people must fit.
const PACKETS: [(usize, &str); 5] = [
    (233, "Meshtastic"),
    (160, "SMS, MeshCore"),
    (140, "SMS data, Iridium"),
    (67, "APRS"),
    (50, "satellite unit"),
];

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// The engine does not build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The model's file is none.
    #[error("{}: {error}", path.display())]
    Model {
        /// Which one.
        path: PathBuf,
        /// Why not.
        error: formats::ParseError,
    },
    /// A source has `</script`, `</style` or `<!--`.
    #[error("{0} ends or hides the element of the page that it stands in: write it otherwise")]
    Ends(&'static str),
    /// The page is too large.
    #[error(
        "the page has {have} bytes, the limit is {MOST_BYTES}: take a smaller model with --model"
    )]
    TooLarge {
        /// Its bytes.
        have: usize,
    },
}

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Where the page lies when it is built.
pub fn path() -> PathBuf {
    root().join("target/demo/index.html")
}

/// The model of the page: the one for messages, where there is one.
pub fn default_model() -> PathBuf {
    let models = root().join("firmware-examples/models");
    let messages = models.join("messages.aut");
    match messages.exists() {
        true => messages,
        false => models.join("microbit.aut"),
    }
}

/// Reads a file.
///
/// # Errors
/// [`PageError::File`].
pub fn read(path: &Path) -> Result<Vec<u8>, PageError> {
    fs::read(path).map_err(|error| PageError::File {
        path: path.to_owned(),
        error,
    })
}

/// Builds the page with the model of a file and writes it: its bytes.
///
/// # Errors
/// [`PageError`].
pub fn build(model: &Path) -> Result<usize, PageError> {
    let file = read(model)?;
    let engines = [engine(Instructions::Simd)?, engine(Instructions::Plain)?];
    let page = join(&settings(model, &file)?, &engines, &file)?;
    if page.len() > MOST_BYTES {
        return Err(PageError::TooLarge { have: page.len() });
    }
    let written =
        fs::create_dir_all(path().with_file_name("")).and_then(|()| fs::write(path(), &page));
    match written {
        Ok(()) => Ok(page.len()),
        Err(error) => Err(PageError::File {
            path: path(),
            error,
        }),
    }
}

/// What the engine is built of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Instructions {
    /// With `simd128`: about five times as fast.
    Simd,
    /// For a browser that does not know them: as small as can be.
    Plain,
}

/// The C interface for WebAssembly.
fn engine(instructions: Instructions) -> Result<Vec<u8>, PageError> {
    let target = root().join("target/demo");
    let (level, features) = match instructions {
        Instructions::Simd => ("3", "+simd128"),
        Instructions::Plain => ("\"s\"", "-simd128"),
    };
    let mut cargo = Toolchain::find(TARGET)?.cargo("rustc", &root().join("runtime/c"));
    cargo
        .args(["--quiet", "--locked", "--package", "autarky", "--lib"])
        .args(["--crate-type", "cdylib", "--no-default-features"])
        .args(["--features", "panic-hook", "--target-dir"])
        .arg(&target)
        .arg("--config")
        .arg(format!(
            "target.{TARGET}.rustflags=[\"-Ctarget-feature={features}\"]"
        ));
    for setting in [
        &format!("opt-level={level}"),
        "lto=\"fat\"",
        "codegen-units=1",
        "panic=\"abort\"",
        "strip=true",
    ] {
        cargo
            .arg("--config")
            .arg(format!("profile.release.{setting}"));
    }
    let output = cargo
        .stdin(Stdio::null())
        .output()
        .map_err(|error| BuildError::NotRun {
            program: "cargo".to_owned(),
            error,
        })?;
    if !output.status.success() {
        return Err(PageError::Build(BuildError::Refused {
            folder: root().join("runtime/c"),
            target: TARGET.to_owned(),
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        }));
    }
    read(&target.join(TARGET).join("release/autarky.wasm"))
}

/// What the page says about a model, and begins with.
fn settings(path: &Path, file: &[u8]) -> Result<Value, PageError> {
    let model = Model::parse(file).map_err(|error| PageError::Model {
        path: path.to_owned(),
        error,
    })?;
    // A model of documents learned from messages, one of characters from plays. The message is in neither text.
    let [prompt, message, context] = match model.tokenizer().end() {
        Some(_) => ["I'm ", "On my way, be there in 10 minutes", "See you "],
        None => [
            "ROMEO:\n",
            "Meet me by the old bridge at nine and bring the letter.",
            "My lord, I",
        ],
    };
    let from = model.provenance();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut provenance = format!("{name}, trained on: {}", from.corpus);
    for (word, text) in [("Source", from.source), ("Licence", from.licence)] {
        if !text.is_empty() {
            provenance += &format!(". {word}: {text}");
        }
    }
    let boards =
        BOARDS.map(|board| json!({ "name": board.name, "flash": board.flash, "ram": board.ram }));
    Ok(json!({
        "prompt": prompt,
        "message": message,
        "context": context,
        "provenance": provenance,
        "packets": PACKETS,
        "boards": boards,
        "programFlash": PROGRAM_FLASH,
        "programRam": PROGRAM_RAM,
    }))
}

/// The sources with everything in its place.
fn join(settings: &Value, [simd, plain]: &[Vec<u8>; 2], model: &[u8]) -> Result<String, PageError> {
    let folder = root().join("docs/demo");
    let source = |file: &str| {
        let bytes = read(&folder.join(file))?;
        Ok::<_, PageError>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let mut page = source("index.html")?;
    for (name, file) in SOURCES {
        let text = source(file)?;
        if ["</script", "</style", "<!--"]
            .iter()
            .any(|end| text.contains(end))
        {
            return Err(PageError::Ends(file));
        }
        page = page.replace(&format!("{{{{{name}}}}}"), text.trim_end());
    }
    // In JSON, `<` is allowed as a number.
    let settings = settings.to_string().replace('<', "\\u003c");
    let packed = |bytes| BASE64_STANDARD.encode(miniz_oxide::deflate::compress_to_vec(bytes, 10));
    Ok(page
        .replace("{{settings}}", &settings)
        .replace("{{wasm-simd}}", &packed(simd))
        .replace("{{wasm}}", &packed(plain))
        .replace("{{model}}", &packed(model)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place_and_nothing_is_fetched() {
        let model = default_model();
        let file = read(&model).unwrap();
        let engines = [b"simd".to_vec(), b"plain".to_vec()];
        let page = join(&settings(&model, &file).unwrap(), &engines, &file).unwrap();
        assert!(!page.contains("{{"), "a place is left");
        for address in ["http:", "https:", "src=", "@import"] {
            assert!(!page.contains(address), "{address}");
        }
    }
}
