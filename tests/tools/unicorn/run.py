"""python run.py CHIP IMAGE.hex [--bytes N]

Runs an image from its vector table in Unicorn's emulation of the chip's core, with the registers of `chips.py`, until it rests (an
endless loop of nothing, or WFI), waits for more input than there is, or has written N bytes. Standard input goes to the serial line
and the line to standard output. The last line of standard error says how it ended, as JSON: "rest", "input" or "bytes".

There are no interrupts and no time. Unicorn's errors, such as reads where the chip has no memory, end the run with an exit code of 1.
"""

import json
import struct
import sys

import unicorn
from unicorn import arm_const

from chips import CHIPS, Waiting

# `b .`, and `yield` with a branch back to it.
RESTS = (b"\xfe\xe7", b"\x10\xbf\xfd\xe7")


def intel_hex(text):
    """(address, bytes) of each record."""
    base = 0
    for line in text.split():
        record = bytes.fromhex(line.removeprefix(":"))
        if sum(record) & 0xFF:
            raise ValueError(f"checksum of {line}")
        kind, data = record[3], record[4:-1]
        if kind == 0:
            yield base + int.from_bytes(record[1:3], "big"), data
        elif kind == 4:
            base = int.from_bytes(data, "big") << 16
        elif kind != 1:
            raise ValueError(f"record of an unknown kind: {line}")


class Run:
    def __init__(self, chip, image, given, limit):
        model = getattr(arm_const, f"UC_CPU_ARM_{chip.core}")
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(model)
        self.chip = chip(self.uc, given)
        self.limit, self.end, self.error = limit, None, None
        self.uc.mem_map(*chip.flash, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        self.uc.mem_map(*chip.ram)
        # The core's own registers: SysTick, NVIC, SCB.
        self.uc.mem_map(0xE000_E000, 0x1000)
        for start, size in chip.registers:
            self.uc.mmio_map(start, size, self.load, start, self.store, start)
        start, size = chip.flash
        flash = bytearray(b"\xff" * size)
        for address, data in image:
            flash[address - start : address - start + len(data)] = data
        self.uc.mem_write(start, bytes(flash))
        for pattern in RESTS:
            at = flash.find(pattern)
            while at >= 0:
                if at % 2 == 0:
                    self.uc.hook_add(unicorn.UC_HOOK_CODE, self.rest, None, start + at, start + at)
                at = flash.find(pattern, at + 1)
        self.stack, self.entry = struct.unpack_from("<II", flash)

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
        self.uc.reg_write(arm_const.UC_ARM_REG_SP, self.stack)
        self.uc.emu_start(self.entry, 0)
        if self.error:
            raise self.error
        # What Unicorn stops at by itself is WFI.
        return self.end or "rest"


def main():
    chip, image, *options = sys.argv[1:]
    limit = int(options[1]) if options else float("inf")
    with open(image) as file:
        run = Run(CHIPS[chip], intel_hex(file.read()), sys.stdin.buffer.read(), limit)
    try:
        end = run.run()
    except unicorn.UcError as error:
        pc = run.uc.reg_read(arm_const.UC_ARM_REG_PC)
        sys.exit(f"{error} at {pc:#010x}")
    finally:
        sys.stdout.buffer.write(run.chip.output)
        sys.stdout.flush()
    print(json.dumps({"end": end}), file=sys.stderr)


main()
