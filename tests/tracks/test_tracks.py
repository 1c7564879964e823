"""A new hire's seven days: enrolled, lessons read, exams sat, the gate, and what each role sees."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.assessments.models import Assessment, AssessmentSource, Assignment
from app.banks import queries as banks
from app.competency import services as competency
from app.competency.services import NewEvidence, Source
from app.domain.framework import EvidenceKind
from app.domain.stuck import next_step
from app.kernel.errors import NotFoundError
from app.tracks import queries, services
from app.tracks.models import Enrolment
from tests import builders, html_rules
from tests.tracks.conftest import BANKS, MONDAY, ZONE


def the_standing(person, clock, name="小王"):
    from app.assessments.queries.cards import cards_of

    who = person(name).id
    return queries.standings(who, now=clock.now, timezone=ZONE, cards=cards_of(who, now=clock.now))[
        0
    ]


def test_loading_the_shipped_tracks_twice_changes_nothing(tracks) -> None:
    assert {row.slug: row.number for row in tracks} == {
        "bootcamp": 1,
        "case-workshop": 1,
        "leadership": 1,
    }
    again = services.load_folder(BANKS, actor_id=None, now=builders.START)
    assert [one.is_new for one in again] == [False, False, False]


def test_an_exam_of_a_track_pins_its_bank_and_keeps_the_rules_of_the_file(
    bootcamp, db_session
) -> None:
    row = db_session.get(Assessment, bootcamp.exam("d7-exam-final"))
    assert (row.attempts_allowed, row.cooldown_seconds) == (2, 24 * 3600)
    assert (row.pass_share * 100, row.unseen_share * 100) == (80, 70)
    assert (row.limit_seconds, row.track, row.owner_id) == (40 * 60, "bootcamp", None)
    pinned = db_session.scalars(
        select(AssessmentSource.bank_version_id).where(AssessmentSource.assessment_id == row.id)
    ).all()
    assert pinned == [banks.published_bank("bootcamp-final").id]


def test_without_its_banks_a_track_is_refused_whole(app) -> None:
    with pytest.raises(services.BankMissingError) as refused:
        services.load_folder(BANKS, actor_id=None, now=builders.START)
    assert "先装入题库" in refused.value.message
    assert refused.value.params["bank"] == "product-knowledge"


def test_a_missing_lesson_file_is_named(tracks, tmp_path) -> None:
    for file in BANKS.glob("*.yaml"):
        (tmp_path / file.name).symlink_to(file)
    text = (BANKS / "tracks" / "leadership.yaml").read_text()
    (tmp_path / "leadership.yaml").write_text(text)
    with pytest.raises(services.TrackInvalidError) as refused:
        services.load_folder(tmp_path, actor_id=None, now=builders.START)
    assert "lessons/leadership/goal-management.md" in refused.value.params["problems"]


def test_enrolling_assigns_every_exam_until_the_last_minute_of_its_day(
    bootcamp, person, db_session
) -> None:
    bootcamp.enrol("小王")
    rows = db_session.scalars(select(Assignment).where(Assignment.person_id == person("小王").id))
    due = {row.assessment_id: row.due_at for row in rows}
    assert len(due) == 13
    wednesday = due[bootcamp.exam("d3-exam-talk-tracks")]
    assert wednesday == datetime(2026, 3, 4, 15, 59, 59, tzinfo=UTC)


def test_enrolling_twice_changes_nothing_and_tells_once(bootcamp, person, db_session) -> None:
    assert len(bootcamp.enrol("小王", "小陈", "小王")) == 2
    assert bootcamp.enrol("小王", "小陈", on=MONDAY + timedelta(days=7)) == []
    told = db_session.scalars(
        select(Notice.params).where(Notice.user_id == person("小王").id, Notice.kind == "enrolled")
    ).all()
    assert told == [{"title": "新人速成营", "title_en": "New-hire bootcamp"}]


def test_a_lesson_counts_once_it_is_confirmed_and_only_by_its_reader(
    bootcamp, person, clock
) -> None:
    [enrolment] = bootcamp.enrol("小王")
    with pytest.raises(NotFoundError):
        bootcamp.read("小陈", "d1-product", enrolment)
    with pytest.raises(NotFoundError):
        bootcamp.read("小王", "d2-exam-product", enrolment)
    bootcamp.read("小王", "d1-product", enrolment)
    first = the_standing(person, clock).read_at["d1-product"]
    clock.advance(hours=1)
    bootcamp.read("小王", "d1-product", enrolment)
    standing = the_standing(person, clock)
    assert standing.read_at["d1-product"] == first
    assert (standing.progress.done, next_step(standing.progress).activity.id) == (1, "d1-editions")


def test_a_passed_exam_is_a_finished_step_and_a_failed_one_is_not(bootcamp, person, clock) -> None:
    bootcamp.enrol("小王", "小陈")
    assert bootcamp.sit("小王", "d7-exam-final").passed is True
    assert bootcamp.sit("小陈", "d7-exam-final", right=False).passed is False
    gate = the_standing(person, clock).progress.stages[6].gate
    assert [need.activity for need in gate.missing] == ["d5-crm-checklist"]
    assert the_standing(person, clock, "小陈").progress.done == 0


def test_a_gate_may_ask_for_a_confirmed_level(bootcamp, tracks, person, clock) -> None:
    text = (
        (BANKS / "tracks" / "leadership.yaml").read_text().replace("id: leadership", "id: lead-2")
    )
    text = text[: text.index("    gate:")]
    text += """    gate:
      id: g
      title: {zh-CN: 关口, en: Gate}
      due: 1
      needs: [{competency: goal-management, level: L3}]
"""
    from app.banks.loader import load_text

    loaded = load_text(text)
    assert loaded.track is not None, loaded.problems
    lessons = {activity.id: "读" for activity in loaded.track.activities}
    services.load_track(
        loaded.track, source=text, lessons=lessons, actor_id=None, now=builders.START
    )
    bootcamp.enrol("李经理", slug="lead-2")
    gate = the_standing(person, clock, "李经理").progress.stages[-1].gate
    assert [need.competency for need in gate.missing] == ["goal-management"]
    for n, kind in enumerate((EvidenceKind.WORK, EvidenceKind.OBSERVATION)):
        competency.record_evidence(
            person_id=person("李经理").id,
            source=Source("test", str(n)),
            happened_on=MONDAY,
            entries=[NewEvidence("goal-management", kind, 60, score=85, assessors=3)],
            now=builders.START,
            today=MONDAY,
        )
    assert the_standing(person, clock, "李经理").progress.stages[-1].gate.missing == ()


def test_leaving_a_track_takes_the_exams_off_the_list_and_coming_back_puts_them_on(
    bootcamp, page, person, db_session
) -> None:
    [enrolment] = bootcamp.enrol("小王")
    url = f"/enrolments/{enrolment}/withdraw"
    page(url, as_="陈老师", data={"reason": "转岗"}, status=302)
    assert "今天没有安排" in page("/", as_="小王").text
    assert bootcamp.enrol("小王") == [enrolment]
    assert db_session.get(Enrolment, enrolment).withdrawn_at is None
    assert "第 1 天，还有 4 件事" in page("/", as_="小王").text


# ---------------------------------------------------------------- pages


def test_home_says_what_is_to_do_today_and_follows_what_was_done(bootcamp, page, clock) -> None:
    [enrolment] = bootcamp.enrol("小王")
    html = page("/", as_="小王").text
    assert "第 1 天，还有 4 件事" in html
    assert "一张工单的一天" in html
    assert "过 G1 速成营结业，还差 2 项" in html
    page(f"/enrolments/{enrolment}/lessons/d1-product/read", as_="小王", data={}, status=302)
    assert "第 1 天，还有 3 件事" in page("/", as_="小王").text


def test_an_exam_that_waits_for_its_marks_does_not_hide_the_next_day(bootcamp, page, clock) -> None:
    [enrolment] = bootcamp.enrol("小王")
    stages = queries.track_of(queries.newest_version("bootcamp")).stages
    for activity in (activity for stage in stages[:5] for activity in stage.activities):
        if activity.lesson:
            bootcamp.read("小王", activity.id, enrolment)
        elif activity.exam:
            bootcamp.sit("小王", activity.id)
        else:
            services.record_step(
                enrolment_id=enrolment,
                activity_id=activity.id,
                times=1,
                is_done=True,
                source=services.StepSource("test", "1"),
                actor_id=None,
                now=clock.now,
            )
    html = page("/", as_="小王").text
    assert f'<h2 id="today">{stages[5].title["zh-CN"]}' in html
    assert html.count("btn-primary") == 1


def test_what_a_gate_lacks_comes_with_its_state_and_the_way_to_do_it(bootcamp, page) -> None:
    bootcamp.enrol("小王")
    items = html_rules.check(page("/path", as_="小王")).findall(".//section[@data-gate]//li")
    words = [" ".join("".join(one.itertext()).split()) for one in items]
    assert words
    assert all(one.find(".//span[@class='lb-list__meta']").text for one in items), words
    exam = next(one for one in items if "结业考试" in "".join(one.itertext()))
    assert exam.find(".//a").get("href").startswith("/assignments/")
    assert exam.find(".//a").get("aria-label") == "开始：结业考试"


def test_home_lists_results_and_own_levels(bootcamp, page) -> None:
    bootcamp.enrol("小王")
    bootcamp.sit("小王", "d7-exam-final")
    html = page("/", as_="小王").text
    assert "最近成绩" in html
    assert "结业考试" in html
    assert "我的能力证据" in html
    assert "产品知识" in html
    assert "证据不足，期望 L2" in html


def test_home_costs_a_fixed_number_of_statements(bootcamp, page) -> None:
    bootcamp.enrol("小王")
    page("/", as_="小王")
    few = len(page.queries)
    bootcamp.enrol("小王", slug="case-workshop")
    bootcamp.enrol("小王", slug="leadership")
    bootcamp.sit("小王", "d7-exam-final")
    page("/", as_="小王")
    assert len(page.queries) <= few + 1


def test_the_path_page_shows_every_stage_in_both_languages(bootcamp, page, person) -> None:
    bootcamp.enrol("小王")
    assert "第 7 天 综合演练、结业考试与 30 天计划" in page("/path", as_="小王").text
    person("小王").locale = "en"
    english = page("/path", as_="小王").text
    assert "Day 7: full drill, final exam and the 30-day plan" in english
    assert "结业考试" not in english


def test_every_shipped_lesson_opens(bootcamp, page) -> None:
    for slug in ("bootcamp", "case-workshop", "leadership"):
        bootcamp.enrol("小王", slug=slug)
        for activity in queries.track_of(queries.newest_version(slug)).activities:
            if activity.lesson:
                html = page(f"/tracks/{slug}/lessons/{activity.id}", as_="小王").text
                assert "我读完了" in html
                assert html.count("<p>") >= 5


def test_a_learner_reads_only_the_tracks_she_is_on(bootcamp, page) -> None:
    bootcamp.enrol("小王")
    page("/tracks/bootcamp/lessons/d1-product", as_="小陈", status=404)
    page("/tracks/bootcamp", as_="小陈", status=404)
    page("/tracks/leadership/lessons/lw-goals", as_="小王", status=404)
    assert page("/tracks", as_="小王", status=302).headers["Location"].endswith("/path")
    page("/tracks/bootcamp/enrolments", as_="小王", data={}, status=403)
    page("/path", status=302)


def test_an_enrolment_keeps_its_version_when_a_new_one_is_loaded(bootcamp, page) -> None:
    [enrolment] = bootcamp.enrol("小王")
    track = queries.track_of(queries.newest_version("bootcamp"))
    lessons = {a.id: "## 新版\n\n新课文。" for a in track.activities if a.lesson}
    source = (BANKS / "tracks" / "bootcamp.yaml").read_text()
    done = services.load_track(
        track, source=source, lessons=lessons, actor_id=None, now=builders.START
    )
    assert (done.number, done.is_new) == (2, True)
    assert "新课文" not in page("/tracks/bootcamp/lessons/d1-product", as_="小王").text
    assert "新课文" in page("/tracks/bootcamp/lessons/d1-product", as_="陈老师").text
    assert queries.version_of_enrolment(enrolment).number == 1


def test_the_trainer_enrols_by_the_page_and_sees_who_is_behind(
    bootcamp, page, person, clock
) -> None:
    page("/tracks", as_="陈老师")
    assert "小王" in page("/tracks/bootcamp?q=小王", as_="陈老师").text
    form = {"people": [str(person("小王").id)], "anchor_on": "2026-03-02"}
    page("/tracks/bootcamp/enrolments", as_="陈老师", data=form, status=302)
    clock.advance(days=3)
    html = page("/tracks/bootcamp", as_="陈老师").text
    assert "1 人，落后的在前" in html
    assert "已晚" in html
    empty = {"anchor_on": "2026-03-02"}
    assert (
        "至少选一个人"
        in page("/tracks/bootcamp/enrolments", as_="陈老师", data=empty, status=422).text
    )


def test_a_manager_enrols_and_sees_only_the_own_team(bootcamp, page, person) -> None:
    bootcamp.enrol("小王", "小赵")
    html = page("/tracks/bootcamp", as_="李经理").text
    assert "小王" in html
    assert "小赵" not in html
    form = {"people": [str(person("小赵").id)], "anchor_on": str(date(2026, 3, 2))}
    page("/tracks/case-workshop/enrolments", as_="李经理", data=form, status=422)


def test_a_manager_cannot_take_another_teams_person_off(bootcamp, page) -> None:
    [enrolment] = bootcamp.enrol("小赵")
    page(f"/enrolments/{enrolment}/withdraw", as_="李经理", data={"reason": "x"}, status=404)
    page(f"/enrolments/{enrolment}/withdraw", as_="赵经理", data={"reason": "休假"}, status=302)


def test_withdrawing_needs_a_reason(bootcamp, page, db_session) -> None:
    [enrolment] = bootcamp.enrol("小王")
    page(f"/enrolments/{enrolment}/withdraw", as_="陈老师", data={"reason": ""}, status=302)
    assert db_session.get(Enrolment, enrolment).withdrawn_at is None
