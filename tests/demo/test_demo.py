"""The demo company holds what its pages are to show, and gets into no database but its own."""

import statistics
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app import create_app
from app.accounts import queries as accounts
from app.accounts.models import Membership, Unit, User, UserSession
from app.accounts.passwords import verify
from app.assessments.models import (
    Answer,
    Assessment,
    AssessmentSource,
    Assignment,
    Attempt,
    ItemScore,
)
from app.assessments.services import sweep
from app.audit.services import check_chain
from app.banks import queries as banks
from app.cli.lint import banks_folder
from app.competency import queries as competency
from app.competency import services as competency_services
from app.competency.models import Evidence, ProfileLevel
from app.deliverables.models import Document, DocumentComment
from app.demo import cast, minds, services, story
from app.demo.errors import AlreadyLoadedError, NotADemoError, NotEmptyError, NotTheDemoError
from app.domain.competency import Call, Status
from app.domain.items import TrueFalse
from app.domain.tracks import NeedsSignature, Party
from app.fieldwork.models import FieldRecord
from app.grading.models import Mark
from app.kernel.db import Base, db, session
from app.kernel.policy import Actor
from app.knowledge.models import KnowledgeEntry
from app.ratings.models import Outcome, Performance, Seat
from app.reviews.models import Goal, Review, ReviewPerson
from app.tracks.models import Enrolment, GatePassage, LessonRead
from app.tracks.queries.facts import known_of, progress_of, track_of, versions_by_id
from tests import builders
from tests.demo.small import FEW
from tests.world import settings_for

pytestmark = pytest.mark.timeout(300)

NOW = datetime(2026, 11, 20, 3, 17, tzinfo=UTC)  # a Friday, 11:17 in Shanghai
TODAY = date(2026, 11, 20)
ZONE = "Asia/Shanghai"
# A night in Shanghai: nothing planned for "today" has happened yet.
MIDNIGHT = datetime(2026, 11, 21, 16, 40, tzinfo=UTC)


@contextmanager
def empty_database(folder):
    """An application over an empty database of its own."""
    app = create_app(settings_for(folder))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def load(now, env="test"):
    return services.load(env=env, folder=banks_folder(), timezone=ZONE, now=now)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The company, loaded once; `heard` are the steps of the progress bar."""
    heard = []
    with empty_database(tmp_path_factory.mktemp("demo")):
        begun = time.process_time()
        services.load(
            env="test", folder=banks_folder(), timezone=ZONE, now=NOW, progress=heard.append
        )
        yield SimpleNamespace(seconds=time.process_time() - begun, heard=heard)


@pytest.fixture(autouse=True)
def fresh_session(request):
    """Tests of the module's database begin with nothing read before."""
    yield
    if "demo" in request.fixturenames:
        db.session.rollback()


def who(name):
    return session().scalars(select(User).where(User.name == name)).one()


def levels():
    """Stored levels of everybody who works here, where something is expected."""
    found = competency.levels_for(accounts.active_ids(TODAY))
    return [one for of_person in found.values() for one in of_person if one.expected]


def first_attempts():
    """(item id, share, share of the rest of the paper) over all first attempts."""
    rows = session().execute(
        select(ItemScore.attempt_id, ItemScore.item_id, ItemScore.share)
        .join(Attempt, Attempt.id == ItemScore.attempt_id)
        .where(Attempt.number == 1, ItemScore.share.is_not(None))
    )
    papers = defaultdict(list)
    for row in rows:
        papers[row.attempt_id].append((row.item_id, row.share))
    for paper in papers.values():
        total = sum((share for _, share in paper), Fraction(0))
        for item_id, share in paper:
            yield item_id, float(share), float((total - share) / max(1, len(paper) - 1))


def by_item(at_least=20):
    found = defaultdict(list)
    for item_id, share, rest in first_attempts():
        found[item_id].append((share, rest))
    return {item: pairs for item, pairs in found.items() if len(pairs) >= at_least}


def facility(pairs):
    return statistics.fmean(share for share, _ in pairs)


def discrimination(pairs):
    shares, rests = zip(*pairs, strict=True)
    return 0.0 if len(set(shares)) == 1 else statistics.correlation(shares, rests)


# ---------------------------------------------------------------- the whole


def test_loading_takes_less_than_a_minute_and_tells_how_far_it_is(demo) -> None:
    assert demo.seconds < 60
    assert sum(demo.heard) == 100
    assert len(demo.heard) >= 10
    assert min(demo.heard) >= 0


def test_four_teams_of_the_size_the_facts_name(demo) -> None:
    rows = session().execute(
        select(Unit.name, func.count())
        .join(Membership, Membership.unit_id == Unit.id)
        .join(User, User.id == Membership.user_id)
        .where(User.job_role == "seller", Membership.valid_to.is_(None))
        .group_by(Unit.name)
    )
    joiners = Counter(one.region for one in cast.SELLERS if one.is_joiner)
    sizes = {name: n - joiners[name] for name, n in rows}
    assert sizes == {cast.EAST: 11, cast.SOUTH: 9, cast.NORTH: 9, cast.WEST: 7}
    assert len(cast.SELLERS) == 44


def test_everybody_signs_in_with_the_one_password_and_has_the_roles_told(demo) -> None:
    hashes = set(session().scalars(select(User.password_hash)))
    assert len(hashes) == 1
    assert verify(hashes.pop(), cast.PASSWORD)
    for account in services.accounts():
        found = accounts.credentials(account.email)
        assert found is not None
        assert not found.is_disabled
    roles = {role for one in cast.STAFF for role in accounts.roles_of(who(one.name).id)}
    assert roles == {"learner", "trainer", "marker", "manager", "hr", "admin"}


def test_half_a_year_and_nothing_after_the_moment_of_loading(demo) -> None:
    for column in (Attempt.started_at, Attempt.submitted_at, Mark.marked_at, LessonRead.read_at):
        first, last = session().execute(select(func.min(column), func.max(column))).one()
        assert first < NOW - timedelta(days=160), column
        assert NOW - timedelta(days=5) < last <= NOW, column
    assert session().scalar(select(func.max(Evidence.happened_on))) <= TODAY


def test_the_trail_of_the_whole_half_year_is_unbroken(demo) -> None:
    checked = check_chain()
    assert checked.broken_at is None
    assert checked.events > 500


# ---------------------------------------------------------------- items


def test_items_spread_from_hard_to_easy(demo) -> None:
    found = sorted(facility(pairs) for item, pairs in by_item().items() if item != minds.WRONG_KEY)
    assert len(found) >= 120
    assert 0.28 <= found[0] <= 0.38
    assert found[-1] >= 0.95
    assert sum(share < 0.7 for share in found) >= 12


def test_at_least_three_items_do_not_tell_good_from_weak(demo) -> None:
    found = by_item()
    weak = {item: discrimination(found[item]) for item in minds.AMBIGUOUS}
    assert sum(value < 0.1 for value in weak.values()) >= 3, weak
    sound = [discrimination(pairs) for item, pairs in found.items() if item not in weak]
    assert statistics.median(sound) > 0.2


def test_one_key_is_wrong_and_the_good_are_marked_down_for_it(demo) -> None:
    pairs = by_item()[minds.WRONG_KEY]
    assert facility(pairs) < 0.2
    assert discrimination(pairs) < 0.05
    shipped = banks_folder().glob("*.yaml")
    assert not any(minds.WRONG_KEY in file.read_text() for file in shipped)
    item = next(
        one
        for section in banks.published_bank("monthly-quiz").bank.sections
        for one in section.items
        if one.id == minds.WRONG_KEY
    )
    assert minds.WRONG_KEY_TRUTH not in item.body.key


# ---------------------------------------------------------------- levels


def test_all_four_statuses_and_all_three_calls(demo) -> None:
    statuses = Counter(one.status for one in levels())
    assert min(statuses[status] for status in Status) >= 3, statuses
    calls = Counter(one.call for one in levels())
    assert min(calls[call] for call in Call) >= 10, calls
    assert statuses[Status.SUFFICIENT] > len(levels()) / 2


def test_behaviours_too_reach_every_status(demo) -> None:
    tested = {"product-knowledge", "talk-tracks", "crm-operation"}
    found = {one.status for one in levels() if one.competency not in tested}
    assert found == set(Status)


def test_the_levels_are_those_of_today_and_can_be_rebuilt(demo) -> None:
    here = accounts.active_ids(TODAY)
    days = select(ProfileLevel.as_of).where(ProfileLevel.person_id.in_(here))
    assert set(session().scalars(days)) == {TODAY}
    someone = who("白鹭").id
    before = competency.levels_for([someone])
    competency_services.rebuild(someone, TODAY)
    assert competency.levels_for([someone]) == before


def test_one_rises_and_one_falls(demo) -> None:
    assert change_of("姚子衿") > 6
    assert change_of("顾明珊") < -8


def change_of(name):
    """Mean of the later ratings minus that of the earlier ones."""
    scores = (
        session()
        .scalars(
            select(Evidence.score)
            .where(Evidence.person_id == who(name).id, Evidence.kind != "test")
            .order_by(Evidence.happened_on, Evidence.id)
        )
        .all()
    )
    half = len(scores) // 2
    return statistics.fmean(scores[half:]) - statistics.fmean(scores[:half])


# ---------------------------------------------------------------- people and tests


def passed_first(bank, unit):
    """(passed, n) of the first attempts of a team at the tests made from a bank."""
    rows = (
        session()
        .scalars(
            select(Attempt.passed)
            .join(AssessmentSource, AssessmentSource.assessment_id == Attempt.assessment_id)
            .join(Unit, Unit.id == Attempt.unit_id)
            .where(
                AssessmentSource.bank == bank,
                Unit.name == unit,
                Attempt.number == 1,
                Attempt.released_at.is_not(None),
            )
        )
        .all()
    )
    return sum(rows), len(rows)


def test_only_the_west_passes_product_knowledge_below_sixty_per_cent(demo) -> None:
    rates = {unit: passed_first("product-knowledge", unit) for unit in cast.REGIONS}
    below = {unit for unit, (passed, n) in rates.items() if passed / n < 0.6}
    assert below == {cast.WEST}, rates
    assert min(n for _, n in rates.values()) >= 7


def test_the_leaver_is_out_with_every_session_ended(demo) -> None:
    row = who("简伟杰")
    assert row.disabled_at is not None
    assert row.left_on == TODAY - timedelta(days=38)
    sessions = session().scalars(select(UserSession).where(UserSession.user_id == row.id)).all()
    assert sessions
    assert all(one.ended_at is not None for one in sessions)
    assert session().scalar(select(func.count()).where(Attempt.person_id == row.id)) >= 2


def test_who_moved_keeps_the_team_of_the_day_in_what_was_handed_in(demo) -> None:
    row = who("丁一鸣")
    assert [one.name for one in accounts.memberships_of(row.id)] == [cast.EAST, cast.SOUTH]
    moved = TODAY - timedelta(days=62)
    seen = (
        session()
        .execute(
            select(Attempt.submitted_at, Unit.name)
            .join(Unit, Unit.id == Attempt.unit_id)
            .where(Attempt.person_id == row.id)
        )
        .all()
    )
    assert {name for _, name in seen} == {cast.EAST, cast.SOUTH}
    assert all((name == cast.EAST) == (at.date() >= moved) for at, name in seen)


def test_some_wait_for_marks_one_is_at_it_and_some_never_came(demo) -> None:
    waiting = select(func.count()).where(
        Attempt.submitted_at.is_not(None), Attempt.scored_at.is_(None)
    )
    assert session().scalar(waiting) >= 4
    at_it = session().scalars(select(Attempt).where(Attempt.submitted_at.is_(None))).one()
    saved = session().scalar(select(func.count()).where(Answer.attempt_id == at_it.id))
    assert saved == 7
    assert at_it.deadline_at > NOW + timedelta(days=8)
    assert sweep(now=NOW + timedelta(days=1)) == 0
    came = select(Attempt.person_id).join(Assessment, Assessment.id == Attempt.assessment_id)
    absent = (
        session()
        .scalars(
            select(User.name)
            .join(Assignment, Assignment.person_id == User.id)
            .join(Assessment, Assessment.id == Assignment.assessment_id)
            .where(
                Assessment.title == story.QUIZ,
                User.id.not_in(came.where(Assessment.title == story.QUIZ)),
            )
        )
        .all()
    )
    assert len(absent) == 3


def test_written_answers_read_like_answers_and_are_marked_by_the_rubric(demo) -> None:
    texts = session().scalars(select(Answer.body).where(Answer.body.like('%"text"%'))).all()
    assert len(set(texts)) > 40
    assert max(map(len, texts)) > 80
    marks = session().scalars(select(Mark.awarded)).all()
    assert len(marks) > 300
    assert all(marks)


def test_the_marker_of_the_list_has_answers_to_mark(demo) -> None:
    from app.grading.queries import waiting_count

    name = cast.MARKERS[0].name
    assert name in {account.name for account in services.accounts()}
    actor = Actor(who(name).id, name, frozenset({"learner", "marker"}), "zh-CN", ZONE)
    assert waiting_count(actor) >= 3


def test_the_mentor_and_the_assessor_of_the_list_have_something_to_do(demo) -> None:
    from app.fieldwork.queries import mentees, waiting_for
    from app.ratings.queries.lists import invited

    told = {account.name: account.what for account in services.accounts()}
    for name in ("陆嘉禾", "韩立群"):
        trainees = {
            row.name for row in accounts.people(mentees(who(name).id, TODAY), day=TODAY).values()
        }
        assert trainees
        assert all(trainee in told[name] for trainee in trainees)
    enrolments = session().scalars(select(Enrolment.id)).all()
    mine = who("韩立群").id
    assert any(mine in one.person_ids for one in waiting_for(enrolments, now=NOW))
    ((_seat, performance),) = invited(who("孟繁星").id)
    assert performance.person_id == who("宁远").id
    assert "宁远" in told["孟繁星"]


def test_the_new_hire_is_on_the_last_day_with_the_course_test_to_sit(demo) -> None:
    from app.assessments.queries.cards import cards_of
    from app.tracks import queries as tracks

    person = who("方知夏").id
    cards = cards_of(person, now=NOW)
    [standing] = tracks.standings(person, now=NOW, timezone=ZONE, cards=cards)
    assert standing.progress.day_number == 7
    assert standing.progress.done >= 20
    card = standing.assignments["d7-exam-post-course"]
    assert card.attempts_used == 0
    assert card.is_to_do(NOW)


def test_a_review_lies_two_weeks_ahead_with_a_few_plans(demo) -> None:
    review = session().scalars(select(Review)).one()
    assert review.review_on == TODAY + timedelta(days=14)
    assert session().scalar(select(func.count()).select_from(ReviewPerson)) == 36
    goals = session().scalars(select(Goal)).all()
    assert len(goals) == 4
    assert all(goal.due_on > TODAY for goal in goals)


def test_every_tier_has_people_on_its_track(demo) -> None:
    rows = session().execute(
        select(Enrolment.track_slug, func.count()).group_by(Enrolment.track_slug)
    )
    on_it = {row[0]: row[1] for row in rows}
    assert on_it["bootcamp"] >= 14
    assert on_it["case-workshop"] >= 20
    assert on_it["leadership"] == 4


# ---------------------------------------------------------------- the rooms


def states(slug):
    rows = session().execute(
        select(User.name, Enrolment.state)
        .join(Enrolment, Enrolment.person_id == User.id)
        .where(Enrolment.track_slug == slug)
    )
    return {row[0]: row[1] for row in rows}


def test_newcomers_stand_at_every_place_of_the_first_month(demo) -> None:
    found = states("bootcamp")
    assert found["万疏影"] == "extended"
    assert {found["钟映雪"], found["霍启明"]} == {"not_yet"}
    assert found["陆青衡"] == "paused"
    assert found["宁远"] == "active"
    assert found["苏晚舟"] == "at_gate"
    assert found["潘楚翘"] == "certified"
    passed = set(session().scalars(select(GatePassage.enrolment_id)))
    [ningyuan] = session().scalars(
        select(Enrolment.id).where(Enrolment.person_id == who("宁远").id)
    )
    assert ningyuan in passed


def test_only_the_manager_has_yet_to_sign_for_one_newcomer(demo) -> None:
    row = session().scalars(select(Enrolment).where(Enrolment.person_id == who("苏晚舟").id)).one()
    known = known_of([row], today=TODAY)[row.id]
    version = versions_by_id([row.track_version_id])[row.track_version_id]
    gate = progress_of(row, track_of(version), known, today=TODAY).next_gate
    assert gate.missing == (NeedsSignature(Party.MANAGER),)


def test_newcomers_have_mentors_but_one(demo) -> None:
    recent = [one for one in cast.SELLERS if one.is_joiner]
    ids = {one.name: who(one.name).id for one in recent}
    mentored = accounts.mentors_of(list(ids.values()), TODAY)
    assert {name for name, person in ids.items() if person not in mentored} == {"钟映雪"}


def test_one_sheet_says_not_yet_because_and_when_again(demo) -> None:
    row = session().scalars(select(FieldRecord).where(FieldRecord.verdict == "not_yet")).one()
    assert row.because
    assert row.again_on > TODAY


def test_role_plays_agree_are_settled_by_the_lead_or_wait_for_a_mark(demo) -> None:
    hows = Counter(session().scalars(select(Outcome.how)))
    assert hows["mean"] >= 5
    assert hows["lead_decided"] >= 3
    late = session().scalars(select(Performance).where(Performance.state == "marking")).one()
    assert late.happens_on < TODAY
    waiting = session().scalars(
        select(Seat.state).where(Seat.performance_id == late.id).order_by(Seat.state)
    )
    assert list(waiting) == ["invited", "submitted"]


def test_a_quarter_of_cases_ended_in_published_cards(demo) -> None:
    kinds = Counter(
        session().scalars(
            select(KnowledgeEntry.kind).where(KnowledgeEntry.published_id.is_not(None))
        )
    )
    assert kinds["case"] == 2
    assert kinds["method"] == 3
    assert kinds["objection"] >= 20
    found = states("case-workshop")
    assert found["莫少聪"] == "not_yet"
    assert Counter(found.values())["certified"] >= 12


def test_one_growth_plan_is_settled_and_one_commented(demo) -> None:
    stages = dict(
        session()
        .execute(
            select(User.name, Document.stage)
            .join(Document, Document.person_id == User.id)
            .where(Document.activity_id == "lw-plan")
        )
        .all()
    )
    assert stages == {"袁望川": "accepted", "周慕白": "draft_in"}
    quoted = session().scalars(select(DocumentComment.quote)).all()
    assert len(quoted) == 3
    assert all(quoted)
    assert states("leadership")["袁望川"] == "certified"


# ---------------------------------------------------------------- minds


def test_the_able_know_more_and_the_ambiguous_item_does_not_notice() -> None:
    def mean(item, ability):
        people = [minds.Mind(f"p{n}", "t", {"x": ability}) for n in range(400)]
        return statistics.fmean(
            minds.respond(person, item, ()) == {"value": True} for person in people
        )

    def item(name):
        from app.domain.items import Item

        return Item(name, {"zh-CN": "题"}, TrueFalse(True), Fraction(1), competencies=("x",))

    assert mean(item("sound"), 1.5) > mean(item("sound"), -1.5) + 0.2
    unclear = item(min(minds.AMBIGUOUS))
    assert abs(mean(unclear, 1.5) - mean(unclear, -1.5)) < 0.25
    mind = minds.Mind("p", "t", {"x": 0.0})
    assert minds.respond(mind, item("a"), ()) == minds.respond(mind, item("a"), ())


# ---------------------------------------------------------------- the same again, and where not


@pytest.fixture
def few(monkeypatch):
    """A company of eight sellers, quick to load."""
    some = tuple(one for one in cast.SELLERS if one.login in FEW)
    monkeypatch.setattr(cast, "SELLERS", some)
    return some


def told(now):
    """What two loads must agree in."""
    load(now)
    late = session().scalar(select(func.max(Attempt.started_at)))
    assert late <= now
    return [
        session().execute(select(*columns).order_by(*columns[:2])).all()
        for columns in (
            (Attempt.id, Attempt.person_id, Attempt.started_at, Attempt.total, Attempt.receipt),
            (Answer.attempt_id, Answer.position, Answer.body),
            (Evidence.id, Evidence.person_id, Evidence.score, Evidence.happened_on),
            (ProfileLevel.person_id, ProfileLevel.competency, ProfileLevel.mean),
        )
    ]


def test_the_same_moment_gives_the_same_company_also_after_a_reset(few, tmp_path) -> None:
    with empty_database(tmp_path):
        first = told(MIDNIGHT)
        with pytest.raises(AlreadyLoadedError):
            load(MIDNIGHT)
        services.reset(env="test")
        assert session().scalar(select(func.count()).select_from(User)) == 0
        assert told(MIDNIGHT) == first


def test_a_load_that_breaks_off_leaves_nothing_behind(few, tmp_path) -> None:
    class Interrupted(BaseException):
        pass

    def stop(_percent):
        raise Interrupted

    with empty_database(tmp_path):
        with pytest.raises(Interrupted):
            services.load(env="test", folder=banks_folder(), timezone=ZONE, now=NOW, progress=stop)
        for table in Base.metadata.sorted_tables:
            assert session().scalar(select(func.count()).select_from(table)) == 0, table.name


def test_a_database_with_people_is_left_alone(few, tmp_path) -> None:
    with empty_database(tmp_path):
        builders.user("真人")
        db.session.commit()
        with pytest.raises(NotEmptyError):
            load(NOW)
        with pytest.raises(NotTheDemoError):
            services.reset(env="test")
        assert session().scalars(select(User.name)).all() == ["真人"]


@pytest.mark.parametrize("env", ["production", "development"])
def test_only_a_demo_takes_the_demo(few, tmp_path, env) -> None:
    with empty_database(tmp_path):
        with pytest.raises(NotADemoError):
            load(NOW, env=env)
        with pytest.raises(NotADemoError):
            services.reset(env=env)
        assert session().scalar(select(func.count()).select_from(User)) == 0


def test_the_commands_say_what_they_did_and_why_they_refuse(few, tmp_path) -> None:
    with empty_database(tmp_path) as app:
        run = app.test_cli_runner().invoke
        refused = run(args=["demo", "reset", "--yes"])
        assert (refused.exit_code, "没有演示标记" in refused.output) == (1, True)
        loaded = run(args=["demo", "load"])
        assert loaded.exit_code == 0, loaded.output
        assert "fangzhixia@chengyu.example" in loaded.output
        assert cast.PASSWORD in loaded.output
        again = run(args=["demo", "load"])
        assert (again.exit_code, "已经在库里了" in again.output) == (1, True)


def test_the_first_start_loads_content_once_and_people_only_for_a_demo(few, tmp_path) -> None:
    from app.cli import firststart

    with empty_database(tmp_path):
        said = []
        firststart.load(said.append)
        assert len(said) == 1
        assert banks.published_bank("product-knowledge") is not None
        assert banks.published_bank("monthly-quiz") is None
        assert session().scalar(select(func.count()).select_from(User)) == 0
        assert firststart.accounts() == []
        firststart.load(said.append)
        assert len(said) == 1


def test_the_first_start_of_a_demo_brings_the_company_and_names_the_accounts(few, tmp_path) -> None:
    from app.cli import firststart

    with empty_database(tmp_path) as app:
        app.extensions["settings"] = replace(app.extensions["settings"], env="demo")
        firststart.load(print)
        lines = firststart.accounts()
        assert lines[-1].endswith(cast.PASSWORD)
        assert len(lines) == len(services.accounts()) + 2
        before = session().scalar(select(func.count()).select_from(Attempt))
        firststart.load(print)
        assert session().scalar(select(func.count()).select_from(Attempt)) == before > 0


def test_the_health_page_finds_the_wrong_key_and_what_does_not_tell_good_from_weak(demo) -> None:
    from app.analytics.usage import bank_stats
    from app.domain.itemstats import flags, is_doubtful

    quiz = banks.published_bank("monthly-quiz")
    stats = bank_stats(quiz.bank, quiz.version_ids)
    said = {item: flags(found, is_single=True) for item, found in stats.items()}
    (flag,) = said.pop(minds.WRONG_KEY)
    assert flag.key == "W580.chosen"
    assert flag.params["letter"] == minds.WRONG_KEY_TRUTH
    assert not any(said.values())
    weak, hasty = set(), set()
    taken = ("product-knowledge", "talk-track-basics", "crm-operations", "needs-discovery-spin")
    for slug in taken:
        bank = banks.published_bank(slug)
        for item, found in bank_stats(bank.bank, bank.version_ids).items():
            told = {flag.key.partition(".")[0] for flag in flags(found)}
            hasty |= {item} if "W583" in told else set()
            weak |= {item} if is_doubtful(found) or "W581" in told else set()
    assert weak >= minds.AMBIGUOUS
    assert not hasty, "several answers of one save share its time"
