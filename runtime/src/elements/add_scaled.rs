//! The residual addition.

use crate::arch::simd::vectorised;
use crate::arithmetic::{checked, scale};

/// `channels += scale(sums)`, each by its own scale, as bytes that `Model::parse` has checked.
pub(crate) fn add_scaled(channels: &mut [i32], sums: &[i32], scales: &[u8]) {
    vectorised(|| {
        for ((x, &sum), &byte) in channels.iter_mut().zip(sums).zip(scales) {
            *x = x.wrapping_add(scale(sum, checked(byte)));
        }
    });
}
