"""The contract of the commands: exit codes, streams, JSON; lint needs no database and no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.banks import queries
from tests.banks.marked import item, unmarked

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = Path(__file__).parent / "data" / "example-bank.zh.yaml"


@pytest.fixture
def run(app):
    """Run a command of the application; gives exit code, stdout and stderr."""

    def call(*words: str):
        result = app.test_cli_runner().invoke(args=words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(item("answer: F\ncompetences: [x]", bank="total: 6"), encoding="utf-8")
    return path


def test_a_clean_file_gives_0_and_nothing_on_stdout(run) -> None:
    code, out, err = run("bank", "lint", "--no-style", str(EXAMPLE))
    assert (code, out) == (0, "")
    assert "错误 0" in err


def test_how_items_are_written_is_told_beside_the_format_and_can_be_left_out(run) -> None:
    code, out, err = run("bank", "lint", str(EXAMPLE))
    assert code == 0
    assert {line.split(" ")[1] for line in out.splitlines()} >= {"W521", "W542"}
    assert "提醒 0" not in err


def test_warnings_alone_give_0(run, tmp_path: Path) -> None:
    path = tmp_path / "warn.yaml"
    path.write_text(item("answer: A", "multi"), encoding="utf-8")
    code, out, _ = run("bank", "lint", "--no-style", str(path))
    assert code == 0
    assert out.startswith(f"{path}:12:17: W402 ")


def test_errors_give_1_one_line_each_sorted(run, bad: Path) -> None:
    code, out, _ = run("bank", "lint", "--no-style", str(bad))
    assert code == 1
    assert [line.removeprefix(str(bad)).split(" ")[:2] for line in out.splitlines()] == [
        [":4:8:", "E302"],
        [":13:17:", "E222"],
        [":14:9:", "E101"],
    ]
    assert run("bank", "lint", "--no-style", str(bad))[1] == out, "the same on every run"


def test_the_language_can_be_chosen(run, bad: Path) -> None:
    assert "答案 F 不在选项 A、B、C 之中" in run("bank", "lint", "--no-style", str(bad))[1]
    english = run("bank", "lint", "--no-style", "--lang", "en", str(bad))[1]
    assert "The key F is none of the options A, B, C" in english


def test_json_has_both_languages(run, bad: Path) -> None:
    code, out, _ = run("bank", "lint", "--no-style", "--format", "json", str(bad))
    found = json.loads(out)
    assert code == 1
    assert [entry["code"] for entry in found] == ["E302", "E222", "E101"]
    assert found[1] == {
        "file": str(bad),
        "line": 13,
        "col": 17,
        "code": "E222",
        "level": "error",
        "message": {
            "zh-CN": "答案 F 不在选项 A、B、C 之中",
            "en": "The key F is none of the options A, B, C",
        },
    }
    assert json.loads(run("bank", "lint", "--no-style", "--format", "json", str(EXAMPLE))[1]) == []


@pytest.mark.parametrize(
    "words",
    [
        ("bank", "lint"),
        ("bank", "lint", "no-such-file.yaml"),
        ("bank", "lint", "--format", "xml", str(EXAMPLE)),
        ("bank", "lint", "--lang", "fr", str(EXAMPLE)),
        ("bank", "lint", str(ROOT / "templates" / "banks")),
        ("bank", "dump", "nothing", "--out", "nowhere.yaml"),
    ],
    ids=["no path", "no file", "format", "language", "no yaml", "no bank"],
)
def test_a_call_that_cannot_be_used_gives_2_and_says_why(run, words) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err


def test_a_folder_is_walked(run, tmp_path: Path, bad: Path) -> None:
    (tmp_path / "deep").mkdir()
    bad.rename(tmp_path / "deep" / "bad.yaml")
    code, out, _ = run("bank", "lint", str(tmp_path))
    assert code == 1
    assert out.startswith(f"{tmp_path}/deep/bad.yaml:4:8: E302")


def test_lint_needs_no_database_no_secret_and_writes_nothing(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from app.cli.banks import cli\n"
        "cli(['lint', sys.argv[1]], standalone_mode=False)\n"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(EXAMPLE)],
        env=env, cwd=tmp_path, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_load_reports_items_and_publishes(run, app, clock) -> None:
    code, out, _ = run("bank", "load", str(EXAMPLE))
    assert code == 0
    assert "new\tbootcamp-discovery\tdisc-001" in out
    assert "new 10, changed 0, unchanged 0" in out
    found = queries.published_bank("bootcamp-discovery")
    assert (found.number, found.owner_id) == (1, None)
    assert found.published_at == clock.now
    again = run("bank", "load", str(EXAMPLE))[1]
    assert "already loaded" in again
    assert queries.published_bank("bootcamp-discovery").number == 1


def test_a_dry_run_writes_nothing(run, app) -> None:
    code, out, _ = run("bank", "load", "--dry-run", str(EXAMPLE))
    assert code == 0
    assert "would be loaded" in out
    assert queries.published_bank("bootcamp-discovery") is None


def test_one_error_anywhere_and_nothing_is_written(run, app, tmp_path: Path, bad: Path) -> None:
    (tmp_path / "good.yaml").write_bytes(EXAMPLE.read_bytes())
    code, out, _ = run("bank", "load", str(tmp_path))
    assert code == 1
    assert "E222" in out
    assert queries.published_bank("bootcamp-discovery") is None


def test_an_owner_is_named_by_e_mail(run, app, person) -> None:
    teacher = person("陈老师")
    email, teacher_id = teacher.email, teacher.id
    assert run("bank", "load", "--owner", "nobody@example.com", str(EXAMPLE))[0] == 2
    assert queries.published_bank("bootcamp-discovery") is None
    assert run("bank", "load", "--owner", email, str(EXAMPLE))[0] == 0
    assert queries.published_bank("bootcamp-discovery").owner_id == teacher_id


def test_dump_gives_the_author_s_file_back_byte_for_byte(run, app, tmp_path: Path) -> None:
    text, _ = unmarked(item("why: 理由  # 注释也要回来"))
    source = tmp_path / "mine.yaml"
    source.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert run("bank", "load", str(source))[0] == 0
    out = tmp_path / "out.yaml"
    assert run("bank", "dump", "example", "--out", str(out))[0] == 0
    assert out.read_bytes() == source.read_bytes()


def test_tracks_and_frameworks_have_their_own_lint(run, tmp_path: Path) -> None:
    track = tmp_path / "t.yaml"
    track.write_text(
        "schema: track/1\nid: t\ntitle: 路径\ntier: x\nanchor: hire_date\nstages:\n"
        "  - id: s\n    title: 一\n    activities: [{id: a, kind: dance, title: 舞}]\n",
        encoding="utf-8",
    )
    code, out, _ = run("track", "lint", str(track))
    assert code == 1
    assert out.startswith(f"{track}:9:32: E103 ")
    assert run("framework", "lint", str(ROOT / "question_banks" / "framework.yaml"))[0] == 0
    code, out, _ = run("track", "list")
    assert code == 0
    assert out.splitlines()[0].startswith("bootcamp\tnew-hire\t8\t")
