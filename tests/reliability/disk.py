"""What a disk holds after the power went: replay of the system calls of a real run.

`strace` writes down, in order, what a process asked of its files. A power cut at any line leaves
what was synced, and of the writes since the last sync any part, in 512-byte sectors. Metadata is
taken as a journalling file system keeps it: a file exists once it was opened with O_CREAT; a
truncation or removal that was not synced may or may not have happened.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SECTOR: Final = 512
CALLS: Final = (
    "openat,close,write,pwrite64,ftruncate,truncate,fsync,fdatasync,unlink,unlinkat,rename,dup"
)
_LINE = re.compile(r"^(?:\d+\s+)?(\w+)\((.*)\)\s+=\s+(-?\d+)")
_FILE = re.compile(r"^(\d+)<([^>]*)>")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes put at an offset of a file."""

    path: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A file made shorter (or longer with zeros)."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All of a file is on the disk."""

    path: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A file removed."""

    path: str


@dataclass(frozen=True, slots=True)
class Said:
    """The process told the outside something (a line on its standard error)."""

    text: str


Event = Write | Cut | Sync | Gone | Said


def read_log(lines: Iterable[str], folder: str) -> Iterator[Event]:
    """Events on files in `folder`, and what was said, from a log of `strace -f -y -xx`."""
    for line in _whole_lines(lines):
        match = _LINE.match(line)
        if match is None or match[3].startswith("-"):
            continue
        event = _event(match[1], match[2], folder)
        if event is not None:
            yield event


def _whole_lines(lines: Iterable[str]) -> Iterator[str]:
    """Join calls that another thread interrupted: they count when they return."""
    begun: dict[str, str] = {}
    for line in lines:
        pid = line.split(" ", 1)[0]
        if "<unfinished ...>" in line:
            begun[pid] = line.split("<unfinished ...>")[0].rstrip()
        elif "resumed>" in line:
            yield begun.pop(pid, "") + line.split("resumed>", 1)[1]
        else:
            yield line


def _event(call: str, arguments: str, folder: str) -> Event | None:
    if call == "write" and arguments.startswith("2<"):
        return Said(_bytes(arguments).decode())
    file = _FILE.match(arguments)
    path = bytes.fromhex(file[2].replace("\\x", "")).decode() if file else ""
    if file is not None and not path.startswith(folder):
        return None
    match call:
        case "pwrite64":
            offset = int(arguments.rsplit(",", 1)[1])
            return Write(path, offset, _bytes(arguments))
        case "write":
            raise ValueError(f"a write without offset in {path}: not a database file")
        case "ftruncate":
            return Cut(path, int(arguments.rsplit(",", 1)[1]))
        case "fsync" | "fdatasync":
            return Sync(path)
        case "unlink" | "unlinkat":
            name = _bytes(arguments).decode()
            return Gone(name) if name.startswith(folder) else None
        case _:
            return None


def _bytes(arguments: str) -> bytes:
    match = _TEXT.search(arguments)
    if match is None or match[2]:
        raise ValueError("a string in the log was cut short")
    return bytes.fromhex(match[1].replace("\\x", ""))


@dataclass
class File:
    """One file: what is surely on the disk, and what was asked since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[Write | Cut | Gone] = field(default_factory=list)

    def sync(self) -> None:
        """Everything asked for is on the disk now."""
        for event in self.pending:
            _apply(self.synced, event)
        self.pending.clear()

    def after_cut(self, dice: random.Random) -> bytes:
        """What a power cut leaves: any part of what was pending."""
        left = bytearray(self.synced)
        fate = dice.random()
        for event in self.pending:
            if fate < 0.3:  # nothing reached the disk
                break
            if fate > 0.8:  # all of it did
                _apply(left, event)
            elif isinstance(event, Write):
                for sector in _sectors(event):
                    if dice.random() < 0.5:
                        _apply(left, sector)
            elif dice.random() < 0.5:
                _apply(left, event)
        return bytes(left)


def _sectors(write: Write) -> Iterator[Write]:
    start = write.offset
    while start < write.offset + len(write.data):
        end = min((start // SECTOR + 1) * SECTOR, write.offset + len(write.data))
        yield Write(write.path, start, write.data[start - write.offset : end - write.offset])
        start = end


def _apply(content: bytearray, event: Write | Cut | Gone) -> None:
    match event:
        case Write(offset=offset, data=data):
            if len(content) < offset:
                content.extend(bytes(offset - len(content)))
            content[offset : offset + len(data)] = data
        case Cut(size=size):
            del content[size:]
            content.extend(bytes(size - len(content)))
        case Gone():
            content.clear()


def crash(
    events: Sequence[Event], at: int, start: Mapping[str, bytes], dice: random.Random
) -> tuple[dict[str, bytes], list[str]]:
    """The files after a power cut before `events[at]`, and all that was said until then."""
    files = {path: File(bytearray(content)) for path, content in start.items()}
    said = []
    for event in events[:at]:
        match event:
            case Said(text=text):
                said.append(text)
            case Sync(path=path):
                files.setdefault(path, File()).sync()
            case Write(path=path) | Cut(path=path) | Gone(path=path):
                files.setdefault(path, File()).pending.append(event)
    return {path: file.after_cut(dice) for path, file in files.items()}, said


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a crash into a folder; the shared-memory index does not survive."""
    for path, content in files.items():
        name = Path(path).name
        if not name.endswith(("-shm", ".turn")) and (content or not name.endswith("-wal")):
            (folder / name).write_bytes(content)
