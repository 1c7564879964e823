"""What an attachment is, told from its bytes, and whether it may be kept."""

import os
import subprocess
import sys
from pathlib import PurePath
from typing import Final

import puremagic

from app.deliverables.errors import (
    FileBrokenError,
    FileKindError,
    FileLargeError,
    FileMacroError,
)
from app.domain.deliverables import Checked
from app.kernel.config import ROOT
from app.kernel.downloads import safe_name

MOST_FILE: Final = 10 * 1024 * 1024
MOST_ALL: Final = 30 * 1024 * 1024
MIMES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
}
_SAME: Final = {"jpeg": "jpg", "jfif": "jpg"}
_ZIPPED: Final = frozenset({"docx", "xlsx", "pptx"})
_SECONDS: Final = 15


def check(name: str, data: bytes, *, kept: int) -> Checked:
    """The file as it may be kept; `kept`: bytes of the document's other files.

    Raises FileKindError, FileLargeError, FileMacroError, FileBrokenError. Slow: it starts a child,
    so call it before the turn to write is taken.
    """
    shown = safe_name(PurePath(name.replace("\\", "/")).name)
    suffix = shown.rpartition(".")[2].lower()
    suffix = _SAME.get(suffix, suffix)
    if len(data) > MOST_FILE or kept + len(data) > MOST_ALL:
        raise FileLargeError(name=shown)
    if suffix not in MIMES or not data or not _is(suffix, data):
        raise FileKindError(name=shown)
    match _look_inside(suffix, data):
        case "ok":
            return Checked(f"{shown.rpartition('.')[0][:100] or '_'}.{suffix}", suffix, data)
        case "macro":
            raise FileMacroError(name=shown)
        case "kind":
            raise FileKindError(name=shown)
        case _:
            raise FileBrokenError(name=shown)


def _is(suffix: str, data: bytes) -> bool:
    """Whether the bytes begin as such a file does."""
    try:
        found = puremagic.magic_string(data)
    except puremagic.PureError:
        return False
    suffixes = {_SAME.get(one.extension.lstrip("."), one.extension.lstrip(".")) for one in found}
    if suffix in _ZIPPED:
        # Which of the three it is, the child says: all begin as a zip does.
        return data[:4] == b"PK\x03\x04"
    return suffix in suffixes


def _look_inside(suffix: str, data: bytes) -> str:
    if suffix in {"png", "jpg"}:
        return "ok"
    try:
        done = subprocess.run(  # noqa: S603  our own module, no shell
            [sys.executable, "-B", "-m", "app.deliverables.opener", suffix],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=str(ROOT),
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
            timeout=_SECONDS,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return "broken"
    return done.stdout.decode("ascii", "replace") if done.returncode == 0 else "broken"
