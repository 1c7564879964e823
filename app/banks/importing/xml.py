"""XML from strangers: no entity, no outside file, no endless tree."""

import re
from typing import Any, Final

from lxml import etree

from app.banks.importing.archive import RefusedFileError

MAX_SOURCE: Final = 2_000


def parse(data: bytes, *, part: str = "") -> etree._Element:
    """The root element. Raises RefusedFileError with the line of the mistake."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if _is_unknown_encoding(data):
            raise RefusedFileError("E620.encoding", part=part) from error
        line = error.lineno or 1
        reason = (error.msg or "").partition(", line")[0]
        raise RefusedFileError("E620", {"reason": reason}, line, part) from error
    except (ValueError, LookupError) as error:
        raise RefusedFileError("E620", {"reason": str(error)}, 1, part) from error
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise RefusedFileError("E620.entity", part=part)
    return root


def _is_unknown_encoding(data: bytes) -> bool:
    """No UTF-8, and not a word about what else it is."""
    if re.match(rb"\s*<\?xml[^>]*encoding", data[:200]):
        return False
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return True
    return False


def line_of(element: etree._Element) -> int:
    """The line of the element in its file."""
    line: Any = element.sourceline
    return int(line or 1)


def source_of(element: etree._Element) -> str:
    """The element as text, cut, for the trainer to compare."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return text if len(text) <= MAX_SOURCE else text[:MAX_SOURCE] + "…"
