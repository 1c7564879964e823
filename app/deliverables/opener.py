"""The limited child that opens an attachment: `python -m app.deliverables.opener KIND` < bytes.

It answers with one word: `ok`, `macro`, `kind` or `broken`. Nothing of the file gets anywhere else.
"""

import io
import sys
import zipfile
from typing import Final

from app.kernel.limits import limit, limit_cpu

MEMORY: Final = 512 * 1024**2
CPU_SECONDS: Final = 10
MOST_MEMBERS: Final = 5000
MOST_EXPANDED: Final = 200 * 1024**2
# What stands in each kind of Office file, and must stand in no other.
_PARTS: Final = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_PROGRAMS: Final = (
    "vbaproject.bin",
    "vbadata.xml",
    "activex",
    ".exe",
    ".dll",
    ".js",
    ".vbs",
    ".bat",
)
_PDF_PROGRAMS: Final = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile")


def verdict(kind: str, data: bytes) -> str:
    """What is to be said of a file of this kind."""
    if kind in _PARTS:
        return _office(kind, data)
    if kind == "pdf":
        return "macro" if any(word in data for word in _PDF_PROGRAMS) else "ok"
    return "ok"


def _office(kind: str, data: bytes) -> str:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        return _members(kind, archive)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        return "broken"


def _members(kind: str, archive: zipfile.ZipFile) -> str:
    infos = archive.infolist()
    names = {info.filename.lower(): info for info in infos}
    types = names.get("[content_types].xml")
    is_bomb = len(infos) > MOST_MEMBERS or sum(one.file_size for one in infos) > MOST_EXPANDED
    if is_bomb or any(one.flag_bits & 1 for one in infos):
        return "broken"
    if types is None or not any(name.startswith(_PARTS[kind]) for name in names):
        return "kind"
    if any(word in name for name in names for word in _PROGRAMS):
        return "macro"
    with archive.open(types) as file:
        text = file.read(1024**2).lower()
    return "macro" if b"macroenabled" in text or b"vbaproject" in text else "ok"


def main() -> None:
    """Read, look, answer."""
    limit(memory=MEMORY, may_write=False)
    limit_cpu(CPU_SECONDS)
    kind, data = sys.argv[1], sys.stdin.buffer.read()
    try:
        answer = verdict(kind, data)
    except (MemoryError, RecursionError):
        answer = "broken"
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
