//! Boards that people own.

pub use formats::boards::BOARDS;
pub use formats::fit::{Fit, PROGRAM_FLASH, PROGRAM_RAM};
