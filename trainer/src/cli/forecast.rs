//! `forecast`: what each part of a message costs, and which packets it fits.

use super::packets::{PacketError, saved_percent};
use crate::cli::args::ForecastArgs;
use crate::export::model_file::ModelFile;
use crate::util::terminal::sanitize_for_terminal;
use runtime::codec::{Forecast, bits, compress};
use runtime::{Engine, HeapState};
use serde_json::json;
use std::fmt::Write;

/// Packets that people must fit, in bytes, and where.
const PACKETS: [(usize, &str); 5] = [
    (233, "Meshtastic"),
    (160, "SMS"),
    (140, "SMS of bytes, Iridium"),
    (67, "APRS"),
    (50, "a started unit of satellite modems"),
];

/// What `forecast` prints.
///
/// # Errors
/// [`PacketError`].
pub fn run(args: &ForecastArgs) -> Result<String, PacketError> {
    let file = ModelFile::read(&args.file)?;
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let text = args.text.as_bytes();
    let mut packet = vec![0; text.len() + 1];
    let length = compress(&mut engine, text, &mut packet).expect("room for the text and a byte");
    let parts = bits(&mut engine, text);
    let total: f64 = parts.iter().map(|part| part.bits).sum();

    let mut forecast = Forecast::new(&mut engine, || ());
    let (mut out, mut rows, mut at) = (String::new(), Vec::new(), 0);
    let _ = writeln!(
        out,
        "{:>24}  {:>6}  {:>12}",
        "part", "bits", "packet so far"
    );
    for part in &parts {
        let bytes = &text[at..at + part.bytes];
        at += part.bytes;
        forecast.push(bytes, || ());
        let so_far = match part.bytes {
            0 => length,
            _ => forecast.bytes(),
        };
        let part_text = String::from_utf8_lossy(bytes);
        rows.push(json!({ "text": part_text, "bits": part.bits, "packet_bytes": so_far }));
        let shown = match part.bytes {
            0 => "end".to_owned(),
            _ => format!("{:?}", sanitize_for_terminal(&part_text)),
        };
        let _ = writeln!(out, "{shown:>24}  {:>6.2}  {so_far:>12}", part.bits);
    }
    let _ = writeln!(
        out,
        "\n{} bytes in a packet of {length}: {:.1} % saved; {total:.1} bits by the model, {:.1} more in the packet",
        text.len(),
        saved_percent(text.len(), length),
        8.0 * length as f64 - total
    );
    for (room, name) in PACKETS {
        let fits = match room.checked_sub(length) {
            Some(left) => format!("fits, {left} bytes left"),
            None => format!("{} bytes too long", length - room),
        };
        let _ = writeln!(out, "{room:>4} bytes ({name}): {fits}");
    }
    if args.json {
        let fits = PACKETS.map(|(room, _)| json!({ "bytes": room, "fits": length <= room }));
        let object = json!({
            "model": args.file.display().to_string(),
            "bytes": text.len(),
            "packet_bytes": length,
            "saved_percent": saved_percent(text.len(), length),
            "model_bits": total,
            "overhead_bits": 8.0 * length as f64 - total,
            "parts": rows,
            "packets": fits,
        });
        let _ = writeln!(out, "{object}");
    }
    Ok(out)
}
