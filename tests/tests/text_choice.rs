//! Which text a run learns from, and that it is found again: by the program, as a user runs it.

mod program;

use program::{CONFIG, Home, TRAINER, json};
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// A home whose configuration takes a moment.
fn home() -> Home {
    let home = Home::new();
    let short = CONFIG
        .replace("steps = 200", "steps = 2")
        .replace("layers = 2", "layers = 1");
    fs::write(home.path("small.toml"), short).unwrap();
    home
}

/// The program with `input` on its standard input.
fn piped(home: &Home, input: &[u8], args: &[&str]) -> Output {
    let mut child = Command::new(&*TRAINER)
        .args(args)
        .current_dir(home.path(""))
        .env("AUTARKY_OFFLINE", "1")
        .env("AUTARKY_CACHE", home.path("cache"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that fails early closes the pipe.
    drop(child.stdin.take().unwrap().write_all(input));
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Makes a complete run one that can be resumed: it has no step left to take.
fn unfinish(home: &Home, run: &str) {
    fs::remove_file(home.path(run).join("model.aut")).unwrap();
}

fn recorded(home: &Home, run: &str) -> serde_json::Value {
    serde_json::from_slice(&fs::read(home.path(run).join("run.json")).unwrap()).unwrap()
}

#[test]
fn a_run_on_the_built_in_text_stays_on_it_when_another_is_the_default() {
    let home = home();
    let new = home.run(&["--config", "small.toml", "--out", "run"]);
    assert!(new.status.success(), "{}", said(&new));
    // At the start, and again beside the results.
    let why = "This is not Tiny Shakespeare but the built-in stage dialogue: it is not cached, and the program was told to \
               stay offline";
    let results = String::from_utf8(new.stdout.clone()).unwrap();
    assert!(
        said(&new).contains(why) && results.contains(why),
        "{results}"
    );
    assert_eq!(
        recorded(&home, "run")["data"],
        serde_json::json!(["builtin"])
    );

    // Now the default is another text, here a damaged one: looking at it at all would be said.
    fs::create_dir(home.path("cache")).unwrap();
    fs::write(home.path("cache/tiny-shakespeare.txt"), "To be").unwrap();
    let evaluated = home.run(&["eval", "run/model.aut", "--json"]);
    assert!(evaluated.status.success(), "{}", said(&evaluated));
    assert!(!said(&evaluated).contains("note:"), "{}", said(&evaluated));
    unfinish(&home, "run");
    let resumed = home.run(&["--resume", "run"]);
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert!(!said(&resumed).contains("damaged"), "{}", said(&resumed));

    // A model on its own still names the text.
    fs::copy(home.path("run/model.aut"), home.path("alone.aut")).unwrap();
    let alone = home.run(&["eval", "alone.aut"]);
    assert!(alone.status.success() && !said(&alone).contains("note:"));
    // Asked for by name there is nothing to say about the network.
    let named = home.run(&[
        "--config",
        "small.toml",
        "--data",
        "builtin",
        "--out",
        "named",
    ]);
    assert!(named.status.success() && !said(&named).contains("not Tiny Shakespeare"));
    let error = home.err(&["--config", "small.toml", "--data", "shakespeare"]);
    assert!(
        error.contains("there is no Tiny Shakespeare") && error.contains("damaged"),
        "{error}"
    );
}

#[test]
fn offline_can_be_unsaid() {
    let home = home();
    // A proxy where nobody listens: whoever asks the network is told so at once.
    let output = Command::new(&*TRAINER)
        .args(["--config", "small.toml", "--data", "shakespeare"])
        .current_dir(home.path(""))
        .env("AUTARKY_OFFLINE", "0")
        .env("AUTARKY_CACHE", home.path("cache"))
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let error = said(&output);
    assert!(
        !output.status.success() && error.contains("cannot be reached"),
        "{error}"
    );
}

#[test]
fn files_and_folders_are_one_text_and_how_they_are_read_is_recorded() {
    let home = home();
    let text = fs::read_to_string(home.path("text.txt")).unwrap();
    fs::create_dir(home.path("letters")).unwrap();
    fs::write(
        home.path("letters/b.txt"),
        format!("\u{feff}{}é", text.replace('\n', "\r\n")),
    )
    .unwrap();
    fs::write(home.path("letters/a.txt"), "\u{200b}").unwrap();
    let new = home.run(&[
        "--config",
        "small.toml",
        "--out",
        "run",
        "--separator",
        "\\n%\\n",
        "--min-count",
        "2",
        "--data",
        "text.txt",
        "letters",
        "--json",
    ]);
    let notes = said(&new);
    assert!(new.status.success(), "{notes}");
    for words in [
        "byte order mark at the start was dropped",
        "CR LF, now LF",
        "Removed, because seen fewer than 2 times: 1 U+00E9 “é”, 1 U+200B zero width space",
    ] {
        assert!(notes.contains(words), "{words} in: {notes}");
    }
    let trained = json(&String::from_utf8(new.stdout).unwrap());
    assert_eq!(trained["corpus"], "3 files of text.txt, letters");
    let run = recorded(&home, "run");
    assert_eq!(run["reading"]["separator"], "\n%\n");
    assert!(run["vocabulary"].as_str().unwrap().contains('%'));

    // From another folder, without a word about how.
    let evaluated = json(&home.ok(&["eval", "run/model.aut", "--json"]));
    assert_eq!(evaluated["val_loss"], trained["val_loss"]);
    unfinish(&home, "run");
    let before = fs::read(home.path("run/run.json")).unwrap();
    home.ok(&["--resume", "run"]);
    assert_eq!(fs::read(home.path("run/run.json")).unwrap(), before);
}

#[test]
fn a_text_that_moved_is_asked_for_and_found_again() {
    let home = home();
    let new = [
        "--config",
        "small.toml",
        "--data",
        "text.txt",
        "--out",
        "run",
    ];
    home.ok(&new);
    let model = fs::read(home.path("run/model.aut")).unwrap();
    unfinish(&home, "run");
    fs::rename(home.path("text.txt"), home.path("moved.txt")).unwrap();
    let error = home.err(&["--resume", "run"]);
    assert!(
        error.contains("text.txt and is gone: say where it is now with --data"),
        "{error}"
    );
    let other = home.err(&["--resume", "run", "--data", "builtin"]);
    assert!(
        other.contains("learns from text.txt, not from the built-in"),
        "{other}"
    );
    home.ok(&["--resume", "run", "--data", "moved.txt"]);
    assert_eq!(fs::read(home.path("run/model.aut")).unwrap(), model);
    // The new place is recorded.
    unfinish(&home, "run");
    home.ok(&["--resume", "run"]);
    home.ok(&["eval", "run/model.aut"]);
}

#[test]
fn standard_input_is_kept_in_the_run() {
    let home = home();
    let text = fs::read(home.path("text.txt")).unwrap();
    let new = piped(
        &home,
        &text,
        &["--config", "small.toml", "--data", "-", "--out", "run"],
    );
    assert!(new.status.success(), "{}", said(&new));
    assert_eq!(fs::read(home.path("run/text.txt")).unwrap(), text);
    let model = fs::read(home.path("run/model.aut")).unwrap();
    home.ok(&["eval", "run/model.aut"]);
    unfinish(&home, "run");
    home.ok(&["--resume", "run"]);
    assert_eq!(fs::read(home.path("run/model.aut")).unwrap(), model);
    unfinish(&home, "run");
    fs::remove_file(home.path("run/text.txt")).unwrap();
    let error = home.err(&["--resume", "run"]);
    assert!(error.contains("give the text again with --data"), "{error}");
    // Nothing on standard input is no text, and there is no run then.
    let empty = piped(
        &home,
        b"",
        &["--config", "small.toml", "--data", "-", "--out", "none"],
    );
    assert!(said(&empty).contains("standard input is empty"));
    assert!(!home.path("none").exists());
}

#[test]
fn runs_of_earlier_versions_are_read() {
    let home = home();
    for (data, old) in [("text.txt", true), ("builtin", false)] {
        let run = format!("run-{old}");
        home.ok(&["--config", "small.toml", "--data", data, "--out", &run]);
        unfinish(&home, &run);
        let mut info = recorded(&home, &run);
        let object = info.as_object_mut().unwrap();
        object.remove("reading");
        if let (Some(data), true) = (object.remove("data"), old) {
            object.insert("data".into(), data[0].clone());
        }
        fs::write(home.path(&run).join("run.json"), info.to_string()).unwrap();
        home.ok(&["--resume", &run]);
        home.ok(&["eval", &format!("{run}/model.aut")]);
    }
}

#[test]
fn a_text_that_is_small_for_the_model_is_said_before_the_start() {
    let home = home();
    let text = fs::read(home.path("text.txt")).unwrap();
    fs::write(home.path("little.txt"), &text[..4000]).unwrap();
    let warned = |steps: &str, out: &str| {
        let args = [
            "--config",
            "small.toml",
            "--data",
            "little.txt",
            "--steps",
            steps,
            "--out",
            out,
        ];
        let output = home.run(&args);
        assert!(output.status.success());
        said(&output).contains("warning: 3,600 characters to learn from are few for ")
    };
    // The model has as many parameters as the text has characters, and reads it once or often.
    assert!(!warned("10", "once"));
    assert!(warned("250", "often"));
}
