//! A file system that fails at a chosen operation: full, read-only, with one fault, with short writes. Whatever fails, the
//! program says so, no file of it is half-written, and the run goes on to the very bytes of an undisturbed one.
//!
//! `AUTARKY_FAULTS=all` fails at each operation; otherwise at some of them.
#![cfg(target_os = "linux")]

mod program;

use program::{Home, STUDIES, TRAINER};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A few steps with a checkpoint, an evaluation and a page after each: every file that a run writes, several times.
const CONFIG: &str = r#"
[model]
layers = 1
heads = 1
kv_heads = 1
d_model = 16
hidden = 16
context = 16
weight_trits = 1
head_trits = 1
kv_trits = 1
shift = [8, 0, 0]

[train]
steps = 3
batch = 2
shards = 1
warmup = 1
checkpoint_seconds = 1e-9
eval_interval = 1
"#;
const NEW: [&str; 5] = ["train", "--config", "tiny.toml", "--data", "text.txt"];
/// Operations that fail when not all are asked for.
const SAMPLE: u64 = 10;
/// What the program says when the disk is full, cannot be written, or has a fault.
const MODES: [(&str, &str); 3] = [
    ("full", "No space left on device"),
    ("read-only", "Read-only file system"),
    ("error", "Input/output error"),
];

/// A home on a disk that can be told to fail.
struct Disk {
    home: Home,
    /// Elsewhere, so that it is no operation of the program's.
    tools: tempfile::TempDir,
    shim: PathBuf,
}

impl Disk {
    /// `None`, said loudly, where there is no C compiler.
    fn new() -> Option<Self> {
        let home = Home::new();
        std::fs::write(home.path("tiny.toml"), CONFIG).unwrap();
        let text = std::fs::read_to_string(home.path("text.txt")).unwrap();
        std::fs::write(home.path("text.txt"), &text[..2000]).unwrap();
        let tools = tempfile::tempdir().unwrap();
        let shim = tools.path().join("fault.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugin/fault.c");
        let compiled = Command::new("cc")
            .args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&shim)
            .arg(source)
            .output();
        match compiled {
            Err(error) => {
                eprintln!(
                    "NOT RUN: no failing file system without a C compiler (apt-get install gcc): {error}"
                );
                None
            }
            Ok(output) => {
                assert!(
                    output.status.success(),
                    "{}",
                    String::from_utf8_lossy(&output.stderr)
                );
                Some(Self { home, tools, shim })
            }
        }
    }

    /// The program on a disk that fails in `mode` from operation `at` on.
    fn run(&self, mode: &str, at: u64, args: &[&str]) -> Output {
        let program = match args.first() {
            Some(&"harmonic") => &*STUDIES,
            _ => &*TRAINER,
        };
        Command::new(program)
            .args(args)
            .current_dir(self.home.path(""))
            .env("AUTARKY_OFFLINE", "1")
            .env("LD_PRELOAD", &self.shim)
            .env("FAULT_MODE", mode)
            .env("FAULT_AT", at.to_string())
            .env("FAULT_LOG", self.tools.path().join("operations"))
            .output()
            .unwrap()
    }

    /// How many operations an undisturbed run of `args` takes.
    fn operations(&self, args: &[&str]) -> u64 {
        let output = self.run("count", 1, args);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let count = std::fs::read_to_string(self.tools.path().join("operations")).unwrap();
        count.trim().parse().unwrap()
    }

    fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = std::fs::read_dir(self.home.path(folder)) else {
            return BTreeMap::new();
        };
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read(path).unwrap())
            })
            .collect()
    }

    /// The error on standard error, if it failed: never a panic, and with the system's reason in it.
    fn failed(&self, output: &Output, reason: &str) -> bool {
        let error = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return false;
        }
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(
            error.contains("error: ") && error.contains(reason),
            "{error}"
        );
        assert!(!error.contains("panicked"), "{error}");
        true
    }

    fn remove(&self, folder: &str) {
        std::fs::remove_dir_all(self.home.path(folder)).unwrap();
    }
}

/// Which of `count` operations are to fail.
fn moments(count: u64) -> Vec<u64> {
    let all = std::env::var("AUTARKY_FAULTS").is_ok_and(|faults| faults == "all");
    let every = if all { 1 } else { (count / SAMPLE).max(1) };
    // From the last one backwards: it is where the model and the sample are.
    (0..)
        .map(|i| count - i * every)
        .take_while(|&at| at > 0 && at <= count)
        .take(if all { count as usize } else { SAMPLE as usize })
        .collect()
}

/// Only what cannot be removed may be left over: on a read-only disk.
fn assert_no_leftovers(files: &BTreeMap<String, Vec<u8>>, mode: &str, at: u64) {
    if mode != "read-only" {
        let left: Vec<_> = files.keys().filter(|name| name.starts_with('.')).collect();
        assert!(left.is_empty(), "{mode} {at}: {left:?}");
    }
}

#[test]
fn training_on_a_failing_disk_loses_nothing() {
    let Some(disk) = Disk::new() else {
        return;
    };
    let count = disk.operations(&[&NEW[..], &["--out", "alone"]].concat());
    let expected = disk.files("alone");
    assert!(count > 60, "{count} operations");
    for (mode, reason) in MODES {
        let (mut failures, mut resumed, mut unharmed) = (0, 0, 0);
        for at in moments(count) {
            let output = disk.run(mode, at, &[&NEW[..], &["--out", "run"]].concat());
            let files = disk.files("run");
            assert_no_leftovers(&files, mode, at);
            if disk.failed(&output, reason) {
                failures += 1;
            } else {
                unharmed += 1;
                assert!(
                    files.contains_key("sample.txt"),
                    "{mode} {at}: neither an error nor a model"
                );
            }
            if let Some(bytes) = files.get("model.aut") {
                // Written before it is measured, and again with its losses.
                let model = formats::Model::parse(bytes).unwrap();
                let expected = formats::Model::parse(&expected["model.aut"]).unwrap();
                assert!(model.tensors() == expected.tensors(), "{mode} {at}");
            }
            for name in ["sample.txt", "config.toml"] {
                let whole = files.get(name).is_none_or(|bytes| *bytes == expected[name]);
                assert!(whole, "{mode} {at}: {name} is not what it would have been");
            }
            if !files.contains_key("sample.txt") {
                if files.contains_key("run.json") {
                    let output = disk.home.run(&["train", "--resume", "run"]);
                    let error = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success(), "{mode} {at}: {error}");
                    assert!(
                        !error.contains("not a whole checkpoint"),
                        "{mode} {at}: {error}"
                    );
                    resumed += 1;
                } else {
                    // It failed before there was a run.
                    let _ = std::fs::remove_dir_all(disk.home.path("run"));
                    disk.home.ok(&[&NEW[..], &["--out", "run"]].concat());
                }
            }
            let files = disk.files("run");
            for name in [
                "model.aut",
                "sample.txt",
                "checkpoint.bin",
                "checkpoint-best.bin",
            ] {
                assert!(
                    files.get(name) == expected.get(name),
                    "{mode} {at}: {name} differs from an undisturbed run's"
                );
            }
            disk.remove("run");
        }
        println!(
            "{mode}: {count} operations, {failures} failures, {resumed} resumed, {unharmed} runs went through"
        );
    }
}

#[test]
fn short_writes_change_nothing() {
    let Some(disk) = Disk::new() else {
        return;
    };
    disk.operations(&[&NEW[..], &["--out", "alone"]].concat());
    let output = disk.run("short", 1, &[&NEW[..], &["--out", "short"]].concat());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (expected, files) = (disk.files("alone"), disk.files("short"));
    for name in [
        "model.aut",
        "sample.txt",
        "checkpoint.bin",
        "checkpoint-best.bin",
        "weights.csv",
        "samples.csv",
    ] {
        assert!(files[name] == expected[name], "{name}");
    }
}

/// What `args` writes into `folder`: all of each file or nothing of it, wherever the disk fails.
fn whole_or_absent(disk: &Disk, args: &[&str], folder: &str) {
    let count = disk.operations(args);
    let expected = disk.files(folder);
    assert!(!expected.is_empty());
    disk.remove(folder);
    let mut failures = 0;
    for (mode, reason) in MODES {
        for at in moments(count) {
            std::fs::create_dir_all(disk.home.path(folder)).unwrap();
            let output = disk.run(mode, at, args);
            let files = disk.files(folder);
            assert_no_leftovers(&files, mode, at);
            failures += usize::from(disk.failed(&output, reason));
            for (name, bytes) in files.iter().filter(|(name, _)| !name.starts_with('.')) {
                assert!(
                    expected.get(name) == Some(bytes),
                    "{mode} {at}: {name} is half-written"
                );
            }
            assert!(
                !output.status.success() || files.len() == expected.len(),
                "{mode} {at}: a file is missing"
            );
            disk.remove(folder);
        }
    }
    println!("{}: {count} operations, {failures} failures", args[0]);
    assert!(failures > 0);
}

#[test]
fn an_export_is_whole_or_not_there() {
    let Some(disk) = Disk::new() else {
        return;
    };
    disk.operations(&[&NEW[..], &["--out", "alone"]].concat());
    std::fs::create_dir(disk.home.path("exported")).unwrap();
    whole_or_absent(
        &disk,
        &["export", "alone", "--out", "exported/model.aut"],
        "exported",
    );
}

#[test]
fn pictures_are_whole_or_not_there() {
    let Some(disk) = Disk::new() else {
        return;
    };
    let args = [
        "harmonic",
        "--ratio",
        "1:8",
        "--frames",
        "3",
        "--particles",
        "20",
        "--out",
        "pictures",
    ];
    whole_or_absent(&disk, &args, "pictures");
}

#[test]
fn text_that_cannot_be_printed_is_an_error() {
    let home = Home::new();
    let model = home.path("model.aut");
    std::fs::write(&model, tests::random_model(&tests::ODD, 1)).unwrap();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Command::new(&*TRAINER)
        .arg("generate")
        .arg(model)
        .stdout(full)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && error.contains("No space left on device"),
        "{error}"
    );
}
