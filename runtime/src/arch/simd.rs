//! What the kernels for vector registers share.

#[cfg(any(feature = "std", target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) mod nibbles;
mod vectorised;
pub(crate) mod work;

pub(crate) use vectorised::vectorised;
