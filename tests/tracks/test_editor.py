"""Figures of a track changed in the browser: in its own text, as a new version, never unseen."""

import re

from sqlalchemy import select

from app.tracks import queries
from app.tracks.models import LessonText, TrackVersion
from app.tracks.services.editing import try_figures
from tests.tracks.conftest import BANKS

SOURCE = (BANKS / "tracks" / "bootcamp.yaml").read_text("utf-8")
URL = "/tracks/bootcamp/figures"
FINAL = "activity:d7-exam-final:pass"


def save(page, as_="陈老师", reason="新产品更难", base=1, **figures):
    values = {name.replace("__", ":").replace("_", "-"): text for name, text in figures.items()}
    return page(
        URL, as_=as_, data={"base": base, "sure": 1, "reason": reason, **values}, status=302
    )


def test_only_the_changed_lines_of_the_file_change() -> None:
    draft = try_figures(SOURCE, {FINAL: "85%", "gate:g1:extend": "", "gate:g2:due": "30"})
    old, new = SOURCE.splitlines(), draft.text.splitlines()
    assert draft.is_right
    assert [line for line in old if line.startswith("#")] == [
        line for line in new if line.startswith("#")
    ]
    assert len(new) == len(old) - 1
    assert sum(line not in old for line in new) <= 2


def test_a_default_that_hung_on_a_changed_figure_is_written_down() -> None:
    draft = try_figures(SOURCE, {"activity:m-shadowing:times": "4"})
    activity = draft.track.activity("m-shadowing")
    assert (activity.times, activity.needed) == (4, 3)
    assert [(one.key, one.old, one.new) for one in draft.changes] == [("times", "3", "4")]


def test_every_wrong_figure_is_said_at_its_field(tracks, page) -> None:
    wrong = {
        FINAL: "very good",
        "activity:m-weekly:needed": "",
        "activity:d1-product:due": "99999",
    }
    text = page(URL, as_="陈老师", data={"base": 1, **wrong}, status=422).text
    for name in (FINAL, "activity:m-weekly:needed"):
        assert f'id="{name}-error"' in text
    text = page(
        URL, as_="陈老师", data={"base": 1, "activity:d1-product:due": "99999"}, status=422
    ).text
    assert 'id="activity:d1-product:due-error"' in text
    assert "3650" in text


def test_a_figure_that_would_be_other_yaml_is_refused() -> None:
    for text in ("1\n  x: y", "{a: b}", "!!python", "*x", "# no"):
        draft = try_figures(SOURCE, {FINAL: text})
        assert (draft.unreadable, draft.is_right) == (frozenset({FINAL}), False)


def test_what_the_lint_doubts_is_said_beside_it_and_does_not_stop(tracks, page) -> None:
    text = page(URL, as_="陈老师", data={"base": 1, "activity:d7-exam-final:due": "9"}).text
    assert "的 due 是 9，晚于关口的 6" in text
    assert "改 1 处" in text


def test_the_change_is_shown_before_it_is_stored_and_concerns_new_enrolments(
    bootcamp, page, db_session
) -> None:
    bootcamp.enrol("小王")
    text = page(URL, as_="陈老师", data={"base": 1, FINAL: "85%"}).text
    assert re.search(r"80%</td><td><b>85%", text)
    assert "已经在学的 1 人保持原来的版本" in text
    assert queries.newest_version("bootcamp").number == 1
    page(URL, as_="陈老师", data={"base": 1, FINAL: "85%", "sure": 1, "reason": ""}, status=422)
    assert queries.newest_version("bootcamp").number == 1
    save(page, activity__d7_exam_final__pass="85%")
    version = queries.newest_version("bootcamp")
    assert (version.number, version.reason) == (2, "新产品更难")
    [first, _second] = bootcamp.enrol("小王", "小陈") * 2
    assert queries.version_of_enrolment(first).number == 2
    texts = db_session.scalars(
        select(LessonText).where(LessonText.track_version_id == version.id)
    ).all()
    assert {one.lang for one in texts} == {"zh-CN", "en"}


def test_putting_a_figure_back_is_a_version_too(tracks, page) -> None:
    save(page, activity__d7_exam_final__pass="85%")
    save(page, base=2, reason="还是太难", activity__d7_exam_final__pass="80%")
    newest = queries.newest_version("bootcamp")
    assert newest.number == 3
    assert newest.source == SOURCE
    text = page("/tracks/bootcamp/versions?old=1&new=3", as_="HR").text
    assert "这两版没有差别" in text
    text = page("/tracks/bootcamp/versions", as_="HR").text
    assert "还是太难" in text
    assert re.search(r"85%</td><td><b>80%", text)


def test_a_second_window_sees_what_the_first_one_changed(tracks, page, db_session) -> None:
    save(page, gate__g1__extend="5")
    answer = page(
        URL,
        as_="HR",
        data={"base": 1, FINAL: "85%", "sure": 1, "reason": "x"},
        status=409,
    )
    assert "已经是第 2 版" in answer.text
    assert re.search(r"那边：.*?3 天 → 5 天", answer.text)
    assert 'name="base" value="2"' in answer.text
    assert re.search(rf'name="{FINAL}" value="85%"', answer.text)
    assert len(db_session.scalars(select(TrackVersion.id)).all()) == 4
    save(page, as_="HR", base=2, activity__d7_exam_final__pass="85%")
    track = queries.track_of(queries.newest_version("bootcamp"))
    assert track.stages[6].gate.extend == 5
    assert track.activity("d7-exam-final").exam.pass_mark.share * 100 == 85


def test_who_does_not_run_tracks_has_no_such_page(tracks, page) -> None:
    for name in ("小王", "李经理", "带教人"):
        page(URL, as_=name, status=403)


def test_the_file_of_a_version_can_be_taken_away(tracks, page) -> None:
    answer = page("/tracks/bootcamp/versions/1/file.yaml", as_="陈老师")
    assert answer.text == SOURCE
    assert "attachment" in answer.headers["Content-Disposition"]
    page("/tracks/bootcamp/versions/9/file.yaml", as_="陈老师", status=404)
