//! The header of the C interface, from its sources.

use std::fs;
use std::path::PathBuf;

/// What C sees, in the header's order.
const SOURCES: [&str; 5] = [
    "error.rs",
    "session.rs",
    "text.rs",
    "packets.rs",
    "insight.rs",
];

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../runtime/c"))
}

/// Where it lies.
pub fn path() -> PathBuf {
    folder().join("include/autarky.h")
}

/// What it should say.
///
/// # Errors
/// cbindgen's, in words.
pub fn generate() -> Result<String, String> {
    let config = cbindgen::Config::from_file(folder().join("cbindgen.toml"))?;
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(folder().join("src").join(source));
    }
    let bindings = builder.generate().map_err(|error| error.to_string())?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = String::from_utf8(header).map_err(|error| error.to_string())?;
    Ok(for_c(&header))
}

/// Without the sections that rustdoc wants of an unsafe function: what they ask is plain to a C program.
fn for_c(header: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut skipping = false;
    for line in header.lines() {
        let text = line.trim_start();
        skipping = text.starts_with("// # Safety") || skipping && text.starts_with("//");
        if !skipping {
            lines.push(line);
            continue;
        }
        // The empty line of the comment in front of the section.
        lines.pop_if(|last| last.trim() == "//");
    }
    lines.join("\n") + "\n"
}

/// Writes it.
///
/// # Errors
/// What went wrong, in words.
pub fn write() -> Result<PathBuf, String> {
    let path = path();
    fs::write(&path, generate()?).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_the_sources() {
        let header = fs::read_to_string(path()).unwrap_or_default();
        assert!(
            header == generate().unwrap(),
            "`cargo run -p tools -- c-header` writes it"
        );
    }
}
