//! What snapshots of an engine and of a sampler share: bytes in order, a checksum behind them, and what can be wrong.

use crate::selftest::CRC;

/// Bytes of the checksum at the end.
pub(crate) const CRC_BYTES: usize = size_of::<u32>();

/// Why a snapshot cannot be written or read.
///
/// ```
/// use runtime::SnapshotError;
///
/// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// # let need = runtime::engine::snapshot_bytes(engine.model().dims());
/// assert_eq!(engine.snapshot(&mut [0; 99]), Err(SnapshotError::TooSmall { need, have: 99 }));
/// assert_eq!(engine.restore(&[0; 99]), Err(SnapshotError::NotASnapshot));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SnapshotError {
    /// The buffer is too small.
    #[error(
        "the snapshot takes {need} bytes, there is room for {have}: size it with snapshot_bytes"
    )]
    TooSmall {
        /// Bytes that it takes.
        need: usize,
        /// Bytes there is room for.
        have: usize,
    },
    /// The bytes begin as no snapshot of this version does.
    #[error("this is no snapshot that this version reads: take it anew")]
    NotASnapshot,
    /// Another model file made it.
    #[error(
        "the snapshot is of the model {found:08x}, the engine's is {expected:08x}: take it anew with this model file"
    )]
    OtherModel {
        /// The id of the engine's model.
        expected: u32,
        /// The id in the snapshot.
        found: u32,
    },
    /// The end is missing.
    #[error("the snapshot has {have} bytes of {need}: was it stored completely?")]
    Cut {
        /// Bytes of a snapshot of this model.
        need: usize,
        /// Bytes there are.
        have: usize,
    },
    /// The bytes are not those that were written.
    #[error("the snapshot is damaged: take it anew")]
    Damaged,
}

/// Fills `bytes` with `values` and the checksum of them.
pub(crate) fn seal(bytes: &mut [u8], values: impl Iterator<Item = u8>) {
    let Some((covered, crc)) = bytes.split_at_mut_checked(bytes.len().wrapping_sub(CRC_BYTES))
    else {
        return;
    };
    let mut places = covered.iter_mut();
    values.for_each(|value| {
        if let Some(place) = places.next() {
            *place = value;
        }
    });
    if let Some(crc) = crc.first_chunk_mut() {
        *crc = CRC.checksum(covered).to_le_bytes();
    }
}

/// Whether the last bytes are the checksum of those before them.
pub(crate) fn check_crc(bytes: &[u8]) -> Result<(), SnapshotError> {
    let split = bytes.split_at_checked(bytes.len().wrapping_sub(CRC_BYTES));
    let (covered, crc) = split.ok_or(SnapshotError::Damaged)?;
    match crc.first_chunk() {
        Some(&crc) if CRC.checksum(covered) == u32::from_le_bytes(crc) => Ok(()),
        _ => Err(SnapshotError::Damaged),
    }
}

/// Reads values one behind the other; behind the end there are zeros and empty slices.
///
/// Inlined: a compiler that saves space would call it through a register, which the proof of the inference path does not see through.
pub(crate) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    #[inline(always)]
    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let (first, rest) = self.0.split_first_chunk().unwrap_or((&[0; N], &[]));
        self.0 = rest;
        *first
    }

    #[inline(always)]
    pub(crate) fn slice(&mut self, length: usize) -> &'b [u8] {
        let (first, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        first
    }
}
