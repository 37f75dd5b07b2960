//! The codec: any bytes come back, the packets are those of wide integers, whatever a packet holds does no harm.
#![cfg(feature = "std")]

#[path = "codec/oracle.rs"]
mod oracle;

use proptest::prelude::*;
use runtime::codec::{
    CodecError, Compress, Decompress, Forecast, bits, compress, compress_framed, decompress,
    decompress_framed,
};
use runtime::{Engine, HeapState, Model};

/// Characters, neither an end nor an escape: five of them, and 65.
const FORMAT_1: &[u8] = include_bytes!("../../tests/golden/format-1.aut");
const MICROBIT: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");
/// Pieces, an end and an escape.
const FORMAT_2: &[u8] = include_bytes!("../../tests/golden/format-2.aut");

fn with_engine<T>(file: &[u8], work: impl FnOnce(&mut Engine<'_, '_>) -> T) -> T {
    let model = Model::parse(file).unwrap();
    let mut state = HeapState::new(&model.plan());
    work(&mut Engine::new(model, state.buffers()).unwrap())
}

fn packet(engine: &mut Engine<'_, '_>, text: &[u8]) -> Vec<u8> {
    let mut packet = vec![0xAA; text.len() + 1];
    let length = compress(engine, text, &mut packet).unwrap();
    packet.truncate(length);
    packet
}

fn text(engine: &mut Engine<'_, '_>, packet: &[u8], room: usize) -> Result<Vec<u8>, CodecError> {
    let mut text = vec![0xAA; room];
    let length = decompress(engine, packet, &mut text)?;
    text.truncate(length);
    Ok(text)
}

/// Comes back, is no longer than it may be, and is what wide integers make of it.
fn round_trip(file: &[u8], message: &[u8]) {
    with_engine(file, |engine| {
        let bytes = packet(engine, message);
        assert!(bytes.len() <= message.len() + 1);
        assert_eq!(text(engine, &bytes, message.len()).as_deref(), Ok(message));
        assert_eq!(bytes, oracle::compress(engine, message));
    });
}

/// Texts as the small models know them, with what they do not know and what is no text in between.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        8 => "[ !\"#$]{0,12}".prop_map(String::into_bytes),
        2 => "\\PC{0,4}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_bytes_come_back_by_characters(message in message()) {
        round_trip(FORMAT_1, &message);
    }

    #[test]
    fn any_bytes_come_back_by_pieces(message in message()) {
        round_trip(FORMAT_2, &message);
    }

    /// What is accepted is a packet that the compressor makes; the rest is an error. Never more than the room is written.
    #[test]
    fn whatever_the_packet_it_is_refused_or_the_compressors(
        bytes in prop::collection::vec(prop_oneof![Just(0), Just(0xFF), any::<u8>()], 0..12),
        room in 0usize..60,
    ) {
        for file in [FORMAT_1, FORMAT_2] {
            with_engine(file, |engine| match text(engine, &bytes, room) {
                Ok(message) => assert_eq!(packet(engine, &message), bytes),
                Err(CodecError::OutputTooSmall { have }) => assert_eq!(have, room),
                Err(CodecError::Damaged { packet, text }) => {
                    assert_eq!(packet, bytes.len());
                    assert!(text <= room);
                }
                Err(error) => panic!("{error}"),
            });
        }
    }

    /// With less room than the packet needs there is an error, with as much or more the same packet.
    #[test]
    fn the_room_for_a_packet_is_respected(message in message(), room in 0usize..80) {
        with_engine(FORMAT_2, |engine| {
            let whole = packet(engine, &message);
            let mut bytes = vec![0xAA; room];
            match compress(engine, &message, &mut bytes) {
                Ok(length) => assert_eq!(bytes[..length], whole),
                Err(error) => {
                    assert_eq!(error, CodecError::OutputTooSmall { have: room });
                    assert!(room <= message.len(), "{room} for {}", message.len());
                }
            }
        });
    }

    #[test]
    fn a_frame_costs_a_byte_or_nothing(message in message()) {
        for file in [FORMAT_1, FORMAT_2] {
            with_engine(file, |engine| {
                let bare = packet(engine, &message);
                let mut framed = vec![0xAA; message.len() + 1];
                let length = compress_framed(engine, &message, &mut framed).unwrap();
                framed.truncate(length);
                let id = engine.model().id() as u8 & 0x3F;
                let expected = match bare.split_first() {
                    Some((0xFF, stored)) => [&[0x40 | id], stored].concat(),
                    _ => [&[id], &bare[..]].concat(),
                };
                assert_eq!(framed, expected);
                let mut back = vec![0; message.len()];
                assert_eq!(decompress_framed(engine, &framed, &mut back), Ok(message.len()));
                assert_eq!(back, message);
            });
        }
    }
}

/// English comes out at less than half; past the context, too.
#[test]
fn a_trained_model_makes_messages_short() {
    let speech = "Before we proceed any further, hear me speak.\nSpeak, speak.\nYou are all resolved rather to die than to famish?";
    let long = [speech; 3].join("\n");
    with_engine(MICROBIT, |engine| {
        assert!(long.len() > 2 * usize::from(engine.model().dims().context));
        for message in [speech, &long] {
            let bytes = packet(engine, message.as_bytes());
            assert!(
                2 * bytes.len() < message.len(),
                "{} of {}",
                bytes.len(),
                message.len()
            );
            assert_eq!(text(engine, &bytes, 1000).unwrap(), message.as_bytes());
            assert_eq!(bytes, oracle::compress(engine, message.as_bytes()));
        }
    });
}

/// What the model has not learned costs, but comes back: letters, signs, no text at all, nothing.
#[test]
fn what_the_model_does_not_know_comes_back() {
    for file in [FORMAT_1, FORMAT_2, MICROBIT] {
        for message in ["Grüße aus Köln! 🙂👍", "Привет", "日本語 €5", "\0\0\0", ""]
        {
            round_trip(file, message.as_bytes());
        }
        round_trip(
            file,
            &[
                0xFF, 0xC3, 0x28, 0xE2, 0x82, 0xED, 0xA0, 0x80, 0xF0, 0x9F, b'o', b'k', 0xC3,
            ],
        );
        round_trip(file, &(0..=u8::MAX).collect::<Vec<u8>>());
    }
}

#[test]
fn every_flipped_bit_is_refused_or_another_message() {
    let message = b"What is the city but the people?";
    with_engine(MICROBIT, |engine| {
        let whole = packet(engine, message);
        let (mut refused, mut other) = (0, 0);
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            match text(engine, &bytes, 200) {
                Ok(text) => {
                    other += 1;
                    assert_ne!(text, message);
                    assert_eq!(packet(engine, &text), bytes);
                }
                Err(_) => refused += 1,
            }
        }
        println!("{refused} flipped bits refused, {other} another message");
        assert!(refused > 5 * other);
    });
}

#[test]
fn every_truncation_and_addition_is_refused_or_another_message() {
    let message = b"What is the city but the people?";
    with_engine(MICROBIT, |engine| {
        let whole = packet(engine, message);
        let cut = (0..whole.len()).map(|length| whole[..length].to_vec());
        let longer = (0..=u8::MAX).map(|byte| [&whole[..], &[byte]].concat());
        for bytes in cut.chain(longer) {
            if let Ok(text) = text(engine, &bytes, 200) {
                assert_ne!(text, message);
                assert_eq!(packet(engine, &text), bytes);
            }
        }
    });
}

/// A layer at a time, with other steps left half-way in the engine before, gives what one call does.
#[test]
fn a_message_can_stop_between_layers() {
    let message = "ROMEO:\nBut, soft! wie schön 🙂".as_bytes();
    with_engine(MICROBIT, |engine| {
        let whole = packet(engine, message);
        let layers = usize::from(engine.model().dims().layers);
        engine.start(3).unwrap();
        engine.advance();
        let mut bytes = vec![0; message.len() + 1];
        let mut steps = 0;
        let mut compress = Compress::new(engine, message, &mut bytes);
        let length = loop {
            steps += 1;
            if let Some(length) = compress.advance() {
                break length.unwrap();
            }
        };
        assert_eq!(bytes[..length], whole);
        assert!(steps > layers * 20, "{steps} steps");
        let mut back = vec![0; message.len()];
        let mut decompress = Decompress::new(engine, &whole, &mut back);
        let mut length = None;
        while length.is_none() {
            length = decompress.advance();
        }
        assert_eq!(length, Some(Ok(message.len())));
        assert_eq!(back, message);
    });
}

#[test]
fn a_frame_of_another_model_or_version_is_refused_with_a_reason() {
    let mut framed = [0; 20];
    let ids = [FORMAT_2, MICROBIT].map(|file| Model::parse(file).unwrap().id() as u8 & 0x3F);
    let length = with_engine(MICROBIT, |engine| {
        compress_framed(engine, b"Good morrow", &mut framed).unwrap()
    });
    with_engine(FORMAT_2, |engine| {
        let mut refuse = |packet: &[u8], expected| {
            assert_eq!(
                decompress_framed(engine, packet, &mut [0; 20]),
                Err(expected)
            );
        };
        let [expected, found] = ids;
        refuse(
            &framed[..length],
            CodecError::OtherModel { expected, found },
        );
        refuse(&[0x80 | expected, 1], CodecError::OtherKind { found: 2 });
        refuse(&[], CodecError::Damaged { packet: 0, text: 0 });
        // What is stored has a kind of its own.
        refuse(
            &[expected, 0xFF, 1],
            CodecError::Damaged { packet: 3, text: 0 },
        );
    });
}

/// The lengths while `message` is typed, a character at a time, and those of the packets.
fn forecast(file: &[u8], message: &str) -> (Vec<usize>, Vec<usize>) {
    let starts = message
        .char_indices()
        .map(|(at, character)| at + character.len_utf8());
    let typed: Vec<&str> = starts.map(|end| &message[..end]).collect();
    let forecast = with_engine(file, |engine| {
        let mut layers = 0;
        let mut forecast = Forecast::new(engine, || layers += 1);
        let mut bytes = vec![forecast.bytes()];
        for character in message.chars() {
            forecast.push(character.encode_utf8(&mut [0; 4]).as_bytes(), || ());
            bytes.push(forecast.bytes());
        }
        assert!(layers > 0);
        bytes
    });
    let packets = with_engine(file, |engine| {
        let texts = [""].into_iter().chain(typed);
        texts
            .map(|text| packet(engine, text.as_bytes()).len())
            .collect()
    });
    (forecast, packets)
}

/// Exact by characters; by pieces as far as no longer piece may follow.
#[test]
fn a_forecast_is_the_length_of_the_packet() {
    for message in [
        "What is the city but the people?",
        "Grüße 🙂 a\u{FFFD}",
        "$$$$$$$$",
    ] {
        let (forecast, packets) = forecast(MICROBIT, message);
        assert_eq!(forecast, packets);
    }
    // "#" and " x" are the pieces behind which none is longer.
    let (forecast, packets) = forecast(FORMAT_2, "!! \"# !# #");
    for (at, (forecast, packet)) in forecast.iter().zip(&packets).enumerate() {
        assert!(
            forecast.abs_diff(*packet) <= 1,
            "{forecast} for {packet} at {at}"
        );
    }
    assert_eq!(forecast.last(), packets.last());
}

/// A packet has no more bits than the model asks for, but for the rounding to bytes and of weights.
#[test]
fn packets_are_as_short_as_the_model_allows() {
    for (file, known) in [
        (MICROBIT, "Speak, what is the city but the people?"),
        (FORMAT_2, "!! #\" !!##"),
    ] {
        for text in [known.repeat(3), format!("{known}Grüße 🙂{known}")] {
            with_engine(file, |engine| {
                let parts = bits(engine, text.as_bytes());
                assert_eq!(
                    parts.iter().map(|part| part.bytes).sum::<usize>(),
                    text.len()
                );
                assert_eq!(parts.last().map(|end| end.bytes), Some(0));
                let bits: f64 = parts.iter().map(|part| part.bits).sum();
                let coded = 8.0 * packet(engine, text.as_bytes()).len() as f64;
                let stored = 8.0 * (text.len() + 1) as f64;
                assert!(coded > bits - 8.0, "{coded} for {bits}");
                assert!(
                    coded < (1.003 * bits + 9.0).min(stored + 1.0),
                    "{coded} for {bits}"
                );
            });
        }
    }
}
