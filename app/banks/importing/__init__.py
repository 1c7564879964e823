"""Reads whatever a trainer has: one entrance for all formats, told apart by their content.

Nothing in a file runs, no network is used, nothing is written. A file that cannot be read gives a
bank without items and a note that says why.
"""

import re
from collections.abc import Mapping
from typing import Final

from app.banks.importing.archive import Archive, RefusedFileError
from app.banks.importing.errors import ImportRefusedError
from app.domain.imports import FoundBank, Note, Place

MAX_BYTES: Final = 20 * 1024 * 1024
_START: Final = 20_000
_OTHER: Final = (
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
)
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_GIFT: Final = re.compile(r"(?<!\\)\{(?:[^{}\\]|\\.)*?(?<!\\)[=~#TF}]", re.DOTALL)
_GIFT_SIGNS: Final = re.compile(
    r"^[ \t]*::|(?<!\\)\{\s*(?:[=~#]|T\b|F\b|TRUE\b|FALSE\b|\})|^\$CATEGORY:", re.MULTILINE
)
_AIKEN: Final = re.compile(r"^ANSWER:[ \t]*[A-Z][ \t]*$", re.MULTILINE)
_NUMBERED: Final = re.compile(
    r"^[ \t\u3000]*(?:\d{1,3}[ \t\u3000]*[.、．)）]|[一二三四五六七八九十]+、)", re.MULTILINE
)
_QBANK: Final = re.compile(r"^schema:\s*qbank/1\s*$", re.MULTILINE)


def read_file(name: str, data: bytes) -> FoundBank:
    """A file as understood. Never raises for what is in it: notes with E6 codes say what is wrong.

    `name` only breaks ties: the content says what a file is.
    """
    if len(data) > MAX_BYTES:
        params = {"what": name or "?", "most": f"{MAX_BYTES // 1024 // 1024} MiB"}
        return refused("E603", params)
    try:
        return _read(name, data)
    except RefusedFileError as error:
        return refused(error.key, dict(error.params), Place(error.line, 1, error.part))
    except ImportRefusedError as error:
        return refused(error.key, dict(error.params))


def refused(key: str, params: Mapping[str, object], place: Place | None = None) -> FoundBank:
    """A file that nothing was read from, and why."""
    return FoundBank((), (Note(key, place or Place(1), params),))


def _read(name: str, data: bytes) -> FoundBank:
    if data.startswith(b"PK"):
        return _read_archive(name, data)
    if data.startswith(_OLD_OFFICE):
        return _read_old_office(data)
    for start, kind in _OTHER:
        if data.startswith(start):
            return refused("E602", {"kind": kind})
    return _read_words(name, data)


def _read_archive(name: str, data: bytes) -> FoundBank:
    from app.banks.importing import qti, sheets, word  # noqa: PLC0415  slow to load

    names = set(Archive(data).names)
    if "word/document.xml" in names:
        return word.read(data, name)
    if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        return sheets.read(data, name)
    if "ppt/presentation.xml" in names:
        return refused("E602", {"kind": "pptx"})
    return qti.read(data)


def _read_old_office(data: bytes) -> FoundBank:
    from app.banks.importing import sheets  # noqa: PLC0415  read when such a file comes

    # The word "Workbook" stands in UTF-16 in the folder of an old Excel file.
    if "Workbook".encode("utf-16-le") in data or "Book\0".encode("utf-16-le") in data:
        return sheets.read(data)
    return refused("E602", {"kind": "doc"})


def _read_words(name: str, data: bytes) -> FoundBank:
    from app.banks.importing import sheets, text  # noqa: PLC0415  read when such a file comes

    start = data[:_START]
    # Marks of an encoding, and every second byte of UTF-16, may stand before the bracket.
    if start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        return _read_markup(data)
    words = _sample(start)
    ending = name.lower().rpartition(".")[2]
    if _QBANK.search(words):
        return _read_own(data)
    if ending == "gift" or (ending != "csv" and _is_gift(words)):
        from app.banks.importing import gift  # noqa: PLC0415  read when such a file comes

        return gift.read(data)
    if ending == "aiken" or (_AIKEN.search(words) and not _NUMBERED.search(words)):
        from app.banks.importing import aiken  # noqa: PLC0415  read when such a file comes

        return aiken.read(data)
    if ending in {"csv", "tsv"} or sheets.looks_like_table(words):
        return sheets.read_csv(data, name)
    return text.read(data, name)


def _sample(start: bytes) -> str:
    for codec in ("utf-8-sig", "gb18030"):
        try:
            return start.decode(codec)
        except UnicodeDecodeError as error:
            # The sample may end inside a character.
            if error.start > len(start) - 5:
                return start[: error.start].decode(codec)
    return start.decode("latin-1") if start[:1] not in {b"\xff", b"\xfe"} else ""


def _is_gift(words: str) -> bool:
    return len(_GIFT_SIGNS.findall(words)) >= 1 and _GIFT.search(words) is not None


def _read_markup(data: bytes) -> FoundBank:
    from app.banks.importing import moodle, qti  # noqa: PLC0415  read when such a file comes

    start = data[:_START].lower().replace(b"\0", b"")
    if b"<html" in start or b"<!doctype html" in start:
        return refused("E602", {"kind": "HTML"})
    if b"<quiz" in start or b"<question " in start:
        return moodle.read(data)
    return qti.read(data)


def _read_own(data: bytes) -> FoundBank:
    """Our own format: the bank itself, or its mistakes."""
    from app.banks.loader import load_bytes  # noqa: PLC0415  read when such a file comes
    from app.banks.writer import found_of  # noqa: PLC0415  read when such a file comes

    loaded = load_bytes(data)
    if loaded.bank is not None:
        return found_of(loaded.bank)
    notes = (Note(p.key, Place(p.line, p.col), p.params) for p in loaded.problems)
    return FoundBank((), tuple(notes))
