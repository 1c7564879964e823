"""Reads files of people in limited child processes."""

import atexit
import json
from typing import Final

from app.banks.importing.errors import ImportBrokenError, ImportTooLargeError
from app.banks.importing.sandbox import Pool
from app.domain.staff import StaffTable, from_plain

MAX_BYTES: Final = 8 * 1024 * 1024
_POOL: Final = Pool("app.staff.child")
atexit.register(_POOL.close)


def read_staff(name: str, data: bytes) -> StaffTable:
    """The people of a file. Raises ImportRefusedError when the child cannot do it in its limits."""
    if len(data) > MAX_BYTES:
        raise ImportTooLargeError(what=name or "?", most=f"{MAX_BYTES // 1024 // 1024} MiB")
    answer = _POOL.answer(name, data)
    try:
        return from_plain(json.loads(answer))
    except (ValueError, KeyError, TypeError) as error:
        raise ImportBrokenError(kind="?") from error
