//! `inspect`: what a model file holds, what it needs, and which boards it fits.

use crate::cli::args::InspectArgs;
use crate::cli::boards::{BOARDS, Fit, PROGRAM_FLASH, PROGRAM_RAM};
use crate::data::corpus::unseen;
use crate::data::vocabulary::Vocabulary;
use crate::export::model_file::{ModelFile, ModelFileError, trit_shares};
use crate::util::fmt::{bytes, grouped};
use crate::util::terminal::sanitize_for_terminal;
use formats::tokenizer::Pieces;
use formats::{Model, Tokenizer};
use serde_json::{Value, json};
use std::fmt::Write;

/// Characters of a line that shows which ones a model knows.
const CHARACTERS_A_LINE: usize = 80;
/// Pieces of a line.
const PIECES_A_LINE: usize = 16;
/// Names of a line for those that cannot be seen.
const NAMES_A_LINE: usize = 4;

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
    facts["train_bits_per_char"] = json!(nats(provenance.train_bits_per_char));
    facts["val_bits_per_char"] = json!(nats(provenance.val_bits_per_char));
    facts["source"] = json!(provenance.source);
    facts["licence"] = json!(provenance.licence);
    facts["id"] = json!(format!("{:08x}", model.id()));
    facts["steps"] = json!(provenance.steps);
    let tokenizer = model.tokenizer();
    match tokenizer {
        Tokenizer::Pieces(pieces) => {
            facts["pieces"] = pieces.iter().collect();
            facts["end"] = json!(tokenizer.end());
            facts["escape"] = json!(tokenizer.escape());
        }
        _ => facts["characters"] = json!(known_characters(&tokenizer)),
    }
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

/// The characters that the model knows: those that are seen as they are, the others by code point and name.
fn write_characters(text: &mut String, characters: &str) -> std::fmt::Result {
    let (seen, others): (Vec<char>, Vec<char>) =
        characters.chars().partition(|&c| unseen(c).is_none());
    writeln!(text, "\nCharacters: {}", seen.len() + others.len())?;
    for line in seen.chunks(CHARACTERS_A_LINE) {
        writeln!(text, "  {}", line.iter().collect::<String>())?;
    }
    let others: Vec<String> = others.into_iter().filter_map(unseen).collect();
    for line in others.chunks(NAMES_A_LINE) {
        writeln!(text, "  {}", line.join(", "))?;
    }
    Ok(())
}

/// Every character that is a token by itself.
fn known_characters(tokenizer: &Tokenizer<'_>) -> String {
    match tokenizer {
        Tokenizer::Pieces(pieces) => {
            let alone = pieces.iter().filter_map(|piece| {
                let mut characters = piece.chars();
                characters.next().filter(|_| characters.next().is_none())
            });
            alone.collect()
        }
        Tokenizer::Characters(characters) => (*characters).to_owned(),
        _ => String::new(),
    }
}

/// The pieces of more than one character, between bars, so that their spaces can be seen.
fn write_pieces(
    text: &mut String,
    pieces: Pieces<'_>,
    tokenizer: &Tokenizer<'_>,
) -> std::fmt::Result {
    let longer = pieces.iter().filter(|piece| piece.chars().nth(1).is_some());
    let longer: Vec<String> = longer
        .map(|piece| piece.escape_debug().to_string())
        .collect();
    writeln!(text, "\nPieces of several characters: {}", longer.len())?;
    for line in longer.chunks(PIECES_A_LINE) {
        writeln!(text, "  |{}|", line.join("|"))?;
    }
    let special = [
        ("end of a document", tokenizer.end()),
        ("any other character", tokenizer.escape()),
    ];
    for (name, token) in special {
        if let Some(token) = token {
            writeln!(text, "  token {token}: {name}")?;
        }
    }
    Ok(())
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
        "  {} {}, {} parameters",
        dims.vocab_size,
        Vocabulary::of(&model.tokenizer()).unit(),
        grouped(dims.parameters() as usize)
    )?;
    writeln!(
        text,
        "  trits: {} a weight, {} in the head, {} in the KV cache; token shift {:?}",
        dims.weight_trits, dims.head_trits, dims.kv_trits, dims.token_shift
    )?;

    let tokenizer = model.tokenizer();
    write_characters(text, &known_characters(&tokenizer))?;
    if let Tokenizer::Pieces(pieces) = tokenizer {
        write_pieces(text, pieces, &tokenizer)?;
    }

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
    let unit = match model.tokenizer() {
        Tokenizer::Characters(_) => "character",
        _ => "token",
    };
    let loss = |loss: Option<u32>, bits: Option<u32>| {
        let mut words = loss.map_or("not measured".to_owned(), |loss| {
            format!("{:.4} nats per {unit}", f64::from(loss) / 1e6)
        });
        if let Some(bits) = bits {
            let _ = write!(
                words,
                ", {:.4} bits per character of the text",
                f64::from(bits) / 1e6
            );
        }
        words
    };
    let train = loss(from.train_loss, from.train_bits_per_char);
    let validation = loss(from.val_loss, from.val_bits_per_char);
    writeln!(text, "  training loss    {train}")?;
    writeln!(text, "  validation loss  {validation}")?;
    writeln!(
        text,
        "  {} steps of {:?}, seed {}, trainer {}",
        grouped(from.steps as usize),
        from.preset,
        from.seed,
        sanitize_for_terminal(from.trainer)
    )?;
    writeln!(text, "  text: {}", sanitize_for_terminal(from.corpus))?;
    for (what, said) in [("from", from.source), ("licence", from.licence)] {
        if !said.is_empty() {
            writeln!(text, "  {what}: {}", sanitize_for_terminal(said))?;
        }
    }
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
