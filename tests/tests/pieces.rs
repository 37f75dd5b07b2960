//! A model of pieces, from the text to what the program says of it.

mod program;

use program::{Home, json};

/// The small configuration with another vocabulary.
fn configure(home: &Home, vocabulary: &str) {
    let text = format!(
        "base = \"small.toml\"\n[vocabulary]\n{vocabulary}\n[model]\nembedding_trits = 2\n"
    );
    std::fs::write(home.path("pieces.toml"), text).unwrap();
}

fn train(out: &str) -> [&str; 7] {
    [
        "--config",
        "pieces.toml",
        "--data",
        "text.txt",
        "--out",
        out,
        "--json",
    ]
}

#[test]
fn a_model_of_pieces_is_trained_measured_and_read() {
    let home = Home::new();
    configure(&home, "kind = \"pieces\"\nsize = 160");
    let trained = json(&home.ok(&train("run")));
    assert_eq!(
        (&trained["logits_differing"], &trained["vocab_size"]),
        (&0.into(), &160.into())
    );

    // The same numbers, however they are asked for.
    let said = home.ok(&["eval", "run/model.aut", "--data", "text.txt", "--json"]);
    assert!(
        said.contains(" per token)") && said.contains(" pieces)"),
        "{said}"
    );
    let evaluated = json(&said);
    let file = json(&home.ok(&["inspect", "run/model.aut", "--json"]));
    for split in ["train", "val"] {
        let number = |key: &str| evaluated[format!("{split}_{key}")].as_f64().unwrap();
        assert_eq!(trained[format!("{split}_loss")], number("loss"));
        let expected = number("loss") * number("tokens") / number("chars") / std::f64::consts::LN_2;
        let bits = number("bits_per_char");
        assert!((bits - expected).abs() < 1e-9, "{bits} {expected}");
        let stored = file[format!("{split}_bits_per_char")].as_f64().unwrap();
        assert!((bits - stored).abs() < 1e-6, "{bits} {stored}");
    }
    assert_eq!(
        (&evaluated["train_chars"], &evaluated["val_chars"]),
        (&18_000.into(), &2_000.into())
    );
    assert!(
        evaluated["val_tokens"].as_u64() < Some(1_300),
        "{evaluated}"
    );

    let shown = home.ok(&["inspect", "run/model.aut"]);
    assert!(
        shown.contains("160 pieces, ") && shown.contains("token 159: any other character"),
        "{shown}"
    );
    // What was not in the text is escaped, and never written.
    let generate = [
        "generate",
        "run/model.aut",
        "--prompt",
        "Ω ",
        "--length",
        "300",
        "--temperature",
        "2",
    ];
    let text = home.ok(&generate);
    assert!(
        text.starts_with("Ω ") && !text.contains('\u{FFFD}'),
        "{text}"
    );

    // Taken up again with the same vocabulary.
    let more = home.ok(&[
        "train", "--resume", "run", "--steps", "220", "--data", "text.txt", "--json",
    ]);
    assert_eq!(json(&more)["logits_differing"], 0);
    let again = json(&home.ok(&["inspect", "run/model.aut", "--json"]));
    assert_eq!(again["pieces"], file["pieces"]);
}

#[test]
fn vocabularies_that_cannot_be_are_refused_before_any_work() {
    let home = Home::new();
    for (vocabulary, expected) in [
        ("kind = \"pieces\"\nsize = 20", "min_count = "),
        ("kind = \"pieces\"\nsize = 5000", "between 1 and 4096"),
        ("kind = \"pieces\"", "missing field `size`"),
        (
            "kind = \"pieces\"\nsize = 160\nmin_count = 100000",
            "leaves out every character",
        ),
        ("kind = \"words\"", "`characters` or `pieces`"),
    ] {
        configure(&home, vocabulary);
        let error = home.err(&train("refused"));
        assert!(error.contains(expected), "{vocabulary}: {error}");
        assert!(!home.path("refused").exists());
    }
}

#[test]
fn the_same_text_gives_the_same_pieces_and_rare_characters_share_a_token() {
    let home = Home::new();
    let pieces = |out| {
        home.ok(&[&train(out)[..], &["--steps", "1"]].concat());
        let file = format!("{out}/model.aut");
        json(&home.ok(&["inspect", &file, "--json"]))["pieces"].clone()
    };
    configure(&home, "kind = \"pieces\"\nsize = 100");
    let all = pieces("a");
    assert_eq!(all, pieces("b"));
    configure(&home, "kind = \"pieces\"\nsize = 100\nmin_count = 40");
    let fewer = pieces("c");
    let singles = |pieces: &serde_json::Value| {
        let pieces = pieces.as_array().unwrap().iter();
        pieces
            .filter(|piece| piece.as_str().unwrap().chars().count() == 1)
            .count()
    };
    assert!(singles(&fewer) < singles(&all));
}
