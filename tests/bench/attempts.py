"""A complete attempt of 20 items: view, start, page, autosave, submit, review."""

import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from sqlalchemy import event

from app import create_app
from app.domain.items import ItemType
from app.domain.papers import Cell, PaperPlan
from app.kernel.db import db
from tests import servers, world
from tests.bench import clients
from tests.bench.meter import Line, group_cpu, percentile, show
from tests.sitter import Sitter

ITEMS = 20
CLIENTS = 4
ROUND = 24
SAVES = 200


def run() -> None:
    """Print the figures of attempts and autosaves."""
    folder = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    made = world.build(folder, learners=8 * ROUND + 60, plan=twenty_items())
    pages = _sizes(made)
    bare = {f"BARE_{name.upper()}": str(size) for name, size in pages.items()}
    people = iter(made.learners[40:])
    with (
        _server("run:app", made.environment) as ours,
        _server("tests.bench.bare:app", made.environment | bare) as plain,
    ):
        _attempts(ours, [next(people) for _ in range(8)], batches=1)  # warm
        _attempts(plain, [next(people) for _ in range(8)], batches=1)
        costs: dict[str, list[float]] = {"one": [], "twenty": [], "bare": [], "bare20": []}
        for _ in range(3):
            for name, server, batches in (
                ("one", ours, 1),
                ("bare", plain, 1),
                ("twenty", ours, ITEMS),
                ("bare20", plain, ITEMS),
            ):
                who = [next(people) for _ in range(ROUND // 2)]
                costs[name].append(_attempts(server, who, batches=batches))
        saves = _autosaves(ours, made.learners[:8])
    cpu = {name: 1000 * statistics.median(values) for name, values in costs.items()}
    statements = _statements(made)
    show(
        "A complete attempt of 20 items, 4 clients, SQLite",
        [
            Line("CPU an attempt, one autosave", cpu["one"], "ms", 20),
            Line("CPU an attempt, twenty autosaves", cpu["twenty"], "ms"),
            Line("bare views of the same size, one autosave", cpu["bare"], "ms"),
            Line("ratio to bare views, one autosave", cpu["one"] / cpu["bare"], "x"),
            Line("ratio to bare views, twenty autosaves", cpu["twenty"] / cpu["bare20"], "x"),
            Line("SQL statements an attempt, one autosave", statements["attempt"], "", 30),
            Line("start page", pages["start"] / 1024, "KB", 40),
            Line("attempt page", pages["take"] / 1024, "KB", 40),
            Line("result page", pages["result"] / 1024, "KB"),
        ],
    )
    show(
        "Autosave of one response",
        [
            Line("CPU", saves["cpu"], "ms", 1),
            Line("SQL statements", statements["save"], "", 4),
            Line("requests a second, 8 clients", saves["rate"], "/s"),
            Line("p50, 8 clients", saves["p50"], "ms"),
            Line("p95, 8 clients", saves["p95"], "ms"),
            Line("p99, 8 clients", saves["p99"], "ms", 15),
        ],
    )


def twenty_items() -> PaperPlan:
    """A plan of 20 objective items of the product knowledge bank."""
    cells = (
        Cell(n=14, type=ItemType.SINGLE, points=Fraction(5)),
        Cell(n=6, type=ItemType.MULTI, points=Fraction(5)),
    )
    return PaperPlan(cells=cells)


@contextmanager
def _server(app: str, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    with servers.gunicorn(environment=environment, workers=2, app=app, as_served=True) as (
        address,
        process,
    ):
        yield address, process.pid


def _attempts(server: tuple[str, int], people: list[world.Learner], *, batches: int) -> float:
    """CPU seconds of the server for one complete attempt."""
    address, group = server
    before = group_cpu(group)
    clients.run(address, people, clients=CLIENTS, batches=batches)
    return (group_cpu(group) - before) / len(people)


def _attempt(sitter: Sitter, batches: int) -> dict[str, int]:
    dice = random.Random(sitter.learner.id)
    sizes = {}
    path = f"/assignments/{sitter.learner.assignment_id}/start"
    sizes["start"] = len(_ok(sitter, path))
    sitter.start()
    sizes["take"] = len(_ok(sitter, f"/attempts/{sitter.attempt_id}"))
    items = list(range(1, ITEMS + 1))
    size = -(-ITEMS // batches)
    for first in range(0, ITEMS, size):
        saves = [
            {"item": n, "revision": 1, "response": {"options": ["A"]}, "flagged": False}
            for n in items[first : first + size]
        ]
        status, _headers, _body = sitter.request(
            "POST", f"/attempts/{sitter.attempt_id}/responses", {"client": "b", "saves": saves}
        )
        assert status == 200, status
    sitter.hand_in(str(dice.random()))
    sizes["result"] = len(_ok(sitter, f"/attempts/{sitter.attempt_id}/result"))
    return sizes


def _ok(sitter: Sitter, path: str) -> bytes:
    status, _headers, body = sitter.request("GET", path)
    assert status == 200, (path, status)
    return body


def _autosaves(server: tuple[str, int], people: tuple[world.Learner, ...]) -> dict[str, float]:
    address, group = server
    before, start = group_cpu(group), perf_counter()
    took = clients.run(address, people, clients=len(people), saves=SAVES)
    seconds = perf_counter() - start
    return {
        "cpu": 1000 * (group_cpu(group) - before) / len(took),
        "rate": len(took) / seconds,
        "p50": 1000 * percentile(took, 0.5),
        "p95": 1000 * percentile(took, 0.95),
        "p99": 1000 * percentile(took, 0.99),
    }


@contextmanager
def _in_process(made: world.World) -> Iterator[tuple[Callable[..., Sitter], list[str]]]:
    app, heard = create_app(made.settings), []
    client = app.test_client(use_cookies=False)

    def send(method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple:
        answer = client.open(path, method=method, headers=dict(headers), data=body)
        lower = {key.lower(): value for key, value in answer.headers.items()}
        return answer.status_code, lower, answer.data

    with app.app_context():
        engine = db.engine

    def hear(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            heard.append(statement)

    event.listen(engine, "before_cursor_execute", hear)
    yield (lambda one: Sitter(one, send)), heard
    engine.dispose()


def _sizes(made: world.World) -> dict[str, int]:
    with _in_process(made) as (sit, _heard):
        return _attempt(sit(made.learners[30]), 1)


def _statements(made: world.World) -> dict[str, int]:
    with _in_process(made) as (sit, heard):
        _attempt(sit(made.learners[31]), 1)
        heard.clear()
        _attempt(sit(made.learners[32]), 1)
        whole = len(heard)
        sitter = sit(made.learners[33])
        sitter.start()
        heard.clear()
        sitter.save(1, 1, {"options": ["A"]})
        return {"attempt": whole, "save": len(heard)}
