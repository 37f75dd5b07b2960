//! RV32I, base instructions only.

pub(super) mod elements;
pub(super) mod matvec;
pub(super) mod tables;
