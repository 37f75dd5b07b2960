//! What the kernels for vector registers share.

#[cfg(vector)]
pub(crate) mod nibbles;
mod vectorised;
pub(crate) mod work;

pub(crate) use vectorised::vectorised;

/// What the bias of its entries adds to the sum of `groups` groups, modulo 2^16: 124 for each.
#[cfg(any(feature = "alloc", vector))]
pub(crate) const fn chunk_bias(groups: usize) -> i16 {
    ((groups << 7) - (groups << 2)) as i16
}
