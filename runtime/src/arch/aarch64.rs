//! 64-bit Arm: a byte shuffle looks up the sums of 16 rows at once.

pub(crate) mod neon;
