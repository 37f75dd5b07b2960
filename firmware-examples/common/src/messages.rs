//! Sends what is typed as a packet, and shows a packet as text: one end of a radio link, with a serial line for the radio.
//!
//! A packet is a line of its own: `packet`, a space, and its bytes as hex. What one board prints can be given to another that has
//! the same model file.

use crate::line::{self, Input, Line};
use crate::port::Port;
use crate::prompt::PromptError;
use heapless::Vec;
use runtime::Engine;
use runtime::codec::{CodecError, compress_framed, decompress_framed};

/// The longest message, in bytes.
pub const TEXT: usize = 80;
/// A packet is longer than its message by one byte at most.
const PACKET: usize = TEXT + 1;
/// In front of a packet.
const MARK: &str = "packet ";
/// The longest line: a packet.
const LINE: usize = MARK.len() + 2 * PACKET;

const GREETING: &str = "Autarky: type a message and Enter, and send the packet; or give a packet, and read the message.\n";

/// Why a line has no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Line(#[from] PromptError),
    #[error("a message has at most {TEXT} bytes, this one {have}: send it in two")]
    TooLong { have: usize },
    #[error("behind \"packet\" stand two digits of hex for each byte, at most {PACKET} bytes")]
    NotHex,
    #[error("{0}")]
    Packet(#[from] CodecError),
    #[error("the packet holds bytes that are no text")]
    NotText,
}

/// A board's clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock<F> {
    /// Ticks since some time, modulo 2^32.
    pub now: F,
    /// Ticks per millisecond, not 0.
    pub ticks: u32,
}

impl<F: Fn() -> u32> Clock<F> {
    /// What `work` returns, and how many milliseconds it took, if fewer than 2^32 ticks.
    fn time<T>(&self, work: impl FnOnce() -> T) -> (T, u32) {
        let start = (self.now)();
        let result = work();
        (result, (self.now)().wrapping_sub(start) / self.ticks)
    }
}

/// Sends and reads until the port ends, and says how long each took by `clock`, in a line that begins with `#`.
#[inline(never)]
pub fn run(engine: &mut Engine<'_, '_>, port: &mut impl Port, clock: &Clock<impl Fn() -> u32>) {
    let mut line = Line::<LINE>::new();
    let _ = port.write_str(GREETING);
    loop {
        let done = match line.read(|| port.receive()) {
            Ok(Input::End) => break,
            Ok(Input::StartAfresh | Input::Text("")) => Ok(()),
            // ModemManager's, not a message.
            Ok(Input::Text(text)) if line::is_modem_command(text) => Ok(()),
            Ok(Input::Text(text)) => match text.strip_prefix(MARK) {
                Some(hex) => show(engine, port, clock, hex),
                None => send(engine, port, clock, text),
            },
            Err(error) => Err(error.into()),
        };
        if let Err(error) = done {
            let _ = writeln!(port, "[{error}]");
        }
    }
    let _ = port.write_str("bye\n");
}

/// Writes the packet of a message.
#[inline(never)]
fn send(
    engine: &mut Engine<'_, '_>,
    port: &mut impl Port,
    clock: &Clock<impl Fn() -> u32>,
    text: &str,
) -> Result<(), Refused> {
    if text.len() > TEXT {
        return Err(Refused::TooLong { have: text.len() });
    }
    let mut packet = [0; PACKET];
    let (length, time) = clock.time(|| compress_framed(engine, text.as_bytes(), &mut packet));
    let length = length?;
    let _ = port.write_str(MARK);
    for byte in packet.iter().take(length) {
        let _ = write!(port, "{byte:02x}");
    }
    let _ = writeln!(port, "\n[{} bytes as {length}]\n# {time} ms", text.len());
    Ok(())
}

/// Writes the message of a packet.
#[inline(never)]
fn show(
    engine: &mut Engine<'_, '_>,
    port: &mut impl Port,
    clock: &Clock<impl Fn() -> u32>,
    hex: &str,
) -> Result<(), Refused> {
    let packet = bytes(hex.trim_end()).ok_or(Refused::NotHex)?;
    let mut text = [0; TEXT];
    let (length, time) = clock.time(|| decompress_framed(engine, &packet, &mut text));
    let text = text.get(..length?).unwrap_or_default();
    let text = core::str::from_utf8(text).map_err(|_| Refused::NotText)?;
    let _ = port.write_str("message ");
    // Whoever sent the packet does not get at the terminal: a line stays a line.
    for character in text.chars() {
        let _ = port.write_char(if character.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            character
        });
    }
    let _ = writeln!(port, "\n# {time} ms");
    Ok(())
}

fn bytes(hex: &str) -> Option<Vec<u8, PACKET>> {
    let mut bytes = Vec::new();
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    for &[high, low] in pairs {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let byte = digit(high)? << 4 | digit(low)?;
        bytes.push(byte as u8).ok()?;
    }
    Some(bytes)
}
