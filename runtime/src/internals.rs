//! What this project's own tests and measurements call: not a part of the interface, and free to change in any version.

pub use crate::arithmetic::Norm;
pub use crate::elements::{abs_mean_norm, abs_mean_norm_relu};
#[cfg(feature = "alloc")]
pub use crate::lut::batch::{LANES, Scratch, matmul};
pub use crate::lut::{Kernel, reference, tables};
