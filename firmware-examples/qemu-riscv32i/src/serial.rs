//! The 16550 UART of QEMU's `virt`, which needs no set-up.

use common::port::{Port, Received};
use core::fmt::{self, Write};

const DATA: *mut u8 = 0x1000_0000 as *mut u8;
const LINE_STATUS: *const u8 = 0x1000_0005 as *const u8;
/// Line status: a byte has arrived.
const DATA_READY: u8 = 1 << 0;
/// Line status: the transmitter takes a byte.
const TRANSMITTER_EMPTY: u8 = 1 << 5;

/// The serial line.
pub struct Serial;

fn wait(ready: u8) {
    // SAFETY: the address of a register of this machine, which may be read at any time.
    while unsafe { LINE_STATUS.read_volatile() } & ready == 0 {}
}

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            wait(TRANSMITTER_EMPTY);
            // SAFETY: the address of a register of this machine, which takes any byte.
            unsafe { DATA.write_volatile(byte) };
        }
        Ok(())
    }
}

impl Port for Serial {
    fn receive(&mut self) -> Received {
        wait(DATA_READY);
        // SAFETY: the address of a register of this machine; a byte is there.
        Received::emulated(unsafe { DATA.read_volatile() })
    }
}
