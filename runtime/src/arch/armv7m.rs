//! ARMv7-M and ARMv8-M mainline (Cortex-M3, M4, M7, M33).

pub(super) mod elements;
pub(super) mod matvec;
pub(super) mod tables;
