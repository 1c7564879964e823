"""Broken and hostile uploads: each gives items or a message with a place, and the service stays up.

Mutants run inside this process, where a crash shows its place; that the limits of the reading
children hold is shown with real bombs. Files of other systems are mutated in full number in
`exchange/test_hostile_files.py`; here they go the whole way to the saved text.
"""
# ruff: noqa: E501, PLW0108  a table of files reads better in long lines, made when it is asked for

import gzip
import io
import random
import resource
import select
import socket
import threading
import time
import urllib.request
import zipfile
from pathlib import Path

import docx
import pytest

from app import create_app
from app.banks.importing import MAX_BYTES, read_file, sandbox
from app.banks.importing.check import findings
from app.banks.importing.errors import ImportRefusedError, ImportSlowError
from app.banks.importing.template import template_xlsx
from app.banks.loader import load_text
from app.banks.messages import LANGS
from app.banks.writer import to_yaml
from app.imports.choices import Choices, decided
from app.kernel.db import Base, db, transaction
from tests import builders, servers, world
from tests.banks.exchange.test_hostile_files import seed
from tests.imports.paper import PAPER
from tests.scale import SCALE, times

KEYED = PAPER.replace("（  ）", "（ B ）") + "\n参考答案：一、1-5 BBAAC 二、1. ACE 2. ABD\n"
CSV = (
    "题型,题干,选项A,选项B,选项C,正确答案,解析,分值,难度,知识点\n"
    "单选题,开场先做什么？,约定议程,报价,闲聊,A,先约定,5,易,拜访\n"
    '多选题,"开放式提问有",为什么,是不是,怎样,"A,C",,5,中,提问\n'
    "判断题,签约就结束。,,,,错,,5,难,\n简答题,三条建议,,,,三条,,10,3,改进\n"
)
OTHERS = ("gift", "moodle.xml", "qti.xml", "qti.zip", "aiken")
SIGNS = (
    *(
        "A.",
        "B、",
        "1.",
        "1、",
        "（",
        "）",
        "____",
        "答案：",
        "【答案】",
        "一、",
        "（每题 5 分，共 25 分）",
    ),
    *(
        "√",
        "×",
        ",",
        '"',
        "\t",
        "\n",
        "\r",
        "\x00",
        "\ufeff",
        "\u200b",
        "\ud7ff",
        "💥",
        "1-5 ABCDE",
    ),
    *(
        "=1+1",
        "Ａ．",
        "１．",
        "２０２４．",
        "999999999999",
        "-1",
        "1e9",
        "----",
        "解析：",
        "\u202e",
        "{",
        "}",
    ),
)
ENCODINGS = ("utf-16", "utf-16-be", "gb18030", "big5", "utf-8-sig", "utf-32", "latin-1", "cp1252")
SLOWEST = 3.0


def word() -> bytes:
    document = docx.Document()
    for line in KEYED.splitlines():
        document.add_paragraph(line)
    document.add_table(2, 2).cell(0, 0).text = "A. 甲"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def sample(kind: str) -> bytes:
    match kind:
        case "text":
            return KEYED.encode()
        case "docx":
            return word()
        case "xlsx":
            return template_xlsx()
        case "csv":
            return CSV.encode()
        case _:
            return seed(kind)


def broken_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bytes turned, cut out, doubled, put in; the end cut off."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out) + 1)
        size = chance.randint(1, 80)
        match chance.randrange(6):
            case 0:
                out[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del out[at : at + size]
            case 2:
                out[at:at] = out[at : at + size] * chance.randint(1, 4)
            case 3:
                out[at:at] = chance.choice(SIGNS).encode("utf-8", "surrogatepass")
            case 4:
                out[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
            case _:
                del out[max(at, len(out) // 4) :]
    return bytes(out)


def broken_text(data: bytes, chance: random.Random) -> bytes:
    """Lines moved about, signs of tests put in, now and then in another encoding."""
    lines = data.decode("utf-8").splitlines(keepends=True)
    for _ in range(chance.randint(1, 5)):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        cut = chance.randrange(len(lines[at]) + 1)
        match chance.randrange(5):
            case 0:
                lines[at], lines[other] = lines[other], lines[at]
            case 1:
                lines.insert(at, lines[other])
            case 2:
                lines[at] = lines[at].rstrip("\n") + lines[other]
            case 3:
                lines[at] = lines[at][:cut] + chance.choice(SIGNS) + lines[at][cut:]
            case _:
                lines[at] = lines[at][:cut] + lines[at][cut + chance.randint(1, 9) :]
    text = "".join(lines)
    if chance.random() < 0.3:
        return text.encode(chance.choice(ENCODINGS), "replace")
    return text.encode("utf-8", "replace")


def broken_zip(data: bytes, chance: random.Random) -> bytes:
    """One member broken, doubled, gone or renamed; the archive itself stays whole."""
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(data))
    names = source.namelist()
    hit = chance.choice(names)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name in names:
            body = source.read(name)
            match chance.randrange(8) if name == hit else None:
                case 0:
                    continue
                case 1:
                    target.writestr(f"../{name}", body)
                case 2:
                    target.writestr(f"{name}x", body)
                case 3:
                    target.writestr(name, b"")
                case None:
                    target.writestr(name, body)
                case _:
                    target.writestr(name, broken_bytes(body, chance))
    return out.getvalue()


def mutant(kind: str, whole: bytes, chance: random.Random) -> bytes:
    is_zip, is_text = whole.startswith(b"PK"), kind in {"text", "csv"}
    if is_zip and chance.random() < 0.6:
        return broken_zip(whole, chance)
    if is_text and chance.random() < 0.7:
        return broken_text(whole, chance)
    return broken_bytes(whole, chance)


def look_through(kind: str, data: bytes, *, whole_way: bool) -> bool:
    """Read it as the page does; gives whether an item was understood."""
    start = time.process_time()
    found = read_file(f"x.{kind.rpartition('.')[2]}", data)
    told = findings(found)
    assert found.items or any(problem.level == "error" for problem in told)
    for problem in told:
        assert problem.line >= 1
        assert problem.col >= 1
        assert all(problem.message(lang) for lang in LANGS)
    if whole_way and found.items:
        text = to_yaml(decided(found, Choices()).bank, bank_id="x", title="x")
        loaded = load_text(text)
        unread = [p for p in loaded.problems if p.code.startswith("E0")]
        assert not unread, (unread[0].message(), text)
    assert time.process_time() - start < SLOWEST, len(data)
    return bool(found.items)


@pytest.mark.parametrize("kind", ["text", "docx", "xlsx", "csv", *OTHERS])
@pytest.mark.timeout(120 * SCALE)
def test_a_broken_file_gives_items_or_a_message_with_a_place(kind: str) -> None:
    """500 of the formats of trainers (5,000 in a soak); of the others 60, the whole way."""
    chance = random.Random(f"import {kind}")
    whole = sample(kind)
    assert look_through(kind, whole, whole_way=True)
    count = times(60, soak=5_000) if kind in OTHERS else times(500, soak=5_000)
    understood = sum(
        look_through(kind, mutant(kind, whole, chance), whole_way=n % 10 == 0) for n in range(count)
    )
    assert understood < count, "the accidents are too small to test anything"


# ---------------------------------------------------------------- built to do harm


def zipped(members: dict[str, bytes], level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as target:
        for name, body in members.items():
            target.writestr(name, body)
    return out.getvalue()


def lying(data: bytes) -> bytes:
    """The archive says that its members are tiny."""
    out = bytearray(data)
    at = out.find(b"PK\x01\x02")
    while at >= 0:
        out[at + 24 : at + 28] = (10).to_bytes(4, "little")
        at = out.find(b"PK\x01\x02", at + 4)
    out[22:26] = (10).to_bytes(4, "little")
    return bytes(out)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = f'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY l0 "ha">{LAUGHS}]><quiz>&l9;</quiz>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
QUESTION = (
    '<quiz><question type="essay"><name><text>n</text></name><questiontext format="html">'
    "<text>{}</text></questiontext></question></quiz>"
)
ZEROS = b"\0" * 30_000_000
HOSTILE = {
    "high ratio docx": lambda: zipped({"word/document.xml": ZEROS}),
    "high ratio xlsx": lambda: zipped({"xl/workbook.xml": ZEROS, "xl/worksheets/sheet1.xml": ZEROS}),
    "nested": lambda: zipped({"a.zip": zipped({"b.zip": zipped({"c.xml": ZEROS})})}),
    "many members": lambda: zipped({f"{n}.xml": b"" for n in range(20_000)}, 0),
    "many items": lambda: zipped({f"{n}.xml": b"<assessmentItem/>" for n in range(4_000)}, 0),
    "lying sizes": lambda: lying(zipped({"word/document.xml": b"<w>" + b"x" * 8_000_000})),
    "lying small": lambda: lying(zipped({"imsmanifest.xml": b"<manifest>" + b" " * 500_000})),
    "entities moodle": lambda: ENTITIES.encode(),
    "entities qti": lambda: ENTITIES.replace("quiz", "assessmentItem").encode(),
    "entities docx": lambda: zipped({"word/document.xml": ENTITIES.encode()}),
    "entities xlsx": lambda: zipped({"xl/workbook.xml": ENTITIES.encode()}),
    "outside": lambda: (OUTSIDE + QUESTION.format("&x;")).encode(),
    "outside docx": lambda: zipped({"word/document.xml": (OUTSIDE + "<w>&x;</w>").encode()}),
    "deep xml": lambda: b"<quiz>" + b"<question>" * 100_000,
    "deep html": lambda: QUESTION.format("&lt;div&gt;" * 50_000).encode(),
    "deep docx": lambda: zipped({"word/document.xml": b"<a>" * 200_000}),
    "deep gift": lambda: b"::x:: y {" * 20_000,
    "nuls": lambda: b"\0" * 1_000_000 + PAPER.encode() + b"\0" * 1_000_000,
    "half utf-16": lambda: PAPER.encode("utf-16")[:-1],
    "random": lambda: random.Random(3).randbytes(1_000_000),
    "gzip": lambda: gzip.compress(PAPER.encode()),
    "only commas": lambda: b"," * 5_000_000,
    "wide csv": lambda: CSV.encode() + b"a," * 1_000_000,
    "many sections": lambda: "一、单选题（每题5分，共25分）\n".encode() * 20_000,
    "many letters": lambda: ("1. x " + "A. a B. b " * 30_000).encode(),
    "one line of 10 MB": lambda: ("1. 题目（  ）A. 甲B. 乙C. 丙D. 丁" * 200_000)[:3_500_000].encode(),
    "ten MB of one sign": lambda: b"A" * 10_000_000,
    "too large": lambda: b"x" * (MAX_BYTES + 1),
}  # fmt: skip


@pytest.fixture
def _children():
    yield
    sandbox.close()


def answered(data: bytes) -> list[str]:
    """What is said about a file, or how many items were read."""
    try:
        found = sandbox.understand("x", data, seconds=3)
    except ImportRefusedError as refused:
        return [refused.message % refused.params] if refused.status in {413, 422} else []
    told = findings(found)
    if not found.items and not any(problem.level == "error" for problem in told):
        return []
    if "root:" in repr(found):  # a line of a file of this machine
        return []
    return [f"{len(found.items)}", *(p.message(lang) for p in told for lang in LANGS)]


@pytest.mark.usefixtures("_children")
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(90)
def test_a_hostile_file_meets_the_limits_and_is_answered_in_words(name: str) -> None:
    """In a real child, as the page reads it, with less time than the page gives."""
    data = HOSTILE[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    said = answered(data)
    assert said
    assert all(words for words in said)
    assert time.monotonic() - start < 20
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 400_000, f"this process grew by {grown} kB"


@pytest.mark.parametrize("line", ["|" * 20_000, "| " * 10_000, "答案" + "|" * 20_000])
def test_a_long_row_of_table_rules_is_read_in_one_pass(line: str) -> None:
    start = time.process_time()
    read_file("pasted.txt", line.encode())
    assert time.process_time() - start < 4


@pytest.mark.usefixtures("_children")
def test_a_child_out_of_memory_or_time_is_said_in_words_and_the_next_file_is_read() -> None:
    child = sandbox._Child()
    threading.Timer(0.3, child.process.kill).start()
    with pytest.raises(ImportSlowError) as slow:
        child.ask("x", b"1. x A. \n" * 400_000, 20)
    child.end()
    assert "内存" in slow.value.message
    assert len(sandbox.understand("x.txt", PAPER.encode()).items) == 18


# ---------------------------------------------------------------- a real server


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server, a trainer's cookie, the group of its processes."""
    folder: Path = tmp_path_factory.mktemp("hostile-imports")
    settings = world.settings_for(folder)
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            cookie = world.sign_in(app, builders.user("陈老师", "trainer").id)
        db.engine.dispose()
    environment = {
        "APP_ENV": "test",
        "SECRET_KEY": world.SECRET,
        "DATABASE_URL": settings.database_url,
        "INSTANCE_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
    }
    with servers.gunicorn(environment=environment, workers=1, as_served=True) as (address, process):
        yield address, cookie, process


def memory_of(group: int) -> int:
    """The most that any process of a group ever held, in kB."""
    most = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
            same = int((status.parent / "stat").read_text().rsplit(")", 1)[1].split()[2]) == group
        except (OSError, ValueError):
            continue
        if same and "VmHWM" in lines:
            most = max(most, int(lines["VmHWM"].split()[0]))
    return most


def upload(address: str, cookie: str, length: int) -> bytes:
    """Send a form with a file of that many bytes, reading what comes back meanwhile."""
    host, port = address.removeprefix("http://").split(":")
    head = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n"
    )
    tail = b"\r\n--b--\r\n"
    size = len(head) + length + len(tail)
    lines = (
        f"POST /banks/import HTTP/1.1\r\nHost: {host}\r\nCookie: lianbing={cookie}\r\n"
        f"X-CSRFToken: {world.csrf_token()}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {size}\r\nConnection: close\r\n\r\n"
    )
    answer = b""
    with socket.create_connection((host, int(port)), timeout=30) as pipe:
        pipe.sendall(lines.encode() + head)
        block = "题目 A. 甲 B. 乙\n".encode() * 45_000
        left = length
        while left > 0:
            piece = block[: min(len(block), left)]
            if select.select([pipe], [], [], 0)[0]:
                break  # the answer is here: nobody waits for the rest
            pipe.sendall(piece)
            left -= len(piece)
        if left <= 0:
            pipe.sendall(tail)
        while piece := pipe.recv(65_536):
            answer += piece
    return answer


@pytest.mark.timeout(120)
def test_a_hundred_megabytes_are_refused_in_words_while_others_are_served(served) -> None:
    address, cookie, process = served
    urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
    before = memory_of(process.pid)
    waits: list[float] = []
    done = threading.Event()

    def others() -> None:
        while not done.is_set():
            start = time.monotonic()
            urllib.request.urlopen(f"{address}/healthz", timeout=10).close()
            waits.append(time.monotonic() - start)
            time.sleep(0.02)

    watching = threading.Thread(target=others)
    watching.start()
    try:
        answer = upload(address, cookie, 100_000_000)
    finally:
        done.set()
        watching.join()
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert "这里一次最多收 21 MB".encode() in answer
    assert len(waits) >= 3
    assert max(waits) < 3
    assert memory_of(process.pid) - before < 60_000, "it is not kept in memory"


@pytest.mark.timeout(120)
def test_a_file_that_is_just_small_enough_for_the_edge_is_refused_by_the_reader(served) -> None:
    address, cookie, process = served
    answer = upload(address, cookie, MAX_BYTES + 1_000)
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:300]
    assert "请拆成几个文件再导入".encode() in answer
    urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
    assert process.poll() is None


def test_a_form_that_ends_in_the_middle_leaves_the_server_well(served) -> None:
    address, cookie, process = served
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as pipe:
        pipe.sendall(
            f"POST /banks/import HTTP/1.1\r\nHost: {host}\r\nCookie: lianbing={cookie}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n"
            "--b\r\n".encode()
        )
    urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
    assert process.poll() is None


@pytest.mark.timeout(120)
def test_whoever_stalls_in_the_middle_gives_his_thread_back(served) -> None:
    """One more of them than the server has threads, in the head and in the body."""
    address, cookie, process = served
    host, port = address.removeprefix("http://").split(":")
    head = f"POST /banks/import HTTP/1.1\r\nHost: {host}\r\nCookie: lianbing={cookie}\r\n"
    body = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n--b\r\n"
    stalled = []
    for number in range(5):
        pipe = socket.create_connection((host, int(port)), timeout=60)
        pipe.sendall((head + (body if number % 2 else "")).encode())
        stalled.append(pipe)
    try:
        time.sleep(1)
        urllib.request.urlopen(f"{address}/healthz", timeout=50).close()
    finally:
        for pipe in stalled:
            pipe.close()
    assert process.poll() is None


def test_a_refused_upload_leaves_no_file_behind(served) -> None:
    address, cookie, process = served
    upload(address, cookie, MAX_BYTES + 1_000)
    upload(address, cookie, 100_000_000)
    deadline = time.monotonic() + 10
    while open_files_gone(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert open_files_gone(process.pid) == []


def open_files_gone(group: int) -> list[str]:
    """Files without a name, such as a large upload is kept in, that the server still holds."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[2]) != group:
                continue
            for link in (stat.parent / "fd").iterdir():
                name = str(link.readlink())
                if name.startswith("/") and name.endswith("(deleted)") and "wgunicorn" not in name:
                    found.append(name)
        except (OSError, ValueError):
            continue
    return found
