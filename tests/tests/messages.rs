//! Packets of every version of docs/messages.md are read for ever, and made the same.
//!
//! `golden/messages-1.tsv`: a model file, its id, a text, its packet, its framed packet; bytes as hex.

use formats::Model;
use runtime::Engine;
use runtime::codec::{compress, compress_framed, decompress, decompress_framed};
use tests::fuzzing::seeds::{GOLDEN, GOLDEN_2};
use tests::with_engine;

const VECTORS: &str = include_str!("../golden/messages-1.tsv");
const MODELS: [(&str, &[u8]); 2] = [("format-1.aut", GOLDEN), ("format-2.aut", GOLDEN_2)];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let pairs = digits.map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// Texts of all kinds: known, past the context, pieces cut anew by what follows, escapes of every class, no text at all.
fn texts() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> = [
        "",
        " ",
        "!",
        "\"",
        "$",
        "!!",
        "!!! x##$",
        "  ! \"\"\"# ##",
        "!\"#$!\"#$!\"#$!\"#$!\"#$!\"#$",
        "                                ",
        "a",
        "! a !!",
        "##########é##########",
        "!é€🙂",
        "#\n#\t#",
        " £ä ñćŁǅ λПрД ў שלום عربية ",
        "!अ!ა!“€”!カ!漢字!한글!️!🙂!𝕏!",
        "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    texts.push(b"############\xFF\xC3############\xE2\x82".to_vec());
    texts.push(vec![0xFF; 3]);
    texts.push(b"!!\0\0".to_vec());
    texts.push([b" !\"#$".repeat(50), b"\xF0\x9F".to_vec()].concat());
    texts
}

/// The packet and the framed packet.
fn packets(engine: &mut Engine<'_, '_>, text: &[u8]) -> [Vec<u8>; 2] {
    let mut packets = [(); 2].map(|()| vec![0; text.len() + 1]);
    let lengths = [
        compress(engine, text, &mut packets[0]).unwrap(),
        compress_framed(engine, text, &mut packets[1]).unwrap(),
    ];
    for (packet, length) in packets.iter_mut().zip(lengths) {
        packet.truncate(length);
    }
    packets
}

fn vectors() -> String {
    let mut lines = String::new();
    for (name, file) in MODELS {
        let id = Model::parse(file).unwrap().id();
        with_engine(file, |engine| {
            for text in texts() {
                let [bare, framed] = packets(engine, &text);
                let columns = [
                    name.into(),
                    format!("{id:08x}"),
                    hex(&text),
                    hex(&bare),
                    hex(&framed),
                ];
                lines += &(columns.join("\t") + "\n");
            }
        });
    }
    lines
}

#[test]
fn packets_of_version_1_are_made_the_same() {
    assert_eq!(vectors(), VECTORS);
}

#[test]
fn packets_of_version_1_are_read() {
    let mut stored = 0;
    for line in VECTORS.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, id, text, bare, framed] = columns[..] else {
            panic!("{line}")
        };
        let (_, file) = MODELS.into_iter().find(|model| model.0 == name).unwrap();
        let (text, bare, framed) = (bytes(text), bytes(bare), bytes(framed));
        assert_eq!(
            u32::from_str_radix(id, 16),
            Ok(Model::parse(file).unwrap().id())
        );
        with_engine(file, |engine| {
            let mut back = vec![0; text.len()];
            assert_eq!(decompress(engine, &bare, &mut back), Ok(text.len()));
            assert_eq!(back, text);
            back.fill(0);
            assert_eq!(
                decompress_framed(engine, &framed, &mut back),
                Ok(text.len())
            );
            assert_eq!(back, text);
        });
        stored += usize::from(bare.first() == Some(&0xFF));
    }
    let all = VECTORS.lines().count();
    assert!(
        stored > 5 && all - stored > 15,
        "{stored} of {all} are stored"
    );
}

/// Not a check: writes the vectors of a new version, when it is asked to.
/// `AUTARKY_WRITE_GOLDEN=1 cargo test -p tests --test messages -- --ignored`
#[test]
#[ignore = "writes golden vectors; only for a new version"]
fn write_vectors() {
    if std::env::var_os("AUTARKY_WRITE_GOLDEN").is_some() {
        std::fs::write("golden/messages-1.tsv", vectors()).unwrap();
    }
}
