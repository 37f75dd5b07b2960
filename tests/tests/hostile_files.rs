//! Whatever the bytes, `Model::parse` neither panics nor accepts what is damaged, and what it accepts runs.

use formats::header::{HEADER_BYTES, Header};
use formats::{Model, ParseError};
use proptest::prelude::*;
use runtime::{Engine, HeapState};
use tests::{ODD, random_model};

#[test]
fn every_truncation_and_every_longer_file_is_refused() {
    let file = random_model(&ODD, 1);
    for length in 0..file.len() {
        match Model::parse(&file[..length]).unwrap_err() {
            ParseError::TooShort { need, have } => assert_eq!((need, have), (HEADER_BYTES, length)),
            ParseError::Length { need, have } => assert_eq!((need, have), (file.len(), length)),
            other => panic!("cut to {length}: {other}"),
        }
    }
    let longer = [&file[..], &[0]].concat();
    assert_eq!(
        Model::parse(&longer).unwrap_err(),
        ParseError::Length {
            need: file.len(),
            have: file.len() + 1
        }
    );
}

#[test]
fn every_flipped_bit_is_refused() {
    let mut file = random_model(&ODD, 2);
    for at in 0..file.len() {
        for bit in 0..8 {
            file[at] ^= 1 << bit;
            assert!(Model::parse(&file).is_err(), "bit {bit} of byte {at}");
            file[at] ^= 1 << bit;
        }
    }
    Model::parse(&file).unwrap();
}

/// The file with both checksums made to fit its bytes again.
fn repaired(mut file: Vec<u8>, change_header: impl FnOnce(&mut Header)) -> Vec<u8> {
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut header = Header::read(&file).unwrap();
    header.payload_bytes = (file.len() - HEADER_BYTES) as u32;
    header.payload_crc = crc.checksum(&file[HEADER_BYTES..]);
    change_header(&mut header);
    file[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    file
}

/// Parses, and runs what parses past its context.
fn refused_or_runs(file: &[u8]) -> bool {
    let Ok(model) = Model::parse(file) else {
        return false;
    };
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).unwrap();
    for token in (0..model.dims().vocab).cycle().take(30) {
        engine.step(token).unwrap();
    }
    true
}

#[test]
fn behind_repaired_checksums_every_flip_is_refused_or_runs() {
    let file = random_model(&ODD, 3);
    let (mut ran, mut refused) = (0, 0);
    for at in HEADER_BYTES..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 1 << (at % 8);
        if refused_or_runs(&repaired(damaged, |_| {})) {
            ran += 1
        } else {
            refused += 1
        }
    }
    assert!(
        ran > 100 && refused > 100,
        "{ran} ran, {refused} were refused"
    );
}

#[test]
fn dimensions_that_the_tensors_do_not_have_are_refused_by_name() {
    let file = random_model(&ODD, 4);
    let error =
        |change: fn(&mut Header)| Model::parse(&repaired(file.clone(), change)).unwrap_err();
    assert!(matches!(
        error(|h| h.dims.hidden = 52),
        ParseError::TensorSize { tensor: "up", .. }
    ));
    assert!(matches!(
        error(|h| h.dims.layers = 3),
        ParseError::TensorSize { tensor: "qkv", .. }
    ));
    assert!(matches!(
        error(|h| h.dims.context = 12),
        ParseError::TensorSize {
            tensor: "distance_bias",
            ..
        }
    ));
    assert!(matches!(
        error(|h| h.dims.vocab = 12),
        ParseError::Tokenizer(_)
    ));
    assert!(matches!(error(|h| h.dims.layers = 0), ParseError::Dims(_)));
    assert!(matches!(
        error(|h| h.payload_bytes += 1),
        ParseError::Length { .. }
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn any_damage_behind_repaired_checksums_is_refused_or_runs(
        changes in prop::collection::vec((HEADER_BYTES..7000usize, any::<u8>()), 1..5),
        cut in prop::option::of(HEADER_BYTES..7000usize),
    ) {
        let mut file = random_model(&ODD, 6);
        for (at, byte) in changes {
            let at = HEADER_BYTES + at % (file.len() - HEADER_BYTES);
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.min(file.len()));
        }
        refused_or_runs(&repaired(file, |_| {}));
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Model::parse(&bytes).is_err());
    }
}
