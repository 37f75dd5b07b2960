//! `generate` and `inspect` through the program: prompts from everywhere, seeds, stop strings, a conversation.

mod program;

use program::{TRAINER, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// A folder with a model that nobody trained.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("model.aut", &tests::random_model(&tests::ODD, 1));
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn run(&self, input: &str, args: &[&str]) -> Output {
        let mut child = Command::new(&*TRAINER)
            .args(["generate", "model.aut"])
            .args((!args.contains(&"--length")).then_some("--length=40"))
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that reads nothing closes the pipe.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        child.wait_with_output().unwrap()
    }

    /// Standard output of a call that must succeed.
    fn ok(&self, input: &str, args: &[&str]) -> String {
        let output = self.run(input, args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn err(&self, input: &str, args: &[&str]) -> String {
        let output = self.run(input, args);
        assert!(!output.status.success() && output.stdout.is_empty());
        said(&output)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Some characters of the model.
fn prompt() -> String {
    tests::characters(tests::ODD.vocab_size)
        .chars()
        .rev()
        .take(3)
        .collect()
}

#[test]
fn a_fresh_seed_is_printed_and_repeats_the_text() {
    let folder = Folder::new();
    let first = folder.run("", &["--temperature", "1"]);
    let words = said(&first);
    let seed = words.trim().rsplit(' ').next().unwrap();
    assert_eq!(words, format!("seed {seed}: repeat with --seed {seed}\n"));
    let again = folder.run("", &["--temperature", "1", "--seed", seed]);
    assert_eq!((said(&again), again.stdout), (String::new(), first.stdout));
    // Two fresh ones are not the same, but once in a thousand million.
    assert_ne!(said(&folder.run("", &[])), words);
}

#[test]
fn json_has_all_that_repeats_the_text() {
    let folder = Folder::new();
    let settings = [
        "--temperature",
        "1.5",
        "--top-k",
        "9",
        "--top-p",
        "0.9",
        "--min-p",
        "0.02",
        "--repetition-penalty",
        "1.5",
        "--stop",
        "never here",
    ];
    let made = json(&folder.ok(
        "",
        &[&settings[..], &["--prompt", &prompt(), "--json"]].concat(),
    ));
    let value = |key: &str| match &made[key] {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let options = [
        "prompt",
        "length",
        "seed",
        "temperature",
        "top-k",
        "top-p",
        "min-p",
        "repetition-penalty",
    ];
    let mut args: Vec<String> = options
        .iter()
        .flat_map(|name| [format!("--{name}"), value(&name.replace('-', "_"))])
        .collect();
    args.extend([
        "--stop".to_owned(),
        made["stop"][0].as_str().unwrap().to_owned(),
    ]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let again = folder.ok("", &args);
    assert_eq!(again, format!("{}{}\n", value("prompt"), value("text")));
    assert_eq!(made["length"], 40);
}

#[test]
fn a_prompt_comes_from_a_file_or_standard_input() {
    let folder = Folder::new();
    let prompt = prompt();
    let expected = folder.ok("", &["--seed", "3", "--prompt", &prompt]);
    assert!(expected.starts_with(&prompt));
    folder.write("prompt.txt", format!("\u{feff}{prompt}\r\n").as_bytes());
    assert_eq!(
        folder.ok("", &["--seed", "3", "--prompt-file", "prompt.txt"]),
        expected
    );
    let piped = folder.ok(
        &format!("{prompt}\n"),
        &["--seed", "3", "--prompt-file", "-"],
    );
    assert_eq!(piped, expected);

    folder.write("latin.txt", b"caf\xe9");
    for (args, words) in [
        (
            &["--prompt-file", "latin.txt"][..],
            "latin.txt is not UTF-8 text, from byte 3",
        ),
        (&["--prompt-file", "nowhere.txt"], "nowhere.txt"),
        (&["--prompt-file", "-"], "empty"),
        (&["--prompt-file", "-", "--interactive"], "give a file"),
        (
            &["--prompt", "\u{2603}"],
            "`inspect` shows which characters",
        ),
        (
            &["--min-p", "2"],
            "--min-p is 2, it must be between 0 and 1",
        ),
        (&["--stop", ""], "is empty"),
    ] {
        let error = folder.err("", args);
        assert!(error.contains(words), "{words:?} in: {error}");
    }
}

#[test]
fn a_stop_string_ends_the_text_and_is_not_shown() {
    let folder = Folder::new();
    let args = ["--seed", "5", "--temperature", "2", "--prompt", &prompt()];
    let whole = folder.ok("", &args);
    let text: Vec<char> = whole
        .trim_end_matches('\n')
        .chars()
        .skip(prompt().chars().count())
        .collect();
    let stop: String = text[20..23].iter().collect();
    let text: String = text.iter().collect();
    let until = &text[..text.find(&stop).unwrap()];
    let stopped = folder.ok(
        "",
        &[&args[..], &["--stop", "unseen", "--stop", &stop]].concat(),
    );
    assert_eq!(stopped, format!("{}{until}\n", prompt()));
}

#[test]
fn a_conversation_goes_on_from_line_to_line() {
    let folder = Folder::new();
    let args = [
        "--interactive",
        "--seed",
        "6",
        "--temperature",
        "2",
        "--stop",
        "unseen",
    ];
    let prompt = prompt();
    // An empty line goes on where the text was cut off: as if it had never been.
    let halves = folder.ok(&format!("{prompt}\n\n"), &args);
    let whole = [
        "--seed",
        "6",
        "--temperature",
        "2",
        "--length",
        "80",
        "--prompt",
        &prompt,
    ];
    let whole = folder.ok("", &whole);
    let halves: Vec<char> = halves.chars().collect();
    let (first, second) = halves.split_at(41);
    assert_eq!((first[40], second[40]), ('\n', '\n'));
    let halves: String = first[..40].iter().chain(&second[..40]).collect();
    assert_eq!(whole, format!("{prompt}{halves}\n"));

    // What was said before matters, and what the model cannot read is said and does not.
    let once = folder.ok(&format!("{prompt}\n"), &args);
    let twice = folder.run(&format!("{prompt}\n\u{2603}\n{prompt}\n"), &args);
    assert!(
        twice.status.success() && said(&twice).contains("'\u{2603}'"),
        "{}",
        said(&twice)
    );
    let twice = String::from_utf8(twice.stdout).unwrap();
    assert_eq!(twice.strip_prefix(&once).unwrap().chars().count(), 41);
    assert_ne!(twice, once.repeat(2));
    // No line is no conversation.
    assert_eq!(folder.ok("", &args), "");
}

#[test]
fn inspect_shows_which_characters_a_model_knows() {
    let folder = Folder::new();
    let output = Command::new(&*TRAINER)
        .args(["inspect", "model.aut", "--json"])
        .current_dir(folder.0.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let known = tests::characters(tests::ODD.vocab_size);
    assert!(
        shown.contains(&format!("Characters: {}\n", tests::ODD.vocab_size)),
        "{shown}"
    );
    assert_eq!(json(&shown)["characters"], known);
    for character in known.chars() {
        let words = match character {
            '\n' => "U+000A line feed".to_owned(),
            ' ' => "U+0020 space".to_owned(),
            other => other.to_string(),
        };
        assert!(shown.contains(&words), "{words}");
    }
}
