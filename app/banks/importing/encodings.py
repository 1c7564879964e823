"""Bytes to text, with a word about every encoding that is not UTF-8."""

from typing import Final

from app.banks.importing.errors import ImportUnreadableError
from app.domain.imports import Note, Place

_BINARY: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}


def decoded(data: bytes) -> tuple[str, tuple[Note, ...]]:
    """The text and what to say about its encoding.

    Raises ImportUnreadableError for bytes that are no text.
    """
    if not data.strip():
        raise ImportUnreadableError
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(codec, "replace"), (_note("UTF-16"),)
    if guessed := _utf16_without_mark(data):
        return _checked(data.decode(guessed, "replace")), (_note("UTF-16"),)
    try:
        return _checked(data.decode("utf-8-sig")), ()
    except UnicodeDecodeError:
        pass
    try:
        return _checked(data.decode("gb18030")), (_note("GBK"),)
    except UnicodeDecodeError:
        return _broken(data)


def _utf16_without_mark(data: bytes) -> str | None:
    sample = data[:2000]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    codec = None
    if odd > half // 3 and even < half // 20:
        codec = "utf-16-le"
    elif even > half // 3 and odd < half // 20:
        codec = "utf-16-be"
    if codec is None:
        return None
    text = sample.decode(codec, "replace")
    usual = sum(" " <= char <= "~" or "\u3000" <= char <= "\u9fff" for char in text)
    return codec if usual * 2 > len(text) else None


def _checked(text: str) -> str:
    sample = text[:4000]
    strange = sum(ord(char) in _BINARY for char in sample)
    if strange * 20 > len(sample):
        raise ImportUnreadableError
    return text


def _broken(data: bytes) -> tuple[str, tuple[Note, ...]]:
    """Mostly UTF-8 or mostly GBK, with damaged places: read, and said."""
    best = min(
        (data.decode(codec, "replace") for codec in ("utf-8", "gb18030")),
        key=lambda text: text.count("\ufffd"),
    )
    damaged = best.count("\ufffd")
    if damaged * 5 > len(best):
        raise ImportUnreadableError
    at = best.index("\ufffd")
    place = Place(best.count("\n", 0, at) + 1, at - best.rfind("\n", 0, at))
    return _checked(best), (Note("W601.damaged", place, {"count": damaged}),)


def _note(name: str) -> Note:
    return Note("W601", Place(1), {"encoding": name})
