"""Files to keep, by a name that people recognise in their folder of downloads."""

import re
from typing import Final
from urllib.parse import quote

from flask import Response

# What some file system or other does not take, and what would end the header.
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|\u2028\u2029]+')
_MOST: Final = 60


def safe_name(text: str) -> str:
    """The text as part of a file's name, cut where it would be too long."""
    return _UNSAFE.sub("_", text).strip(" .")[:_MOST].strip(" .") or "_"


def attachment(data: bytes | str, mime: str, *, name: str, plain: str) -> Response:
    """A download called `name`, made of safe names in any script; `plain`: the same in ASCII."""
    response = Response(data, mimetype=mime)
    response.headers["Content-Disposition"] = disposition(name=name, plain=plain)
    return response


def disposition(*, name: str, plain: str) -> str:
    """The header of such a download (RFC 6266): every browser of today takes the second name."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
