"""Lessons in the reader's language, with their neighbours in the stage."""

import shutil

import pytest
from sqlalchemy import select, update

from app.accounts.models import User
from app.tracks import services
from app.tracks.models import LessonText
from tests import builders
from tests.tracks.conftest import BANKS


def test_a_lesson_is_shown_in_the_language_of_its_reader(bootcamp, page, person, db_session):
    bootcamp.enrol("小王")
    zh = page("/tracks/bootcamp/lessons/d1-product", as_="小王").text
    assert 'lb-prose" lang="zh-CN"' in zh
    db_session.execute(update(User).where(User.name == "小王").values(locale="en"))
    en = page("/tracks/bootcamp/lessons/d1-product", as_="小王").text
    assert 'lb-prose" lang="en"' in en
    assert '<html lang="en"' in en
    assert "Lesson 1 of 3" in en


def test_without_a_translation_the_text_keeps_its_own_language(bootcamp, page, db_session):
    bootcamp.enrol("小王")
    db_session.execute(update(User).where(User.name == "小王").values(locale="en"))
    rows = db_session.scalars(
        select(LessonText).where(LessonText.activity_id == "d1-product", LessonText.lang == "en")
    )
    for row in rows:
        db_session.delete(row)
    text = page("/tracks/bootcamp/lessons/d1-product", as_="小王").text
    assert 'lb-prose" lang="zh-CN"' in text
    assert '<html lang="en"' in text


def test_the_lessons_of_a_stage_lead_to_each_other_and_no_further(bootcamp, page):
    bootcamp.enrol("小王")
    first = page("/tracks/bootcamp/lessons/d1-product", as_="小王").text
    assert 'rel="prev"' not in first
    assert 'rel="next" href="/tracks/bootcamp/lessons/d1-editions"' in first
    last = page("/tracks/bootcamp/lessons/d1-customers", as_="小王").text
    assert 'rel="prev" href="/tracks/bootcamp/lessons/d1-editions"' in last
    assert 'rel="next"' not in last


def test_a_new_translation_makes_a_new_version(tracks, tmp_path):
    folder = shutil.copytree(BANKS, tmp_path / "banks")
    load = {
        "actor_id": None,
        "now": builders.START,
        "paths": [folder / "tracks" / "leadership.yaml"],
    }
    assert [one.is_new for one in services.load_folder(folder, **load)] == [False]
    lesson = folder / "lessons" / "leadership" / "defence.en.md"
    lesson.write_text(lesson.read_text("utf-8") + "\nOne more line.\n", "utf-8")
    assert [one.is_new for one in services.load_folder(folder, **load)] == [True]


@pytest.mark.parametrize("tag", ["zh-CN", "en"])
def test_every_shipped_lesson_is_there_in_both_languages(tracks, db_session, tag):
    rows = db_session.scalars(select(LessonText.activity_id).where(LessonText.lang == tag)).all()
    assert len(rows) == len(set(rows)) > 30
