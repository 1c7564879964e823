"""Reads uploads in child processes: little memory, little time, no files, no secrets, no pickle.

A child gets a name and bytes over a pipe and answers with JSON. It is kept for the next file, and
ended when it takes too long; a fresh one takes its place.
"""

import atexit
import os
import queue
import select
import struct
import subprocess
import sys
import threading
import time
from typing import IO, Final

from app.banks.importing import MAX_BYTES, parcel
from app.banks.importing.errors import (
    ImportBrokenError,
    ImportSlowError,
    ImportTooLargeError,
)
from app.domain.imports import FoundBank
from app.kernel.config import ROOT

SECONDS: Final = 30
MOST_ANSWER: Final = 160 * 1024 * 1024
CHILDREN: Final = 2
FILES_PER_CHILD: Final = 100
_WAIT_FOR_CHILD: Final = 60
_HEAD: Final = struct.Struct(">II")
_CHILD: Final = "app.banks.importing.child"


def understand(name: str, data: bytes, *, seconds: float = SECONDS) -> FoundBank:
    """`read_file` in a child. Raises ImportRefusedError when the child cannot do it in its limits.

    Errors in the file itself are notes of the answer, as with `read_file`.
    """
    if len(data) > MAX_BYTES:
        raise ImportTooLargeError(what=name or "?", most=f"{MAX_BYTES // 1024 // 1024} MiB")
    try:
        return parcel.unpack(_POOL.answer(name, data, seconds))
    except parcel.ParcelError as error:
        raise ImportBrokenError(kind="?") from error


def close() -> None:
    """End all children; to be called before the process ends."""
    _POOL.close()


def _answered(answer: bytes) -> bytes:
    status, body = answer[:1], answer[1:]
    if status == b"+":
        return body
    if status == b"m":
        raise ImportSlowError
    raise ImportBrokenError(kind=body.decode("ascii", "replace")[:40] or "?")


class _Child:
    """One reading process."""

    def __init__(self, module: str = _CHILD) -> None:
        # An environment of its own: no key and no address of a database gets in.
        self.process = subprocess.Popen(  # noqa: S603  our own module, no shell
            [sys.executable, "-B", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=str(ROOT),
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
            close_fds=True,
            start_new_session=True,
        )
        self.files = 0

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, name: str, data: bytes, seconds: float) -> bytes:
        """The child's answer. Raises ImportSlowError when it is late or gone."""
        self.files += 1
        deadline = time.monotonic() + seconds
        words = name.encode("utf-8", "replace")[:1000]
        feeder = threading.Thread(target=self._feed, args=(words, data), daemon=True)
        feeder.start()
        try:
            size = _HEAD.unpack(self._read(_HEAD.size, deadline))[1]
            if size > MOST_ANSWER:
                raise ImportTooLargeError(what=name, most=f"{MOST_ANSWER // 1024 // 1024} MiB")
            return self._read(size, deadline)
        except (OSError, struct.error) as error:
            raise ImportSlowError from error

    def _feed(self, name: bytes, data: bytes) -> None:
        pipe = self._pipe(self.process.stdin)
        try:
            pipe.write(_HEAD.pack(len(name), len(data)) + name)
            pipe.write(data)
            pipe.flush()
        except (OSError, ValueError):
            return  # the child is gone; reading its answer says so

    def _read(self, size: int, deadline: float) -> bytes:
        pipe = self._pipe(self.process.stdout)
        parts: list[bytes] = []
        while size > 0:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise ImportSlowError
            part = os.read(pipe.fileno(), min(size, 1 << 20))
            if not part:
                raise ImportSlowError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise OSError("no pipe")
        return pipe

    def end(self) -> None:
        """Kill it and wait for it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue


class Pool:
    """At most CHILDREN at work; the rest wait for their turn. `module` is what a child runs."""

    def __init__(self, module: str = _CHILD) -> None:
        self._module = module
        self._free: queue.LifoQueue[_Child] = queue.LifoQueue()
        self._turns = threading.BoundedSemaphore(CHILDREN)
        self._owner = os.getpid()

    def answer(self, name: str, data: bytes, seconds: float = SECONDS) -> bytes:
        """What a child says of a file. Raises ImportRefusedError outside of its limits."""
        child = self.borrow()
        is_well = False
        try:
            answer = child.ask(name, data, seconds)
            is_well = True
        finally:
            self.give_back(child, is_well=is_well)
        return _answered(answer)

    def borrow(self) -> _Child:
        self._forget_in_fork()
        if not self._turns.acquire(timeout=_WAIT_FOR_CHILD):
            raise ImportSlowError
        while True:
            try:
                child = self._free.get_nowait()
            except queue.Empty:
                return _Child(self._module)
            if child.is_alive and child.files < FILES_PER_CHILD:
                return child
            child.end()

    def _forget_in_fork(self) -> None:
        """A forked worker must not talk to the children of the process it comes from."""
        if self._owner != os.getpid():
            self._free = queue.LifoQueue()
            self._turns = threading.BoundedSemaphore(CHILDREN)
            self._owner = os.getpid()

    def give_back(self, child: _Child, *, is_well: bool) -> None:
        if is_well and child.is_alive:
            self._free.put(child)
        else:
            child.end()
        self._turns.release()

    def close(self) -> None:
        self._forget_in_fork()
        while True:
            try:
                self._free.get_nowait().end()
            except queue.Empty:
                return


_POOL: Final = Pool()
atexit.register(close)
