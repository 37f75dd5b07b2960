//! From a text to generated text through the program, as a user runs it.

mod program;

use program::{CONFIG, Home, json};
use serde_json::Value;

#[test]
fn a_text_becomes_a_model_that_speaks() {
    let home = Home::new();
    let trained = home.train("run");
    let (train_loss, val_loss) = (
        trained["train_loss"].as_f64().unwrap(),
        trained["val_loss"].as_f64().unwrap(),
    );
    // Uniform guessing over the 56 characters costs 4.03 nats, letter frequencies about 3.
    assert!(train_loss < 2.7 && val_loss < 2.7, "{trained}");
    assert_eq!(trained["logits_differing"], 0);
    assert_eq!(
        trained["logits_compared"],
        8 * 32 * trained["vocab_size"].as_u64().unwrap()
    );
    let file = std::fs::read(home.path("run/model.aut")).unwrap();
    assert_eq!(trained["file_bytes"], file.len());

    let evaluated = json(&home.ok(&["eval", "run/model.aut", "--data", "text.txt", "--json"]));
    assert_eq!(evaluated["train_loss"], trained["train_loss"]);
    assert_eq!(evaluated["val_loss"], trained["val_loss"]);

    let inspected = home.ok(&["inspect", "run/model.aut", "--json"]);
    assert!(
        inspected.contains("micro:bit") && inspected.contains("KV cache"),
        "{inspected}"
    );
    assert_eq!(json(&inspected)["ram_bytes"], trained["ram_bytes"]);
    assert_eq!(json(&inspected)["steps"], 200);

    let speak = |seed: &str| {
        home.ok(&[
            "generate",
            "run/model.aut",
            "--prompt",
            "A",
            "--length",
            "200",
            "--seed",
            seed,
        ])
    };
    assert_eq!(speak("1"), speak("1"));
    assert_ne!(speak("1"), speak("2"));
    assert!(speak("1").starts_with('A'));
    // The prompt, what was generated, and the end of the line.
    assert_eq!(speak("1").chars().count(), 1 + 200 + 1);

    // The same weights come out of the checkpoint; only what was measured afterwards is missing.
    home.ok(&["export", "run", "--out", "again.aut"]);
    let again = std::fs::read(home.path("again.aut")).unwrap();
    let (first, second) = (
        formats::Model::parse(&file).unwrap(),
        formats::Model::parse(&again).unwrap(),
    );
    assert_eq!(first.tensors(), second.tensors());
    assert_eq!(second.provenance().val_loss, None);
}

#[test]
fn the_same_seed_gives_the_same_file_on_one_thread_and_another_seed_another() {
    let home = Home::new();
    home.train("one");
    let args = "--config small.toml --data text.txt --out two --threads 1";
    let output = home.run(&args.split(' ').collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("computes  with 1 of at most 2 threads"),
        "{said}"
    );
    let file = |run: &str| std::fs::read(home.path(run).join("model.aut")).unwrap();
    assert_eq!(file("one"), file("two"));
    home.ok(&[
        "--config",
        "small.toml",
        "--data",
        "text.txt",
        "--out",
        "three",
        "--seed",
        "2",
    ]);
    assert_ne!(file("one"), file("three"));
}

#[test]
fn a_float_twin_teaches_integers() {
    let home = Home::new();
    let twin = CONFIG.replace("[model]", "[model]\narithmetic = \"float\"");
    std::fs::write(home.path("twin.toml"), twin).unwrap();
    let student = format!("{CONFIG}teachers = [\"twin\"]\n");
    std::fs::write(home.path("small.toml"), student).unwrap();
    let alone = [
        "--config",
        "small.toml",
        "--data",
        "text.txt",
        "--out",
        "run",
    ];
    let error = home.err(&alone);
    assert!(error.contains("train it before this"), "{error}");
    assert!(!home.path("run").exists());

    let twin = [
        "--config",
        "twin.toml",
        "--data",
        "text.txt",
        "--out",
        "twin",
        "--json",
    ];
    let twin = json(&home.ok(&twin));
    let trained = home.train("run");
    assert_eq!(trained["logits_differing"], 0);
    let loss = |run: &Value| run["val_loss"].as_f64().unwrap();
    assert!(loss(&trained) < loss(&twin) + 0.5, "{trained} {twin}");
    // Its folder names the teacher so that it can go on from anywhere.
    let config = std::fs::read_to_string(home.path("run/config.toml")).unwrap();
    let teacher = home.path("twin").canonicalize().unwrap();
    assert!(config.contains(teacher.to_str().unwrap()), "{config}");

    // The teacher has moved. What has no step left does without it, ...
    std::fs::rename(home.path("twin"), home.path("moved")).unwrap();
    std::fs::remove_file(home.path("run/model.aut")).unwrap();
    home.ok(&["--resume", "run"]);
    // ... more steps need it, and no other.
    std::fs::remove_file(home.path("run/model.aut")).unwrap();
    let longer = config.replace("\nsteps = 200", "\nsteps = 210");
    assert_ne!(longer, config);
    std::fs::write(home.path("run/config.toml"), longer).unwrap();
    let error = home.err(&["--resume", "run"]);
    assert!(error.contains("twin/config.toml"), "{error}");
    let other = ["--no-teacher", "--steps", "60", "--out", "other"];
    let other = home.ok(&[&alone[..4], &other, &["--json"]].concat());
    assert_eq!(json(&other)["steps"], 60);
    let error = home.err(&["--resume", "run", "--teacher", "other"]);
    assert!(error.contains("began with other teachers"), "{error}");
    let resumed = home.ok(&["--resume", "run", "--teacher", "moved", "--json"]);
    assert_eq!(json(&resumed)["steps"], 210);
}

#[test]
fn without_a_text_it_trains_on_its_own_and_says_so() {
    let home = Home::new();
    let short = CONFIG
        .replace("layers = 2", "layers = 1")
        .replace("steps = 200", "steps = 2");
    std::fs::write(
        home.path("small.toml"),
        short
            .replace("d_model = 32", "d_model = 16")
            .replace("[16,", "[8,"),
    )
    .unwrap();
    let output = home.run(&["--config", "small.toml", "--json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && said.contains("built-in stage dialogue"),
        "{said}"
    );
    let trained = json(&String::from_utf8(output.stdout).unwrap());
    let floor = trained["entropy_floor"].as_f64().unwrap();
    assert!(
        floor > 0.2 && floor < trained["val_loss"].as_f64().unwrap(),
        "{trained}"
    );
    assert!(
        home.path("runs/small-1/model.aut").exists(),
        "unnamed runs are numbered"
    );
}

#[cfg(unix)]
#[test]
fn the_studies_answer_with_their_new_command() {
    let home = Home::new();
    let error = home.err(&["study", "--seeds", "3"]);
    assert!(
        error.contains("cargo run -p studies -- precision --seeds 3"),
        "{error}"
    );
    let error = home.err(&["harmonic", "--help"]);
    assert!(
        error.contains("cargo run -p studies -- harmonic --help"),
        "{error}"
    );
}

#[test]
fn earlier_names_of_presets_and_keys_are_read_with_a_note() {
    let home = Home::new();
    let arguments = [
        "--data",
        "text.txt",
        "--config",
        "small.toml",
        "--steps",
        "1",
    ];
    let output = home.run(&[&["train"][..], &arguments].concat());
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{notes}");
    assert!(
        notes.contains("model.hidden is called model.d_ff now"),
        "{notes}"
    );
    let error = home.run(&["train", "--preset", "seed", "--data", "nowhere.txt"]);
    let notes = String::from_utf8_lossy(&error.stderr);
    assert!(
        notes.contains("the preset seed is called base now"),
        "{notes}"
    );
}

#[test]
fn a_finished_run_takes_more_steps_and_keeps_its_first_result() {
    let home = Home::new();
    home.train("run");
    let first = std::fs::read(home.path("run/model.aut")).unwrap();
    let error = home.err(&["--resume", "run"]);
    assert!(error.contains("for more steps add --steps N"), "{error}");
    let error = home.err(&["--resume", "run", "--steps", "200"]);
    assert!(error.contains("has taken 200 steps"), "{error}");
    let more = [
        "--resume", "run", "--steps", "260", "--keep", "last", "--json",
    ];
    assert_eq!(json(&home.ok(&more))["steps"], 260);
    let aside = std::fs::read(home.path("run/model-200.aut")).unwrap();
    assert_eq!(aside, first);
    assert_ne!(std::fs::read(home.path("run/model.aut")).unwrap(), first);
    assert!(home.path("run/sample-200.txt").exists());
    let config = std::fs::read_to_string(home.path("run/config.toml")).unwrap();
    assert!(config.contains("\nsteps = 260"), "{config}");
}

#[test]
fn a_finished_model_goes_on_with_another_text_of_its_characters() {
    let home = Home::new();
    home.train("first");
    let text = std::fs::read_to_string(home.path("text.txt")).unwrap();
    let backwards: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
    std::fs::write(home.path("other.txt"), backwards).unwrap();
    let other = [
        "--data",
        "other.txt",
        "--init",
        "first",
        "--json",
        "--steps",
    ];
    let fresh = [
        "--config",
        "small.toml",
        "--data",
        "other.txt",
        "--json",
        "--steps",
    ];
    let warm = json(&home.ok(&[&other[..], &["20", "--out", "warm"]].concat()));
    let cold = json(&home.ok(&[&fresh[..], &["20", "--out", "cold"]].concat()));
    let loss = |run: &Value| run["val_loss"].as_f64().unwrap();
    assert!(loss(&warm) < loss(&cold) - 0.1, "{warm} {cold}");
    let info = std::fs::read_to_string(home.path("warm/run.json")).unwrap();
    assert_eq!(json(&info.replace('\n', ""))["init"]["steps"], 200);
    std::fs::write(home.path("foreign.txt"), "Ünder ".repeat(900)).unwrap();
    let error = home.err(&["--data", "foreign.txt", "--init", "first"]);
    assert!(error.contains("'Ü'"), "{error}");
    let error = home.err(&["--data", "other.txt", "--init", "first/model.aut"]);
    assert!(error.contains("is a model file"), "{error}");
    let error = home.err(&[
        "--data",
        "other.txt",
        "--init",
        "first",
        "--preset",
        "quick",
    ]);
    assert!(error.contains("another [model] section"), "{error}");
}

#[test]
fn every_file_that_leaves_the_trainer_checks_itself() {
    let home = Home::new();
    home.train("run");
    home.ok(&["export", "run", "--out", "exported.aut"]);
    let checkpoint = ["--checkpoint", "run/checkpoint.bin", "--out", "last.aut"];
    home.ok(&[&["export", "run"][..], &checkpoint].concat());
    for name in ["run/model.aut", "exported.aut", "last.aut"] {
        let bytes = std::fs::read(home.path(name)).unwrap();
        let model = formats::Model::parse(&bytes).unwrap();
        assert_eq!(model.self_test().steps, 16, "{name}");
    }
}

#[test]
fn a_closed_pipe_ends_nothing() {
    use std::process::Stdio;
    let home = Home::new();
    let mut child = std::process::Command::new(&*program::TRAINER)
        .args([
            "--config",
            "small.toml",
            "--data",
            "text.txt",
            "--out",
            "run",
        ])
        .current_dir(home.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // As `2>&1 | head -0` does.
    drop((child.stdout.take(), child.stderr.take()));
    assert!(child.wait().unwrap().success());
    assert!(home.path("run/sample.txt").exists());
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_that_the_umask_leaves() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let line = "umask 027; exec \"$0\" --config small.toml --data text.txt --out run --steps 2";
    let output = std::process::Command::new("sh")
        .args(["-c", line])
        .arg(&*program::TRAINER)
        .current_dir(home.path(""))
        .output()
        .unwrap();
    assert!(output.status.success());
    for name in ["model.aut", "checkpoint.bin", "metrics.csv", "run.json"] {
        let mode = std::fs::metadata(home.path("run").join(name)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o640, "{name}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_a_warning() {
    let home = Home::new();
    home.train("run");
    std::fs::remove_file(home.path("run/report.html")).unwrap();
    std::fs::create_dir(home.path("run/report.html")).unwrap();
    let output = home.run(&["--resume", "run", "--steps", "240"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("report.html").count(), 1, "{said}");
}
