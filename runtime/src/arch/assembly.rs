//! What the assembly kernels of small cores share: the arguments of their loops, and the checked doors to them.

#[cfg(any(kernel = "armv6m", kernel = "armv7m"))]
pub(super) mod arm_triples;
pub(crate) mod elements;
pub(crate) mod job;
pub(crate) mod matvec;
