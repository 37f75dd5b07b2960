"""How a core is emulated, where it starts, and what it looks like when a program rests."""

import struct

import unicorn
from unicorn import arm_const, riscv_const


class CortexM:
    # `b .`, and `yield` with a branch back to it.
    rests = (b"\xfe\xe7", b"\x10\xbf\xfd\xe7")
    pc = arm_const.UC_ARM_REG_PC

    def __init__(self):
        self.emulator = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.emulator.ctl_set_cpu_model(self.model)
        # The core's own registers: SysTick, NVIC, SCB.
        self.emulator.mem_map(0xE000_E000, 0x1000)

    def entry(self, image, flash):
        """By the vector table at the start of the flash."""
        stack, entry = struct.unpack("<II", self.emulator.mem_read(flash, 8))
        self.emulator.reg_write(arm_const.UC_ARM_REG_SP, stack)
        return entry


class CortexM4(CortexM):
    model = arm_const.UC_CPU_ARM_CORTEX_M4


class CortexM33(CortexM):
    model = arm_const.UC_CPU_ARM_CORTEX_M33


class RiscV:
    # `pause` with a branch back to it.
    rests = (b"\x0f\x00\x00\x01\xf5\xbf",)
    pc = riscv_const.UC_RISCV_REG_PC
    ILLEGAL = 2
    # tselect to tcontrol: the debugger's triggers, with which programs guard their stack. Unicorn has none.
    TRIGGERS = range(0x7A0, 0x7A6)

    def __init__(self):
        self.emulator = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        self.emulator.hook_add(unicorn.UC_HOOK_INTR, self.trap)

    def entry(self, image, flash):
        return image.entry

    def trap(self, emulator, cause, user):
        pc = emulator.reg_read(self.pc)
        (instruction,) = struct.unpack("<I", emulator.mem_read(pc, 4))
        if cause == self.ILLEGAL and instruction & 0x7F == 0x73 and instruction >> 20 in self.TRIGGERS:
            emulator.reg_write(self.pc, pc + 4)
        else:
            raise RuntimeError(f"trap {cause} at {pc:#010x}")
