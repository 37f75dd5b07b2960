//! A file of another version, another byte order or another program is refused with a message of its own.

use formats::header::{HEADER_BYTES, Header};
use formats::{FORMAT_VERSION, Model, ParseError};
use std::collections::BTreeSet;
use tests::fuzzing::build::CRC;
use tests::fuzzing::seeds::GOLDEN;

/// The golden file with another version and a header checksum that fits.
fn of_version(version: u16) -> Vec<u8> {
    let mut file = GOLDEN.to_vec();
    file[8..10].copy_from_slice(&version.to_le_bytes());
    let crc = CRC.checksum(&file[..44]);
    file[44..48].copy_from_slice(&crc.to_le_bytes());
    file
}

#[test]
fn every_other_version_is_refused_by_its_kind() {
    let supported = FORMAT_VERSION;
    for found in 0..=u16::MAX {
        let file = of_version(found);
        let expected = match found {
            0 => ParseError::Unreleased { found, first: 1 },
            0x0100 | 0x0200 => ParseError::ByteOrder {
                found,
                supported: found.swap_bytes(),
            },
            1..=FORMAT_VERSION => continue,
            _ => ParseError::Newer { found, supported },
        };
        assert_eq!(Header::read(&file), Err(expected));
        assert_eq!(Model::parse(&file).unwrap_err(), expected);
    }
    Model::parse(&of_version(1)).unwrap();
    // Its body is that of format 1.
    let error = Model::parse(&of_version(2)).unwrap_err();
    assert_eq!(error, ParseError::Body);
}

#[test]
fn the_file_of_another_program_is_named() {
    let safetensors = [&1000u64.to_le_bytes()[..], b"{\"__metadata__\":{}}"].concat();
    let text_mode = [b"AUTARKY\r\n", &GOLDEN[8..]].concat();
    let files: [(&[u8], &str); 10] = [
        (b"\x7fELF\x02\x01\x01\0", "ELF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"PK\x03\x04\x14\0", "zip"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (&safetensors, "safetensors"),
        (b"GGUF\x03\0\0\0", "GGUF"),
        (b"UF2\nWQ]\x9e", "UF2"),
        (b"{\"model\": 1}", "JSON"),
        (&text_mode, "as binary"),
        (b"To be, or not to be", "does not start with \"AUTARKY\""),
    ];
    let mut messages = BTreeSet::new();
    for (start, expected) in files {
        let mut file = start.to_vec();
        file.resize(file.len().max(HEADER_BYTES), 0);
        let error = Model::parse(&file).unwrap_err();
        assert!(
            matches!(error, ParseError::Magic { .. }),
            "{expected}: {error}"
        );
        let message = error.to_string();
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(
            message.starts_with("this is not an Autarky model file"),
            "{message}"
        );
        messages.insert(message);
    }
    assert_eq!(messages.len(), files.len(), "each has its own message");
}

#[test]
fn nothing_and_too_little_say_so() {
    for have in [0, 1, 8, HEADER_BYTES - 1] {
        let need = HEADER_BYTES;
        assert_eq!(
            Model::parse(&GOLDEN[..have]).unwrap_err(),
            ParseError::TooShort { need, have }
        );
    }
}
