//! WebAssembly: a byte shuffle looks up the sums of 16 rows at once.

pub(crate) mod simd128;
