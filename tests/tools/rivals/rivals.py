"""Sizes of messages under general compressors. Reads one JSON object, {"train": [...], "tests": {NAME: [...]}}, from standard input
and writes {RIVAL: {NAME: [bytes of a message, ...]}}. Every message is compressed alone, without headers where the format can do
without. A rival whose package is missing has a sentence instead."""

import json
import sys
import zlib

KB = 1024


def deflate(dictionary):
    def size(message):
        extra = {"zdict": dictionary} if dictionary else {}
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, **extra)
        return len(packer.compress(message) + packer.flush())

    return size


def zstd(dictionary):
    import zstandard

    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_checksum=False, write_content_size=False, write_dict_id=False
    )
    packer = zstandard.ZstdCompressor(compression_params=parameters, **({"dict_data": dictionary} if dictionary else {}))
    return lambda message: len(packer.compress(message))


def zstd_trained(kilobytes, train):
    import zstandard

    return zstd(zstandard.train_dictionary(kilobytes * KB, train, level=19))


def brotli():
    import brotli

    return lambda message: len(brotli.compress(message, mode=brotli.MODE_TEXT, quality=11, lgwin=10))


def smaz():
    import smaz

    # The package wants characters; each stands for a byte.
    return lambda message: len(smaz.compress(message.decode("latin-1")))


def unishox():
    import unishox2

    return lambda message: len(unishox2.compress(message.decode())[0])


def ppmd(order, train):
    """Primed with the training text. A line end is the end of a message, since a PPM stream has none."""
    import pyppmd

    primer = b"\n".join(train) + b"\n"

    def packed(text):
        packer = pyppmd.Ppmd7Encoder(order, 256 * KB * KB)
        return len(packer.encode(text) + packer.flush())

    alone = packed(primer)
    return lambda message: packed(primer + message + b"\n") - alone


def main():
    task = json.load(sys.stdin)
    train = [message.encode() for message in task["train"]]
    text = b"\n".join(train)
    makers = {
        "deflate": lambda: deflate(b""),
        "deflate, the last 32 KB of the training text": lambda: deflate(text[-32 * KB :]),
        "brotli 11": brotli,
        "smaz": smaz,
        "Unishox2": unishox,
        "zstd 19": lambda: zstd(None),
        "zstd 19, a dictionary of 32 KB": lambda: zstd_trained(32, train),
        "zstd 19, a dictionary of 110 KB": lambda: zstd_trained(110, train),
        "zstd 19, a dictionary of 200 KB": lambda: zstd_trained(200, train),
    } | {f"PPMd order {order}, primed with the training text": lambda order=order: ppmd(order, train) for order in (4, 5, 6)}
    sizes = {}
    for name, make in makers.items():
        try:
            size = make()
            sizes[name] = {test: [size(message.encode()) for message in lines] for test, lines in task["tests"].items()}
        except ImportError as error:
            sizes[name] = str(error)
    json.dump(sizes, sys.stdout)


main()
