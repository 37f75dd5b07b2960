//! ARMv6-M and ARMv8-M baseline (Cortex-M0, M0+, M1, M23).

pub(super) mod elements;
pub(super) mod listed;
pub(super) mod matvec;
pub(super) mod tables;
