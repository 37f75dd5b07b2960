//! Model files from any bytes, written by hand after `docs/format.md`: behind the checksums and the lengths.

use formats::dims::{MAX_EMBEDDING_TRITS, MAX_KV_TRITS, MAX_WEIGHT_TRITS};
use formats::header::{FORMAT_VERSION, HEADER_BYTES, Header, MAGIC};
use formats::{Dims, Scale};

/// Where the header's fields stand that [`repair`] sets.
const VERSION_AT: usize = 8;
const LENGTH_AT: usize = 36;
const PAYLOAD_CRC_AT: usize = 40;
const HEADER_CRC_AT: usize = 44;

/// CRC-32 as in zip.
pub const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// Makes magic, version (1 stays 1), length and both checksums of a file fit the rest of it; too short a file is left alone.
pub fn repair(file: &mut [u8]) {
    let Some((header, payload)) = file.split_first_chunk_mut::<HEADER_BYTES>() else {
        return;
    };
    let version = match u16::from_le_bytes([header[VERSION_AT], header[VERSION_AT + 1]]) {
        1 => 1,
        _ => FORMAT_VERSION,
    };
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    put(0, &MAGIC);
    put(VERSION_AT, &version.to_le_bytes());
    put(LENGTH_AT, &(payload.len() as u32).to_le_bytes());
    put(PAYLOAD_CRC_AT, &CRC.checksum(payload).to_le_bytes());
    let crc = CRC.checksum(&header[..HEADER_CRC_AT]);
    header[HEADER_CRC_AT..].copy_from_slice(&crc.to_le_bytes());
}

/// The bytes of an input one by one; when they end, numbers that follow from them.
struct Source<'a> {
    rest: &'a [u8],
    state: u32,
}

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let drawn = match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                byte
            }
            None => 0,
        };
        self.state = self
            .state
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223 + u32::from(drawn));
        if self.rest.is_empty() {
            self.state.to_be_bytes()[0]
        } else {
            drawn
        }
    }

    /// In `1..=max`.
    fn count(&mut self, max: u16) -> u16 {
        u16::from(self.byte()) % max + 1
    }

    /// Bytes of a tensor, each through `valid`; its first byte says whether they are all the same.
    fn tensor(&mut self, length: usize, valid: fn(u8) -> u8) -> Vec<u8> {
        let kind = self.byte();
        // All alike is what saturates: all weights at an extreme, all zero, all scales the same.
        let constant = kind.is_multiple_of(4).then(|| valid(self.byte()));
        (0..length)
            .map(|_| constant.unwrap_or_else(|| valid(self.byte())))
            .collect()
    }
}

/// Small dimensions that make a model, whatever the bytes.
fn dims(source: &mut Source<'_>) -> Dims {
    let kv_heads = source.count(2);
    let heads = kv_heads * source.count(2);
    let d_model = heads * 4 * source.count(3);
    let mut left = d_model;
    let shift = [0; 3].map(|_: u16| {
        let channels = u16::from(source.byte()) % (left + 1);
        left -= channels;
        channels
    });
    Dims {
        vocab_size: source.count(20),
        d_model,
        layers: source.count(2),
        heads,
        kv_heads,
        // Now and then so wide that its sums come near what 32 bits hold, or beyond.
        d_ff: match source.byte() {
            byte @ 0..8 => 4 * (u16::from(byte) + 1) * source.count(100),
            byte => 4 * (u16::from(byte) % 12 + 1),
        },
        context: source.count(40),
        weight_trits: source.count(MAX_WEIGHT_TRITS.into()) as u8,
        head_trits: source.count(MAX_WEIGHT_TRITS.into()) as u8,
        kv_trits: source.count(MAX_KV_TRITS.into()) as u8,
        embedding_trits: source.count(u16::from(MAX_EMBEDDING_TRITS) + 1) as u8 - 1,
        token_shift: shift,
    }
}

/// A file whose lengths all fit, with dimensions and tensors from `input`; nearly always one that is accepted.
pub fn model(input: &[u8]) -> Vec<u8> {
    let mut source = Source {
        rest: input,
        state: input.len() as u32,
    };
    let dims = dims(&mut source);
    let (vocab, d, layers) = (
        usize::from(dims.vocab_size),
        usize::from(dims.d_model),
        usize::from(dims.layers),
    );
    let mut body = tokenizer(vocab, source.byte());
    // Seed, steps, the text's hash, name, source and licence, no losses, no preset, no trainer's version, no self-test.
    body.extend([0; 2 + 32 + 3 + 4 + 2 + 2]);
    let trits: fn(u8) -> u8 = |byte| byte & !(byte & byte >> 1 & 0x55);
    let scale = |byte: u8| byte % ((Scale::MAX_SHIFT + 1) << 2);
    let embedding = match dims.embedding_trits {
        0 => |byte| byte,
        _ => trits,
    };
    bytes(&mut body, &source.tensor(dims.embedding_bytes(), embedding));
    for length in [
        dims.qkv_bytes(),
        dims.o_proj_bytes(),
        dims.up_proj_bytes(),
        dims.down_proj_bytes(),
    ] {
        bytes(&mut body, &source.tensor(layers * length, trits));
    }
    for length in [dims.heads.into(), d, d] {
        bytes(&mut body, &source.tensor(layers * length, scale));
    }
    let mut biases = source.tensor(layers * dims.relative_bias_bytes(), |byte| byte);
    // Within ±16384: the upper byte of each without its highest but one bit where they differ.
    for bias in biases.as_chunks_mut::<2>().0 {
        let value = i16::from_le_bytes(*bias) >> 1;
        *bias = value.to_le_bytes();
    }
    bytes(&mut body, &biases);
    bytes(&mut body, &source.tensor(dims.lm_head_bytes(), trits));
    bytes(&mut body, &source.tensor(vocab, scale));
    let header = Header {
        version: FORMAT_VERSION,
        dims,
        payload_bytes: body.len() as u32,
        payload_crc: CRC.checksum(&body),
    };
    [&header.to_bytes()[..], &body].concat()
}

/// A vocabulary of so many tokens: characters, or pieces of one and two characters, with and without an end and an escape.
fn tokenizer(vocab: usize, kind: u8) -> Vec<u8> {
    let characters: String = (b'!'..).take(vocab).map(char::from).collect();
    let special = [kind & 2 != 0, kind & 4 != 0];
    let pieces = vocab - special.into_iter().filter(|&is| is).count().min(vocab);
    let mut body = Vec::new();
    if kind & 1 == 0 || pieces + 2 < vocab {
        body.push(0);
        bytes(&mut body, characters.as_bytes());
        return body;
    }
    // The second half repeats the first: "!", "!!", "\"", "\"\"", ...
    let names = (b'!'..)
        .map(char::from)
        .flat_map(|c| [c.to_string(), format!("{c}{c}")]);
    let (mut ends, mut text) = (Vec::new(), String::new());
    for piece in names.take(pieces) {
        text += &piece;
        ends.extend((text.len() as u16).to_le_bytes());
    }
    body.push(1);
    bytes(&mut body, &ends);
    bytes(&mut body, text.as_bytes());
    body.extend(special.map(u8::from));
    body
}

/// A length as a varint, and the bytes.
fn bytes(body: &mut Vec<u8>, bytes: &[u8]) {
    let mut length = bytes.len();
    while length > 127 {
        body.push(length as u8 | 128);
        length >>= 7;
    }
    body.push(length as u8);
    body.extend(bytes);
}
