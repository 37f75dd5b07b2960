//! `compress`, `decompress` and `forecast` through the program.

mod program;

use program::TRAINER;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// A folder with a model that nobody trained, of pieces with an end and an escape.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let dims = formats::Dims {
            vocab_size: 40,
            ..tests::ODD
        };
        folder.write("model.aut", &tests::random_pieces_model(&dims, 1));
        folder.write("other.aut", &tests::random_pieces_model(&dims, 2));
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn run(&self, input: &[u8], args: &[&str]) -> Output {
        let mut child = Command::new(&*TRAINER)
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that reads nothing closes the pipe.
        drop(child.stdin.take().unwrap().write_all(input));
        child.wait_with_output().unwrap()
    }

    /// Standard output of a call that must succeed.
    fn ok(&self, input: &[u8], args: &[&str]) -> Vec<u8> {
        let output = self.run(input, args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        output.stdout
    }

    /// What a call that must fail says.
    fn err(&self, input: &[u8], args: &[&str]) -> String {
        let output = self.run(input, args);
        assert!(!output.status.success(), "{args:?} succeeded");
        said(&output)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &[u8]) -> Value {
    let text = str::from_utf8(output).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

const MESSAGES: &[u8] = "!!\"\"##$$!!\n\n%&'() grüße 🙂\r\n\x1b[2J".as_bytes();

#[test]
fn messages_come_back_however_packets_are_written() {
    let folder = Folder::new();
    folder.write("messages.txt", MESSAGES);
    for more in [
        &[][..],
        &["--framed"],
        &["--as", "base64"],
        &["--as", "base91", "--framed"],
    ] {
        let args = |first: &[&'static str]| [first, more].concat();
        let packets = folder.ok(
            b"",
            &args(&["compress", "model.aut", "--messages", "messages.txt"]),
        );
        assert_eq!(packets.iter().filter(|&&byte| byte == b'\n').count(), 4);
        let messages = folder.ok(&packets, &args(&["decompress", "model.aut"]));
        // Line ends are not part of messages.
        assert_eq!(
            messages,
            [&MESSAGES.to_vec()[..], b"\n"].concat().replace_crlf()
        );
    }
    // Standard input as one message, line ends and all.
    let packet = folder.ok(MESSAGES, &["compress", "model.aut", "--as", "raw"]);
    assert!(packet.len() <= MESSAGES.len() + 1);
    assert_eq!(
        folder.ok(&packet, &["decompress", "model.aut", "--as", "raw"]),
        MESSAGES
    );
}

trait Lines {
    fn replace_crlf(&self) -> Vec<u8>;
}

impl Lines for Vec<u8> {
    fn replace_crlf(&self) -> Vec<u8> {
        String::from_utf8_lossy(self)
            .replace("\r\n", "\n")
            .into_bytes()
    }
}

#[test]
fn figures_add_up() {
    let folder = Folder::new();
    let text = "!!!!\"\"\"\"####$$$$";
    let lines = format!("{text}\n\n{text}\n");
    let all = json(&folder.ok(lines.as_bytes(), &["compress", "model.aut", "--json"]));
    let rows = all["messages"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for key in ["bytes", "packet_bytes", "model_bits", "overhead_bits"] {
        let sum: f64 = rows.iter().map(|row| row[key].as_f64().unwrap()).sum();
        assert!(
            (sum - all[key].as_f64().unwrap()).abs() < 1e-9,
            "{key} of {all}"
        );
    }
    let bytes = rows[0]["packet_bytes"].as_f64().unwrap();
    assert_eq!(
        rows[0]["packet"].as_str().unwrap().len() as f64,
        2.0 * bytes
    );
    assert_eq!(
        rows[0]["saved_percent"].as_f64(),
        Some(100.0 * (1.0 - bytes / 16.0))
    );
    assert_eq!(
        (&rows[0], &rows[1]["packet"]),
        (&rows[2], &Value::from("ff"))
    );

    let forecast = json(&folder.ok(b"", &["forecast", "model.aut", text, "--json"]));
    assert_eq!(forecast["packet_bytes"].as_f64(), Some(bytes));
    assert_eq!(forecast["model_bits"], rows[0]["model_bits"]);
    let parts = forecast["parts"].as_array().unwrap();
    let said: String = parts
        .iter()
        .map(|part| part["text"].as_str().unwrap())
        .collect();
    assert_eq!(said, text);
    assert_eq!(parts.last().unwrap()["packet_bytes"].as_f64(), Some(bytes));
    let shown = folder.ok(b"", &["forecast", "model.aut", text]);
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("233 bytes (Meshtastic): fits"), "{shown}");
}

#[test]
fn what_is_no_packet_is_named() {
    let folder = Folder::new();
    let packets = folder.ok(b"!!\"\"##$$!!\n", &["compress", "model.aut", "--framed"]);
    let error = folder.err(&packets, &["decompress", "other.aut", "--framed"]);
    assert!(
        error.contains("packet 1: the packet is of the model"),
        "{error}"
    );
    let error = folder.err(b"ff21\nzz\n", &["decompress", "model.aut"]);
    assert!(error.contains("packet 2 is not hex"), "{error}");
    let error = folder.err(b"", &["decompress", "model.aut", "00000000"]);
    assert!(error.contains("damaged, or of another model"), "{error}");
    let error = folder.err(b"", &["compress", "no.aut", "x"]);
    assert!(error.contains("no.aut"), "{error}");
}
