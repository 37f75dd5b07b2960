//! A lookup table whose entries are vectors, and the sums of one row.

/// Tokens side by side.
pub const LANES: usize = 32;
/// Groups of four inputs whose tables are held at once: what they use of them fits the first cache.
pub(crate) const TABLES: usize = 8;
/// Sums of four inputs by the byte of their weights, biased by 124.
pub(crate) type Table = [[u8; LANES]; 256];
/// Sums of one row, modulo 2^16: all bytes in pairs, and the upper byte of each pair.
pub(crate) type Sums = [[u16; LANES / 2]; 2];
