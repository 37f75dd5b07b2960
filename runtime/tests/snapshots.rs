//! Snapshots of a context: what goes on behind one goes on behind the other, and no bytes do harm.

use proptest::prelude::*;
use runtime::engine::snapshot_bytes;
use runtime::{Engine, Generate, Model, Sampler, Sampling, SnapshotError};

const MICROBIT: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");
/// Of the same dimensions but for its vocabulary, with documents.
const MESSAGES: &[u8] = include_bytes!("../../firmware-examples/models/messages-micro.aut");
const ARENA: usize = 16 * 1024;
/// Past the end of the ring.
const LONG: usize = 150;

fn model(file: &[u8]) -> Model<'_> {
    Model::parse(file).unwrap()
}

fn tokens(engine: &mut Engine<'_, '_>, sampler: Sampler, count: usize) -> (Vec<u16>, Sampler) {
    let mut generate = Generate::resume(engine, &[], sampler).unwrap();
    let tokens = generate.by_ref().take(count).collect();
    (tokens, generate.into_sampler())
}

/// `CRC-32` of all but the last four bytes, into those.
fn seal(bytes: &mut [u8]) {
    let (covered, crc) = bytes.split_last_chunk_mut().unwrap();
    let algorithm = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    *crc = algorithm.checksum(covered).to_le_bytes();
}

#[test]
fn another_engine_goes_on_where_one_was() {
    for file in [MICROBIT, MESSAGES] {
        for read in [1, 2, 3, 40, LONG] {
            let (mut memory, mut other) = ([0; ARENA], [0x5A; ARENA]);
            let mut engine = Engine::in_arena(model(file), &mut memory).unwrap();
            engine.step(0).unwrap();
            let (_, sampler) = tokens(&mut engine, Sampler::new(Sampling::DEFAULT, 7), read);
            let mut buffer = vec![0; snapshot_bytes(engine.model().dims()) + 5];
            // The last token's layers are still to come.
            let length = engine.snapshot(&mut buffer).unwrap().len();
            assert_eq!(length, buffer.len() - 5);
            let sampler_bytes = sampler.snapshot();

            let mut woken = Engine::in_arena(model(file), &mut other).unwrap();
            woken.prefill(&[3, 1, 4, 1, 5]).unwrap();
            woken.restore(&buffer).unwrap();
            assert_eq!(woken.logits(), engine.logits());
            let woken_sampler = Sampler::restore(&sampler_bytes).unwrap();
            assert_eq!(
                tokens(&mut woken, woken_sampler, LONG).0,
                tokens(&mut engine, sampler, LONG).0
            );
        }
    }
}

#[test]
fn an_empty_context_is_one_too() {
    let (mut memory, mut buffer) = ([0; ARENA], [0; ARENA]);
    let mut engine = Engine::in_arena(model(MICROBIT), &mut memory).unwrap();
    engine.snapshot(&mut buffer).unwrap();
    let first = engine.step(5).unwrap().to_vec();
    engine.step(6).unwrap();
    engine.restore(&buffer).unwrap();
    assert!(!engine.has_context() && engine.logits().is_empty());
    assert_eq!(engine.step(5).unwrap(), first);
}

#[test]
fn what_is_wrong_is_said_and_changes_nothing() {
    let (mut memory, mut other, mut buffer) = ([0; ARENA], [0; ARENA], [0; ARENA]);
    let mut engine = Engine::in_arena(model(MICROBIT), &mut memory).unwrap();
    let need = snapshot_bytes(engine.model().dims());
    let have = need - 1;
    assert_eq!(
        engine.snapshot(&mut buffer[..have]),
        Err(SnapshotError::TooSmall { need, have })
    );
    engine.prefill(&[1, 2, 3]).unwrap();
    let snapshot = engine.snapshot(&mut buffer).unwrap().to_vec();
    let logits = engine.step(4).unwrap().to_vec();

    assert_eq!(
        engine.restore(&snapshot[..have]),
        Err(SnapshotError::Cut { need, have })
    );
    assert_eq!(engine.restore(&[]), Err(SnapshotError::NotASnapshot));
    for at in (0..need).step_by(97).chain([0, 3, 4, 8, 12, need - 1]) {
        let mut damaged = snapshot.clone();
        damaged[at] ^= 0x10;
        let error = engine.restore(&damaged).unwrap_err();
        match at {
            0..4 => assert_eq!(error, SnapshotError::NotASnapshot),
            4..8 => assert!(matches!(error, SnapshotError::OtherModel { .. })),
            _ => assert_eq!(error, SnapshotError::Damaged),
        }
    }
    let mut messages = Engine::in_arena(model(MESSAGES), &mut other).unwrap();
    let (expected, found) = (messages.model().id(), engine.model().id());
    let error = messages.restore(&snapshot).unwrap_err();
    assert_eq!(error, SnapshotError::OtherModel { expected, found });
    assert!(error.to_string().contains(&format!("{found:08x}")));
    assert_eq!(engine.logits(), logits);
    let expected = {
        let (mut memory, mut engine) = ([0; ARENA], None);
        let engine = engine.insert(Engine::in_arena(model(MICROBIT), &mut memory).unwrap());
        engine.prefill(&[1, 2, 3, 4, 5]).unwrap().to_vec()
    };
    assert_eq!(engine.step(5).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Sealed by their checksum, as an attacker would: refused, or an engine that runs on.
    #[test]
    fn no_forged_bytes_do_harm(changes in prop::collection::vec((8..9000usize, any::<u8>()), 1..4)) {
        let (mut memory, mut buffer) = ([0; ARENA], [0; ARENA]);
        let mut engine = Engine::in_arena(model(MICROBIT), &mut memory).unwrap();
        engine.prefill(&[1, 2, 3]).unwrap();
        let mut forged = engine.snapshot(&mut buffer).unwrap().to_vec();
        for (at, byte) in changes {
            // Every other one among places and flags.
            let at = if byte & 1 == 0 { 8 + at % 8 } else { at };
            let length = forged.len();
            forged[at % (length - 4)] = byte;
        }
        seal(&mut forged);
        let _ = engine.restore(&forged);
        for token in 0..20 {
            engine.step(token).unwrap();
        }
    }
}
