//! Packets and texts of any bytes, for any model.

use super::seeds::{GOLDEN, GOLDEN_2};
use super::{Outcome, build};
use crate::with_engine;
use runtime::codec::{
    CodecError, Forecast, compress, compress_framed, decompress, decompress_framed,
};

/// Bytes of the longest text that is compressed.
const TEXT: usize = 48;

/// The first byte chooses a model (one of the golden ones, or [`build::model`] of the rest), the second the room for a text, the
/// rest is a packet: refused, or what compressing its text gives. Then it is a text: it comes back.
///
/// # Panics
/// When it does not.
pub fn packet(input: &[u8]) -> Outcome {
    let ([choice, room], rest) = match input.split_first_chunk() {
        Some((&first, rest)) => (first, rest),
        None => ([0, 0], input),
    };
    let built;
    let file = match choice % 3 {
        0 => GOLDEN,
        1 => GOLDEN_2,
        _ => {
            built = build::model(rest);
            if formats::Model::parse(&built).is_err() {
                return Outcome::Refused;
            }
            &built
        }
    };
    with_engine(file, |engine| {
        let mut outcome = Outcome::Refused;
        let mut text = vec![0xAA; room.into()];
        for framed in [false, true] {
            let read = match framed {
                false => decompress(engine, rest, &mut text),
                true => decompress_framed(engine, rest, &mut text),
            };
            match read {
                Ok(length) => {
                    let mut packet = vec![0xAA; rest.len().max(length + 1)];
                    let again = match framed {
                        false => compress(engine, &text[..length], &mut packet),
                        true => compress_framed(engine, &text[..length], &mut packet),
                    };
                    assert_eq!(again, Ok(rest.len()));
                    assert_eq!(packet[..rest.len()], *rest);
                    outcome = Outcome::Ran;
                }
                Err(CodecError::OutputTooSmall { have }) => assert_eq!(have, text.len()),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }

        let message = &rest[..rest.len().min(TEXT)];
        let mut packet = [0xAA; TEXT + 1];
        let packet = &mut packet[..message.len() + 1];
        let length = compress(engine, message, packet).expect("room for the text and a byte");
        let mut back = [0xAA; TEXT];
        let back = &mut back[..message.len()];
        assert_eq!(
            decompress(engine, &packet[..length], back),
            Ok(message.len())
        );
        assert_eq!(back, message);
        // With less room it is the same packet or an error.
        let room = usize::from(room).min(message.len());
        match compress(engine, message, &mut packet[..room]) {
            Ok(other) => assert_eq!(other, length),
            Err(error) => assert_eq!(error, CodecError::OutputTooSmall { have: room }),
        }
        let mut forecast = Forecast::new(engine, || ());
        forecast.push(message, || ());
        assert!(forecast.bytes() <= message.len() + 1);
        outcome
    })
}

/// Packets of texts, and texts.
pub fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "!",
        "!!! x##$",
        "\"\"!! # !!!! \"#",
        "Grüße 🙂",
        " !\"#$ !\"#$ !\"#$ !\"#$ !\"#$",
    ];
    let mut seeds = Vec::new();
    for (choice, file) in [(0, GOLDEN), (1, GOLDEN_2)] {
        for text in texts {
            let mut packets = [vec![0; text.len() + 1], vec![0; text.len() + 1]];
            let [bare, framed] = &mut packets;
            let lengths = with_engine(file, |engine| {
                [
                    compress(engine, text.as_bytes(), bare),
                    compress_framed(engine, text.as_bytes(), framed),
                ]
            });
            for (packet, length) in packets.iter().zip(lengths) {
                let length = length.expect("room for the text and a byte");
                seeds.push([&[choice, 64], &packet[..length]].concat());
            }
            seeds.push([&[choice, 8], text.as_bytes()].concat());
        }
        seeds.push([&[choice, 200], &[0x55; 40][..]].concat());
    }
    let numbers: Vec<u8> = (0..120u8).map(|i| i.wrapping_mul(7)).collect();
    seeds.push([&[2, 64], &numbers[..]].concat());
    seeds
}
