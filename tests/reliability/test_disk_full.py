"""The disk of the server is full: it says so, the page keeps the answer, it goes on by itself."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pysqlite3
import pytest
from playwright.sync_api import expect

from tests import servers, world
from tests.sitter import Sitter, over_http

pytestmark = pytest.mark.timeout(120)

DISK = "24m"
MOST_TRIES = 3000  # saves that still fit into pages that were there before


@dataclass(frozen=True)
class Disk:
    """A folder on a disk that can be filled and freed; `app` is what to serve from it."""

    folder: Path
    app: str

    def fill(self) -> None:
        if self.app != "run:app":
            (self.folder / "full").touch()
            return
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (65_536, 512):
                with contextlib.suppress(OSError):
                    while True:
                        filler.write(bytes(size))

    def free(self) -> None:
        (self.folder / ("filler" if self.app == "run:app" else "full")).unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A real small disk where one may be mounted, else SQLite's own limit."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", folder]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    yield Disk(folder, "run:app" if is_mounted else "tests.reliability.cramped:app")
    if is_mounted:
        subprocess.run(["umount", "-l", folder], check=True)


def save_until_refused(sitter: Sitter, text: str) -> tuple[int, dict[str, str]]:
    """Save an ever longer answer until the server takes no more; status and body of its refusal."""
    path = f"/attempts/{sitter.attempt_id}/responses"
    for revision in range(1, MOST_TRIES):
        response = {"text": f"{revision} {text}"}
        save = {"item": 30, "revision": revision, "response": response, "flagged": False}
        status, _headers, body = sitter.request("POST", path, {"client": "t", "saves": [save]})
        if status != 200:
            return status, json.loads(body)
        sitter.acknowledged[sitter.attempt_id, 30] = (revision, response)
    raise AssertionError("the disk never filled up")


def stored(disk: Disk) -> dict[tuple[int, int], int]:
    with contextlib.closing(pysqlite3.connect(disk.folder / "world.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = connection.execute("SELECT attempt_id, position, revision FROM answer").fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def test_a_full_disk_is_said_and_left_behind_without_a_restart(disk: Disk) -> None:
    made = world.build(disk.folder, learners=1)
    with servers.gunicorn(environment=made.environment, app=disk.app) as (address, server):
        sitter = Sitter(made.learners[0], over_http(address))
        sitter.start()
        sitter.save(1, 1, {"options": ["A"]})
        disk.fill()
        status, said = save_until_refused(sitter, "先共情，再谈价值，后给案例。" * 25)
        assert (status, said["code"]) == (507, "disk_full")
        assert "磁盘满了" in said["message"]
        # Reading goes on.
        assert sitter.request("GET", f"/attempts/{sitter.attempt_id}")[0] == 200
        assert sitter.request("GET", "/healthz")[0] == 200
        disk.free()
        sitter.save(2, 1, {"options": ["B"]})
        sitter.hand_in()
        assert server.poll() is None
    found = stored(disk)
    for key, (revision, _response) in sitter.acknowledged.items():
        assert found[key] >= revision, key


def test_the_page_keeps_what_a_full_disk_refused(disk: Disk, chromium) -> None:
    made = world.build(disk.folder, learners=1)
    learner = made.learners[0]
    with servers.gunicorn(environment=made.environment, app=disk.app) as (address, _server):
        sitter = Sitter(learner, over_http(address))
        sitter.start()
        context = chromium.new_context(base_url=address, locale="zh-CN")
        context.add_cookies([{"name": "lianbing", "value": learner.cookie, "url": address}])
        page = context.new_page()
        page.goto(f"/attempts/{sitter.attempt_id}")
        page.locator("[data-to='29']").first.click()
        disk.fill()
        text = "先共情，再谈价值，后给案例。" * 25
        status, _said = save_until_refused(sitter, text)  # takes what room was left
        assert status == 507
        page.locator("#q29 textarea").fill(text)
        expect(page.get_by_text("服务器的磁盘满了").first).to_be_visible(timeout=15_000)
        kept = page.evaluate("Object.values(localStorage).join()")
        assert text in kept
        assert page.locator("#q29 textarea").input_value() == text
        disk.free()
        expect(page.locator("[data-saved]")).to_contain_text("已保存", timeout=40_000)
        context.close()
    assert (sitter.attempt_id, 29) in stored(disk)
