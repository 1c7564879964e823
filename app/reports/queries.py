"""Build a person's pack from the ledger, the released tests and the plan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Row, or_, select

from app.accounts import queries as accounts
from app.analytics import queries as analytics
from app.assessments.models import Assessment, AssessmentSource, Attempt, ItemScore
from app.banks import queries as banks
from app.competency import queries as competency
from app.competency.queries import LedgerPiece, Profile, ProfileLine
from app.domain import team
from app.domain.competency import Call, Status
from app.domain.items import PassMark, text_in
from app.domain.scoring import line as pass_line
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.reports.pack import (
    FORMAT,
    CommentLine,
    GoalLine,
    Head,
    LedgerLine,
    Line,
    MovedBy,
    Pack,
    Prompt,
    PromptKind,
    TestLine,
    WeakPoint,
    from_json,
)
from app.reviews import queries as reviews
from app.tracks import queries as tracks

MOST_WEAK_POINTS: Final = 5
FEWEST_ITEMS_FOR_WEAK: Final = 2
PROMPTS: Final = 8
_SHOWN: Final = frozenset({Status.SUFFICIENT})
_WITH_INTERVAL: Final = frozenset({Status.SUFFICIENT, Status.PROVISIONAL, Status.STALE})
_FALLBACK: Final = (
    PromptKind.PROUD,
    PromptKind.UNSURE,
    PromptKind.CUSTOMER,
    PromptKind.NEXT,
    PromptKind.LEARN,
    PromptKind.MONTH,
)


@dataclass(frozen=True, slots=True)
class _Tests:
    lines: tuple[TestLine, ...]
    weak: tuple[WeakPoint, ...]


def pack(person_id: int, *, review_id: int | None, now: datetime) -> Pack:
    """What is known about a person now, compared with her last cycle. About fifteen SELECTs.

    Raises NotFoundError, NoFrameworkError.
    """
    today = organisation_day(now)
    profile = competency.profile(person_id, today)
    review = None if review_id is None else reviews.review(review_id)
    earlier = reviews.baseline(person_id, review_id=review_id, before=now)
    before = None if earlier is None else from_json(earlier)
    lines = tuple(_line(line, profile, before) for line in profile.lines)
    tests = _tests(person_id)
    focus = team.focus(lines)
    summary = team.summarise(lines)
    last_useful_on = None if review is None else team.last_useful_day(review.review_on)
    return Pack(
        format=FORMAT,
        head=_head(person_id, profile, review, now),
        summary=summary,
        focus=focus.competency if focus else None,
        lines=lines,
        tests=tests.lines,
        weak_points=tests.weak,
        prompts=prompts(lines, tests.lines, tests.weak, last_useful_on),
        goals=_goals(person_id, review_id),
        comments=_comments(person_id, review_id),
    )


def _head(
    person_id: int, profile: Profile, review: reviews.ReviewRow | None, now: datetime
) -> Head:
    today = profile.as_of
    who = accounts.person(person_id, day=today)
    leaders = accounts.leaders_of(person_id, today)
    names = accounts.names(leaders)
    day = None if who.hire_on is None else (today - who.hire_on).days + 1
    return Head(
        person_id=person_id,
        name=who.name,
        staff_no=who.staff_no,
        job_role=who.job_role,
        step=profile.step,
        day=day if day is not None and day > 0 else None,
        unit=who.unit_name,
        managers=tuple(names[leader] for leader in leaders if leader in names),
        review_id=review.id if review else None,
        review=review.name if review else None,
        review_on=review.review_on if review else None,
        last_useful_on=team.last_useful_day(review.review_on) if review else None,
        as_of=today,
        data_through=now,
        framework=f"{profile.framework.id}/{profile.framework.version}",
        formula=profile.framework.formula.version,
    )


# ---------------------------------------------------------------- section C and the ledger


def _line(line: ProfileLine, profile: Profile, before: Pack | None) -> Line:
    verdict, formula = line.verdict, profile.framework.formula
    shown = verdict.status in _SHOWN
    interval = verdict.status in _WITH_INTERVAL
    old = None if before is None else before.line(line.competency.slug)
    compared = shown and old is not None and old.mean is not None and old.sd is not None
    change = None
    if compared and old is not None and old.mean is not None and old.sd is not None:
        here, there = (verdict.mean, verdict.sd), (old.mean, old.sd)
        if team.has_changed(there, here, formula.interval_z):
            change = round(verdict.mean - old.mean, 1)
    newest = verdict.newest_on
    return Line(
        competency=line.competency.slug,
        name=dict(line.competency.name),
        kind=line.competency.kind,
        expected=line.expected,
        weight=line.weight,
        target=None if line.expected is None else formula.level_cuts[line.expected],
        status=verdict.status,
        call=verdict.call,
        level=verdict.level,
        lo=round(verdict.lo, 1) if interval else None,
        hi=round(verdict.hi, 1) if interval else None,
        mean=round(verdict.mean, 2) if shown else None,
        sd=round(verdict.sd, 2) if shown else None,
        p=round(verdict.p, 4) if shown and verdict.p is not None else None,
        kinds=len(verdict.kinds),
        pieces=len(verdict.pieces),
        newest_on=newest,
        age=None if newest is None else (profile.as_of - newest).days,
        change=change,
        was_compared=compared,
        missing=line.missing,
        settling=line.settling if interval else None,
        moved=_moved(line) if shown else None,
        ledger=tuple(_ledger_line(piece, shown=shown) for piece in line.ledger),
        start_percent=line.explanation.start_percent,
        tests_passed=line.tests_passed,
        tests_finished=line.tests_finished,
        why_not_met=line.why_not_met.value if line.why_not_met else None,
    )


def _moved(line: ProfileLine) -> MovedBy | None:
    if line.moved is None or line.moved_by is None:
        return None
    return MovedBy(
        label=line.moved_by.label,
        kind=line.moved_by.kind,
        happened_on=line.moved_by.happened_on,
        before=round(line.moved.before, 1),
        after=round(line.moved.after, 1),
        is_first=line.moved.is_first,
    )


def _ledger_line(piece: LedgerPiece, *, shown: bool) -> LedgerLine:
    rows, last = piece.rows, piece.rows[-1]
    return LedgerLine(
        kind=piece.kind,
        label=last.label,
        happened_on=last.happened_on,
        score=round(sum(row.score for row in rows) / len(rows), 1),
        pass_mark=round(last.pass_mark, 1),
        x=round(piece.x, 1),
        recency=round(piece.recency, 2),
        age=piece.age,
        percent=piece.percent,
        items=round(sum(row.items for row in rows), 2),
        assessors=piece.assessors,
        role=last.assessor_role,
        rows=len(rows),
        passed=last.passed,
        source_type=last.source_type,
        source_id=last.source_id,
        change=round(piece.change, 1) if shown else None,
        call_without=piece.call_without,
        status_without=piece.status_without,
    )


# ---------------------------------------------------------------- section E


def _tests(person_id: int) -> _Tests:
    """Released tests, first and latest, and the weakest knowledge points of the latest ones."""
    query: Any = (
        select(Attempt, Assessment)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(
            Attempt.person_id == person_id,
            Attempt.is_preview.is_(False),
            Attempt.voided_at.is_(None),
            Attempt.released_at.is_not(None),
        )
        .order_by(Attempt.submitted_at, Attempt.id)
    )
    by_assessment: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session().execute(query):
        by_assessment[row.Attempt.assessment_id].append(row)
    cohort = analytics.cohort(by_assessment)
    lines = [_test_line(rows, cohort.get(key)) for key, rows in by_assessment.items()]
    lines.sort(key=lambda line: (line.latest_on, line.attempt_id), reverse=True)
    return _Tests(tuple(lines), _weak_points([line.attempt_id for line in lines]))


def _test_line(rows: Sequence[Row[Any]], cohort: Any) -> TestLine:
    first, latest = rows[0].Attempt, rows[-1].Attempt
    test = rows[-1].Assessment
    mark = pass_line(PassMark(share=test.pass_share, points=test.pass_points), latest.maximum)
    title = {"zh-CN": test.title} | ({"en": test.title_en} if test.title_en else {})
    return TestLine(
        assessment_id=test.id,
        title=title,
        first=_percent(first.total, first.maximum),
        latest=_percent(latest.total, latest.maximum),
        pass_mark=_percent(mark, latest.maximum),
        attempts=len(rows),
        passed_first=bool(first.passed),
        passed_latest=bool(latest.passed),
        latest_on=organisation_day(latest.submitted_at),
        attempt_id=latest.id,
        cohort=cohort,
    )


def _percent(points: Fraction | None, maximum: Fraction) -> float:
    return round(float(100 * (points or 0) / maximum), 1) if maximum else 0.0


def _weak_points(attempt_ids: Sequence[int]) -> tuple[WeakPoint, ...]:
    """The tags with the lowest share right, lowest first; fully right ones are not weak."""
    if not attempt_ids:
        return ()
    scores = (
        session()
        .execute(
            select(ItemScore.item_version_id, ItemScore.share).where(
                ItemScore.attempt_id.in_(attempt_ids), ItemScore.share.is_not(None)
            )
        )
        .all()
    )
    items = banks.item_versions({row.item_version_id for row in scores})
    right: dict[str, Fraction] = defaultdict(Fraction)
    count: dict[str, int] = defaultdict(int)
    for row in scores:
        item = items.get(row.item_version_id)
        for tag in item.tags if item else ():
            right[tag] += row.share
            count[tag] += 1
    found = [
        WeakPoint(tag, round(float(right[tag]), 2), n)
        for tag, n in count.items()
        if n >= FEWEST_ITEMS_FOR_WEAK and right[tag] < n
    ]
    found.sort(key=lambda point: (point.right / point.items, -point.items, point.tag))
    return tuple(found[:MOST_WEAK_POINTS])


# ---------------------------------------------------------------- section H


def prompts(
    lines: Sequence[Line],
    tests: Sequence[TestLine],
    weak: Sequence[WeakPoint],
    last_useful_on: date | None,
) -> tuple[Prompt, ...]:
    """Eight questions: what the data gives, filled up with open ones; the offer of help is last."""
    found = [
        *_about_changes(lines),
        *_about_gaps(lines),
        *(
            Prompt(PromptKind.WEAK_POINT, facts=(one.tag, str(one.items), f"{one.right:g}"))
            for one in weak[:1]
        ),
        *_about_tests(tests),
        *(
            Prompt(PromptKind.UNDECIDED, (line.competency,), (str(round(100 * line.p)),))
            for line in lines
            if line.call is Call.UNDECIDED and line.p is not None
        ),
    ]
    to_prove = team.to_prove(lines)
    if to_prove:
        when = last_useful_on.isoformat() if last_useful_on else ""
        slugs = tuple(line.competency for line in to_prove[:3])
        found.append(Prompt(PromptKind.TO_PROVE, slugs, (when,)))
    found += [Prompt(PromptKind.STRENGTH, (line.competency,)) for line in team.coaching(lines)[:1]]
    found = found[: PROMPTS - 1]
    found += [Prompt(kind) for kind in _FALLBACK[: PROMPTS - 1 - len(found)]]
    while len(found) < PROMPTS - 1:  # six open questions and the help: nothing is known yet
        found.insert(0, Prompt(PromptKind.TEST))
    return (*found, Prompt(PromptKind.HELP))


def _about_changes(lines: Sequence[Line]) -> list[Prompt]:
    changed = [line for line in lines if line.change is not None]
    changed.sort(key=lambda line: -abs(line.change or 0))
    return [
        Prompt(PromptKind.CHANGED, (line.competency,), (f"{line.change:+.0f}",))
        for line in changed[:1]
    ]


def _about_gaps(lines: Sequence[Line]) -> list[Prompt]:
    found = []
    for line in team.confirmed_gaps(lines)[:2]:
        level, expected = line.level or "", line.expected or ""
        found.append(Prompt(PromptKind.GAP, (line.competency,), (str(level), str(expected))))
        if line.ledger:
            low = min(line.ledger, key=lambda one: one.x)
            facts = (low.label or low.kind.value, f"{low.score:g}", f"{low.pass_mark:g}")
            found.append(Prompt(PromptKind.EVIDENCE, (line.competency,), facts))
    return found


def _about_tests(tests: Sequence[TestLine]) -> list[Prompt]:
    low = [test for test in tests if not test.passed_latest]
    return [
        Prompt(
            PromptKind.TEST,
            facts=(test.title.get("zh-CN", ""), f"{test.latest:g}", f"{test.pass_mark:g}"),
        )
        for test in low[:1]
    ]


# ---------------------------------------------------------------- sections I and J


def _goals(person_id: int, review_id: int | None) -> tuple[GoalLine, ...]:
    if review_id is None:
        return ()
    rows = reviews.goals(person_id, review_id)
    names = accounts.names({row.owner_id for row in rows})
    return tuple(
        GoalLine(
            position=row.position,
            competency=row.competency,
            what=row.what,
            on_the_job=row.on_the_job,
            with_others=row.with_others,
            by_course=row.by_course,
            proof=row.proof,
            owner=names.get(row.owner_id, ""),
            owner_id=row.owner_id,
            due_on=row.due_on,
            checks=tuple(
                organisation_day(row.written_at) + timedelta(days=days) for days in team.CHECKS
            ),
        )
        for row in rows
    )


def _comments(person_id: int, review_id: int | None) -> tuple[CommentLine, ...]:
    if review_id is None:
        return ()
    return tuple(
        CommentLine(row.text, row.is_appeal, organisation_day(row.written_at))
        for row in reviews.comments(person_id, review_id)
    )


# ---------------------------------------------------------------- what can be assigned


@dataclass(frozen=True, slots=True)
class Assignable:
    """A test that would give evidence about a competency."""

    assessment_id: int
    title: str
    items: int


def assignable(slug: str, *, now: datetime, lang: str) -> list[Assignable]:
    """Open assessments whose pinned banks ask about a competency, most items of it first."""
    rows = session().execute(
        select(Assessment, AssessmentSource.bank_version_id)
        .join(AssessmentSource, AssessmentSource.assessment_id == Assessment.id)
        .where(
            Assessment.cancelled_at.is_(None),
            or_(Assessment.closes_at.is_(None), Assessment.closes_at > now),
        )
    )
    counts: dict[int, int] = defaultdict(int)
    titles: dict[int, str] = {}
    for test, bank_version_id in rows:
        bank = banks.bank_version(bank_version_id).bank
        counts[test.id] += sum(slug in item.competencies for item in bank.items)
        titles[test.id] = (test.title_en if lang == "en" else None) or test.title
    found = [Assignable(key, titles[key], n) for key, n in counts.items() if n]
    return sorted(found, key=lambda one: (-one.items, one.title))


@dataclass(frozen=True, slots=True)
class Serving:
    """A track with exams about a competency; `exams` by title, `is_on` when the person is on it."""

    slug: str
    title: str
    exams: tuple[str, ...]
    is_on: bool


def serving(found: Sequence[Assignable], person_id: int, *, lang: str) -> list[Serving]:
    """The tracks whose exams are among `found`: a way to evidence with lessons before it."""
    titles = {one.assessment_id: one.title for one in found}
    made = []
    for row in tracks.track_list():
        version = tracks.newest_version(row.slug)
        ids = tracks.exams_of(version.id).values() if version else ()
        exams = tuple(titles[key] for key in ids if key in titles)
        if exams:
            is_on = tracks.is_enrolled(person_id, row.slug)
            made.append(Serving(row.slug, text_in(row.title, lang), exams, is_on))
    return made


def names_of(pack_: Pack, lang: str) -> Mapping[str, str]:
    """slug -> name in the reader's language."""
    return {
        line.competency: line.name.get(lang) or line.name.get("zh-CN") or line.competency
        for line in pack_.lines
    }
