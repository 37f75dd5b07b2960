//! Matrix-vector products of trits and small integers, without a multiplication.
//!
//! [`matvec`] takes the fastest that this machine can run ([`Kernel::fastest`]); the portable ones are compiled and tested
//! everywhere. On x86 the machine is asked at run time where there is `std`, the compiler's target features otherwise.
//!
//! | module | for |
//! |---|---|
//! | [`tables`] | small cores: a table of sums, a byte of weights is the index |
//! | [`lanes`] | any vector registers, by the compiler |
//! | [`arch`](crate::arch) | one core each |
//! | [`naive`] | the oracle |

#[cfg(feature = "std")]
pub mod batch;
mod dispatch;
pub mod lanes;
pub mod naive;
#[cfg(not(assembly))]
mod portable;
pub mod tables;
pub(crate) mod types;

pub(crate) use dispatch::padded;
pub use dispatch::{Kernel, matvec, matvec_sparse};
pub use types::{Table, Tables, default_tables};
