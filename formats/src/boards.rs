//! Boards that people own.

use crate::fit::Board;

const KB: usize = 1024;
const MB: usize = 1024 * KB;

const fn board(name: &'static str, core: &'static str, flash: usize, ram: usize) -> Board {
    Board {
        name,
        core,
        flash,
        ram,
    }
}

/// BBC micro:bit, 2016.
pub const MICROBIT_V1: Board = board(
    "BBC micro:bit v1 (nRF51822)",
    "Cortex-M0",
    256 * KB,
    16 * KB,
);
/// BBC micro:bit, 2020.
pub const MICROBIT_V2: Board = board(
    "BBC micro:bit v2 (nRF52833)",
    "Cortex-M4F",
    512 * KB,
    128 * KB,
);
/// ST's board with an F4 of 180 MHz.
pub const NUCLEO_F446RE: Board = board(
    "Nucleo-F446RE (STM32F446RE)",
    "Cortex-M4F",
    512 * KB,
    128 * KB,
);
/// ST's board with the larger F4.
pub const STM32F4DISCOVERY: Board = board("STM32F4DISCOVERY (F407VG)", "Cortex-M4F", MB, 128 * KB);
/// Raspberry Pi's first microcontroller; programs run from its external flash.
pub const PICO: Board = board("Raspberry Pi Pico (RP2040)", "Cortex-M0+", 2 * MB, 264 * KB);

/// Espressif's first with a RISC-V core; programs run from its external flash. Of its 400 KB of RAM the flash's cache and
/// the boot loader leave programs 313 KB.
pub const ESP32_C3: Board = board("ESP32-C3-DevKitM-1", "RV32IMC", 4 * MB, 313 * KB);

/// All of them, from small to large.
pub const BOARDS: [Board; 13] = [
    board("STM32VLDISCOVERY (F100RB)", "Cortex-M3", 128 * KB, 8 * KB),
    MICROBIT_V1,
    board("Blue Pill (STM32F103C8)", "Cortex-M3", 64 * KB, 20 * KB),
    board("Longan Nano (GD32VF103CB)", "RV32IMAC", 128 * KB, 32 * KB),
    board("Arduino Uno R4 (RA4M1)", "Cortex-M4F", 256 * KB, 32 * KB),
    MICROBIT_V2,
    board("Black Pill (STM32F411CE)", "Cortex-M4F", 512 * KB, 128 * KB),
    NUCLEO_F446RE,
    STM32F4DISCOVERY,
    board("nRF52840-DK", "Cortex-M4F", MB, 256 * KB),
    PICO,
    ESP32_C3,
    board(
        "Raspberry Pi Pico 2 (RP2350)",
        "Cortex-M33",
        4 * MB,
        520 * KB,
    ),
];
