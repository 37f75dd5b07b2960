//! Ours beside other compressors: `cargo run -p tools -- messages`.

use serde_json::{Map, Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};
use tools::markdown::{row, thousands};
use tools::messages::ngram::NGram;
use tools::messages::saved::{LENGTHS, Saved};
use tools::messages::texts::Messages;
use tools::messages::{ours, rivals};

/// What an n-gram's table may take: the flash of a model file.
const TABLE_BYTES: usize = 256 * 1024;
/// Orders and thresholds among which the best n-gram is looked for, on the measured messages themselves.
const ORDERS: [usize; 4] = [2, 3, 4, 5];
const THRESHOLDS: [u64; 7] = [1, 2, 3, 4, 6, 8, 12];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Messages to measure, one on a line; again for more files [default: ../shared/data/messages/*-test.txt]
    #[arg(long, value_name = "FILE")]
    text: Vec<PathBuf>,
    /// Messages that the rivals learn from [default: ../shared/data/messages/*-train.txt]
    #[arg(long, value_name = "FILE")]
    train: Vec<PathBuf>,
    /// Model files [default: all of firmware-examples/models]
    #[arg(long, value_name = "FILE")]
    model: Vec<PathBuf>,
    /// Ours and the n-gram alone: needs no Python
    #[arg(long)]
    no_python: bool,
    /// What packing and reading cost on devices instead: instructions, modelled seconds, memory, airtime
    #[arg(long, exclusive = true)]
    cost: bool,
    /// The last line is one JSON object
    #[arg(long)]
    json: bool,
}

/// A line of the table.
struct Line {
    name: String,
    flash: Option<usize>,
    ram: Option<usize>,
    saved: Saved,
    /// Of our models: bits per message beyond the model's, by file.
    overhead: Vec<f64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.cost {
        return super::cost::run();
    }
    let tests = Messages::all(&arguments.text, "-test.txt")?;
    let train = Messages::all(&arguments.train, "-train.txt")?;
    let ours = models(&arguments.model, &tests)?;
    let mut others = Vec::new();
    if !arguments.no_python {
        match general(&train, &tests) {
            Ok(lines) => others = lines,
            Err(error) => println!("NOT RUN: compressors of PyPI: {error}"),
        }
    }
    others.extend(best_ngram(&train, &tests));
    print_table(&tests, &others, &ours);
    print_overhead(&tests, &ours);
    if arguments.json {
        println!("{}", to_json(&tests, &others, &ours));
    }
    Ok(())
}

fn models(files: &[PathBuf], tests: &[Messages]) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut files = files.to_vec();
    if files.is_empty() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../firmware-examples/models");
        let found = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        let paths = found.iter().map(fs::DirEntry::path);
        files.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "aut")));
        files.sort();
    }
    let line = |path: &PathBuf| -> Result<Line, Box<dyn Error>> {
        let named = |error: &dyn Error| format!("{}: {error}", path.display());
        let file = fs::read(path).map_err(|error| named(&error))?;
        let measured = ours::measure(&file, tests).map_err(|error| named(&error))?;
        Ok(Line {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            flash: Some(file.len()),
            ram: Some(measured.ram),
            saved: Saved::of(tests, &measured.packets),
            overhead: measured.overhead,
        })
    };
    files.iter().map(line).collect()
}

/// The compressors that Python has; those that it has not are named.
fn general(train: &[Messages], tests: &[Messages]) -> Result<Vec<Line>, String> {
    let python = rivals::python(&env::temp_dir().join("autarky-rivals"))?;
    let mut lines = Vec::new();
    for (name, sizes) in rivals::measure(&python, train, tests)? {
        match sizes {
            Ok(packets) => lines.push(Line {
                name,
                flash: None,
                ram: None,
                saved: Saved::of(tests, &packets),
                overhead: Vec::new(),
            }),
            Err(error) => println!("NOT RUN: {name}: {error}"),
        }
    }
    Ok(lines)
}

/// The n-gram that saves most among those whose table is no larger than a model file may be.
fn best_ngram(train: &[Messages], tests: &[Messages]) -> Option<Line> {
    let messages: Vec<String> = train
        .iter()
        .flat_map(|file| file.messages.clone())
        .collect();
    let settings = ORDERS
        .iter()
        .flat_map(|&order| THRESHOLDS.map(|least| (order, least)));
    let lines = settings.filter_map(|(order, least)| {
        let table = NGram::learn(&messages, order, least);
        if table.bytes() > TABLE_BYTES {
            return None;
        }
        let packets = |test: &Messages| test.messages.iter().map(|m| table.packet(m)).collect();
        let packets: Vec<Vec<usize>> = tests.iter().map(packets).collect();
        let total: usize = packets.iter().flatten().sum();
        let line = Line {
            name: format!("n-gram, order {order}, n-grams from {least} occurrences on"),
            flash: Some(table.bytes()),
            ram: None,
            saved: Saved::of(tests, &packets),
            overhead: Vec::new(),
        };
        Some((total, line))
    });
    lines.min_by_key(|&(total, _)| total).map(|(_, line)| line)
}

fn print_table(tests: &[Messages], others: &[Line], ours: &[Line]) {
    println!("\nSaved, per cent of the bytes, every message alone:\n");
    let names = tests.iter().map(|test| test.name.clone());
    let lengths = LENGTHS.iter().map(|(_, name)| name.to_string());
    let columns: Vec<String> = ["flash".into(), "RAM".into()]
        .into_iter()
        .chain(names)
        .chain(lengths)
        .collect();
    row("", columns.iter().cloned());
    row("---", columns.iter().map(|_| "---:".into()));
    for line in others.iter().chain(ours) {
        let bytes =
            |bytes: Option<usize>| bytes.map_or(String::new(), |bytes| thousands(bytes as u64));
        let saved = line.saved.files.iter().chain(&line.saved.lengths);
        let saved = saved.map(|saved| {
            if saved.is_nan() {
                "-".into()
            } else {
                format!("{saved:.1}")
            }
        });
        row(
            &line.name,
            [bytes(line.flash), bytes(line.ram)]
                .into_iter()
                .chain(saved),
        );
    }
    println!();
}

fn print_overhead(tests: &[Messages], ours: &[Line]) {
    println!(
        "Bits per message beyond -log2 of its probability, the end and whole bytes included:\n"
    );
    row("model", tests.iter().map(|test| test.name.clone()));
    row("---", tests.iter().map(|_| "---:".into()));
    for line in ours {
        let bits = line.overhead.iter().map(|bits| format!("{bits:.2}"));
        row(&line.name, bits);
    }
    println!();
}

fn to_json(tests: &[Messages], others: &[Line], ours: &[Line]) -> Value {
    let of = |lines: &[Line]| -> Map<String, Value> {
        let saved = |line: &Line| -> Map<String, Value> {
            let files = tests.iter().zip(&line.saved.files);
            files
                .map(|(test, saved)| (test.name.clone(), json!(saved)))
                .collect()
        };
        lines
            .iter()
            .map(|line| (line.name.clone(), saved(line).into()))
            .collect()
    };
    json!({ "ours": of(ours), "rivals": of(others) })
}
