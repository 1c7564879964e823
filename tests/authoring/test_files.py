"""Files and database, both ways: nothing that was written in the browser is undone unseen."""

import io
from pathlib import Path

import pytest
from PIL import Image

from app.banks import queries, services
from app.banks.errors import BankDivergedError
from app.kernel.db import session
from tests.authoring.conftest import EXAMPLE, SLUG, row
from tests.builders import START

TEXT = EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture
def run(app):
    """Run a command of the application; gives exit code, stdout and stderr."""

    def call(*words: str):
        result = app.test_cli_runner().invoke(args=words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "bank.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def edited_in_the_browser(person, old: str = "pass: 60%", new: str = "pass: 80%") -> int:
    """A version 2 that 陈老师 wrote and 周老师 approved."""
    one, other = person("陈老师").id, person("周老师").id
    revision = services.save_draft(
        slug=SLUG, source=TEXT.replace(old, new), revision=0, actor_id=one, now=START
    )
    number = services.submit_for_approval(
        slug=SLUG, revision=revision, reason="要求提高", actor_id=one, now=START
    )
    services.approve(slug=SLUG, number=number, actor_id=other, now=START)
    session().commit()
    return number


def test_a_file_without_the_browsers_change_is_refused_in_sentences(
    run, bank, person, tmp_path
) -> None:
    assert edited_in_the_browser(person) == 2
    path = written(tmp_path, TEXT.replace("time_limit: 30m", "time_limit: 40m"))
    code, out, err = run("bank", "load", path)
    assert code == 1
    assert "第 2 版" in err
    assert "及格线由 80% 改为 60%" in err
    assert out == ""
    assert queries.latest_bank(SLUG).number == 2
    code, out, err = run("bank", "load", path, "--lang", "en", "--dry-run")
    assert code == 1, "a dry run says the same"
    assert "Pass mark changed from 80% to 60%" in err


def test_the_old_file_itself_is_refused_too(run, bank, person) -> None:
    edited_in_the_browser(person)
    assert run("bank", "load", str(EXAMPLE))[0] == 1
    assert queries.published_bank(SLUG).number == 2


def test_over_the_newest_version_when_its_number_is_named(run, bank, person, tmp_path) -> None:
    edited_in_the_browser(person)
    path = written(tmp_path, TEXT.replace("time_limit: 30m", "time_limit: 40m"))
    assert run("bank", "load", path, "--over", "1")[0] == 1, "not the newest"
    code, out, _ = run("bank", "load", path, "--over", "2")
    assert code == 0
    assert "version 3" in out
    assert queries.published_bank(SLUG).number == 3


def test_a_dump_loaded_again_changes_nothing(run, bank, person, tmp_path) -> None:
    edited_in_the_browser(person)
    out = tmp_path / "dumped.yaml"
    assert run("bank", "dump", SLUG, "--out", str(out))[0] == 0
    assert out.read_text(encoding="utf-8") == TEXT.replace("pass: 60%", "pass: 80%")
    code, said, _ = run("bank", "load", str(out))
    assert code == 0
    assert "already loaded" in said
    assert queries.latest_bank(SLUG).number == 2
    edited = out.read_text(encoding="utf-8").replace("time_limit: 30m", "time_limit: 40m")
    out.write_text(edited, encoding="utf-8")
    code, _, err = run("bank", "load", str(out))
    assert code == 1, "a file does not say what it was made from: the trainer does"
    assert "--over 2" in err
    assert run("bank", "load", str(out), "--over", "2")[0] == 0


def test_a_file_that_went_back_is_refused(bank, tmp_path) -> None:
    (tmp_path / "bank.yaml").write_text(TEXT.replace("pass: 60%", "pass: 80%"), encoding="utf-8")
    services.load_paths([tmp_path], now=START)
    assert queries.published_bank(SLUG).number == 2
    with pytest.raises(BankDivergedError):
        services.load_paths([EXAMPLE], now=START)


def test_a_draft_outlives_a_load_and_is_spoken_of(run, bank, person, tmp_path) -> None:
    services.save_draft(
        slug=SLUG, source=TEXT + "# 草稿\n", revision=0, actor_id=person("陈老师").id, now=START
    )
    session().commit()
    path = written(tmp_path, TEXT.replace("pass: 60%", "pass: 80%"))
    code, _, err = run("bank", "load", path)
    assert code == 0
    assert "草稿" in err
    assert row().source == TEXT + "# 草稿\n"
    assert (row().base_number, row().newest) == (1, 2)


def test_a_draft_without_changes_gives_way_to_a_new_file(bank, person, tmp_path) -> None:
    services.save_draft(slug=SLUG, source=TEXT, revision=0, actor_id=person("陈老师").id, now=START)
    new = TEXT.replace("pass: 60%", "pass: 80%")
    (tmp_path / "bank.yaml").write_text(new, encoding="utf-8")
    services.load_paths([tmp_path], now=START)
    assert row().source == new


def test_what_waits_is_not_published_by_loading_its_dump(run, bank, person, tmp_path) -> None:
    one = person("陈老师").id
    services.save_draft(slug=SLUG, source=TEXT + "# 新\n", revision=0, actor_id=one, now=START)
    services.submit_for_approval(slug=SLUG, revision=1, reason="x", actor_id=one, now=START)
    session().commit()
    out = tmp_path / "dumped.yaml"
    run("bank", "dump", SLUG, "--out", str(out))
    assert run("bank", "load", str(out))[0] == 0
    assert [found.number for found in queries.waiting(SLUG)] == [2]
    assert queries.published_bank(SLUG).number == 1
    changed = written(tmp_path, TEXT.replace("pass: 60%", "pass: 80%"))
    assert run("bank", "load", changed)[0] == 1
    assert run("bank", "load", changed, "--over", "2")[0] == 0
    assert queries.waiting(SLUG) == [], "replaced, and the history says so"
    assert queries.versions(row().bank_id)[1].closed_as == "replaced"


def test_pictures_travel_with_the_file(run, bank, person, tmp_path) -> None:
    one, other = person("陈老师").id, person("周老师").id
    photo = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(photo, "PNG")
    name = services.keep_picture(
        slug=SLUG, data=photo.getvalue(), name="img/red.png", actor_id=one, now=START
    )
    item = queries.latest_bank(SLUG).bank.items[0].id
    text = TEXT.replace(f"- id: {item}\n", f"- id: {item}\n        image: {name}\n")
    services.save_draft(slug=SLUG, source=text, revision=0, actor_id=one, now=START)
    services.submit_for_approval(slug=SLUG, revision=1, reason="图", actor_id=one, now=START)
    services.approve(slug=SLUG, number=2, actor_id=other, now=START)
    session().commit()
    out = tmp_path / "dumped.yaml"
    run("bank", "dump", SLUG, "--out", str(out))
    assert (tmp_path / "img" / "red.png").is_file()
    before = queries.latest_bank(SLUG)
    code, said, _ = run("bank", "load", str(out))
    assert code == 0
    assert "already loaded" in said
    assert queries.latest_bank(SLUG).version_ids == before.version_ids
    (tmp_path / "img" / "red.png").write_bytes(b"other")
    assert run("bank", "dump", SLUG, "--out", str(out))[0] == 2, "not over another picture"


def test_crlf_and_a_mark_at_the_start_stay(bank, person, tmp_path) -> None:
    new = "\ufeff" + TEXT.replace("\n", "\r\n") + "# neu\r\n"
    (tmp_path / "bank.yaml").write_bytes(new.encode())
    services.load_paths([tmp_path], now=START)
    sent = row().source.replace("\r\n", "\n").replace("pass: 60%", "pass: 80%")
    services.save_draft(slug=SLUG, source=sent, revision=0, actor_id=person("陈老师").id, now=START)
    assert row().source == new.replace("pass: 60%", "pass: 80%")
