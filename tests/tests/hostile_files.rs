//! What a file claims and does not hold is refused by name. Every bit of a model: `every_bit.rs`; any bytes: `fuzzing.rs`.

use formats::header::{HEADER_BYTES, Header};
use formats::{Model, Parse, ParseError};
use tests::fuzzing::build::CRC;
use tests::{ODD, random_model};

#[test]
fn a_longer_file_is_refused() {
    let file = random_model(&ODD, 1);
    let longer = [&file[..], &[0]].concat();
    assert_eq!(
        Model::parse(&longer).unwrap_err(),
        ParseError::Length {
            need: file.len(),
            have: file.len() + 1
        }
    );
}

/// The file with both checksums made to fit its bytes again.
fn repaired(mut file: Vec<u8>, change_header: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = Header::read(&file).unwrap();
    header.payload_bytes = (file.len() - HEADER_BYTES) as u32;
    header.payload_crc = CRC.checksum(&file[HEADER_BYTES..]);
    change_header(&mut header);
    file[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    file
}

#[test]
fn dimensions_that_the_tensors_do_not_have_are_refused_by_name() {
    let file = random_model(&ODD, 4);
    let error =
        |change: fn(&mut Header)| Model::parse(&repaired(file.clone(), change)).unwrap_err();
    assert!(matches!(
        error(|h| h.dims.d_ff = 52),
        ParseError::TensorSize {
            tensor: "up_proj",
            ..
        }
    ));
    assert!(matches!(
        error(|h| h.dims.layers = 3),
        ParseError::TensorSize { tensor: "qkv", .. }
    ));
    assert!(matches!(
        error(|h| h.dims.context = 12),
        ParseError::TensorSize {
            tensor: "relative_bias",
            ..
        }
    ));
    assert!(matches!(
        error(|h| h.dims.vocab_size = 12),
        ParseError::Tokenizer(_)
    ));
    assert!(matches!(error(|h| h.dims.layers = 0), ParseError::Dims(_)));
    assert!(matches!(
        error(|h| h.payload_bytes += 1),
        ParseError::Length { .. }
    ));
}

#[test]
fn a_model_at_the_start_of_a_partition_is_found_with_its_length() {
    let file = random_model(&ODD, 3);
    let mut partition = file.clone();
    for erased in [0, 1, 5000] {
        partition.resize(file.len() + erased, 0xFF);
        let (model, used) = Model::parse_prefix(&partition).unwrap();
        assert_eq!((model.dims(), used), (&ODD, file.len()));
        assert_eq!(Model::parse(&partition).is_ok(), erased == 0);
    }
    let error = Model::parse_prefix(&file[..file.len() - 1]).unwrap_err();
    let (need, have) = (file.len(), file.len() - 1);
    assert_eq!(error, ParseError::Length { need, have });
    partition[file.len() - 1] ^= 1;
    let error = Model::parse_prefix(&partition).unwrap_err();
    assert!(matches!(error, ParseError::PayloadCrc { .. }), "{error}");
}

/// What a parse in pieces of so many bytes says, and how often it could have fed a watchdog.
fn in_pieces(file: &[u8], bytes: usize) -> (Result<(), ParseError>, usize) {
    let mut parse = match Parse::new(file) {
        Ok(parse) => parse,
        Err(error) => return (Err(error), 0),
    };
    for pauses in 0.. {
        match parse.advance(bytes) {
            Ok(None) => {}
            Ok(Some(model)) => {
                assert_eq!(model.tensors(), Model::parse(file).unwrap().tensors());
                return (Ok(()), pauses);
            }
            Err(error) => return (Err(error), pauses),
        }
    }
    unreachable!()
}

#[test]
fn a_parse_in_pieces_pauses_and_says_the_same() {
    let good = random_model(&ODD, 5);
    let qkv = Model::parse(&good).unwrap().tensors()[1].1;
    let qkv = qkv.as_ptr().addr() - good.as_ptr().addr();
    let damaged = |at: usize, byte: u8| {
        let mut file = good.clone();
        file[at] = byte;
        file
    };
    let files = [
        good.clone(),
        damaged(good.len() - 1, !good[good.len() - 1]),
        repaired(damaged(qkv + 9, 0xFF), |_| {}),
        repaired(good.clone(), |h| h.dims.context = 12),
        good[..good.len() - 1].to_vec(),
    ];
    for (i, file) in files.iter().enumerate() {
        let at_once = Model::parse(file).map(|_| ());
        assert_eq!(at_once.is_ok(), i == 0);
        for bytes in [0, 1, 7, 64, 4096] {
            let (said, pauses) = in_pieces(file, bytes);
            assert_eq!(said, at_once, "file {i} in pieces of {bytes}");
            if i < 3 {
                // The last call ends it.
                assert!((pauses + 1) * bytes.max(1) >= file.len() - HEADER_BYTES);
            }
        }
    }
}
