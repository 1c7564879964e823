"""Who may be a mentor, at every edge of the rules, and who chooses."""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.accounts.errors import DateOrderError
from app.accounts.models import Mentorship
from app.audit.models import AuditEvent
from app.competency import queries as competency
from app.competency.services import NewEvidence, Source, record_evidence
from app.domain import mentoring
from app.domain.enrolment import State
from app.domain.framework import EvidenceKind
from app.domain.mentoring import Lacks, Standing
from app.fieldwork import queries, services
from app.fieldwork.errors import MentorFullError, NeedsReasonError
from app.fieldwork.tasks import nightly
from app.kernel.db import session
from app.tracks.models import Credential, Enrolment
from tests import builders
from tests.tracks.conftest import Bootcamp

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)
ON = TODAY - 30 * DAY


def one(**more):
    return Standing(**{"tenure": 180, "confirmed_on": {"k1": ON, "k2": ON}, "load": 2, **more})


@pytest.mark.parametrize(
    ("standing", "missing"),
    [
        (one(), ()),
        (one(tenure=179), (Lacks.TENURE,)),
        (one(tenure=None), (Lacks.TENURE,)),
        (one(confirmed_on={"k1": ON, "k2": None}), (Lacks.LEVEL,)),
        (one(confirmed_on={}), (Lacks.LEVEL,)),
        (one(load=3), (Lacks.ROOM,)),
        (one(tenure=0, confirmed_on={}, load=3), (Lacks.TENURE, Lacks.LEVEL, Lacks.ROOM)),
    ],
)
def test_each_rule_from_both_sides(standing, missing):
    assert mentoring.lacks(standing) == missing


def test_who_meets_more_comes_first_then_the_own_team_then_fewer_trainees():
    free, near, far, new = one(load=0), one(load=1), one(load=1), one(tenure=3, load=0)
    order = sorted(
        [(new, True), (far, False), (near, True), (free, True)],
        key=lambda pair: mentoring.order(pair[0], is_near=pair[1]),
    )
    assert [who for who, _near in order] == [free, near, far, new]


def knows(name, person, clock, on, *, slugs=("product-knowledge", "talk-tracks"), right=57):
    """60 items of each, on a day."""
    for slug in slugs:
        record_evidence(
            person_id=person(name).id,
            source=Source("attempt", f"{name}/{slug}/{on}"),
            happened_on=on,
            entries=[NewEvidence(slug, EvidenceKind.TEST, pass_mark=60, items=60, right=right)],
            now=clock.now,
            today=on,
        )


def standing(name, person, day=TODAY):
    return queries.standings_of([person(name).id], day)[person(name).id]


@pytest.fixture
def veterans(tracks, person):
    """小陈 and 小赵 have been here for two years."""
    for name in ("小陈", "小赵"):
        person(name).hire_on = TODAY - 730 * DAY
    session().flush()


@pytest.mark.usefixtures("veterans")
def test_a_level_counts_when_it_was_confirmed_on_any_day_of_the_year(person, clock):
    knows("小陈", person, clock, TODAY - 300 * DAY)
    found = standing("小陈", person)
    assert mentoring.lacks(found) == ()
    last = max(found.confirmed_on.values())
    (level, *_more) = [
        x
        for x in competency.profile(person("小陈").id, last).lines
        if x.competency.slug == "product-knowledge"
    ]
    assert level.verdict.level.rank >= 3
    # A year and more after it could last be confirmed it does not count.
    gone = last + (mentoring.WINDOW_DAYS + 1) * DAY
    assert mentoring.lacks(standing("小陈", person, gone)) == (Lacks.LEVEL,)
    kept = min(found.confirmed_on.values()) + mentoring.WINDOW_DAYS * DAY
    assert mentoring.lacks(standing("小陈", person, kept)) == ()


@pytest.mark.usefixtures("veterans")
def test_both_are_needed_and_right_answers_enough(person, clock):
    knows("小陈", person, clock, TODAY - DAY, slugs=("product-knowledge",))
    assert mentoring.lacks(standing("小陈", person)) == (Lacks.LEVEL,)
    knows("小赵", person, clock, TODAY - DAY, right=20)
    assert mentoring.lacks(standing("小赵", person)) == (Lacks.LEVEL,)
    knows("小陈", person, clock, TODAY - DAY, slugs=("talk-tracks",))
    assert mentoring.lacks(standing("小陈", person)) == ()


def pair(person, clock, mentor, trainee, *, because="", may_name=False, on=TODAY):
    services.pair(
        mentor_id=person(mentor).id,
        trainee_id=person(trainee).id,
        on=on,
        because=because,
        may_name=may_name,
        actor_id=person("李经理").id,
        now=clock.now,
    )


@pytest.mark.usefixtures("veterans")
def test_who_does_not_meet_the_rules_is_named_by_the_manager_with_a_reason(person, clock):
    Bootcamp(person, clock).enrol("小王")
    for more in ({}, {"because": "只有他"}, {"may_name": True}, {"may_name": True, "because": " "}):
        with pytest.raises(NeedsReasonError):
            pair(person, clock, "小陈", "小王", **more)
    pair(person, clock, "小陈", "小王", because="只有他熟悉这个客群", may_name=True)
    assert accounts.mentors_of([person("小王").id], TODAY) == {person("小王").id: person("小陈").id}
    assert "mentor" in accounts.roles_of(person("小陈").id)
    assert accounts.notices(person("小陈").id)[0].kind == "mentee_new"


@pytest.mark.usefixtures("veterans")
def test_a_change_in_the_middle_has_its_day(person, clock):
    Bootcamp(person, clock).enrol("小王")
    for name in ("小陈", "小赵"):
        knows(name, person, clock, TODAY - DAY)
    pair(person, clock, "小陈", "小王")
    later = TODAY + 10 * DAY
    pair(person, clock, "小赵", "小王", on=later)
    trainee = person("小王").id
    assert accounts.mentors_of([trainee], later - DAY) == {trainee: person("小陈").id}
    assert accounts.mentors_of([trainee], later) == {trainee: person("小赵").id}
    with pytest.raises(DateOrderError):
        pair(person, clock, "小陈", "小王", on=TODAY + DAY)
    assert [row.mentor_id for row in queries.pairing_history(trainee)] == [
        person("小赵").id,
        person("小陈").id,
    ]
    for on in (later + 5 * DAY, later + 9 * DAY):  # ended already: nothing happens, none is told of
        account_services.end_pairing(trainee_id=trainee, on=on, actor_id=None, now=clock.now)
    told = session().scalars(select(AuditEvent.detail).where(AuditEvent.action == "mentor.end"))
    assert [json.loads(one)["on"] for one in told] == [str(later + 5 * DAY)]


@pytest.mark.usefixtures("veterans")
def test_three_trainees_at_most_and_who_is_through_makes_room(person, clock):
    names = [f"新人{n}" for n in range(4)]
    for name in names:
        builders.user(name)
    ids = Bootcamp(person, clock).enrol(*names)
    knows("小陈", person, clock, TODAY - DAY)
    for name in names[:3]:
        pair(person, clock, "小陈", name)
    with pytest.raises(MentorFullError):
        pair(person, clock, "小陈", names[3], because="非他不可", may_name=True)
    pair(person, clock, "小陈", names[0])
    row = session().get(Enrolment, ids[0])
    row.state = State.CERTIFIED
    session().flush()
    pair(person, clock, "小陈", names[3])


@pytest.mark.usefixtures("veterans")
def test_who_left_is_nobodys_mentor(person, clock, page):
    Bootcamp(person, clock).enrol("小王")
    account_services.leave(
        user_id=person("小陈").id, on=TODAY, actor_id=person("admin").id, now=clock.now
    )
    assert "小陈" not in page(f"/mentoring/{person('小王').id}", as_="李经理").text


@pytest.mark.usefixtures("veterans")
def test_the_page_says_of_each_what_is_met_and_what_is_missing(person, clock, page, queries):
    Bootcamp(person, clock).enrol("小王", "小赵")
    knows("小陈", person, clock, TODAY - DAY)
    url = f"/mentoring/{person('小王').id}"
    text = page(url, as_="李经理").text
    many = len(queries)
    assert text.index("小陈") < text.index("入职不满 180 天")
    assert "满足条件" in text
    for n in range(6):
        builders.user(f"同事{n}", unit=None)
        account_services.move_person(
            user_id=person(f"同事{n}").id,
            unit_id=accounts.unit_of(person("小王").id, TODAY).id,
            on=TODAY - DAY,
            actor_id=None,
            now=clock.now,
        )
    assert "同事5" in page(url, as_="李经理").text
    assert len(queries) == many, "however many candidates"
    assert "小赵" in page(f"{url}?q=小赵", as_="李经理").text
    page(f"/mentoring/{person('小赵').id}", as_="李经理", status=404)
    said = page("/mentoring", as_="李经理").text
    assert "1 人还没有带教人" in said
    form = {"mentor": person("小陈").id, "on": TODAY.isoformat()}
    page(url, as_="李经理", data=form)
    assert "1 人都有带教人" in page("/mentoring", as_="李经理").text
    page(f"{url}/end", as_="李经理", data={"on": (TODAY + DAY).isoformat()})
    clock.advance(days=2)
    assert "1 人还没有带教人" in page("/mentoring", as_="李经理").text


@pytest.mark.usefixtures("veterans")
def test_a_trainer_pairs_by_the_rules_alone(person, clock, page):
    Bootcamp(person, clock).enrol("小王")
    url = f"/mentoring/{person('小王').id}"
    form = {"mentor": person("小陈").id, "on": TODAY.isoformat(), "because": "我觉得行"}
    assert "小陈 不满足带教条件" in page(url, as_="陈老师", data=form, status=422).text
    knows("小陈", person, clock, TODAY - DAY)
    page(url, as_="陈老师", data=form)


@pytest.mark.usefixtures("veterans")
def test_who_meets_the_rules_is_on_offer_and_the_others_are_folded_with_the_reason(
    person, clock, page
):
    Bootcamp(person, clock).enrol("小王")
    knows("小陈", person, clock, TODAY - DAY)
    url = f"/mentoring/{person('小王').id}"
    text = page(url, as_="李经理").text
    offered, _fold, folded = text.partition('<details class="lb-fold"')
    assert "满足条件的 1 人，选一位" in offered
    assert "小陈" in offered
    assert "现在带 0 / 3 人" in offered
    assert "带教人</b>" not in offered
    assert "带教人</b>" in folded
    assert "入职不满 180 天" in folded
    # A trainer, who may not name anybody, is offered nobody else either.
    assert page(url, as_="陈老师").text.count(" disabled>") == folded.count('name="mentor"')


def test_a_pairing_ends_the_day_after_the_trainee_is_independent(field, page):
    """With its date and on the trail; as long as it runs the mentor's page says how it went."""
    clock, today = field.clock, field.clock.now.date()
    assert services.end_finished(now=clock.now) == 0
    trainee = field.person("小王").id
    row = session().get(Enrolment, field.enrolment_id)
    row.state, row.state_since = State.CERTIFIED.value, clock.now
    session().add(
        Credential(
            number="B-1",
            person_id=trainee,
            enrolment_id=row.id,
            slug="independent",
            title={"zh-CN": "独立上岗"},
            issued_on=today,
            expires_on=today + 365 * DAY,
        )
    )
    session().flush()
    said = page("/mentees", as_="带教人").text
    assert f"{today} 已独立" in said
    assert "第 1 天" not in said
    clock.advance(days=1)
    nightly(clock.now)
    nightly(clock.now)
    (pairing,) = session().scalars(select(Mentorship).where(Mentorship.trainee_id == trainee))
    assert pairing.valid_to == today + DAY
    (event,) = session().scalars(select(AuditEvent).where(AuditEvent.action == "mentor.end"))
    assert (event.actor_id, event.object_id) == (None, str(trainee))
    assert accounts.mentors_of([trainee], clock.now.date()) == {}
    text = page("/mentees", as_="带教人").text
    assert "带过的人" in text
    assert f"{today} 已独立" in text


def test_looking_a_year_back_is_cheap_and_exact(tracks, person, clock):
    """Day by day gives the same as asking every day by itself."""
    person("小陈").hire_on = TODAY - 730 * DAY
    knows("小陈", person, clock, TODAY - 200 * DAY, right=48)
    found = standing("小陈", person)
    current = competency.required().framework
    ground = competency.ground([person("小陈").id], TODAY)
    at = ground.standings[person("小陈").id]
    for slug, on in found.confirmed_on.items():
        wanted = ground.wanted.get((at.role, at.step or ""), {}).get(slug)
        rows = competency.ledger_rows([person("小陈").id], [slug])[person("小陈").id, slug]
        days = [
            TODAY - n * DAY
            for n in range(mentoring.WINDOW_DAYS + 1)
            for level in [
                mentoring.model.evaluate(
                    [competency.observed(row) for row in rows],
                    mentoring.Rules(
                        current.competency(slug),
                        wanted.level if wanted else None,
                        current.formula,
                        TODAY - n * DAY,
                    ),
                ).level
            ]
            if level is not None and level.rank >= 3
        ]
        assert on == max(days, default=None)
