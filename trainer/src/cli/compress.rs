//! `compress`: messages to packets.

use super::packets::{Encoding, PacketError, given, saved_percent};
use crate::cli::args::CompressArgs;
use crate::export::model_file::ModelFile;
use crate::util::fmt::grouped;
use crate::util::terminal::say;
use runtime::codec::{bits, compress, compress_framed};
use runtime::{Engine, HeapState};
use serde_json::{Value, json};
use std::io::Write;

/// A message's figures.
#[derive(Clone, Copy, Default, Debug)]
struct Figures {
    text_bytes: usize,
    packet_bytes: usize,
    model_bits: f64,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.text_bytes += other.text_bytes;
        self.packet_bytes += other.packet_bytes;
        self.model_bits += other.model_bits;
    }

    fn json(self) -> Value {
        json!({
            "bytes": self.text_bytes,
            "packet_bytes": self.packet_bytes,
            "saved_percent": saved_percent(self.text_bytes, self.packet_bytes),
            "model_bits": self.model_bits,
            "overhead_bits": 8.0 * self.packet_bytes as f64 - self.model_bits,
        })
    }
}

/// Writes a packet per message to `out`; with `--json` one object on a line of its own instead.
///
/// # Errors
/// [`PacketError`].
pub fn run(args: &CompressArgs, out: &mut impl Write) -> Result<(), PacketError> {
    let file = ModelFile::read(&args.how.file)?;
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let raw = args.how.encoding == Encoding::Raw;
    let messages = given(args.message.as_deref(), args.messages.as_ref(), raw)?;
    let (mut total, mut rows) = (Figures::default(), Vec::new());
    for message in &messages {
        let mut packet = vec![0; message.len() + 1];
        let length = match args.how.framed {
            true => compress_framed(&mut engine, message, &mut packet),
            false => compress(&mut engine, message, &mut packet),
        };
        packet.truncate(length.expect("a packet is at most a byte longer than its text"));
        // JSON holds no bytes.
        let written = match args.how.json && raw {
            true => Encoding::Hex.write(&packet),
            false => args.how.encoding.write(&packet),
        };
        let mut figures = Figures {
            text_bytes: message.len(),
            packet_bytes: packet.len(),
            model_bits: 0.0,
        };
        if args.how.json {
            let parts = bits(&mut engine, message);
            figures.model_bits = parts.iter().map(|part| part.bits).sum();
            let mut row = figures.json();
            row["packet"] = json!(String::from_utf8_lossy(&written));
            rows.push(row);
        } else {
            out.write_all(&written)?;
            if !raw {
                writeln!(out)?;
            }
            out.flush()?;
        }
        total.add(figures);
    }
    if args.how.json {
        let mut object = total.json();
        object["model"] = json!(args.how.file.display().to_string());
        object["model_id"] = json!(format!("{:08x}", model.id()));
        object["messages"] = json!(rows);
        writeln!(out, "{object}")?;
    } else {
        say(format_args!(
            "{} messages, {} bytes in packets of {} bytes: {:.1} % saved",
            grouped(messages.len()),
            grouped(total.text_bytes),
            grouped(total.packet_bytes),
            saved_percent(total.text_bytes, total.packet_bytes)
        ));
    }
    Ok(())
}
