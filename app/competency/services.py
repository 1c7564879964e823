"""Writes: the ledger, the levels that follow from it, the framework, and expectations.

Whoever has evidence calls `record_evidence` in the transaction of the thing itself. Levels are
renewed there, after a changed expectation, and every night; they can always be rebuilt.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.audit.services import record
from app.banks import loader
from app.competency import queries
from app.competency.errors import (
    EvidenceInvalidError,
    ExpectationChangedError,
    FrameworkInvalidError,
    FrameworkVersionTakenError,
    UnknownExpectationError,
    UnknownStepError,
)
from app.competency.models import (
    Evidence,
    Expectation,
    FrameworkVersion,
    Origin,
    ProfileLevel,
    ProfileSummary,
)
from app.domain import competency as model
from app.domain import team
from app.domain.competency import Rules, Verdict
from app.domain.framework import CompetencyStatus, EvidenceKind, Framework, Level
from app.jobs.services import start_job
from app.kernel.db import core, session, upsert_all

STEPS_OF_ROLE: Final[Mapping[str, tuple[str, ...]]] = {
    model.ROLE_SELLER: (model.STEP_DAY_30, model.STEP_DAY_90, model.STEP_BACKBONE),
    model.ROLE_MANAGER: (model.STEP_MANAGER,),
}
LEVELS_TO_EXPECT: Final = (Level.L2, Level.L3, Level.L4, Level.L5)

# Built once: they run with every submit.
_STORED: Final = select(*ProfileLevel.__table__.columns).where(
    ProfileLevel.person_id.in_(bindparam("ids", expanding=True))
)
_STORED_OF: Final = select(*ProfileLevel.__table__.columns).where(
    ProfileLevel.person_id == bindparam("id")
)
_OF_SOURCE: Final = (
    select(*Evidence.__table__.columns)
    .where(
        Evidence.source_type == bindparam("type"),
        Evidence.source_id == bindparam("id"),
        Evidence.person_id == bindparam("person"),
    )
    .order_by(Evidence.number)
)

_NEW_EVIDENCE: Final = insert(Evidence.__table__)  # type: ignore[arg-type]
_NEW_LEVELS: Final = insert(ProfileLevel.__table__)  # type: ignore[arg-type]

RENEW_JOB: Final = "competency.renew"

_LEVEL_LOCK: Final = 7_281_992  # any fixed number: one writer of a person's levels at a time


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """What one source says about one competency.

    Tests give `items` and `right` by weight (`domain.competency.tally`) and no score; ratings give
    `score` (0-100) and how many `assessors` rated, with `assessor_id` when it was one person.
    `pass_mark` 0-100 is that of the source itself. `occasion` is equal for ratings of the same
    performance. `label` is what the page calls it (a title the source's own people chose).
    """

    competency: str
    kind: EvidenceKind
    pass_mark: Fraction | float
    score: Fraction | float | None = None
    items: Fraction | float = 0
    right: Fraction | float = 0
    assessors: int = 0
    assessor_id: int | None = None
    assessor_role: str | None = None
    occasion: str | None = None
    is_360: bool = False
    has_passed: bool | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where evidence comes from: `type` such as `attempt`, `id` unique within the type."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class LoadedFramework:
    """What loading a framework did. `kept`: expectations edited on the page, left as they are.

    `job_id`: as `renew_everybody` gives it.
    """

    version_id: int
    is_new: bool
    expectations_changed: int = 0
    kept: int = 0
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class SavedExpectations:
    """How many expectations changed; `job_id` as `renew_everybody` gives it."""

    changed: int
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class ExpectationEdit:
    """One cell of the page of expectations; `level` None: not required."""

    competency: str
    level: Level | None
    weight: int


# ---------------------------------------------------------------- the ledger


def record_evidence(
    *,
    person_id: int,
    source: Source,
    happened_on: date,
    entries: Sequence[NewEvidence],
    now: datetime,
    today: date,
    ground: queries.Ground | None = None,
    is_first: bool = False,
) -> int:
    """Make `entries` the whole evidence of `source` about this person, and renew her levels.

    What is unchanged is left alone; what changed is superseded by a new row; a competency that the
    source no longer speaks of is withdrawn. Returns the number of rows written, so calling it twice
    writes nothing the second time. `happened_on` and `today` are days of the organisation's zone.

    `ground` is what this person is judged against today, where the caller has read it already.
    `is_first`: the source cannot have spoken of her before (a unique constraint stands behind it).

    Raises EvidenceInvalidError for figures that mean nothing.
    """
    _one_writer([person_id])
    before = {} if is_first else _latest_of(source, person_id)
    rows = []
    for entry in entries:
        old = before.pop(entry.competency, None)
        row = _new_row(person_id, source, happened_on, entry, now)
        if old is None or not _is_same(old, row):
            rows.append(_numbered(row, old))
    rows += [
        _numbered({**_carried(old), "is_withdrawn": True, "created_at": now}, old)
        for old in before.values()
        if not old.is_withdrawn
    ]
    if rows:
        session().flush()
        core().execute(_NEW_EVIDENCE, rows)
        renew_levels([person_id], today, ground, touched={row["competency"] for row in rows})
    return len(rows)


def withdraw_evidence(
    *, person_id: int, source: Source, happened_on: date, now: datetime, today: date
) -> int:
    """Take a source out of the ledger (a void attempt). Returns the number of rows written."""
    return record_evidence(
        person_id=person_id,
        source=source,
        happened_on=happened_on,
        entries=(),
        now=now,
        today=today,
    )


def _latest_of(source: Source, person_id: int) -> dict[str, Row[Any]]:
    """Competency -> the newest row this source wrote about a person, withdrawn ones too."""
    params = {"type": source.type, "id": source.id, "person": person_id}
    rows = core().execute(_OF_SOURCE, params)
    return {row.competency: row for row in rows}


def _new_row(
    person_id: int, source: Source, happened_on: date, entry: NewEvidence, now: datetime
) -> dict[str, Any]:
    """The column values of one entry. Raises EvidenceInvalidError."""
    is_test = not entry.kind.is_rated
    if is_test and entry.items > 0:
        score = float(100 * entry.right / entry.items)
    elif not is_test and entry.score is not None and entry.assessors > 0:
        score = float(entry.score)
    else:
        raise EvidenceInvalidError(entry)
    if not (0 <= score <= 100 and 0 <= entry.pass_mark <= 100):
        raise EvidenceInvalidError(entry)
    if entry.assessor_id is not None and entry.assessors != 1:
        raise EvidenceInvalidError(entry)
    return {
        "person_id": person_id,
        "competency": entry.competency,
        "kind": entry.kind.value,
        "score": score,
        "pass_mark": float(entry.pass_mark),
        "has_passed": entry.has_passed,
        "happened_on": happened_on,
        "items": float(entry.items),
        "items_right": float(entry.right),
        "assessors": entry.assessors,
        "assessor_id": entry.assessor_id,
        "assessor_role": entry.assessor_role,
        "occasion": entry.occasion,
        "is_360": entry.is_360,
        "source_type": source.type,
        "source_id": source.id,
        "is_withdrawn": False,
        "label": entry.label[:200],
        "created_at": now,
    }


def _carried(old: Row[Any]) -> dict[str, Any]:
    """The values of a row, to be written again with a change."""
    left_out = {"id", "number", "supersedes_id"}
    return {name: value for name, value in old._mapping.items() if name not in left_out}


def _numbered(row: Mapping[str, Any], old: Row[Any] | None) -> dict[str, Any]:
    """The row with its place in the chain of corrections."""
    if old is None:
        return {**row, "number": 1, "supersedes_id": None}
    return {**row, "number": old.number + 1, "supersedes_id": old.id}


def _is_same(old: Row[Any], row: Mapping[str, Any]) -> bool:
    """True when the newest row says the same already."""
    said = _carried(old)
    return all(said[name] == value for name, value in row.items() if name != "created_at")


# ---------------------------------------------------------------- levels


def rebuild(person_id: int, today: date) -> int:
    """Throw a person's stored levels away and compute them from the ledger.

    Gives the same rows as every renewal on that day. Returns their number.
    """
    _one_writer([person_id])
    session().execute(delete(ProfileLevel).where(ProfileLevel.person_id == person_id))
    return renew_levels([person_id], today)


def refresh_all(today: date) -> int:
    """Renew the levels of everybody who works here: evidence ages, steps change.

    Returns the number of rows written.
    """
    ids = accounts.active_ids(today)
    return sum(
        renew_levels(ids[start : start + queries.CHUNK], today)
        for start in range(0, len(ids), queries.CHUNK)
    )


def renew_everybody(*, now: datetime, today: date) -> int | None:
    """Renew all levels: at once for a few hundred people, above that as a job.

    A job writes in pieces, so that nobody's answer waits behind ten thousand profiles. Returns its
    id, for the edge to send; None when all is done.
    """
    if len(accounts.active_ids(today)) <= queries.CHUNK:
        refresh_all(today)
        return None
    return start_job(kind=RENEW_JOB, title="重算能力等级", owner_id=None, params={}, now=now)


def forget_levels(person_ids: Collection[int]) -> None:
    """Drop the stored levels of accounts that are taken back: they can be computed again."""
    for table in (ProfileLevel, ProfileSummary):
        session().execute(delete(table).where(table.person_id.in_(person_ids)))


def renew_levels(
    person_ids: Collection[int],
    today: date,
    ground: queries.Ground | None = None,
    *,
    touched: Collection[str] | None = None,
) -> int:
    """Bring the stored levels of some people (at most a few hundred) up to `today`.

    Eight statements whatever the number of people. Returns the number of rows written; rows that
    are right already are not touched. Does nothing before a framework is loaded.

    `touched`: the competencies whose evidence changed since the last renewal. Whoever's other rows
    were judged today by the same rules keeps them uncomputed; the rows are those of a rebuild.
    """
    ground = ground or queries.ground(person_ids, today)
    if ground is None or not person_ids:
        return 0
    _one_writer(person_ids)
    ids = list(person_ids)
    one = len(ids) == 1
    rows = core().execute(_STORED_OF if one else _STORED, {"id": ids[0]} if one else {"ids": ids})
    stored = {(row.person_id, row.competency): row for row in rows}
    known = _still_right(stored, ground, today, touched)
    fresh = _computed(person_ids, ground, today, known, touched)
    gone = [row.id for key, row in stored.items() if key not in fresh]
    added = [values for key, values in fresh.items() if key not in stored]
    changed = [
        {**values, "row_id": stored[key].id}
        for key, values in fresh.items()
        if key in stored and any(getattr(stored[key], n) != v for n, v in values.items())
    ]
    _write_levels(added, changed, gone)
    if added or changed or gone:
        _write_summaries(person_ids, fresh, today)
    return len(added) + len(changed) + len(gone)


def _still_right(
    stored: Mapping[tuple[int, str], Row[Any]],
    ground: queries.Ground,
    today: date,
    touched: Collection[str] | None,
) -> dict[tuple[int, str], dict[str, Any]]:
    """The stored rows that a rebuild would write again as they are, of people all of whose rows
    were judged on this very ground."""
    if touched is None or not stored:
        return {}
    rows: dict[int, dict[str, Row[Any]]] = {}
    for (person_id, slug), row in stored.items():
        rows.setdefault(person_id, {})[slug] = row
    return {
        (person_id, slug): {name: value for name, value in row._mapping.items() if name != "id"}
        for person_id, mine in rows.items()
        if _is_of_today(mine, ground, person_id, today)
        for slug, row in mine.items()
        if slug not in touched
    }


def _is_of_today(
    mine: Mapping[str, Row[Any]], ground: queries.Ground, person_id: int, today: date
) -> bool:
    standing = ground.standings.get(person_id)
    if standing is None:
        return False
    wanted = ground.wanted.get((standing.role, standing.step or ""), {})
    asked = {one.slug for one in queries.slugs_of(ground.current.framework, wanted, ())}
    judged = (today, ground.current.version_id, standing.role, standing.step)
    return asked <= set(mine) and all(
        (row.as_of, row.framework_version_id, row.role, row.step) == judged
        and _asks(wanted.get(slug)) == (row.expected, row.weight)
        for slug, row in mine.items()
    )


def _asks(want: queries.Wanted | None) -> tuple[str | None, int | None]:
    return (None, None) if want is None else (want.level.value, want.weight)


def _write_levels(
    added: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]], gone: Sequence[int]
) -> None:
    db = session()
    if gone:
        db.execute(
            delete(ProfileLevel)
            .where(ProfileLevel.id.in_(gone))
            .execution_options(synchronize_session=False)
        )
    if added:
        core().execute(_NEW_LEVELS, added)
    if changed:
        core().execute(_change_levels(tuple(changed[0])), changed)


@cache
def _change_levels(names: tuple[str, ...]) -> Any:
    table = ProfileLevel.__table__
    return (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("row_id"))
        .values({name: bindparam(name) for name in names if name != "row_id"})
    )


def _slugs(levels: Iterable["_Judged"]) -> str:
    return ",".join(sorted(one.competency for one in levels))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A level as `domain.team` counts it."""

    competency: str
    expected: Level | None
    weight: int | None
    status: model.Status
    call: model.Call | None
    level: Level | None


def _write_summaries(
    person_ids: Collection[int], fresh: Mapping[tuple[int, str], Mapping[str, Any]], today: date
) -> None:
    """The levels in numbers, written again for these people."""
    judged: dict[int, list[_Judged]] = {}
    for (person_id, slug), values in fresh.items():
        judged.setdefault(person_id, []).append(
            _Judged(
                slug,
                values["expected"] and Level(values["expected"]),
                values["weight"],
                model.Status(values["status"]),
                values["call"] and model.Call(values["call"]),
                values["level"] and Level(values["level"]),
            )
        )
    without = [person_id for person_id in person_ids if person_id not in judged]
    if without:
        session().execute(
            delete(ProfileSummary)
            .where(ProfileSummary.person_id.in_(without))
            .execution_options(synchronize_session=False)
        )
    rows = [
        {
            "person_id": person_id,
            "as_of": today,
            **asdict(team.summarise(levels)),
            "asked": _slugs(one for one in levels if one.expected),
            "gaps_in": _slugs(one for one in levels if team.gap(one)),
        }
        for person_id, levels in judged.items()
    ]
    if rows:
        upsert_all(ProfileSummary, rows, keys=("person_id",))


def _computed(
    person_ids: Collection[int],
    ground: queries.Ground,
    today: date,
    known: Mapping[tuple[int, str], dict[str, Any]],
    touched: Collection[str] | None,
) -> dict[tuple[int, str], dict[str, Any]]:
    """(person, competency) -> the column values that belong there; those in `known` are right."""
    framework, ids = ground.current.framework, sorted(person_ids)
    is_rest_known = {person_id for person_id, _slug in known} == set(ids)
    ledger = queries.ledger_rows(ids, touched if is_rest_known else None)
    slugs: dict[int, set[str]] = {person_id: set() for person_id in ids}
    for person_id, slug in (*ledger, *known):
        slugs[person_id].add(slug)
    fresh = {}
    for person_id, standing in ground.standings.items():
        mine = ground.wanted.get((standing.role, standing.step or ""), {})
        for competency in queries.slugs_of(framework, mine, slugs[person_id]):
            slug = competency.slug
            if (person_id, slug) in known:
                fresh[person_id, slug] = known[person_id, slug]
                continue
            want = mine.get(slug)
            rules = Rules(competency, want.level if want else None, framework.formula, today)
            rows = ledger.get((person_id, slug), [])
            verdict = model.evaluate([queries.observed(row) for row in rows], rules)
            fresh[person_id, slug] = {
                "person_id": person_id,
                "competency": slug,
                "framework_version_id": ground.current.version_id,
                "as_of": today,
                "role": standing.role,
                "step": standing.step,
                "weight": want.weight if want else None,
                **_values(verdict),
            }
    return fresh


def _values(verdict: Verdict) -> dict[str, Any]:
    """A verdict as columns."""
    return {
        "mean": verdict.mean,
        "sd": verdict.sd,
        "lo": verdict.lo,
        "hi": verdict.hi,
        "p": verdict.p,
        "status": verdict.status.value,
        "call": verdict.call and verdict.call.value,
        "level": verdict.level and verdict.level.value,
        "expected": verdict.expected and verdict.expected.value,
        "kinds": len(verdict.kinds),
        "pieces": len(verdict.pieces),
        "newest_on": verdict.newest_on,
    }


def _one_writer(person_ids: Iterable[int]) -> None:
    """On PostgreSQL two writers of one person's levels take turns; on SQLite all writers do."""
    db = session()
    if db.get_bind().dialect.name == "postgresql":
        db.execute(
            text(
                "SELECT pg_advisory_xact_lock(:k, id) FROM"
                " (SELECT unnest(CAST(:ids AS int[])) AS id ORDER BY 1) AS people"
            ),
            {"k": _LEVEL_LOCK, "ids": sorted(person_ids)},
        )


# ---------------------------------------------------------------- framework


def load_framework(
    source: bytes | str, *, actor_id: int | None, now: datetime, today: date, file: str = ""
) -> LoadedFramework:
    """Put a framework file in force, with its expectations, and renew all levels.

    Expectations edited on the page stay as they are. The same file twice changes nothing.

    Raises FrameworkInvalidError with every problem, FrameworkVersionTakenError when the content
    changed without a new version number.
    """
    data = source.encode() if isinstance(source, str) else source
    loaded = loader.load_bytes(data, file=file)
    framework = loaded.framework
    if framework is None:
        lines = "\n".join(problem.line_of_text() for problem in loaded.errors)
        raise FrameworkInvalidError(problems=lines or file)
    known = _known_version(framework, loaded.sha256)
    if known is not None:
        return LoadedFramework(known, is_new=False)
    row = FrameworkVersion(
        slug=framework.id,
        version=framework.version,
        sha256=loaded.sha256,
        source=data.decode(),
        loaded_at=now,
        loaded_by_id=actor_id,
    )
    session().add(row)
    session().flush()
    changed, kept = _expectations_from_file(framework, now=now, today=today)
    record(
        action="framework.load",
        object_type="framework",
        object_id=f"{framework.id}/{framework.version}",
        actor_id=actor_id,
        now=now,
        detail={"sha256": loaded.sha256, "expectations": changed, "kept": kept},
    )
    job_id = renew_everybody(now=now, today=today)
    return LoadedFramework(row.id, True, changed, kept, job_id)


def _known_version(framework: Framework, sha256: str) -> int | None:
    """The row of the same file, None for a new version. Raises FrameworkVersionTakenError."""
    same = (
        session()
        .execute(
            select(FrameworkVersion.id, FrameworkVersion.sha256).where(
                FrameworkVersion.slug == framework.id,
                FrameworkVersion.version == framework.version,
            )
        )
        .first()
    )
    if same is not None and same.sha256 != sha256:
        raise FrameworkVersionTakenError(slug=framework.id, version=framework.version)
    return None if same is None else same.id


def _expectations_from_file(framework: Framework, *, now: datetime, today: date) -> tuple[int, int]:
    """Write what the file expects, unless the page has the last word. (changed, kept)"""
    latest = _latest_expectations()
    rows, kept = [], 0
    asked = {(e.role, e.step, e.competency): (e.level, e.weight) for e in framework.expectations}
    for key in sorted({*asked, *latest}):
        old = latest.get(key)
        level, weight = asked.get(key, (None, old.weight if old else 1))
        if old is not None and (old.level, old.weight) == (level, weight):
            continue
        if old is not None and old.origin == Origin.PAGE:
            kept += 1
            continue
        rows.append(_expectation_row(key, old, level, weight, now=now, today=today))
    if rows:
        session().execute(insert(Expectation), rows)
    return len(rows), kept


# ---------------------------------------------------------------- expectations


def set_expectation(
    *,
    role: str,
    step: str,
    edit: ExpectationEdit,
    actor_id: int,
    now: datetime,
    today: date,
    reason: str = "",
) -> bool:
    """Change what one competency needs at a step, from today on. False when it says so already."""
    saved = set_expectations(
        role=role,
        step=step,
        edits=[edit],
        opened_with=queries.newest_change(role, step),
        actor_id=actor_id,
        now=now,
        today=today,
        reason=reason,
    )
    return saved.changed > 0


def set_expectations(
    *,
    role: str,
    step: str,
    edits: Sequence[ExpectationEdit],
    opened_with: int,
    actor_id: int,
    now: datetime,
    today: date,
    reason: str = "",
) -> SavedExpectations:
    """Change a whole step, from today on, and renew the levels it is judged by.

    `opened_with` is `queries.newest_change` as the page was opened.

    Raises UnknownExpectationError, ExpectationChangedError.
    """
    framework = queries.required().framework
    for edit in edits:
        _check_edit(framework, role, step, edit)
    if queries.newest_change(role, step) != opened_with:
        raise ExpectationChangedError
    latest = _latest_expectations()
    rows, changes = [], {}
    for edit in edits:
        key = (role, step, edit.competency)
        old = latest.get(key)
        was = None if old is None or old.level is None else (old.level, old.weight)
        if was == (None if edit.level is None else (edit.level, edit.weight)):
            continue
        rows.append(
            _expectation_row(
                key, old, edit.level, edit.weight, now=now, today=today, actor_id=actor_id
            )
        )
        changes[edit.competency] = {"from": was, "to": [edit.level, edit.weight]}
    if not rows:
        return SavedExpectations(0)
    try:
        session().execute(insert(Expectation), rows)
    except IntegrityError:
        # Somebody wrote the same next number between our look and our write.
        raise ExpectationChangedError from None
    record(
        action="expectation.edit",
        object_type="expectation",
        object_id=f"{role}/{step}",
        actor_id=actor_id,
        now=now,
        detail=changes,
        reason=reason,
    )
    return SavedExpectations(len(rows), renew_everybody(now=now, today=today))


def set_step(
    *, person_id: int, step: str | None, actor_id: int, now: datetime, today: date
) -> bool:
    """Set a person's step (None: by hire date) and renew her levels. False when it was so already.

    Raises UnknownStepError when her role does not know the step, NotFoundError.
    """
    person = accounts.person(person_id, day=today)
    if step is not None and step not in STEPS_OF_ROLE.get(person.job_role, ()):
        raise UnknownStepError
    changed = account_services.set_step(user_id=person_id, step=step, actor_id=actor_id, now=now)
    if changed:
        renew_levels([person_id], today)
    return changed


def _check_edit(framework: Framework, role: str, step: str, edit: ExpectationEdit) -> None:
    competency = framework.competency(edit.competency)
    if (
        step not in STEPS_OF_ROLE.get(role, ())
        or competency is None
        or competency.status is not CompetencyStatus.ACTIVE
        or (edit.level is not None and edit.level not in LEVELS_TO_EXPECT)
        or edit.weight not in {1, 2, 3}
    ):
        raise UnknownExpectationError


def _latest_expectations() -> dict[tuple[str, str, str], Row[Any]]:
    """(role, step, competency) -> newest row."""
    rows = session().execute(select(*Expectation.__table__.columns).order_by(Expectation.number))
    return {(row.role, row.step, row.competency): row for row in rows}


def _expectation_row(
    key: tuple[str, str, str],
    old: Row[Any] | None,
    level: Level | None,
    weight: int,
    *,
    now: datetime,
    today: date,
    actor_id: int | None = None,
) -> dict[str, Any]:
    role, step, competency = key
    return {
        "role": role,
        "step": step,
        "competency": competency,
        "number": 1 if old is None else old.number + 1,
        "level": None if level is None else level.value,
        "weight": weight,
        "origin": Origin.FILE if actor_id is None else Origin.PAGE,
        "valid_from": today,
        "changed_at": now,
        "changed_by_id": actor_id,
    }
