//! 180 MHz from the internal oscillator, and the caches that the flash needs at that pace.

use embassy_stm32::rcc::{
    AHBPrescaler, APBPrescaler, Pll, PllMul, PllPDiv, PllPreDiv, PllSource, Sysclk,
};
use embassy_stm32::{Config, Peripherals, pac};

/// Starts the chip at its highest clock.
pub(crate) fn init() -> Peripherals {
    let mut config = Config::default();
    // 16 MHz / 8 * 180 / 2; the buses' limits are 45 and 90 MHz.
    config.rcc.hsi = true;
    config.rcc.pll_src = PllSource::HSI;
    config.rcc.pll = Some(Pll {
        prediv: PllPreDiv::DIV8,
        mul: PllMul::MUL180,
        divp: Some(PllPDiv::DIV2),
        divq: None,
        divr: None,
    });
    config.rcc.sys = Sysclk::PLL1_P;
    config.rcc.ahb_pre = AHBPrescaler::DIV1;
    config.rcc.apb1_pre = APBPrescaler::DIV4;
    config.rcc.apb2_pre = APBPrescaler::DIV2;
    let peripherals = embassy_stm32::init(config);
    // embassy leaves them off; every fetch from flash would wait five cycles.
    pac::FLASH.acr().modify(|acr| {
        acr.set_prften(true);
        acr.set_icen(true);
        acr.set_dcen(true);
    });
    peripherals
}
