//! Packs messages that come in by standard input and reads packets, until there are no more: what `tools` compares with
//! its own machine, and counts.
//!
//! A record is a kind, two bytes of length, the lower first, and so many bytes. `m` is a message: the answer is its packet
//! and the text that comes back from that, a length in front of each. `p` is a packet: the answer is its text, or the
//! length 65,535 alone where the packet is refused. Packing and reading are a window of counted instructions each.
#![no_std]
#![no_main]

use common::model::ConstStaticCell;
use formats::{Header, MemoryPlan};
use qemu_bench::{MODEL_FILE, entry, exit, println, window_begin, window_end};
use runtime::codec::{compress_framed, decompress_framed};
use runtime::{Engine, State};
use semihosting::io::{self, Read, Stdin, Stdout, Write};

const HEADER: Header = common::model::header(MODEL_FILE);
const CHUNK: usize = qemu_bench::number(env!("AUTARKY_CHUNK"));
const PLAN: MemoryPlan = MemoryPlan::new(&HEADER.dims).with_lut_groups(CHUNK);
/// The longest message or packet, in bytes.
const LONGEST: usize = 1024;
/// In place of a length: there is no text.
const REFUSED: u16 = u16::MAX;

type ModelState =
    State<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache }, { PLAN.lut_count() }>;
static STATE: ConstStaticCell<ModelState> = ConstStaticCell::new(ModelState::new());

/// Fills `buffer`; whether there was so much.
fn take(input: &mut Stdin, buffer: &mut [u8]) -> bool {
    let mut at = 0;
    while at < buffer.len() {
        match input.read(&mut buffer[at..]) {
            Ok(0) | Err(_) => return false,
            Ok(bytes) => at += bytes,
        }
    }
    true
}

/// Writes a length and so many bytes; without bytes, that there is no text.
fn give(output: &mut Stdout, bytes: Option<&[u8]>) -> io::Result<()> {
    let length = bytes.map_or(REFUSED, |bytes| bytes.len() as u16);
    output.write_all(&length.to_le_bytes())?;
    output.write_all(bytes.unwrap_or_default())
}

fn pack(engine: &mut Engine<'_, '_>, text: &[u8], packet: &mut [u8]) -> Option<usize> {
    window_begin();
    let length = compress_framed(engine, text, packet);
    window_end();
    length.ok()
}

fn unpack(engine: &mut Engine<'_, '_>, packet: &[u8], text: &mut [u8]) -> Option<usize> {
    window_begin();
    let length = decompress_framed(engine, packet, text);
    window_end();
    length.ok()
}

/// Answers all records.
fn answer(engine: &mut Engine<'_, '_>, input: &mut Stdin, output: &mut Stdout) -> io::Result<()> {
    let (mut given, mut packet, mut text) = ([0; LONGEST], [0; LONGEST + 1], [0; LONGEST]);
    loop {
        let mut head = [0; 3];
        if !take(input, &mut head) {
            return Ok(());
        }
        let [kind, low, high] = head;
        let length = usize::from(u16::from_le_bytes([low, high]));
        let given = &mut given[..length];
        if !take(input, given) {
            println!("a record ends within its bytes");
            exit(2)
        }
        let packet = match kind {
            b'm' => {
                let length = pack(engine, given, &mut packet);
                let packet = length.map(|length| &packet[..length]);
                give(output, packet)?;
                packet.unwrap_or_default()
            }
            _ => given,
        };
        let length = unpack(engine, packet, &mut text);
        give(output, length.map(|length| &text[..length]))?;
    }
}

#[entry]
fn main() -> ! {
    let state = STATE.take();
    let mut engine = match Engine::new(common::model::parse(MODEL_FILE), state.buffers()) {
        Ok(engine) => engine,
        Err(error) => panic!("{error}"),
    };
    let done =
        io::stdin().and_then(|mut input| answer(&mut engine, &mut input, &mut io::stdout()?));
    if let Err(error) = done {
        println!("{error:?}");
        exit(3)
    }
    exit(0)
}
