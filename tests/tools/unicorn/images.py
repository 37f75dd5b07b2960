"""Image files: what they put where."""

import struct


class IntelHex:
    entry = None

    def __init__(self, file):
        self.parts = list(self.records(file.decode("ascii")))

    @staticmethod
    def records(text):
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
            # 1 ends the file; 3 and 5 say where to start, and the vector table does.
            elif kind not in (1, 3, 5):
                raise ValueError(f"record of an unknown kind: {line}")


class Elf:
    LOAD = 1

    def __init__(self, file):
        self.entry, headers = struct.unpack_from("<II", file, 24)
        size, count = struct.unpack_from("<HH", file, 42)
        self.parts = []
        for header in range(headers, headers + size * count, size):
            kind, offset, address, _, length = struct.unpack_from("<5I", file, header)
            if kind == self.LOAD and length:
                self.parts.append((address, file[offset : offset + length]))


class EspImage:
    """What Espressif's tool makes of an ELF file, and the chip's boot loader takes apart."""

    HEADER = 24
    # What the boot loader maps a page at a time instead of copying it.
    MAPPED, PAGE = (0x3C, 0x42), 0x1_0000

    def __init__(self, file):
        count, self.entry = struct.unpack_from("<xBxxI", file)
        self.parts, at = [], self.HEADER
        for _ in range(count):
            address, length = struct.unpack_from("<II", file, at)
            at += 8
            if address >> 24 in self.MAPPED and (address - at) % self.PAGE:
                raise ValueError(f"{address:#010x} lies elsewhere in its page of the file")
            # Address 0 fills up a page.
            if address:
                self.parts.append((address, file[at : at + length]))
            at += length


def read(path):
    with open(path, "rb") as file:
        file = file.read()
    formats = {b"\x7f": Elf, b"\xe9": EspImage}
    return formats.get(file[:1], IntelHex)(file)
