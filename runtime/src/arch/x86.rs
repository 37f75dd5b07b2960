//! 64-bit x86: a byte shuffle looks up the sums of 16 or 32 rows at once.

pub mod avx2;
pub mod ssse3;
