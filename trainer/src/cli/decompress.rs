//! `decompress`: packets to messages.

use super::packets::{Encoding, PacketError, given};
use crate::cli::args::DecompressArgs;
use crate::cli::inspect::hex;
use crate::export::model_file::ModelFile;
use crate::util::terminal::sanitize_for_terminal;
use runtime::codec::{CodecError, decompress, decompress_framed};
use runtime::{Engine, HeapState};
use serde_json::json;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

/// Room for a text at first, and where it ends being doubled: a damaged packet may stand for any length.
const ROOM: usize = 1 << 12;
const MOST_ROOM: usize = 1 << 20;

/// Writes a message per packet to `out`, each with a line end but for `--as raw`; with `--json` one object on a line of its own
/// instead.
///
/// # Errors
/// [`PacketError`] at the first packet that is refused.
pub fn run(args: &DecompressArgs, out: &mut impl Write) -> Result<(), PacketError> {
    let file = ModelFile::read(&args.how.file)?;
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let raw = args.how.encoding == Encoding::Raw;
    let packets = given(args.packet.as_deref(), args.packets.as_ref(), raw)?;
    let mut rows = Vec::new();
    for (line, written) in (1..).zip(&packets) {
        let packet = args.how.encoding.read(written, line)?;
        let text = text(&mut engine, &packet, args.how.framed)
            .map_err(|error| PacketError::Codec { line, error })?;
        if args.how.json {
            // What is no text is given as bytes.
            rows.push(match str::from_utf8(&text) {
                Ok(text) => json!({ "text": text, "packet_bytes": packet.len() }),
                Err(_) => json!({ "bytes": hex(&text), "packet_bytes": packet.len() }),
            });
            continue;
        }
        out.write_all(&shown(&text))?;
        if !raw {
            writeln!(out)?;
        }
        out.flush()?;
    }
    if args.how.json {
        let id = format!("{:08x}", model.id());
        let object = json!({ "model": args.how.file.display().to_string(), "model_id": id, "messages": rows });
        writeln!(out, "{object}")?;
    }
    Ok(())
}

/// The text of a packet, with as much room as it needs.
fn text(engine: &mut Engine<'_, '_>, packet: &[u8], framed: bool) -> Result<Vec<u8>, CodecError> {
    let mut room = ROOM.max(packet.len());
    loop {
        let mut text = vec![0; room];
        let length = match framed {
            true => decompress_framed(engine, packet, &mut text),
            false => decompress(engine, packet, &mut text),
        };
        match length {
            Err(CodecError::OutputTooSmall { .. }) if room < MOST_ROOM => room *= 2,
            length => {
                text.truncate(length?);
                return Ok(text);
            }
        }
    }
}

/// A message as it is, or on a terminal without what would command it.
fn shown(text: &[u8]) -> Cow<'_, [u8]> {
    if !io::stdout().is_terminal() {
        return Cow::Borrowed(text);
    }
    let text = String::from_utf8_lossy(text);
    Cow::Owned(sanitize_for_terminal(&text).into_owned().into_bytes())
}
