"""Clients of the bench in one cheap process: raw kept connections, one thread, no library.

Eight threads of a test client cost more CPU than the server and wait for each other; what is
measured then is the client. `run` starts a process of its own and gives back how long each request
took. The load is the same: each client sends its next request when the last was answered.
"""

import json
import selectors
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.world import Learner, csrf_token

Reply = tuple[int, bytes, bytes]
Steps = Generator[bytes, Reply, None]


def run(
    address: str, people: Sequence[Learner], *, clients: int, batches: int = 1, saves: int = 0
) -> list[float]:
    """Seconds of each request of whole attempts of `batches` saves each; or, of as many single
    `saves` a person, the seconds of the saves."""
    body = {
        "address": address,
        "people": [[one.assignment_id, one.cookie] for one in people],
        "token": csrf_token(),
        "clients": clients,
        "batches": batches,
        "saves": saves,
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.clients"],
        input=json.dumps(body),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return list(json.loads(done.stdout))


class _Person:
    def __init__(self, spec: dict[str, Any], assignment_id: int, cookie: str) -> None:
        self.assignment_id = assignment_id
        self._head = (
            f"Host: {urlsplit(spec['address']).netloc}\r\nCookie: lianbing={cookie}\r\n"
            f"X-CSRFToken: {spec['token']}\r\nAccept: application/json\r\n"
        )

    def get(self, path: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode()

    def post(self, path: str, kind: str, body: str) -> bytes:
        data = body.encode()
        head = f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
        return f"POST {path} HTTP/1.1\r\n{self._head}{head}".encode() + data

    def start(self) -> Generator[bytes, Reply, str]:
        kind = "application/x-www-form-urlencoded"
        status, head, _body = yield self.post(f"/assignments/{self.assignment_id}/start", kind, "")
        assert status == 302, status
        where = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"location:"))
        return urlsplit(where.split(b":", 1)[1].strip().decode()).path

    def save(self, path: str, saves: list[dict[str, Any]]) -> Generator[bytes, Reply, None]:
        body = json.dumps({"client": "b", "saves": saves})
        status, _head, text = yield self.post(f"{path}/responses", "application/json", body)
        assert status == 200, (status, text[:300])

    def page(self, path: str) -> Generator[bytes, Reply, None]:
        status, _head, _body = yield self.get(path)
        assert status == 200, (path, status)


def _attempt(one: _Person, batches: int, items: int = 20) -> Steps:
    yield from one.page(f"/assignments/{one.assignment_id}/start")
    path = yield from one.start()
    yield from one.page(path)
    size = -(-items // batches)
    for first in range(1, items + 1, size):
        numbers = range(first, first + size)
        yield from one.save(path, [_save(n, 1, "A") for n in numbers])
    form = urlencode({"key": path, "saves": "[]"})
    status, _head, text = yield one.post(
        f"{path}/submit", "application/x-www-form-urlencoded", form
    )
    assert status == 200, (status, text[:300])
    yield from one.page(f"{path}/result")


def _saves(one: _Person, count: int) -> Steps:
    path = yield from one.start()
    for revision in range(1, count + 1):
        yield from one.save(path, [_save(1, revision, "ABCD"[revision % 4])])


def _save(item: int, revision: int, letter: str) -> dict[str, Any]:
    return {
        "item": item,
        "revision": revision,
        "response": {"options": [letter]},
        "flagged": False,
    }


class _Connection:
    """One client: a kept socket and the steps it goes through, person after person."""

    def __init__(self, spec: dict[str, Any], queue: list[Any]) -> None:
        self._spec, self._queue = spec, queue
        self._steps: Steps | None = None
        self._heard = b""
        self._sent_at = 0.0
        self._counts = True
        where = urlsplit(spec["address"])
        self.address = (where.hostname or "", where.port or 80)
        self.socket = socket.create_connection(self.address, timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.took: list[float] = []

    def go_on(self, reply: Reply | None) -> bool:
        """Send the next request; False when there is nobody left."""
        while True:
            if self._steps is None:
                if not self._queue:
                    return False
                one = _Person(self._spec, *self._queue.pop())
                count = self._spec["saves"]
                self._steps = _saves(one, count) if count else _attempt(one, self._spec["batches"])
                reply = None
            try:
                request = next(self._steps) if reply is None else self._steps.send(reply)
            except StopIteration:
                self._steps, reply = None, None
                continue
            self._counts = not self._spec["saves"] or b"/responses " in request[:80]
            self._sent_at = perf_counter()
            self.socket.sendall(request)
            return True

    def hear(self) -> Reply | None:
        """What came; None while the answer is not whole."""
        piece = self.socket.recv(262_144)
        assert piece, "the server closed a kept connection"
        self._heard += piece
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if not found:
            return None
        low = head.lower()
        at = low.find(b"content-length:")
        length = int(low[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return None
        if self._counts:
            self.took.append(perf_counter() - self._sent_at)
        self._heard = b""
        return int(head[9:12]), head, body


def main() -> None:
    """Read what to do, do it, print the seconds of each request."""
    spec = json.load(sys.stdin)
    queue = list(spec["people"])
    selector = selectors.DefaultSelector()
    connections = [_Connection(spec, queue) for _ in range(spec["clients"])]
    busy = 0
    for one in connections:
        selector.register(one.socket, selectors.EVENT_READ, one)
        busy += one.go_on(None)
    while busy:
        for key, _events in selector.select():
            reply = key.data.hear()
            if reply is not None and not key.data.go_on(reply):
                busy -= 1
    json.dump([seconds for one in connections for seconds in one.took], sys.stdout)


if __name__ == "__main__":
    main()
