"""The reading child of `workbook`: an xlsx from stdin, its cells as text to stdout, as JSON.

A file of 5 kB may say that it is a million lines high: the library then asks for more memory than
there is, and the process is ended by it. So that is a process of its own, with limits.
"""

import io
import json
import sys
from typing import Final

from python_calamine import CalamineWorkbook

from app.kernel.limits import limit, limit_cpu

MEMORY: Final = 1024**3
CPU_SECONDS: Final = 15
MOST_ROWS: Final = 2_000
MOST_COLUMNS: Final = 300


def main() -> None:
    """Answer with the lines of the first sheet; anything but 0 as exit code: it is no such file."""
    limit(memory=MEMORY, may_write=False)
    limit_cpu(CPU_SECONDS)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(
        0
    )
    if sheet.total_height > MOST_ROWS or sheet.total_width > MOST_COLUMNS:
        raise SystemExit(1)
    json.dump([[_text(cell) for cell in line] for line in sheet.to_python()], sys.stdout)


def _text(value: object) -> str:
    """A cell as somebody sees it: Excel makes 7 of "7" and TRUE of "true"."""
    match value:
        case bool():
            return "√" if value else "×"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


if __name__ == "__main__":
    main()
