"""The ESP32-C3, by its technical reference manual: clocks, timers, UART0, USB-Serial-JTAG, and the functions of its boot ROM that
programs call, by their addresses in Espressif's linker scripts.
"""

import unicorn
from unicorn import riscv_const

from chips import Chip
from cores import RiscV

CRYSTAL, SLOW_CLOCK = 40_000_000, 136_000
# Of the system timer in a microsecond.
TICKS = 16
ROM = (0x4000_0000, 0x6_0000)
# `ret`. Where the ROM holds none, a zero is an illegal instruction.
RETURN = b"\x82\x80"
MASK = 0xFFFF_FFFF


class Esp32c3(Chip):
    core = RiscV
    # What the boot loader maps of the flash: for data, for code.
    flash = [(0x3C00_0000, 0x80_0000), (0x4200_0000, 0x80_0000)]
    # One RAM at two addresses.
    ram = [(0x3FC8_0000, 0x6_0000), (0x4038_0000, 0x6_0000)]
    registers = [(0x6000_0000, 0xD_1000)]
    UART_FIFO, UART_STATUS, UART_ID = 0x6000_0000, 0x6000_001C, 0x6000_0080
    USB_EP1, USB_EP1_CONF = 0x6004_3000, 0x6004_3004
    RTCCALICFG, RTCCALICFG1 = 0x6001_F068, 0x6001_F06C
    SYSTIMER_OP, SYSTIMER_HIGH, SYSTIMER_LOW = 0x6002_3004, 0x6002_3040, 0x6002_3044

    def __init__(self, emulator, given):
        super().__init__(emulator, given)
        self.ticks = 0
        self.analog = {}
        emulator.mem_map(*ROM)
        for address in self.FUNCTIONS:
            emulator.mem_write(address, RETURN)
            emulator.hook_add(unicorn.UC_HOOK_CODE, self.call, None, address, address)

    def read(self, address, held):
        if address == self.UART_STATUS:
            # RXFIFO_CNT. The other FIFO is empty: a byte leaves at once.
            return min(len(self.given), 127) if self.look() else 0
        if address == self.USB_EP1_CONF:
            # SERIAL_IN_EP_DATA_FREE, SERIAL_OUT_EP_DATA_AVAIL.
            return 2 | self.look() << 2
        if address in (self.UART_FIFO, self.USB_EP1):
            return self.take()
        if address == self.UART_ID:
            # REG_UPDATE ends at once.
            return held & ~(1 << 31)
        if address == self.RTCCALICFG:
            # RDY follows START.
            return held | (held >> 31) << 15
        if address == self.RTCCALICFG1:
            cycles = self.held.get(self.RTCCALICFG, 0) >> 16 & 0x7FFF
            return (cycles * CRYSTAL // SLOW_CLOCK) << 7
        if address == self.SYSTIMER_OP:
            # VALUE_VALID. Time passes where it is looked at.
            self.ticks += TICKS
            return held | 1 << 29
        if address == self.SYSTIMER_HIGH:
            return self.ticks >> 32
        if address == self.SYSTIMER_LOW:
            return self.ticks & MASK
        return held

    def write(self, address, value):
        if address in (self.UART_FIFO, self.USB_EP1):
            self.output.append(value & 0xFF)
            self.polls = 0

    def call(self, emulator, address, size, user):
        """A function of the boot ROM: arguments in a0 and so on, the value in a0 and a1. Its instruction returns."""
        a = [emulator.reg_read(riscv_const.UC_RISCV_REG_A0 + n) for n in range(4)]
        value = self.FUNCTIONS[address](self, *a)
        if value is not None:
            emulator.reg_write(riscv_const.UC_RISCV_REG_A0, value & MASK)
            emulator.reg_write(riscv_const.UC_RISCV_REG_A1, value >> 32 & MASK)

    def copy(self, to, start, length, _):
        if length:
            self.memory.mem_write(to, bytes(self.memory.mem_read(start, length)))
        return to

    def fill(self, to, byte, length, _):
        if length:
            self.memory.mem_write(to, bytes([byte & 0xFF]) * length)
        return to

    def compare(self, one, other, length, _):
        one, other = (bytes(self.memory.mem_read(start, length)) if length else b"" for start in (one, other))
        return (one > other) - (one < other) & MASK

    def divide(self, low, high, by_low, by_high):
        return (low | high << 32) // (by_low | by_high << 32)

    def read_analog(self, block, host, register, _):
        return self.analog.get((block, register), 0)

    def write_analog(self, block, host, register, value):
        self.analog[block, register] = value & 0xFF

    def delay(self, microseconds, *_):
        self.ticks += TICKS * microseconds

    FUNCTIONS = {
        # rtc_get_reset_reason: power on.
        0x4000_0018: lambda self, *_: 1,
        # ets_delay_us.
        0x4000_0050: delay,
        0x4000_0354: fill,
        0x4000_0358: copy,
        # memmove.
        0x4000_035C: copy,
        0x4000_0360: compare,
        # ets_update_cpu_frequency: what ets_delay_us counts with.
        0x4000_0588: lambda self, *_: None,
        # __udivdi3.
        0x4000_08AC: divide,
        # esp_rom_regi2c_read, rom_i2c_writeReg.
        0x4000_1954: read_analog,
        0x4000_195C: write_analog,
    }
