"""The reading child of `sandbox`: files from stdin, one answer each to stdout."""

import struct
import sys
from collections.abc import Callable
from typing import BinaryIO, Final

from app.banks.importing import parcel, read_file
from app.kernel.limits import limit, limit_cpu

MEMORY: Final = 1024**3
CPU_SECONDS: Final = 25
_HEAD: Final = struct.Struct(">II")
Read = Callable[[str, bytes], bytes]


def main(read: Read | None = None) -> None:
    """Answer until the pipe is closed, with what `read` makes of a file's name and bytes."""
    limit(memory=MEMORY, may_write=False)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    # What a library prints must not get between the answers.
    sys.stdout = sys.stderr
    while head := source.read(_HEAD.size):
        name_size, size = _HEAD.unpack(head)
        name = source.read(name_size).decode("utf-8", "replace")
        _answer(target, _read(read or _bank, name, source.read(size)))


def _bank(name: str, data: bytes) -> bytes:
    return parcel.pack(read_file(name, data))


def _read(read: Read, name: str, data: bytes) -> bytes:
    limit_cpu(CPU_SECONDS)
    try:
        return b"+" + read(name, data)
    except (MemoryError, RecursionError):
        return b"m"
    except Exception as error:  # noqa: BLE001  the parent says it in words the trainer understands
        return b"-" + type(error).__name__.encode("ascii", "replace")


def _answer(target: BinaryIO, answer: bytes) -> None:
    target.write(_HEAD.pack(0, len(answer)) + answer)
    target.flush()


if __name__ == "__main__":
    main()
