//! What docs/own-project.md says to do in a project outside of this workspace works as it is written there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().unwrap()
}

/// The page's blocks of `language`, in order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = page.split(fence.as_str()).skip(1);
    let block = |part: &str| part.split("```").next().unwrap().to_owned();
    parts.map(block).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// A folder with the page's project in it, given the lines of its dependencies.
fn project(folder: &Path, dependencies: &str) -> PathBuf {
    let page = fs::read_to_string(root().join("docs/own-project.md")).unwrap();
    let [library, program] = blocks(&page, "rust").try_into().unwrap();
    let project = folder.join("own-project");
    fs::create_dir_all(project.join("src")).unwrap();
    let write = |name: &str, text: &str| fs::write(project.join(name), text).unwrap();
    write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"own-project\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{dependencies}"
        ),
    );
    write("src/lib.rs", &library);
    write("src/main.rs", &program);
    // The versions that the rest of the tests use, which are on this machine already.
    fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let model = root().join("firmware-examples/models/microbit.aut");
    fs::copy(model, project.join("src/model.aut")).unwrap();
    project
}

fn cargo(project: &Path, args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .current_dir(project)
        .env("CARGO_TARGET_DIR", project.join("target"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {args:?}: {errors}");
    output
}

fn dependencies() -> [String; 2] {
    let page = fs::read_to_string(root().join("docs/own-project.md")).unwrap();
    blocks(&page, "toml").try_into().unwrap()
}

#[test]
fn copied_folders_run_on_a_host_and_build_for_a_microcontroller() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["formats", "runtime"] {
        copy(&root().join(name), &folder.path().join(name));
    }
    let [_, paths] = dependencies();
    let project = project(folder.path(), &paths);
    let output = cargo(&project, &["run", "--release", "--offline"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.chars().count(), 41, "{text}");

    let target = "thumbv6m-none-eabi";
    if has(target) {
        cargo(
            &project,
            &[
                "build",
                "--lib",
                "--release",
                "--offline",
                "--target",
                target,
            ],
        );
    } else {
        eprintln!("NOT RUN for {target}: `rustup target add {target}`");
    }
}

#[test]
fn a_board_s_folder_builds_where_it_was_copied_to() {
    let target = "thumbv6m-none-eabi";
    if !has(target) {
        eprintln!("NOT RUN for {target}: `rustup target add {target}`");
        return;
    }
    let page = fs::read_to_string(root().join("docs/own-project.md")).unwrap();
    let [lines] = blocks(&page, "sh").try_into().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-euc", &lines]).current_dir(folder.path());
    let status = shell.env("AUTARKY", root()).status().unwrap();
    assert!(status.success(), "{lines}");
    let board = folder.path().join("firmware/my-board");
    let build = ["build", "--release", "--bin", "selftest"];
    cargo(&board, &build);
    let built = board.join("target").join(target).join("release/selftest");
    assert!(built.is_file());
}

#[test]
fn every_board_s_folder_is_a_package_where_it_was_copied_to() {
    let page = fs::read_to_string(root().join("docs/own-project.md")).unwrap();
    let [lines] = blocks(&page, "sh").try_into().unwrap();
    let boards = [
        "pico",
        "pico-2",
        "microbit-v2",
        "nucleo-f446re",
        "esp32-c3",
        "qemu-cortex-m4",
        "qemu-riscv32i",
    ];
    for board in boards {
        let folder = tempfile::tempdir().unwrap();
        let lines = lines.replace("qemu-microbit", board);
        let mut shell = Command::new("sh");
        shell.args(["-euc", &lines]).current_dir(folder.path());
        let status = shell.env("AUTARKY", root()).status().unwrap();
        assert!(status.success(), "{lines}");
        let copy = folder.path().join("firmware/my-board");
        let metadata = [
            "metadata",
            "--offline",
            "--no-deps",
            "--format-version",
            "1",
        ];
        let output = cargo(&copy, &metadata);
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        assert_eq!(
            packages.len(),
            3,
            "{board}: build-helper, common and itself"
        );
        let dependencies = packages
            .iter()
            .flat_map(|package| package["dependencies"].as_array());
        for path in dependencies
            .flatten()
            .filter_map(|one| one["path"].as_str())
        {
            assert!(
                Path::new(path).join("Cargo.toml").is_file(),
                "{board}: {path}"
            );
        }
    }
}

/// Whether this toolchain has the core library of a target.
fn has(target: &str) -> bool {
    let args = ["--print", "target-libdir", "--target", target];
    let output = Command::new("rustc").args(args).output().unwrap();
    let folder = String::from_utf8(output.stdout).unwrap();
    Path::new(folder.trim()).exists()
}

#[test]
fn a_git_repository_serves_both_packages_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("autarky");
    for name in ["formats", "runtime"] {
        copy(&root().join(name), &repository.join(name));
    }
    let members = "[workspace]\nmembers = [\"formats\", \"runtime\"]\nresolver = \"3\"\n";
    fs::write(repository.join("Cargo.toml"), members).unwrap();
    for args in [
        &["init", "-q"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "commit",
            "-qm",
            "all",
        ],
    ] {
        let status = Command::new("git")
            .args(args)
            .current_dir(&repository)
            .status();
        assert!(status.unwrap().success(), "git {args:?}");
    }
    let [git, _] = dependencies();
    let url = format!("file://{}", repository.display());
    let lines = git.replace("https://example.com/autarky.git", &url);
    assert!(lines.contains(&url));
    let project = project(folder.path(), &lines);
    // Of a folder, git needs no network; the registry's packages are on this machine.
    let output = cargo(&project, &["metadata", "--format-version", "1"]);
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    for name in ["formats", "runtime"] {
        let package = packages
            .iter()
            .find(|package| package["name"] == name)
            .unwrap();
        assert!(package["source"].as_str().unwrap().starts_with("git+file:"));
    }
}
