//! What the kernels for vector registers share.

#[cfg(any(feature = "std", target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) mod nibbles;
