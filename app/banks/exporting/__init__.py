"""Banks as files of other systems and of the office: one writer per format.

`losses` comes first: it says what a format cannot carry. Writers take the pictures of the items by
`Item.image` and one language; active items alone are written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from app.banks.exporting import gift, moodle, qti, sheets, word
from app.banks.exporting.losses import Format, Loss, losses
from app.domain.items import Bank

__all__ = ["FILES", "FileKind", "Format", "Loss", "losses", "write"]


class _Writer(Protocol):
    def __call__(self, bank: Bank, *, lang: str, images: Mapping[str, bytes]) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileKind:
    """How a format is stored and sent."""

    suffix: str
    mime: str
    write: _Writer
    has_key_choice: bool = False


_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
FILES: Final[Mapping[Format, FileKind]] = {
    Format.GIFT: FileKind("gift.txt", "text/plain; charset=utf-8", gift.write),
    Format.MOODLE: FileKind("moodle.xml", "application/xml; charset=utf-8", moodle.write),
    Format.QTI: FileKind("qti.zip", "application/zip", qti.write),
    Format.XLSX: FileKind("xlsx", f"{_OFFICE}spreadsheetml.sheet", sheets.write),
    Format.DOCX: FileKind("docx", f"{_OFFICE}wordprocessingml.document", word.write, True),
}
_WITH_KEY: Final[Mapping[Format, Callable[..., bytes]]] = {Format.DOCX: word.write_with_key}


def write(
    bank: Bank,
    to: Format,
    *,
    lang: str,
    images: Mapping[str, bytes],
    key: bool = False,
) -> bytes:
    """`bank` as a file. `key` adds a page of keys where a format leaves them out otherwise."""
    if key and to in _WITH_KEY:
        return _WITH_KEY[to](bank, lang=lang, images=images)
    return FILES[to].write(bank, lang=lang, images=images)
