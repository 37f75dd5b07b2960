//! What cannot be done is an error that names it, before any work.

mod program;

use program::{CONFIG, Home};

#[test]
fn wrong_input_is_an_error_that_names_it_and_leaves_nothing_behind() {
    let home = Home::new();
    std::fs::write(home.path("empty.txt"), "").unwrap();
    std::fs::write(home.path("short.txt"), "to be or not to be").unwrap();
    std::fs::write(home.path("binary.txt"), [0x61, 0xFF, 0xFE]).unwrap();
    let many: String = (0..5000)
        .filter_map(|i| char::from_u32(0x4E00 + i))
        .collect();
    std::fs::write(home.path("many.txt"), many).unwrap();
    std::fs::write(home.path("key.toml"), CONFIG.replace("warmup", "warmpu")).unwrap();
    std::fs::write(
        home.path("heads.toml"),
        CONFIG.replace("heads = 2\nkv", "heads = 3\nkv"),
    )
    .unwrap();
    // Its residual stream would outgrow the runtime's sums.
    let loud = [
        ("layers = 2", "layers = 64"),
        ("heads = 2\nkv", "heads = 4\nkv"),
        ("d_model = 32", "d_model = 256"),
        ("hidden = 64", "hidden = 512"),
        ("weight_trits = 1", "weight_trits = 2"),
    ]
    .into_iter()
    .fold(CONFIG.to_owned(), |text, (from, to)| text.replace(from, to));
    std::fs::write(home.path("loud.toml"), loud).unwrap();
    std::fs::create_dir(home.path("taken")).unwrap();
    std::fs::write(home.path("taken/notes.txt"), "mine").unwrap();

    let with = |data: &str, config: &str, out: &str| {
        home.err(&["--data", data, "--config", config, "--out", out])
    };
    for (error, words) in [
        (
            with("missing.txt", "small.toml", "out"),
            ["missing.txt", "no file"],
        ),
        (
            with("empty.txt", "small.toml", "out"),
            ["empty.txt", "empty"],
        ),
        (
            with("short.txt", "small.toml", "out"),
            ["18 characters", "330"],
        ),
        (with("binary.txt", "small.toml", "out"), ["UTF-8", "byte 1"]),
        (with("many.txt", "small.toml", "out"), ["5000", "4096"]),
        (with("text.txt", "key.toml", "out"), ["warmpu", "unknown"]),
        (
            with("text.txt", "heads.toml", "out"),
            ["d_model", "multiple"],
        ),
        (
            with("text.txt", "loud.toml", "out"),
            ["residual", "try fewer layers"],
        ),
        (
            with("text.txt", "missing.toml", "out"),
            ["missing.toml", "read"],
        ),
        (
            with("text.txt", "small.toml", "taken"),
            ["taken", "never overwritten"],
        ),
        (home.err(&["--preset", "slow"]), ["slow", "quick"]),
        (home.err(&["--backend", "cuda"]), ["cuda", "flex"]),
        (
            home.err(&[
                "--data",
                "text.txt",
                "--config",
                "small.toml",
                "--context",
                "0",
            ]),
            ["context", "0"],
        ),
        (
            home.err(&["eval", "text.txt"]),
            ["text.txt", "not an Autarky model"],
        ),
        (
            home.err(&["inspect", "missing.aut"]),
            ["missing.aut", "read"],
        ),
        (
            home.err(&["export", "taken", "--out", "x.aut"]),
            ["config.toml", "read"],
        ),
    ] {
        assert!(
            words.iter().all(|word| error.contains(word)),
            "{words:?} in: {error}"
        );
    }
    assert!(
        !home.path("out").exists(),
        "nothing is made before the input is checked"
    );
    assert_eq!(std::fs::read_dir(home.path("taken")).unwrap().count(), 1);
}

#[test]
fn a_model_refuses_a_prompt_it_cannot_read_and_settings_out_of_range() {
    let home = Home::new();
    home.train("run");
    let error = |args: &[&str]| home.err(&[&["generate", "run/model.aut"], args].concat());
    assert!(error(&["--prompt", "Ünder"]).contains("'Ü'"));
    assert!(error(&["--prompt", ""]).contains("empty"));
    assert!(error(&["--temperature", "11"]).contains("between 0 and 10"));
    assert!(error(&["--top-p", "1.5"]).contains("between 0 and 1"));
}

#[test]
fn a_path_that_no_description_can_hold_is_refused_before_there_is_a_run() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    let path = home.path("").join(name);
    if std::fs::copy(home.path("text.txt"), &path).is_err() {
        // A file system that takes Unicode only.
        return;
    }
    let output = std::process::Command::new(&*program::TRAINER)
        .args(["--config", "small.toml", "--out", "out", "--data"])
        .arg(name)
        .current_dir(home.path(""))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && error.contains("not Unicode"),
        "{error}"
    );
    assert!(!home.path("out").exists());
}

#[test]
fn a_checkpoint_taken_for_a_model_is_named() {
    let home = Home::new();
    std::fs::write(home.path("checkpoint.bin"), b"AUTCKPT1\x10\0\0\0{}").unwrap();
    let error = home.err(&["inspect", "checkpoint.bin"]);
    assert!(
        error.contains("is a checkpoint") && error.contains("export"),
        "{error}"
    );
}
