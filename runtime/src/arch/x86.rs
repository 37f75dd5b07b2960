//! 64-bit x86: a byte shuffle looks up the sums of 16, 32 or 64 bytes of weights at once.

pub mod avx2;
pub mod avx512;
pub mod ssse3;
