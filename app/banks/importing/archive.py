"""Zip files from strangers: limits first, then a member at a time, never written to disk."""

import io
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

MAX_MEMBERS: Final = 5_000
MAX_EXPANDED: Final = 64 * 1024 * 1024
MAX_MEMBER: Final = 32 * 1024 * 1024
MAX_RATIO: Final = 200
RATIO_FROM: Final = 1024 * 1024  # small members may pack well


@dataclass(slots=True)
class RefusedFileError(Exception):
    """The file cannot be read at all; `key` and `params` say why, as in a Note."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    line: int = 1
    part: str = ""


class Archive:
    """The members of a zip by their names. What lies outside of the folder is not there."""

    def __init__(self, data: bytes) -> None:
        """Raises RefusedFileError for what is no zip, or a bomb by its own words."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
            raise RefusedFileError("E621") from error
        if len(infos) > MAX_MEMBERS:
            raise RefusedFileError("E622.members", {"count": len(infos), "most": MAX_MEMBERS})
        self._left = MAX_EXPANDED
        if sum(info.file_size for info in infos) > MAX_EXPANDED or any(map(_is_bomb, infos)):
            raise RefusedFileError("E622", {"most": MAX_EXPANDED // 1024 // 1024})
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.is_dir() or not _is_inside(info.filename) or _is_link(info):
                continue
            if info.filename in self._members:
                # Which of the two counts would depend on the program that reads it.
                params = {"name": info.filename[:100]}
                raise RefusedFileError("E621.twice", params, part=info.filename[:100])
            self._members[info.filename] = info

    def __contains__(self, name: object) -> bool:
        return name in self._members

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, in the order of the archive."""
        return tuple(self._members)

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises KeyError, or RefusedFileError when it is broken.

        What a member says of its size is not believed: reading ends at the limit.
        """
        info = self._members[name]
        if info.flag_bits & 0x1:
            raise RefusedFileError("E621.locked", part=name)
        try:
            with self._zip.open(info) as stream:
                data = stream.read(min(MAX_MEMBER, self._left) + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            ValueError,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise RefusedFileError("E621", part=name) from error
        self._left -= len(data)
        if len(data) > MAX_MEMBER or self._left < 0:
            raise RefusedFileError("E622", {"most": MAX_EXPANDED // 1024 // 1024}, part=name)
        return data


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    if info.file_size > MAX_MEMBER:
        return True
    return info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1)


def _is_link(info: zipfile.ZipInfo) -> bool:
    """A symbolic link of Unix: it holds the path of some other file, and nothing to read."""
    return stat.S_ISLNK(info.external_attr >> 16)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return not (path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name)
