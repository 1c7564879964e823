"""The reading child of `reading`: files of people from stdin, one answer each to stdout.

What the product does not need of a file never leaves this process.
"""

import json

from app.banks.importing import child
from app.domain.staff import to_plain
from app.staff import tables


def read(_name: str, data: bytes) -> bytes:
    """The people of a file as JSON."""
    return json.dumps(to_plain(tables.read(data)), separators=(",", ":")).encode()


if __name__ == "__main__":
    child.main(read)
