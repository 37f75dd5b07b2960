//! Where fuzzing starts: real files and texts, made here, since a checkout holds few.

use crate::{ODD, characters, random_model};
use formats::Dims;

pub use super::packet::seeds as packet;

/// The golden file of format 1.
pub const GOLDEN: &[u8] = include_bytes!("../../golden/format-1.aut");
/// The golden file of format 2.
pub const GOLDEN_2: &[u8] = include_bytes!("../../golden/format-2.aut");
/// The configurations that the trainer comes with.
pub const PRESETS: [&str; 4] = [
    include_str!("../../../trainer/presets/quick.toml"),
    include_str!("../../../trainer/presets/microbit.toml"),
    include_str!("../../../trainer/presets/base.toml"),
    include_str!("../../../trainer/presets/base-float.toml"),
];

/// The names and seeds of the targets that need no trainer.
pub fn all() -> [(&'static str, Vec<Vec<u8>>); 4] {
    [
        ("packet", packet()),
        ("parse", parse()),
        ("generate", generate()),
        ("tokenizer", tokenizer()),
    ]
}

/// Model files.
pub fn parse() -> Vec<Vec<u8>> {
    let smallest = Dims {
        vocab_size: 1,
        d_model: 4,
        layers: 1,
        heads: 1,
        kv_heads: 1,
        d_ff: 4,
        context: 1,
        weight_trits: 1,
        head_trits: 1,
        kv_trits: 1,
        embedding_trits: 0,
        token_shift: [0; 3],
    };
    vec![
        GOLDEN.to_vec(),
        GOLDEN_2.to_vec(),
        random_model(&ODD, 1),
        random_model(&smallest, 2),
    ]
}

/// Model files behind an even byte, and what [`super::build::model`] makes files of behind an odd one.
pub fn generate() -> Vec<Vec<u8>> {
    let files = parse().into_iter().map(|file| [&[0], &file[..]].concat());
    let sources = (0..8u8).map(|n| {
        (0..120u8)
            .map(|i| i.wrapping_mul(2 * n + 1).wrapping_add(n))
            .collect()
    });
    files
        .chain(sources.map(|bytes: Vec<u8>| [&[1], &bytes[..]].concat()))
        .collect()
}

/// Vocabularies, whose length comes first, and texts.
pub fn tokenizer() -> Vec<Vec<u8>> {
    let most = characters(formats::dims::MAX_VOCAB_SIZE);
    let pairs = [
        (most.as_str(), "of 4096 characters"),
        ("\n aeßñ€", "añ! €ße"),
        (&characters(65), "hello"),
        ("a", ""),
        ("", "a"),
        ("ba", "ab"),
    ];
    let seed = |(characters, text): (&str, &str)| {
        [
            &(characters.len() as u16).to_le_bytes()[..],
            characters.as_bytes(),
            text.as_bytes(),
        ]
        .concat()
    };
    pairs.map(seed).to_vec()
}
