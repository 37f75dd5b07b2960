//! What the workspace is made of: where it comes from, and what ends up in a firmware.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn table(path: &str) -> Table {
    read(path).parse().unwrap()
}

#[test]
fn every_package_comes_from_the_registry_with_a_checksum() {
    let lock = table("Cargo.lock");
    let packages = lock["package"].as_array().unwrap();
    let mut ours = BTreeSet::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        match package.get("source").and_then(Value::as_str) {
            Some(source) => {
                assert_eq!(
                    source, "registry+https://github.com/rust-lang/crates.io-index",
                    "{name}"
                );
                let checksum = package
                    .get("checksum")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                assert_eq!(checksum.len(), 64, "{name} has no SHA-256");
            }
            None => drop(ours.insert(name)),
        }
    }
    assert_eq!(
        ours,
        [
            "autarky", "formats", "runtime", "studies", "tests", "tools", "trainer"
        ]
        .into()
    );
    println!(
        "{} packages, all but {} from crates.io, each with a SHA-256",
        packages.len(),
        ours.len()
    );
}

/// Dependencies of a crate that are not switched off by default, and the optional ones.
fn direct(name: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let manifest = table(&format!("{name}/Cargo.toml"));
    let dependencies = manifest["dependencies"].as_table().unwrap();
    let optional = |value: &Value| {
        value
            .get("optional")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    };
    let of = |wanted| {
        let chosen = dependencies
            .iter()
            .filter(move |(_, value)| optional(value) == wanted);
        chosen.map(|(name, _)| name.clone()).collect()
    };
    (of(false), of(true))
}

#[test]
fn a_firmware_has_few_dependencies_and_a_reason_for_each() {
    let mut reasons = BTreeMap::<String, BTreeSet<String>>::new();
    for line in read("docs/reliability.md").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [
            "",
            name @ ("`formats`" | "`runtime`"),
            dependency,
            reason,
            "",
        ] = cells.as_slice()
        {
            assert!(reason.len() > 10, "{line}");
            let list = reasons
                .entry(name.trim_matches('`').to_owned())
                .or_default();
            assert!(
                list.insert(dependency.trim_matches('`').to_owned()),
                "twice: {line}"
            );
        }
    }
    for name in ["formats", "runtime"] {
        let (always, optional) = direct(name);
        assert!(always.len() < 5, "{name}: {always:?}");
        let all: BTreeSet<String> = always.union(&optional).cloned().collect();
        assert_eq!(
            reasons.get(name),
            Some(&all),
            "the table of docs/reliability.md, {name}"
        );
    }
}

/// Everything that `runtime` is built from for a microcontroller, with what of it runs while it is built.
#[test]
fn what_runs_while_a_firmware_is_built_is_known() {
    let cargo = |args: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(args)
            .current_dir(root())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let target = "thumbv6m-none-eabi";
    let tree = cargo(&[
        "tree",
        "--locked",
        "-p",
        "runtime",
        "-e",
        "no-dev",
        "--prefix",
        "none",
        "--target",
        target,
        "-f",
        "{lib} {p}",
    ]);
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    let in_firmware = [
        "bytemuck",
        "cobs",
        "crc",
        "crc-catalog",
        "formats",
        "postcard",
        "runtime",
        "serde",
        "serde_core",
        "thiserror",
    ];
    let while_building = [
        "proc-macro2",
        "quote",
        "serde_derive",
        "syn",
        "thiserror-impl",
        "unicode-ident",
    ];
    assert_eq!(
        names,
        in_firmware.into_iter().chain(while_building).collect()
    );

    let metadata = cargo(&["metadata", "--locked", "--format-version", "1"]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let mut kinds = BTreeMap::<&str, BTreeSet<&str>>::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        // Where there are two versions, the firmware's is in the tree by name and version.
        let version = format!("{name} v{}", package["version"].as_str().unwrap());
        if !tree.contains(&version) {
            continue;
        }
        for target in package["targets"].as_array().unwrap() {
            for kind in target["kind"].as_array().unwrap() {
                kinds
                    .entry(kind.as_str().unwrap())
                    .or_default()
                    .insert(name);
            }
        }
    }
    assert_eq!(
        kinds["proc-macro"],
        ["serde_derive", "thiserror-impl"].into()
    );
    // They look at the compiler's version or at the target's name; `runtime`'s chooses the kernel.
    let scripts = [
        "proc-macro2",
        "quote",
        "runtime",
        "serde",
        "serde_core",
        "thiserror",
    ];
    assert_eq!(kinds["custom-build"], scripts.into());
}

/// `cargo run -p trainer` after `cargo test --workspace`, or before it, compiles nothing of burn again.
#[test]
fn the_trainer_alone_asks_for_the_features_that_the_workspace_does() {
    let packages = |arguments: &[&str]| -> BTreeSet<String> {
        let tree = [
            "tree", "--prefix", "none", "--format", "{p} {f}", "--locked",
        ];
        let output = Command::new(env!("CARGO"))
            .args(tree)
            .args(arguments)
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text
            .lines()
            .map(|line| line.trim_end_matches(" (*)").trim());
        // Ours are compiled in seconds.
        let foreign = lines.filter(|line| !line.contains('/'));
        foreign.map(str::to_owned).collect()
    };
    let alone = packages(&["--package", "trainer", "--edges", "normal,build"]);
    let together = packages(&["--workspace"]);
    let other: Vec<_> = alone.difference(&together).collect();
    assert!(alone.len() > 100);
    assert!(other.is_empty(), "compiled twice: {other:#?}");
}

/// `formats` and `runtime` inherit nothing, so that a copied folder compiles, and still say what the workspace does.
#[test]
fn the_crates_for_devices_stand_alone_and_agree_with_the_workspace() {
    let workspace = table("Cargo.toml")["workspace"].as_table().unwrap().clone();
    let shared = workspace["dependencies"].as_table().unwrap();
    for name in ["formats", "runtime"] {
        let text = read(&format!("{name}/Cargo.toml"));
        assert!(!text.contains("workspace = true"), "{name}");
        let manifest = table(&format!("{name}/Cargo.toml"));
        for (key, value) in workspace["package"].as_table().unwrap() {
            assert_eq!(manifest["package"].get(key), Some(value), "{name}: {key}");
        }
        assert_eq!(manifest["lints"], workspace["lints"], "{name}");
        for kind in ["dependencies", "dev-dependencies"] {
            let Some(dependencies) = manifest.get(kind).and_then(Value::as_table) else {
                continue;
            };
            for (dependency, value) in dependencies {
                // The path of `formats` is another one from each folder.
                if dependency != "formats" {
                    let version = |value: &Value| value.get("version").unwrap_or(value).clone();
                    assert_eq!(
                        version(value),
                        version(&shared[dependency]),
                        "{name}: {dependency}"
                    );
                }
            }
        }
    }
}
