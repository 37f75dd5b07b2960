//! The operations that trainer and runtime share, each defined once, for one number: [`scale()`], [`exp2()`], the factor
//! of the abs-mean norm ([`Norm`]). [`elements`](crate::elements) applies them to vectors. Beside them, what sampler and codec
//! need: [`weight()`], [`log2()`], and products and quotients without the instructions ([`times()`], [`divide()`]).

mod divide;
mod exp2;
mod leading_zeros;
mod log2;
mod norm;
mod opaque;
mod scale;
mod times;
mod weight;

pub(crate) use divide::divide;
#[cfg(target_arch = "x86_64")]
pub(crate) use exp2::EXP2;
#[cfg(assembly)]
pub(crate) use exp2::EXP2_TABLE;
#[cfg(any(not(assembly), feature = "alloc"))]
pub(crate) use exp2::exp2;
pub(crate) use leading_zeros::leading_zeros;
pub(crate) use log2::log2;
pub use norm::Norm;
pub(crate) use scale::scale;
#[cfg(not(assembly))]
pub(crate) use scale::scaled_by;
pub(crate) use scale::{Quarters, checked};
pub(crate) use times::times;
pub(crate) use weight::weight;
