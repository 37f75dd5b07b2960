//! The program as a user runs it, in a folder of its own.
#![allow(dead_code, reason = "not every test file needs all of it")]
#![allow(unreachable_pub, reason = "a module of several test files")]
#![allow(missing_docs)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The program, built as `cargo run -p trainer` builds it.
pub static TRAINER: LazyLock<PathBuf> = LazyLock::new(|| built("trainer"));

/// The program of `cargo run -p studies`.
#[allow(dead_code, reason = "not every test file runs it")]
pub static STUDIES: LazyLock<PathBuf> = LazyLock::new(|| built("studies"));

/// Builds the program of the package of the same name.
fn built(name: &str) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--package",
            name,
            "--bin",
            name,
            "--message-format",
            "json",
            "--manifest-path",
        ])
        .arg(manifest)
        .output()
        .expect("cargo runs");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let messages = String::from_utf8(built.stdout).unwrap();
    let executable = messages.lines().rev().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    executable.expect("cargo names what it built")
}

/// Small enough for seconds.
pub const CONFIG: &str = r#"
[model]
layers = 2
heads = 2
kv_heads = 1
d_model = 32
hidden = 64
context = 32
weight_trits = 1
head_trits = 1
kv_trits = 1
shift = [16, 0, 0]

[train]
steps = 200
batch = 8
shards = 2
warmup = 10
learning_rate = 1e-2
"#;

pub struct Home(tempfile::TempDir);

impl Home {
    /// A folder with a text and a configuration, and nothing in the cache.
    pub fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let text = trainer::data::corpus::built_in().text;
        std::fs::write(home.path("text.txt"), &text[..20_000]).unwrap();
        std::fs::write(home.path("small.toml"), CONFIG).unwrap();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn run(&self, args: &[&str]) -> Output {
        Command::new(&*TRAINER)
            .args(args)
            .current_dir(self.0.path())
            .env("AUTARKY_OFFLINE", "1")
            .env("AUTARKY_CACHE", self.path("cache"))
            .output()
            .unwrap()
    }

    /// Standard output of a call that must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a call that must fail, and print nothing else.
    pub fn err(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} should fail");
        assert!(
            output.stdout.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8(output.stderr).unwrap()
    }

    pub fn train(&self, out: &str) -> Value {
        json(&self.ok(&[
            "--config",
            "small.toml",
            "--data",
            "text.txt",
            "--out",
            out,
            "--json",
        ]))
    }
}

pub fn json(output: &str) -> Value {
    serde_json::from_str(output.lines().last().expect("output")).expect("the last line is JSON")
}
