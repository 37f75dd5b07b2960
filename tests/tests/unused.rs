//! Every dependency of every manifest is named in the sources of its package.

use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Dependencies that sources do not name, and why they are there: package, dependency, reason.
const UNNAMED: [(&str, &str, &str); 12] = [
    ("trainer", "miniz_oxide", FEATURES),
    ("trainer", "simd-adler32", FEATURES),
    ("trainer", "regex-syntax", FEATURES),
    ("fuzz", "serde_json", TRAINER_INPUTS),
    ("fuzz", "sha2", TRAINER_INPUTS),
    ("fuzz", "tempfile", TRAINER_INPUTS),
    ("fuzz", "toml", TRAINER_INPUTS),
    ("pico", "portable-atomic", FEATURES),
    ("qemu-bench", "portable-atomic", FEATURES),
    ("qemu-cortex-m4", "runtime", FEATURES),
    ("qemu-microbit", "portable-atomic", FEATURES),
    ("qemu-riscv32i", "portable-atomic", FEATURES),
];
const FEATURES: &str =
    "switches on features of a package that others use: the manifest or the workspace's says which";
const TRAINER_INPUTS: &str = "named by tests/tests/trainer_inputs, which its targets include";

/// Every folder that holds a package.
fn packages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            packages(&path, found);
        } else if name == "Cargo.toml" && manifest(folder).contains_key("package") {
            found.push(folder.to_owned());
        }
    }
}

fn manifest(folder: &Path) -> Table {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    text.parse().unwrap()
}

/// All sources of a package, those of packages in folders of it excepted, without lines of comment.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !path.join("Cargo.toml").exists() {
            sources(&path, text);
        } else if name.ends_with(".rs") {
            let source = fs::read_to_string(path).unwrap();
            for line in source.lines() {
                if !line.trim_start().starts_with("//") {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
}

/// The names in the tables of dependencies, those of targets included.
fn dependencies(manifest: &Table) -> Vec<String> {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let of = |table: &Table| -> Vec<String> {
        kinds
            .iter()
            .filter_map(|kind| table.get(*kind)?.as_table())
            .flat_map(|table| table.keys().cloned())
            .collect()
    };
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values);
    let mut names = of(manifest);
    names.extend(targets.filter_map(Value::as_table).flat_map(of));
    names
}

/// Whether `text` holds `word` and not only as a part of a longer one.
fn holds(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

#[test]
fn every_dependency_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = Vec::new();
    packages(&root, &mut folders);
    assert!(folders.len() > 10, "only {folders:?}");
    let (mut unused, mut excused) = (Vec::new(), Vec::new());
    for folder in folders {
        let manifest = manifest(&folder);
        let package = manifest["package"]["name"].as_str().unwrap().to_owned();
        let mut text = String::new();
        sources(&folder, &mut text);
        if package == "tests" {
            // Its documentation tests are the snippets there.
            text.push_str(&fs::read_to_string(root.join("README.md")).unwrap());
        }
        // A feature of a package may be one of a dependency; that a feature switches the dependency on is no use of it.
        if let Some(features) = manifest.get("features") {
            text.push_str(&features.to_string().replace("dep:", "dep_"));
        }
        for name in dependencies(&manifest) {
            if holds(&text, &name.replace('-', "_")) {
                continue;
            }
            match UNNAMED
                .iter()
                .find(|(p, n, _)| (*p, *n) == (&package, &name))
            {
                Some(excuse) => excused.push(*excuse),
                None => unused.push(format!("{package}: {name}")),
            }
        }
    }
    assert!(
        unused.is_empty(),
        "in manifests and not in sources: {unused:#?}"
    );
    assert_eq!(
        excused.len(),
        UNNAMED.len(),
        "used after all, or gone: {UNNAMED:?} but {excused:?}"
    );
}

#[test]
fn a_name_is_found_as_a_word_only() {
    assert!(holds("use rand::Rng;", "rand") && holds("(rand)", "rand"));
    assert!(!holds("use rand_chacha::Rng;", "rand") && !holds("operand", "rand"));
}
