//! The operations of [`arithmetic`](crate::arithmetic) on vectors, by the fastest loops that this machine has: assembly on
//! small cores, vector registers on hosts.

#[cfg(not(assembly))]
mod add_scaled;
#[cfg(any(not(assembly), feature = "alloc"))]
mod exp2;
mod norm;
#[cfg(not(assembly))]
mod scores;

#[cfg(assembly)]
pub(crate) use crate::arch::assembly::elements::{add_biases, add_scaled, weigh};
#[cfg(not(assembly))]
pub(crate) use add_scaled::add_scaled;
#[cfg(feature = "alloc")]
pub(crate) use exp2::exp2_below;
pub use norm::{abs_mean_norm, abs_mean_norm_relu};
#[cfg(not(assembly))]
pub(crate) use scores::{add_biases, weigh};
