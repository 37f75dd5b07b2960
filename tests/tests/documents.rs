//! Texts that are messages: learned, measured and generated one by one.

mod program;

use program::{Home, json};

/// Messages of one to a few words, which all end in the same way.
fn messages() -> impl Iterator<Item = String> {
    let words = ["see you", "ok", "where are you", "home at six", "call me"];
    (0..600usize).map(move |i| format!("{} {}!", words[i % 5], words[i / 5 % 5]))
}

fn configure(home: &Home, head: &str) {
    let text = format!(
        "base = \"small.toml\"\n{head}\n[vocabulary]\nkind = \"pieces\"\nsize = 60\n[train]\npiece_dropout = 0.1\n"
    );
    std::fs::write(home.path("messages.toml"), text).unwrap();
}

fn train<'a>(data: &'a [&'a str], out: &'a str) -> Vec<&'a str> {
    let mut args = vec![
        "--config",
        "messages.toml",
        "--out",
        out,
        "--json",
        "--data",
    ];
    args.extend(data);
    args
}

#[test]
fn messages_are_learned_measured_and_generated_one_by_one() {
    let home = Home::new();
    let lines: String = messages().map(|message| message + "\n").collect();
    // Empty lines are no messages.
    std::fs::write(home.path("lines.txt"), format!("\n{lines}\n\n")).unwrap();
    configure(&home, "documents = \"lines\"");
    let rights = ["--source", "a test", "--licence", "CC0"];
    let trained = json(&home.ok(&[&train(&["lines.txt"], "run")[..], &rights].concat()));
    assert_eq!(trained["logits_differing"], 0);

    // The run knows what a message is; elsewhere lines are messages of such a model.
    let evaluated = home.ok(&["eval", "run/model.aut", "--json"]);
    std::fs::copy(home.path("run/model.aut"), home.path("model.aut")).unwrap();
    let elsewhere = ["eval", "model.aut", "--data", "lines.txt", "--json"];
    let elsewhere = json(&home.ok(&elsewhere));
    let evaluated = json(&evaluated);
    assert_eq!(
        (&evaluated["train_messages"], &evaluated["val_messages"]),
        (&540.into(), &60.into())
    );
    for key in ["val_bits_per_message", "val_bits_per_char", "val_loss"] {
        assert_eq!(evaluated[key], elsewhere[key], "{key}");
    }
    let number = |key: &str| evaluated[key].as_f64().unwrap();
    let (bits, characters) = (number("val_bits_per_message"), number("val_chars") / 60.0);
    // No message is longer than the context, so windows and streaming are the same.
    assert!(
        (bits - number("val_bits_per_char") * characters).abs() < 1e-6,
        "{evaluated}"
    );
    let file = json(&home.ok(&["inspect", "model.aut", "--json"]));
    assert_eq!(
        (&file["source"], &file["licence"]),
        (&"a test".into(), &"CC0".into())
    );

    // A message ends by itself.
    let generate = [
        "generate",
        "model.aut",
        "--seed",
        "1",
        "--length",
        "200",
        "--prompt",
        "call",
    ];
    let text = home.ok(&generate);
    assert!(
        text.starts_with("call") && text.len() < 100 && text.trim_end().ends_with('!'),
        "{text}"
    );
    let samples = std::fs::read_to_string(home.path("run/sample.txt")).unwrap();
    let whole = samples.lines().filter(|line| line.ends_with('!')).count();
    assert!(whole > 5, "{samples}");
}

#[test]
fn messages_are_the_same_as_lines_as_files_and_between_separators() {
    let home = Home::new();
    let all: Vec<String> = messages().collect();
    std::fs::write(home.path("lines.txt"), all.join("\n")).unwrap();
    std::fs::write(home.path("between.txt"), all.join("%%")).unwrap();
    std::fs::create_dir(home.path("files")).unwrap();
    for (i, message) in all.iter().enumerate() {
        std::fs::write(home.path(&format!("files/{i:03}.txt")), message).unwrap();
    }
    let losses = [
        ("documents = \"lines\"", "lines.txt"),
        ("[documents]\nseparator = \"%%\"", "between.txt"),
        ("documents = \"files\"", "files"),
    ]
    .map(|(head, data)| {
        configure(&home, head);
        let out = format!("run-{data}");
        let steps = ["--steps", "5"];
        let trained = home.ok(&[&train(&[data], &out)[..], &steps].concat());
        // The choice is recorded.
        home.ok(&["train", "--resume", &out, "--steps", "6"]);
        json(&trained)["val_loss"].clone()
    });
    assert!(
        losses[0].is_f64() && losses.iter().all(|loss| *loss == losses[0]),
        "{losses:?}"
    );
}

#[test]
fn what_are_no_messages_is_refused_before_any_work() {
    let home = Home::new();
    let refused = |head: &str, expected: &str| {
        configure(&home, head);
        let error = home.err(&train(&["text.txt"], "refused"));
        assert!(error.contains(expected), "{head}: {error}");
        assert!(!home.path("refused").exists());
    };
    refused(
        "[documents]\nseparator = \"%%\"",
        "the text has 1 documents, at least 10",
    );
    refused("documents = \"files\"", "each file is one");
    refused(
        "[documents]\nseparator = \"\"",
        "documents.separator is empty",
    );
    refused("documents = \"words\"", "`lines`, `files`, `separator`");
    let characters = home.err(&[
        "--data",
        "text.txt",
        "--config",
        "small.toml",
        "--documents",
        "lines",
    ]);
    assert!(characters.contains("kind = \"pieces\""), "{characters}");
}
