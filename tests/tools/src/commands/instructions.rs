//! Counts the instructions of one token on emulated microcontroller cores: `cargo run -p tools -- instructions`.
//!
//! Needs QEMU (qemu-system-arm, qemu-system-misc) and a C compiler; finds or fetches the targets by itself. With
//! `--json` the last line is one JSON object.

use formats::{Dims, Model};
use serde_json::{Value, json};
use std::error::Error;
use tests::{BASE, random_model};
use tools::cores::{
    Build, CHUNK, CORTEX_M0, CORTEX_M4, CORTEX_M33, Core, NamedModel, Profile, RISCV32I,
    RISCV32IMC, examples,
};
use tools::counting::{Plugin, Window};
use tools::image::Image;
use tools::markdown::{row, thousands};
use tools::parts::{PARTS, PHASE, parts};

const CORES: [Core; 5] = [CORTEX_M0, CORTEX_M4, CORTEX_M33, RISCV32I, RISCV32IMC];
/// Runs the kernels of the core before it: only the trained models are counted on it.
const BRIEF: Core = CORTEX_M33;
/// The tokens that are measured, counted from 1: the headline, the one that fills the ring, and one past it. The context
/// holds as many tokens as the position says, the new one included, but never more than the ring.
const POSITIONS: [usize; 3] = [64, 128, 200];
const HEADLINE: usize = 64;
/// Tokens of a prompt in an empty context, as in `qemu-bench`.
const PROMPT: u64 = 64;
/// Groups of inputs with lookup tables at once.
const CHUNKS: [usize; 5] = [8, 16, 32, 64, 128];
/// Widths of the residual stream, four heads each, an MLP four times as wide.
const WIDTHS: [u16; 3] = [64, 128, 256];

struct Measured {
    core: Core,
    /// By part, for each of `POSITIONS`.
    parts: [[u64; PARTS.len()]; POSITIONS.len()],
    /// All parts, for each of `POSITIONS`.
    totals: [u64; POSITIONS.len()],
    /// The trained model of `base`'s shape, for each of `POSITIONS`.
    trained: [u64; POSITIONS.len()],
    /// Its parts at `HEADLINE`.
    trained_parts: [u64; PARTS.len()],
    /// The same model's file checked, its self-test, and a token of a prompt of `PROMPT`.
    beginnings: [u64; 3],
    /// The trained model of pieces, at `HEADLINE`: a token, and a character of the text.
    pieces: [u64; 2],
    /// At `HEADLINE`, for each of `WIDTHS`.
    widths: [u64; WIDTHS.len()],
    /// At `HEADLINE`, for each of `CHUNKS`.
    chunks: [u64; CHUNKS.len()],
    /// At `HEADLINE`, for each of `Profile::ALL`.
    profiles: [u64; Profile::ALL.len()],
}

impl Measured {
    fn none(core: Core) -> Self {
        Self {
            core,
            parts: Default::default(),
            totals: Default::default(),
            trained: Default::default(),
            trained_parts: Default::default(),
            beginnings: Default::default(),
            pieces: Default::default(),
            widths: Default::default(),
            chunks: Default::default(),
            profiles: Default::default(),
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this core, such as cortex-m33
    #[arg(long)]
    core: Option<String>,
    /// Only the trained models, by part and by position: two images for each core
    #[arg(long, conflicts_with_all = ["json", "profiles"])]
    trained: bool,
    /// Only the table by cargo profile
    #[arg(long, conflicts_with = "json")]
    profiles: bool,
    /// The last line is one JSON object, of the cores that all tables have
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let plugin = Plugin::compile()?;
    let mut measured = Vec::new();
    for core in super::chosen(&CORES, |core| core, arguments.core.as_deref())? {
        if arguments.profiles && core == BRIEF {
            continue;
        }
        eprintln!(
            "{}: {} on {}",
            core.name,
            core.target,
            core.machine.arguments.join(" ")
        );
        validate(&plugin, &core)?;
        let mut of = Measured::none(core);
        if arguments.profiles {
            measure_profiles(&plugin, &mut of)?;
        } else {
            measure_trained(&plugin, &mut of)?;
            measure_pieces(&plugin, &mut of)?;
        }
        if !arguments.profiles && !arguments.trained && core != BRIEF {
            measure_profiles(&plugin, &mut of)?;
            measure(&plugin, &mut of)?;
        }
        measured.push(of);
    }
    if !arguments.profiles {
        print_trained(&measured);
        print_pieces(&measured);
    }
    measured.retain(|of| of.core != BRIEF);
    if !arguments.profiles && !arguments.trained {
        print_tables(&measured);
    }
    if !arguments.trained {
        print_profiles(&measured);
    }
    if arguments.json {
        println!("{}", to_json(&measured));
    }
    Ok(())
}

/// The `base` preset's shape with another width.
fn dims(d_model: u16) -> Dims {
    Dims {
        d_model,
        d_ff: 4 * d_model,
        token_shift: [d_model / 2, 0, 0],
        ..BASE
    }
}

fn model(dims: &Dims) -> NamedModel {
    NamedModel {
        name: format!("random-{}", dims.d_model),
        file: random_model(dims, 1),
    }
}

/// The committed model of `base`'s shape. What attention costs depends on what a model attends to.
fn trained() -> Result<NamedModel, Box<dyn Error>> {
    let file = committed("base")?;
    let dims = *Model::parse(&file)?.dims();
    if dims != BASE {
        return Err(format!("base.aut is of another shape: {dims:?}").into());
    }
    Ok(NamedModel {
        name: "trained".into(),
        file,
    })
}

/// A file of `firmware-examples/models`.
fn committed(name: &str) -> Result<Vec<u8>, String> {
    let path = examples().join("models").join(name).with_extension("aut");
    std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Counts a token of the model `base-pieces`, and what that is per character of the text that it was measured on.
fn measure_pieces(plugin: &Plugin, measured: &mut Measured) -> Result<(), Box<dyn Error>> {
    let file = committed("base-pieces")?;
    let from = *Model::parse(&file)?.provenance();
    let (Some(nats), Some(bits)) = (from.val_loss, from.val_bits_per_char) else {
        return Err("base-pieces.aut does not say its losses".into());
    };
    // Nats per token over nats per character.
    let characters = f64::from(nats) / (f64::from(bits) * std::f64::consts::LN_2);
    let model = NamedModel {
        name: "trained-pieces".into(),
        file,
    };
    let (_, windows) = count(plugin, &measured.core, &model, CHUNK)?;
    let token = window(&windows, HEADLINE)?.instructions;
    measured.pieces = [token, (token as f64 / characters).round() as u64];
    Ok(())
}

/// Counts loops of known length; any difference is an error.
fn validate(plugin: &Plugin, core: &Core) -> Result<(), Box<dyn Error>> {
    let image = core.image("loops", &Build::of(&model(&BASE)))?;
    let (turns, windows) = plugin.count(core, &image, None, &[])?;
    let turns: Vec<u64> = turns.lines().map(str::parse).collect::<Result<_, _>>()?;
    let counted: Vec<u64> = windows.iter().map(|window| window.instructions).collect();
    // Two instructions a turn, one before the loop, one jump to the end.
    let known: Vec<u64> = turns.iter().map(|turns| 2 * turns + 2).collect();
    if counted.is_empty() || counted != known {
        return Err(format!("loops of {known:?} instructions were counted as {counted:?}").into());
    }
    eprintln!("  loops of {known:?} instructions: counted exactly");
    Ok(())
}

/// The model of record: what most readers will run.
fn measure_trained(plugin: &Plugin, measured: &mut Measured) -> Result<(), Box<dyn Error>> {
    let (image, windows) = count(plugin, &measured.core, &trained()?, CHUNK)?;
    for (instructions, position) in measured.trained.iter_mut().zip(POSITIONS) {
        *instructions = window(&windows, position)?.instructions;
    }
    measured.trained_parts = parts(&image, window(&windows, HEADLINE)?, &BASE);
    let [.., parse, self_test, prompt] = windows.as_slice() else {
        return Err("no file was checked".into());
    };
    measured.beginnings = [
        parse.instructions,
        self_test.instructions,
        prompt.instructions / PROMPT,
    ];
    Ok(())
}

fn measure(plugin: &Plugin, measured: &mut Measured) -> Result<(), Box<dyn Error>> {
    let core = measured.core;
    for (width, d_model) in measured.widths.iter_mut().zip(WIDTHS) {
        let dims = dims(d_model);
        let windows = count(plugin, &core, &model(&dims), CHUNK)?.1;
        *width = window(&windows, HEADLINE)?.instructions;
    }
    for (instructions, chunk) in measured.chunks.iter_mut().zip(CHUNKS) {
        let (image, windows) = count(plugin, &core, &model(&BASE), chunk)?;
        *instructions = window(&windows, HEADLINE)?.instructions;
        if chunk == CHUNK {
            for (i, position) in POSITIONS.into_iter().enumerate() {
                let window = window(&windows, position)?;
                measured.parts[i] = parts(&image, window, &BASE);
                measured.totals[i] = window.instructions;
                if measured.parts[i].iter().sum::<u64>() != window.instructions {
                    return Err(
                        format!("{}: the parts do not add up to the whole", core.name).into(),
                    );
                }
            }
        }
    }
    Ok(())
}

/// As firmware of projects is commonly built.
fn measure_profiles(plugin: &Plugin, measured: &mut Measured) -> Result<(), Box<dyn Error>> {
    for (instructions, profile) in measured.profiles.iter_mut().zip(Profile::ALL) {
        let model = model(&BASE);
        let build = Build {
            profile,
            ..Build::of(&model)
        };
        let image = measured.core.image("tokens", &build)?;
        let (_, windows) = plugin.count(&measured.core, &image, None, &[])?;
        *instructions = window(&windows, HEADLINE)?.instructions;
    }
    Ok(())
}

fn count(
    plugin: &Plugin,
    core: &Core,
    model: &NamedModel,
    chunk: usize,
) -> Result<(Image, Vec<Window>), Box<dyn Error>> {
    let build = Build {
        chunk,
        ..Build::of(model)
    };
    let image = core.image("tokens", &build)?;
    let (_, windows) = plugin.count(
        core,
        &image,
        Some(PHASE),
        &POSITIONS.map(|position| position - 1),
    )?;
    Ok((image, windows))
}

/// The window of a position, which counts from 1.
fn window(windows: &[Window], position: usize) -> Result<&Window, String> {
    let found = position.checked_sub(1).and_then(|index| windows.get(index));
    found.ok_or_else(|| format!("no token was measured at position {position}"))
}

/// Tables of the trained model: parts at `HEADLINE`, all of a token by position, and what comes before the first token.
fn print_trained(measured: &[Measured]) {
    print_parts(
        &format!(
            "Instructions a token at position {HEADLINE}, firmware-examples/models/base.aut, {CHUNK} tables"
        ),
        measured,
        |m| &m.trained_parts,
    );
    print_by(
        "By position, the trained model firmware-examples/models/base.aut",
        measured,
        &strings(&POSITIONS),
        |m| &m.trained,
    );
    print_by(
        "Before the first token, the same model",
        measured,
        &[
            "Model::parse".into(),
            "self_test".into(),
            format!("a token of a prompt of {PROMPT}"),
        ],
        |m| &m.beginnings,
    );
}

/// A table of the trained model of pieces.
fn print_pieces(measured: &[Measured]) {
    print_by(
        &format!(
            "At position {HEADLINE}, the trained model firmware-examples/models/base-pieces.aut"
        ),
        measured,
        &["per token".into(), "per character of text".into()],
        |m| &m.pieces,
    );
}

/// A row for each part, a column for each core.
fn print_parts(title: &str, measured: &[Measured], parts: fn(&Measured) -> &[u64; PARTS.len()]) {
    println!("\n{title}:\n");
    let names: Vec<&str> = measured.iter().map(|m| m.core.name).collect();
    row("part", names.iter().map(ToString::to_string));
    row("---", names.iter().map(|_| "---:".into()));
    for (i, part) in PARTS.iter().enumerate() {
        row(part, measured.iter().map(|m| thousands(parts(m)[i])));
    }
    row(
        "all",
        measured.iter().map(|m| thousands(parts(m).iter().sum())),
    );
}

/// A row for each core, a column for each key.
fn print_by(title: &str, measured: &[Measured], keys: &[String], values: fn(&Measured) -> &[u64]) {
    println!("\n{title}:\n");
    row("core", keys.iter().cloned());
    row("---", keys.iter().map(|_| "---:".into()));
    for m in measured {
        row(m.core.name, values(m).iter().map(|&n| thousands(n)));
    }
}

fn print_tables(measured: &[Measured]) {
    print_parts(
        &format!(
            "Instructions a token at position {HEADLINE}, shape of the preset `base`, random weights, {CHUNK} tables"
        ),
        measured,
        |m| &m.parts[0],
    );
    let table = |title: &str, keys: &[String], values| print_by(title, measured, keys, values);
    let context = BASE.context;
    table(
        &format!("By position (the ring holds {context} tokens)"),
        &strings(&POSITIONS),
        |m| &m.totals,
    );
    table(
        "By d_model, at position 64",
        &strings(&WIDTHS.map(usize::from)),
        |m| &m.widths,
    );
    table(
        "By lookup tables held at once (172 bytes each), at position 64",
        &strings(&CHUNKS),
        |m| &m.chunks,
    );
}

fn print_profiles(measured: &[Measured]) {
    print_by(
        "By profile, at position 64",
        measured,
        &Profile::ALL.map(|profile| profile.to_string()),
        |m| &m.profiles,
    );
    println!();
}

fn strings(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

fn to_json(measured: &[Measured]) -> Value {
    let pairs = |keys: &[String], values: &[u64]| -> Value {
        keys.iter()
            .cloned()
            .zip(values.iter().map(|&n| json!(n)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let cores = measured.iter().map(|m| {
        let value = json!({
            "target": m.core.target,
            "machine": m.core.machine.arguments.join(" "),
            "token_instructions": m.totals[0],
            "parts": pairs(&PARTS.map(String::from), &m.parts[0]),
            "by_position": pairs(&strings(&POSITIONS), &m.totals),
            "trained_parts": pairs(&PARTS.map(String::from), &m.trained_parts),
            "trained_by_position": pairs(&strings(&POSITIONS), &m.trained),
            "pieces_token_instructions": m.pieces[0],
            "pieces_character_instructions": m.pieces[1],
            "by_d_model": pairs(&strings(&WIDTHS.map(usize::from)), &m.widths),
            "by_tables": pairs(&strings(&CHUNKS), &m.chunks),
            "by_profile": pairs(&Profile::ALL.map(|profile| profile.to_string()), &m.profiles),
        });
        (m.core.name.to_owned(), value)
    });
    cores.collect::<serde_json::Map<_, _>>().into()
}
