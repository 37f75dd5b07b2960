//! The C interface: programs in C and C++ get what Rust gets, and wrong calls are error numbers.

use runtime::codec::compress_framed;
use runtime::{Generate, Sampling};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tests::with_engine;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn model() -> PathBuf {
    root().join("firmware-examples/models/microbit.aut")
}

/// Whether a compiler is here. Without one nothing of this can be tested.
fn has(compiler: &str) -> bool {
    let found = Command::new(compiler).arg("--version").output().is_ok();
    if !found {
        println!("NOT RUN: no {compiler} on this machine");
    }
    found
}

/// What a C compiler looks for in the program, and in what it calls of the C library.
const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// The static library: the one that AUTARKY_C_LIBRARY names, or one that is built once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        if let Some(library) = std::env::var_os("AUTARKY_C_LIBRARY") {
            return root().join(library);
        }
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("c");
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--release",
                "--package",
                "autarky",
                "--target-dir",
            ])
            .arg(&target)
            .current_dir(root())
            .status();
        assert!(status.unwrap().success());
        target.join("release/libautarky.a")
    })
}

/// Compiles a program against the library, with sanitizers.
fn compile(compiler: &str, source: &str, standard: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(compiler)
        .args(["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic"])
        .arg(standard)
        .args(SANITIZERS)
        .arg("-I")
        .arg(root().join("runtime/c/include"))
        .arg("-I")
        .arg(root().join("runtime/c/examples"))
        .arg(root().join(source))
        .arg(library())
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(folder.path().join("program"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    folder
}

/// What it writes.
fn run(folder: &tempfile::TempDir, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(folder.path().join("program"))
        .arg(model())
        .args(arguments)
        // The examples keep their memory as long as they run.
        .env("ASAN_OPTIONS", "detect_leaks=0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_program_in_c_generates_the_text_of_rust() {
    if !has("cc") {
        return;
    }
    let program = compile("cc", "runtime/c/examples/generate.c", "-std=c11");
    let written = run(&program, &["ROMEO:\n", "7", "60"], "");
    let expected = with_engine(&fs::read(model()).unwrap(), |engine| {
        let prompt: Vec<u16> = engine
            .model()
            .tokenizer()
            .encode("ROMEO:\n")
            .map(Result::unwrap)
            .collect();
        let sampling = Sampling {
            temperature: 80,
            ..Sampling::default()
        };
        let generate = Generate::new(engine, &prompt, sampling, 7).unwrap();
        generate.pieces().take(60).collect::<String>()
    });
    let (first, text) = written.split_once('\n').unwrap();
    assert!(
        first.ends_with("steps: the logits are the trainer's, bit for bit"),
        "{first}"
    );
    assert_eq!(text, expected);
}

#[test]
fn a_program_in_cpp_packs_the_packets_of_rust() {
    if !has("c++") {
        return;
    }
    let program = compile("c++", "runtime/c/examples/messages.cpp", "-std=c++17");
    // Whatever the bytes, and nothing at all.
    let lines = [
        "O Romeo, Romeo!",
        "",
        "wherefore — art thou",
        "01234 \u{1F600}",
    ];
    let written = run(&program, &[], &(lines.join("\n") + "\n"));
    let file = fs::read(model()).unwrap();
    let expected = lines.map(|line| {
        with_engine(&file, |engine| {
            let mut packet = vec![0; line.len() + 1];
            let length = compress_framed(engine, line.as_bytes(), &mut packet).unwrap();
            packet[..length]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        })
    });
    assert_eq!(written.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn wrong_calls_are_error_numbers_and_sanitizers_see_nothing() {
    if !has("cc") {
        return;
    }
    let program = compile("cc", "tests/c/wrong_calls.c", "-std=c11");
    assert_eq!(run(&program, &[], ""), "");
}

#[test]
fn cmake_builds_and_links_the_library() {
    if !has("cc") || !has("cmake") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let library = root().join("runtime/c").canonicalize().unwrap();
    let lists = format!(
        "cmake_minimum_required(VERSION 3.16)\n\
         project(example C)\n\
         add_subdirectory({library} autarky)\n\
         add_executable(program {library}/examples/generate.c)\n\
         target_link_libraries(program PRIVATE autarky::autarky)\n",
        library = library.display()
    );
    fs::write(folder.path().join("CMakeLists.txt"), lists).unwrap();
    let cmake = |arguments: &[&str]| {
        let output = Command::new("cmake")
            .args(arguments)
            .current_dir(&folder)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cmake {arguments:?}: {errors}");
    };
    cmake(&["-S", ".", "-B", "."]);
    cmake(&["--build", "."]);
    let text = run(&folder, &["ROMEO:\n", "7", "20"], "");
    assert!(text.contains("bit for bit\n"), "{text}");
}
