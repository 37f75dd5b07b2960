//! Matrix-vector products of trits and small integers, without a multiplication.
//!
//! [`matvec`] takes the fastest that this machine can run ([`Kernel::fastest`]); the portable ones are compiled and tested
//! everywhere. On x86 the machine is asked at run time where there is `std`, the compiler's target features otherwise.
//!
//! | module | for |
//! |---|---|
//! | [`tables`] | small cores: a packed byte of four weights is the index of a lookup table |
//! | [`lanes`] | any vector registers, by the compiler |
//! | [`arch`](crate::arch) | one core each |
//! | [`mod@reference`] | the oracle: one trit at a time |

#[cfg(feature = "alloc")]
pub(crate) mod batch;
mod dispatch;
pub(crate) mod lanes;
#[cfg(not(assembly))]
mod portable;
pub mod reference;
pub mod tables;
pub(crate) mod types;

pub use dispatch::Kernel;
pub(crate) use dispatch::{matvec, matvec_sparse, padded};
pub use types::{Table, Tables, default_tables};
