"""A learner as a program: starts, saves, hands in, and remembers what the server acknowledged."""

import http.client
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from tests.world import Learner, csrf_token

Reply = tuple[int, Mapping[str, str], bytes]


class Transport(Protocol):
    """Sends one request; raises OSError when the connection broke before the answer."""

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply: ...


def over_http(address: str, *, timeout: float = 10) -> Transport:
    """A new connection a request: a killed worker takes at most this one along."""
    host, port = urlsplit(address).hostname or "", urlsplit(address).port

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        except http.client.HTTPException as broken:
            raise ConnectionError(str(broken)) from broken
        finally:
            connection.close()

    return send


def over_kept_http(address: str) -> Transport:
    """One connection kept open, as a browser does."""
    host, port = urlsplit(address).hostname or "", urlsplit(address).port
    connection = http.client.HTTPConnection(host, port, timeout=10)

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
        except (http.client.HTTPException, ConnectionError):  # kept too long: once more
            connection.close()
            connection.request(method, path, body=body, headers=dict(headers))
            answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    return send


@dataclass
class Sitter:
    """One learner at one assignment. `acknowledged`: (attempt, item) -> the last value saved."""

    learner: Learner
    send: Transport
    heard: Callable[[str], None] = lambda _text: None
    attempt_id: int = 0
    acknowledged: dict[tuple[int, int], tuple[int, Any]] = field(default_factory=dict)
    sent: dict[tuple[int, int], list[tuple[int, Any]]] = field(default_factory=dict)
    handed_in: bool = False

    def request(self, method: str, path: str, body: Any = None, *, form: bool = False) -> Reply:
        """One request with cookie and token; a dict goes as JSON or as a form."""
        headers = {"Cookie": f"lianbing={self.learner.cookie}", "X-CSRFToken": csrf_token()}
        data = None
        if body is not None:
            data = (urlencode(body) if form else json.dumps(body)).encode()
            kind = "application/x-www-form-urlencoded" if form else "application/json"
            headers |= {"Content-Type": kind, "Content-Length": str(len(data))}
        headers["Accept"] = "application/json"
        return self.send(method, path, headers, data)

    def start(self) -> int:
        """Start, or find the attempt under way; gives its id."""
        path = f"/assignments/{self.learner.assignment_id}/start"
        status, headers, _body = self.request("POST", path, {}, form=True)
        assert status == 302, status
        self.attempt_id = int(headers["location"].rstrip("/").rsplit("/", 1)[1])
        self.heard(f"START {self.learner.assignment_id} {self.attempt_id}")
        return self.attempt_id

    def save(self, item: int, revision: int, response: dict[str, Any] | None) -> None:
        """Save one response. Remembers it once the server said so."""
        key = (self.attempt_id, item)
        self.sent.setdefault(key, []).append((revision, response))
        save = {"item": item, "revision": revision, "response": response, "flagged": False}
        path = f"/attempts/{self.attempt_id}/responses"
        status, _headers, body = self.request("POST", path, {"client": "t", "saves": [save]})
        if status in {502, 503, 504}:
            raise ConnectionError(status)
        assert status == 200, (status, body[:300])
        result = json.loads(body)["results"][0]
        assert result["status"] == "saved", result
        self.acknowledged[key] = (revision, response)
        self.heard("SAVED " + json.dumps([self.attempt_id, item, revision, response]))

    def hand_in(self, key: str = "key") -> str:
        """Submit; gives the receipt."""
        path = f"/attempts/{self.attempt_id}/submit"
        status, _headers, body = self.request("POST", path, {"key": key, "saves": "[]"}, form=True)
        if status in {502, 503, 504}:
            raise ConnectionError(status)
        assert status == 200, (status, body[:300])
        self.handed_in = True
        receipt = str(json.loads(body)["receipt"])
        self.heard(f"DONE {self.attempt_id} {receipt}")
        return receipt


# The kinds of the items of the shipped product knowledge bank, in the order of its sections.
KINDS = ["single"] * 14 + ["multi"] * 6 + ["true_false"] * 8 + ["short"] * 2


def some_response(item: int, dice: random.Random) -> dict[str, Any]:
    """A response of the right shape for an item of that bank."""
    match KINDS[item - 1]:
        case "single":
            return {"options": [dice.choice("ABCD")]}
        case "multi":
            return {"options": sorted(dice.sample("ABCD", dice.randint(1, 3)))}
        case "true_false":
            return {"value": dice.random() < 0.5}
        case _:
            return {"text": f"先共情，再谈价值，后给案例 {dice.randint(0, 10**9)}"}
