"""What start-up code and the serial line of a chip want of its registers, by the chips' data sheets.

A register that no rule names holds what was written to it and starts at 0. Rules are for a chip's `read(address, held)`
and `write(address, value)`; both see the address without the alias, if the chip has any.
"""

from cores import CortexM4, CortexM33


class Waiting(Exception):
    """The program looks for input and there is no more."""


# Looks at an empty line, one after the other, that count as waiting for input.
IDLE_POLLS = 1000


class Chip:
    """Registers, and the line's two ends."""

    # (start, bytes) of flash, RAM and registers, each at all of its addresses.
    flash = ram = registers = ()
    core = None

    def __init__(self, memory, given):
        self.memory = memory
        self.given = bytearray(given)
        self.output = bytearray()
        self.held = {}
        self.polls = 0

    def load(self, address):
        return self.read(address, self.held.get(address, 0))

    def store(self, address, value):
        self.held[address] = value
        self.write(address, value)

    def read(self, address, held):
        return held

    def write(self, address, value):
        pass

    def look(self):
        """Whether a byte waits on the line."""
        if not self.given:
            self.polls += 1
            if self.polls > IDLE_POLLS:
                raise Waiting
        return bool(self.given)

    def take(self):
        return self.given.pop(0) if self.given else 0


class Stm32f446(Chip):
    """RM0390: clocks, power and USART2."""

    core = CortexM4
    flash, ram = [(0x0800_0000, 0x8_0000)], [(0x2000_0000, 0x2_0000)]
    registers = [(0x4000_0000, 0x8_0000), (0x5000_0000, 0x6_1000), (0xE004_2000, 0x1000)]
    PWR_CSR = 0x4000_7004
    RCC_CR, RCC_CFGR, RCC_CSR = 0x4002_3800, 0x4002_3808, 0x4002_3874
    USART_SR, USART_DR = 0x4000_4400, 0x4000_4404

    def read(self, address, held):
        if address == self.RCC_CR:
            # A clock's ready bit lies above its enable bit: HSI, HSE, the PLLs.
            return held | (held & 0x1501_0001) << 1
        if address == self.RCC_CFGR:
            # SWS: the clock that SW asked for.
            return held & ~0xC | (held & 3) << 2
        if address == self.RCC_CSR:
            return held | (held & 1) << 1
        if address == self.PWR_CSR:
            power = self.held.get(0x4000_7000, 0)
            # VOSRDY; ODRDY and ODSWRDY follow ODEN and ODSWEN.
            return held | 1 << 14 | power & 0x3_0000
        if address == self.USART_SR:
            # TC and TXE: a byte leaves at once. RXNE.
            return 0xC0 | self.look() << 5
        if address == self.USART_DR:
            return self.take()
        return held

    def write(self, address, value):
        if address == self.USART_DR:
            self.output.append(value & 0xFF)
            self.polls = 0


class Rp2350(Chip):
    """RP2350 datasheet: resets, clocks, UART0. Registers have aliases that flip, set and clear bits."""

    core = CortexM33
    flash, ram = [(0x1000_0000, 0x40_0000)], [(0x2000_0000, 0x8_2000)]
    registers = [(0x4000_0000, 0x20_0000), (0x5000_0000, 0x60_0000), (0xD000_0000, 0x4_0000)]
    RESETS, RESET_DONE = 0x4002_0000, 0x4002_0008
    CLOCKS = 0x4001_0000
    XOSC_STATUS, PLLS = 0x4004_8004, (0x4005_0000, 0x4005_8000)
    UART_DR, UART_FR = 0x4007_0000, 0x4007_0018

    def __init__(self, memory, given):
        super().__init__(memory, given)
        self.held[self.RESETS] = 0x1FFF_FFFF

    def load(self, address):
        return super().load(address & ~0x3000 if address < 0x6000_0000 else address)

    def store(self, address, value):
        if address < 0x6000_0000:
            alias, address = address >> 12 & 3, address & ~0x3000
            held = self.held.get(address, 0)
            value = [value, held ^ value, held | value, held & ~value][alias]
        super().store(address, value)

    def read(self, address, held):
        if address == self.RESET_DONE:
            return ~self.held[self.RESETS] & 0x1FFF_FFFF
        if address in (self.CLOCKS + 0x38, self.CLOCKS + 0x44):
            # CLK_REF_SELECTED and CLK_SYS_SELECTED: the source, one hot, that the control register asked for.
            control = self.held.get(address - 8, 0)
            return 1 << (control & (3 if address == self.CLOCKS + 0x38 else 1))
        if address == self.XOSC_STATUS or address in self.PLLS:
            # STABLE, LOCK.
            return held | 1 << 31
        if address == self.UART_FR:
            # TXFE; RXFE where nothing waits.
            return 0x80 | (not self.look()) << 4
        if address == self.UART_DR:
            return self.take()
        return held

    def write(self, address, value):
        if address == self.UART_DR:
            self.output.append(value & 0xFF)
            self.polls = 0


class Nrf52833(Chip):
    """nRF52833 product specification: clocks, real-time counter, UARTE0 with its DMA."""

    core = CortexM4
    flash, ram = [(0x0000_0000, 0x8_0000)], [(0x2000_0000, 0x2_0000)]
    registers = [(0x1000_0000, 0x2000), (0x4000_0000, 0x10_0000), (0x5000_0000, 0x1000)]
    UARTE = 0x4000_2000
    STARTRX, STARTTX, STOPTX, FLUSHRX = UARTE, UARTE + 8, UARTE + 12, UARTE + 0x2C
    ENDRX, ENDTX, TXSTOPPED = UARTE + 0x110, UARTE + 0x120, UARTE + 0x158
    CLOCK, NVMC_READY = 0x4000_0000, 0x4001_E400

    def read(self, address, held):
        if address == self.NVMC_READY:
            return 1
        if address == self.ENDRX and not held:
            return self.receive()
        return held

    def write(self, address, value):
        if address in (self.CLOCK, self.CLOCK + 8) and value:
            # The tasks HFCLKSTART and LFCLKSTART, and their events.
            self.held[self.CLOCK + 0x100 + address // 2 % 8] = 1
        elif address == self.STARTTX and value:
            start, length = (self.held.get(self.UARTE + offset, 0) for offset in (0x544, 0x548))
            self.output += self.memory.mem_read(start, length)
            self.held[self.UARTE + 0x54C] = length
            self.held[self.ENDTX] = 1
            self.polls = 0
        elif address == self.STOPTX and value:
            self.held[self.TXSTOPPED] = 1

    def receive(self):
        if not self.held.get(self.STARTRX) or not self.look():
            return 0
        start, length = (self.held.get(self.UARTE + offset, 0) for offset in (0x534, 0x538))
        taken = bytes(self.take() for _ in range(min(length, len(self.given))))
        self.memory.mem_write(start, taken)
        self.held[self.UARTE + 0x53C] = len(taken)
        if len(taken) < length:
            return 0
        self.held[self.ENDRX] = 1
        self.held[self.STARTRX] = 0
        return 1


CHIPS = {"stm32f446": Stm32f446, "rp2350": Rp2350, "nrf52833": Nrf52833}
