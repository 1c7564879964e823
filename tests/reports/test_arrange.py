"""What is missing always leads somewhere: a test, a track, or a plain word that it cannot be."""

import re

from app.assessments.models import Assignment
from app.kernel.db import db
from app.tracks import queries
from tests.tracks.conftest import tracks  # noqa: F401


def page_of(page, person, slug: str, who="小王", status=200) -> str:
    url = f"/people/{person(who).id}/assign?competency={slug}"
    return page(url, as_="李经理", status=status).text


def test_every_missing_competency_has_a_button_on_the_person_page(page, person, tracks) -> None:  # noqa: F811
    text = page(f"/people/{person('小王').id}/profile", as_="李经理").text
    links = set(re.findall(r"/assign\?competency=([a-z-]+)", text))
    assert {"product-knowledge", "drive", "influence"} <= links
    for slug in links:
        assert "还差什么，怎么补" in page_of(page, person, slug)
    own = page(f"/people/{person('小王').id}/profile", as_="小王").text
    assert "/assign?" not in own


def test_a_behaviour_says_plainly_what_cannot_be_recorded_yet(page, person, tracks) -> None:  # noqa: F811
    text = page_of(page, person, "drive")
    assert "系统里还不能安排和记录" in text
    assert "还没有考到这项能力的测验" in text
    knowledge = page_of(page, person, "product-knowledge")
    assert "系统里还不能安排和记录" not in knowledge
    assert "布置下面的测验" in knowledge


def test_the_track_button_enrols_today_and_the_exams_are_assigned(page, person, tracks) -> None:  # noqa: F811
    wang = person("小王").id
    text = page_of(page, person, "product-knowledge")
    forms = re.findall(r'action="/tracks/([a-z-]+)/enrolments"', text)
    assert "bootcamp" in forms
    data = {"people": str(wang), "anchor_on": "2026-03-02"}
    page("/tracks/bootcamp/enrolments", as_="李经理", data=data)
    assert queries.is_enrolled(wang, "bootcamp")
    assert db.session.query(Assignment).filter_by(person_id=wang).count() > 0
    assert "已在路径上" in page_of(page, person, "product-knowledge")


def test_another_teams_person_is_not_found(page, person, tracks) -> None:  # noqa: F811
    page_of(page, person, "product-knowledge", who="小赵", status=404)
