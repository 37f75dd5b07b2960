"""python run.py CHIP IMAGE [--bytes N]

Runs an image, a HEX file, an ELF file or one by Espressif's esptool, from its start in Unicorn's emulation of the chip's core, with the
registers of `chips.py` and `esp32c3.py`, until it rests (an endless loop of nothing, or WFI), waits for more input than there is, or has
written N bytes. Standard input goes to the serial line and the line to standard output. The last line of standard error says how it
ended, as JSON: "rest", "input" or "bytes".

There are no interrupts and no time. Unicorn's errors, such as reads where the chip has no memory, end the run with an exit code of 1.
"""

import ctypes
import json
import struct
import sys

import unicorn

import chips
import images
from chips import Waiting
from esp32c3 import Esp32c3

CHIPS = {**chips.CHIPS, "esp32c3": Esp32c3}
READ_EXECUTE = unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC


class Run:
    def __init__(self, chip, image, given, limit):
        self.core = chip.core()
        self.uc = self.core.emulator
        self.chip = chip(self.uc, given)
        self.limit, self.end, self.error = limit, None, None
        for start, size in chip.registers:
            self.uc.mmio_map(start, size, self.load, start, self.store, start)
        # The same bytes at each of its addresses.
        self.ram = ctypes.create_string_buffer(chip.ram[0][1])
        for start, size in chip.ram:
            self.uc.mem_map_ptr(start, size, unicorn.UC_PROT_ALL, self.ram)
        for start, size in chip.flash:
            self.uc.mem_map(start, size, READ_EXECUTE)
            self.uc.mem_write(start, b"\xff" * size)
        for address, data in image.parts:
            self.uc.mem_write(address, bytes(data))
            self.watch_rests(address, data)
        self.start = self.core.entry(image, chip.flash[0][0])

    def watch_rests(self, address, data):
        for pattern in self.core.rests:
            at = data.find(pattern)
            while at >= 0:
                if at % 2 == 0:
                    self.uc.hook_add(unicorn.UC_HOOK_CODE, self.rest, None, address + at, address + at)
                at = data.find(pattern, at + 1)

    def stop(self, end):
        self.end = self.end or end
        self.uc.emu_stop()

    def rest(self, uc, address, size, user):
        self.stop("rest")

    def load(self, uc, offset, size, start):
        try:
            address = start + offset
            word = self.chip.load(address & ~3)
            return word >> 8 * (address & 3) & (1 << 8 * size) - 1
        except Waiting:
            self.stop("input")
        except Exception as error:
            self.error = error
            self.uc.emu_stop()
        return 0

    def store(self, uc, offset, size, value, start):
        try:
            self.chip.store(start + offset, value)
        except Exception as error:
            self.error = error
            self.uc.emu_stop()
        if len(self.chip.output) >= self.limit:
            self.stop("bytes")

    def run(self):
        self.uc.emu_start(self.start, 0)
        if self.error:
            raise self.error
        # What Unicorn stops at by itself is WFI.
        return self.end or "rest"


def main():
    chip, image, *options = sys.argv[1:]
    limit = int(options[1]) if options else float("inf")
    if chip not in CHIPS:
        sys.exit(f"there is no chip {chip}: choose from {', '.join(CHIPS)}")
    try:
        contents = images.read(image)
    except (OSError, ValueError, struct.error) as error:
        sys.exit(f"{image}: {error}")
    run = Run(CHIPS[chip], contents, sys.stdin.buffer.read(), limit)
    try:
        end = run.run()
    except (unicorn.UcError, RuntimeError) as error:
        sys.exit(f"{error} at {run.uc.reg_read(run.core.pc):#010x}")
    finally:
        sys.stdout.buffer.write(run.chip.output)
        sys.stdout.flush()
    print(json.dumps({"end": end}), file=sys.stderr)


main()
