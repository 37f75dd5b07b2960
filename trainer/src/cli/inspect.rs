//! `inspect`: what a model file holds, what it needs, and which boards it fits.

use crate::cli::args::InspectArgs;
use crate::cli::boards::{BOARDS, Fit, PROGRAM_FLASH, PROGRAM_RAM};
use crate::export::model_file::{ModelFile, ModelFileError, trit_shares};
use crate::util::fmt::{bytes, grouped};
use crate::util::terminal::sanitize_for_terminal;
use formats::Model;
use serde_json::{Value, json};
use std::fmt::Write;

/// What `inspect` prints.
///
/// # Errors
/// [`ModelFileError`] when the file cannot be read or is no model.
pub fn run(args: &InspectArgs) -> Result<String, ModelFileError> {
    let file = ModelFile::read(&args.file)?;
    let model = file.model();
    let mut text = describe(&model, file.bytes().len());
    if args.json {
        let mut summary = with_losses(&model, file.bytes().len());
        summary["model"] = json!(args.file.display().to_string());
        text.push_str(&format!("{summary}\n"));
    }
    Ok(text)
}

/// What `--json` says of a model file by itself.
fn with_losses(model: &Model<'_>, file_bytes: usize) -> Value {
    let provenance = model.provenance();
    let nats = |loss: Option<u32>| loss.map(|micronats| f64::from(micronats) / 1e6);
    let mut facts = facts(model, file_bytes);
    facts["train_loss"] = json!(nats(provenance.train_loss));
    facts["val_loss"] = json!(nats(provenance.val_loss));
    facts["steps"] = json!(provenance.steps);
    facts
}

/// What `--json` says of a model in every command.
pub fn facts(model: &Model<'_>, file_bytes: usize) -> Value {
    let (dims, provenance) = (model.dims(), model.provenance());
    let shares: Value = matrices(model)
        .map(|(name, packed, rows, cols)| (name.to_owned(), json!(trit_shares(packed, rows, cols))))
        .into_iter()
        .collect();
    let boards: Value = BOARDS
        .iter()
        .map(|board| {
            (
                board.name.to_owned(),
                json!(matches!(board.fit(dims, file_bytes), Fit::Fits { .. })),
            )
        })
        .collect();
    json!({
        "parameters": dims.parameters(),
        "file_bytes": file_bytes,
        "ram_bytes": model.plan().ram(),
        "ram_parts": model.plan().parts().map(|(name, bytes)| json!([name, bytes])),
        "vocab_size": dims.vocab_size,
        "d_model": dims.d_model,
        "layers": dims.layers,
        "heads": dims.heads,
        "kv_heads": dims.kv_heads,
        "d_ff": dims.d_ff,
        "context": dims.context,
        "weight_trits": dims.weight_trits,
        "head_trits": dims.head_trits,
        "kv_trits": dims.kv_trits,
        "token_shift": dims.token_shift,
        "seed": provenance.seed,
        "preset": provenance.preset,
        "corpus": provenance.corpus,
        "corpus_sha256": hex(&provenance.corpus_sha256),
        "trainer": provenance.trainer,
        "trit_shares": shares,
        "fits": boards,
    })
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Name, bytes and the shape of one matrix, of each packed tensor.
fn matrices<'a>(model: &Model<'a>) -> [(&'static str, &'a [u8], usize, usize); 5] {
    let dims = model.dims();
    let (d, hidden) = (usize::from(dims.d_model), usize::from(dims.d_ff));
    let shapes = [
        ("qkv", dims.qkv_rows(), d),
        ("o_proj", d, d),
        ("up_proj", hidden, d),
        ("down_proj", d, hidden),
        ("lm_head", dims.vocab_size.into(), d),
    ];
    let tensors = model.tensors();
    shapes.map(|(name, rows, cols)| {
        let packed = tensors
            .iter()
            .find(|(tensor, _)| *tensor == name)
            .map_or(&[][..], |(_, packed)| packed);
        (name, packed, rows, cols)
    })
}

fn describe(model: &Model<'_>, file_bytes: usize) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_sections(&mut text, model, file_bytes);
    text
}

fn write_sections(text: &mut String, model: &Model<'_>, file_bytes: usize) -> std::fmt::Result {
    let (dims, from, plan) = (model.dims(), model.provenance(), model.plan());
    writeln!(text, "Dimensions")?;
    writeln!(
        text,
        "  {} layers, d_model {}, hidden {}, context {}",
        dims.layers, dims.d_model, dims.d_ff, dims.context
    )?;
    writeln!(
        text,
        "  {} heads of {}, {} for keys and values",
        dims.heads,
        dims.head_dim(),
        dims.kv_heads
    )?;
    writeln!(
        text,
        "  {} characters, {} parameters",
        dims.vocab_size,
        grouped(dims.parameters() as usize)
    )?;
    writeln!(
        text,
        "  trits: {} a weight, {} in the head, {} in the KV cache; token shift {:?}",
        dims.weight_trits, dims.head_trits, dims.kv_trits, dims.token_shift
    )?;

    writeln!(text, "\nFile: {}", bytes(file_bytes))?;
    let packed = matrices(model);
    for (name, tensor) in model.tensors() {
        write!(text, "  {name:<14} {:>9}", grouped(tensor.len()))?;
        match packed.iter().find(|(matrix, ..)| *matrix == name) {
            Some(&(_, packed, rows, cols)) => {
                let [minus, zero, plus] =
                    trit_shares(packed, rows, cols).map(|share| share * 100.0);
                writeln!(
                    text,
                    "   -1 {minus:4.1} %   0 {zero:4.1} %   1 {plus:4.1} %"
                )?;
            }
            None => writeln!(text)?,
        }
    }

    writeln!(text, "\nRAM: {}", bytes(plan.ram()))?;
    for (name, size) in plan.parts() {
        writeln!(text, "  {name:<15} {:>8}", grouped(size))?;
    }

    writeln!(text, "\nProvenance")?;
    let loss = |loss: Option<u32>| {
        loss.map_or("not measured".to_owned(), |l| {
            format!("{:.4} nats a character", f64::from(l) / 1e6)
        })
    };
    writeln!(text, "  training loss    {}", loss(from.train_loss))?;
    writeln!(text, "  validation loss  {}", loss(from.val_loss))?;
    writeln!(
        text,
        "  {} steps of {:?}, seed {}, trainer {}",
        grouped(from.steps as usize),
        from.preset,
        from.seed,
        sanitize_for_terminal(from.trainer)
    )?;
    writeln!(text, "  text: {}", sanitize_for_terminal(from.corpus))?;
    writeln!(text, "  text SHA-256 {}", hex(&from.corpus_sha256))?;

    writeln!(
        text,
        "\nBoards ({} of flash and {} of RAM set aside for the program)",
        bytes(PROGRAM_FLASH),
        bytes(PROGRAM_RAM)
    )?;
    for board in &BOARDS {
        writeln!(
            text,
            "  {:<29} {:<11} {}",
            board.name,
            board.core,
            board.fit(dims, file_bytes)
        )?;
    }
    Ok(())
}
