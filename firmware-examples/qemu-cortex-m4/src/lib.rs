//! Arm MPS2 with AN386, a Cortex-M4: its model, its log and its clock.
#![no_std]

mod clock;
mod log;

pub use clock::Clock;
pub use log::Log;
pub use semihosting::process::exit;

use cortex_m_rt as _;
use defmt_semihosting as _;
use formats::boards::STM32F4DISCOVERY;

common::embed_model!(env!("MODEL_PATH"), STM32F4DISCOVERY);

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    defmt::error!("{}", defmt::Display2Format(info));
    exit(101)
}
