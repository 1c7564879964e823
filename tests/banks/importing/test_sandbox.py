"""Children that read uploads: the same result, hard limits, and a service that stays up."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.banks.importing import MAX_BYTES, parcel, read_file, sandbox
from app.banks.importing.errors import ImportSlowError, ImportTooLargeError
from app.banks.importing.sheets import template_xlsx
from app.kernel.errors import DomainError
from tests.banks.importing.test_papers import PAPERS


@pytest.fixture(autouse=True)
def _children_end() -> Iterator[None]:
    yield
    sandbox.close()


def test_a_child_understands_what_we_do() -> None:
    for path in PAPERS[:8]:
        data = path.read_bytes()
        assert sandbox.understand(path.name, data) == read_file(path.name, data)
    data = template_xlsx()
    assert sandbox.understand("模板.xlsx", data) == read_file("模板.xlsx", data)


def test_a_slow_file_is_ended_and_the_next_one_is_read() -> None:
    start = time.monotonic()
    with pytest.raises(ImportSlowError) as refused:
        sandbox.understand("慢.txt", "一、单选题\n".encode() * 400_000, seconds=0.5)
    assert time.monotonic() - start < 10
    assert isinstance(refused.value, DomainError)
    assert sandbox.understand("好.txt", PAPERS[0].read_bytes()).items


def test_a_file_above_the_limit_never_reaches_a_child() -> None:
    with pytest.raises(ImportTooLargeError):
        sandbox.understand("大.txt", b"x" * (MAX_BYTES + 1))


def test_a_child_that_dies_is_replaced() -> None:
    sandbox.understand("一.txt", PAPERS[0].read_bytes())
    child = sandbox._POOL.borrow()
    child.process.kill()
    child.process.wait()
    sandbox._POOL.give_back(child, is_well=True)
    assert sandbox.understand("二.txt", PAPERS[0].read_bytes()).items


def test_many_at_once_take_turns() -> None:
    with ThreadPoolExecutor(6) as pool:
        found = list(
            pool.map(lambda path: sandbox.understand(path.name, path.read_bytes()), PAPERS[:12])
        )
    assert found == [read_file(path.name, path.read_bytes()) for path in PAPERS[:12]]


def test_a_child_knows_no_secret_and_writes_no_file(monkeypatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not-for-children")
    child = sandbox._Child()
    try:
        child.ask("一.txt", PAPERS[0].read_bytes(), 30)
        environment = _proc(child.process.pid, "environ")
        limits = _proc(child.process.pid, "limits")
    finally:
        child.end()
    assert b"not-for-children" not in environment
    assert b"Max file size             0 " in limits
    assert b"Max address space         1073741824" in limits


def _proc(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
def test_what_is_packed_is_unpacked_equal(path) -> None:
    found = read_file(path.name, path.read_bytes())
    assert parcel.unpack(parcel.pack(found)) == found


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_a_forged_answer_is_an_error_and_never_code(data: bytes) -> None:
    with pytest.raises(parcel.ParcelError):
        parcel.unpack(data)
    for forged in (b"{}", b"[]", b'{"r":"os.system","v":[]}', b'{"e":"ItemType","v":"x"}'):
        with pytest.raises(parcel.ParcelError):
            parcel.unpack(forged)


def test_no_child_is_left() -> None:
    sandbox.understand("一.txt", PAPERS[0].read_bytes())
    child = sandbox._POOL.borrow()
    pid = child.process.pid
    sandbox._POOL.give_back(child, is_well=True)
    sandbox.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
