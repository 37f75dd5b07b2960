//! General compressors from PyPI, in a Python of their own (`rivals/rivals.py`).

use super::texts::Messages;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The sizes of all packets by file and message, or why there are none.
pub type Sizes = Result<Vec<Vec<usize>>, String>;

/// A Python with the packages of `rivals/requirements.txt`, in `folder`.
///
/// # Errors
/// What is missing, in words.
pub fn python(folder: &Path) -> Result<PathBuf, String> {
    let python = folder.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    }
    // One by one: a package that cannot be had does not keep the others away.
    for package in include_str!("../../rivals/requirements.txt").lines() {
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            package,
        ]);
        if let Err(error) = run(&mut pip) {
            eprintln!("{package}: {error}");
        }
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("cannot run {name}: {error}")),
    }
}

/// Measures all rivals, in the order of the table.
///
/// # Errors
/// Python did not run to its end, in words.
pub fn measure(
    python: &Path,
    train: &[Messages],
    tests: &[Messages],
) -> Result<Vec<(String, Sizes)>, String> {
    let train: Vec<&String> = train.iter().flat_map(|file| &file.messages).collect();
    let tests_by_name: serde_json::Map<String, Value> = tests
        .iter()
        .map(|test| (test.name.clone(), json!(test.messages)))
        .collect();
    let task = json!({ "train": train, "tests": tests_by_name });
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/rivals/rivals.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", python.display()))?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    // The script reads all of it before it writes.
    input
        .write_all(task.to_string().as_bytes())
        .map_err(|error| error.to_string())?;
    drop(input);
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("rivals.py: {}", output.status));
    }
    let sizes: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let sizes = sizes.as_object().ok_or("rivals.py wrote no object")?;
    Ok(sizes
        .iter()
        .map(|(name, sizes)| (name.clone(), of(sizes, tests)))
        .collect())
}

fn of(sizes: &Value, tests: &[Messages]) -> Sizes {
    if let Some(missing) = sizes.as_str() {
        return Err(missing.to_owned());
    }
    let of_test = |test: &Messages| {
        let sizes: Vec<usize> =
            serde_json::from_value(sizes[&test.name].clone()).map_err(|error| error.to_string())?;
        if sizes.len() != test.messages.len() {
            return Err(format!(
                "{} sizes of {} messages",
                sizes.len(),
                test.messages.len()
            ));
        }
        Ok(sizes)
    };
    tests.iter().map(of_test).collect()
}
