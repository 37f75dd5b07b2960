//! Runs that are killed, stopped or damaged go on, and end with the very bytes of one left alone.
#![cfg(unix)]

mod program;

use program::{CONFIG, Home, TRAINER};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

/// A home whose runs have a teacher and save themselves at nearly every step, the model file of one that nobody disturbs, and how long
/// that took: moments to disturb another are drawn from it, whatever the machine.
fn home() -> (Home, Vec<u8>, Duration) {
    let home = Home::new();
    let often = "checkpoint_seconds = 1e-3\neval_interval = 7\n";
    let more = "teachers = [\"teacher\"]\n";
    std::fs::write(home.path("saving.toml"), format!("{CONFIG}{often}{more}")).unwrap();
    home.train("teacher");
    // Not part of what is timed: it may have to be built.
    LazyLock::force(&TRAINER);
    let begun = Instant::now();
    home.ok(&[&NEW[..], &["--out", "alone"]].concat());
    let taken = begun.elapsed();
    let model = std::fs::read(home.path("alone/model.aut")).unwrap();
    (home, model, taken)
}

const NEW: [&str; 5] = ["train", "--config", "saving.toml", "--data", "text.txt"];

fn start(home: &Home, args: &[&str]) -> Child {
    Command::new(&*TRAINER)
        .args(args)
        .current_dir(home.path(""))
        .env("AUTARKY_OFFLINE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a signal to a process.
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn leftovers(home: &Home, run: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.path(run)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect()
}

/// `AUTARKY_KILLS` asks for more of them than CI has time for.
#[test]
fn killed_at_random_moments_it_ends_with_the_same_bytes() {
    let wanted = std::env::var("AUTARKY_KILLS").map_or(8, |kills| kills.parse().unwrap());
    let (home, expected, taken) = home();
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let (mut kills, mut resumptions, mut runs) = (0, 0, 0);
    while kills < wanted || resumptions < wanted / 2 {
        assert!(
            runs < 20 * wanted,
            "{runs} runs, {kills} kills, {resumptions} resumptions"
        );
        let out = format!("killed-{runs}");
        runs += 1;
        let mut child = start(&home, &[&NEW[..], &["--out", &out]].concat());
        loop {
            thread::sleep(taken.mul_f64(f64::from(rng.next_u32()) / f64::from(u32::MAX)));
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            if home.path(&out).join("sample.txt").exists() {
                break;
            }
            if home.path(&out).join("run.json").exists() {
                resumptions += 1;
                child = start(&home, &["train", "--resume", &out]);
            } else {
                // Killed before there was a run.
                let _ = std::fs::remove_dir_all(home.path(&out));
                child = start(&home, &[&NEW[..], &["--out", &out]].concat());
            }
        }
        if !home.path(&out).join("sample.txt").exists() {
            home.ok(&["train", "--resume", &out]);
        }
        assert_eq!(
            std::fs::read(home.path(&out).join("model.aut")).unwrap(),
            expected
        );
        std::fs::remove_dir_all(home.path(&out)).unwrap();
    }
    println!("{kills} kills, {resumptions} resumptions, {runs} runs: one model file");
}

/// What a new run says that gets a signal after its first checkpoint; nothing if it was done before.
fn stopped(home: &Home, run: &str, signal_name: &str) -> Option<String> {
    let child = start(home, &[&NEW[..], &["--out", run]].concat());
    while !home.path(run).join("checkpoint.bin").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    signal(&child, signal_name);
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    (!output.status.success()).then_some(error)
}

#[test]
fn asked_to_stop_it_saves_its_last_step_and_says_how_to_go_on() {
    let (home, expected, _) = home();
    // On a busy machine a run may be done before its signal comes. Not INT, which is ignored where the tests run in the
    // background of a shell.
    let mut runs = (0..10).map(|n| format!("stopped-{n}"));
    let (run, error) = runs
        .find_map(|run| Some((run.clone(), stopped(&home, &run, "TERM")?)))
        .expect("one of ten runs that a signal stops");
    let run = run.as_str();
    assert!(error.contains(&format!("train --resume {run}")), "{error}");
    assert!(leftovers(&home, run).is_empty());
    home.ok(&["train", "--resume", run]);
    let model = home.path(run).join("model.aut");
    assert_eq!(std::fs::read(model).unwrap(), expected);
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_taken() {
    let (home, expected, _) = home();
    let run = home.path("alone");
    std::fs::remove_file(run.join("model.aut")).unwrap();
    let checkpoint = run.join("checkpoint.bin");
    let mut bytes = std::fs::read(&checkpoint).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&checkpoint, &bytes).unwrap();
    let output = home.run(&["train", "--resume", "alone"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{error}");
    assert!(
        error.contains("checkpoint.bin is not a whole checkpoint"),
        "{error}"
    );
    assert_eq!(std::fs::read(run.join("model.aut")).unwrap(), expected);
}

#[test]
fn what_cannot_go_on_says_why() {
    let (home, ..) = home();
    let error = home.err(&["train", "--resume", "alone"]);
    assert!(
        error.contains("is complete: its model is alone/model.aut"),
        "{error}"
    );
    std::fs::remove_file(home.path("alone/model.aut")).unwrap();
    std::fs::write(home.path("other.txt"), "another text ".repeat(100)).unwrap();
    let error = home.err(&["train", "--resume", "alone", "--data", "other.txt"]);
    assert!(error.contains("learns from text.txt, not from"), "{error}");
    let error = home.err(&["train", "--resume", "nowhere"]);
    assert!(error.contains("config.toml"), "{error}");
    for name in ["checkpoint.bin", "checkpoint-previous.bin"] {
        std::fs::write(home.path("alone").join(name), b"AUTCKPT1 and then nothing").unwrap();
    }
    let error = home.err(&["train", "--resume", "alone"]);
    assert!(error.contains("not a whole checkpoint"), "{error}");
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let (home, expected, _) = home();
    let args = [&NEW[..], &["--out", "ignoring"]].concat();
    // What nohup does.
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(&*TRAINER)
        .args(args)
        .current_dir(home.path(""))
        .env("AUTARKY_OFFLINE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !home.path("ignoring/checkpoint.bin").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "HUP");
    assert!(child.wait().unwrap().success());
    let model = home.path("ignoring/model.aut");
    assert_eq!(std::fs::read(model).unwrap(), expected);
}

#[test]
fn a_stop_while_it_measures_is_honoured_and_the_model_is_there() {
    let home = Home::new();
    let text = trainer::data::corpus::built_in().text;
    std::fs::write(home.path("long.txt"), text).unwrap();
    let new = [
        "--config",
        "small.toml",
        "--data",
        "long.txt",
        "--steps",
        "2",
    ];
    // On a fast machine a run may be done before its signal comes.
    let mut runs = (0..10).map(|n| format!("measuring-{n}"));
    let (run, error) = runs
        .find_map(|run| {
            let child = start(&home, &[&new[..], &["--out", &run]].concat());
            while !home.path(&run).join("model.aut").exists() {
                thread::sleep(Duration::from_millis(1));
            }
            signal(&child, "TERM");
            let output = child.wait_with_output().unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            (!output.status.success()).then_some((run, error))
        })
        .expect("one of ten runs that a signal stops");
    assert!(error.contains("stopped while it measured"), "{error}");
    let losses = || {
        let bytes = std::fs::read(home.path(&run).join("model.aut")).unwrap();
        let model = formats::Model::parse(&bytes).unwrap();
        model.provenance().val_loss
    };
    assert_eq!(losses(), None);
    home.ok(&["train", "--resume", &run]);
    assert!(losses().is_some());
}

#[test]
fn a_preset_trains_its_teacher_first_and_goes_on_with_it_when_asked_again() {
    let home = Home::new();
    let args = ["train", "--preset", "base", "--data", "text.txt"];
    for (time, expected) in ["is trained first", "goes on after step"]
        .iter()
        .enumerate()
    {
        let mut child = start(&home, &args);
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // It reports the first steps after ten seconds.
        for line in lines.by_ref().map(Result::unwrap) {
            said += &line;
            if line.starts_with("training") {
                break;
            }
        }
        signal(&child, "TERM");
        said.extend(lines.map(Result::unwrap));
        assert!(!child.wait().unwrap().success());
        assert!(said.contains(expected), "{time}: {said}");
        assert!(said.contains("stopped after step"), "{said}");
        assert!(
            home.path("runs/base-float-1/checkpoint.bin").exists(),
            "{said}"
        );
        assert!(!home.path("runs/base-1").exists());
    }
}
