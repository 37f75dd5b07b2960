//! 64-bit x86: a byte shuffle looks up the sums of 16, 32 or 64 bytes of weights at once.

pub(crate) mod avx2;
pub(crate) mod avx512;
pub(crate) mod ssse3;
