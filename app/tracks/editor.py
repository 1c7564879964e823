"""The page of figures of a track, what a change would do in words, and the history of versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts import queries as people
from app.domain.items import text_in
from app.domain.trackedit import Change, ChangeKind, Figure, Of, compare, figures, things
from app.domain.tracks import ActivityKind, Marking, Track
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.tracks import queries
from app.tracks.models import Enrolment, TrackVersion
from app.tracks.queries.lessons import lessons_of
from app.tracks.services.editing import MOST, Draft

# What its pages are given; they do not know the tables.
Version = TrackVersion
LABELS: Final = {
    "days": _l("有效天数"),
    "warn": _l("到期前几天提醒"),
    "due": _l("到期（起算日后第几天）"),
    "pass": _l("及格线"),
    "attempts": _l("最多几次"),
    "cooldown": _l("两次至少隔"),
    "times": _l("做几次"),
    "needed": _l("几次算完成"),
    "every": _l("每隔几天一次"),
    "marking": _l("评分方式"),
    "tolerance": _l("容差"),
    "resubmit": _l("几天内可重交"),
    "extend": _l("可延期几天"),
}
MARKINGS: Final = {
    Marking.SINGLE: _l("1 位评委"),
    Marking.LEAD: _l("1+1：主评看过第一份再定"),
    Marking.PAIR: _l("2+1：两位独立，差得多时主评定"),
    Marking.PANEL: _l("2+1+1：主评之后还有仲裁"),
}
KINDS: Final = {
    ActivityKind.LESSON: _l("课程"),
    ActivityKind.EXAM: _l("测验"),
    ActivityKind.CHECKLIST: _l("签字清单"),
    ActivityKind.OBSERVATION: _l("观察"),
    ActivityKind.ROLEPLAY: _l("角色演练"),
    ActivityKind.BATTLE: _l("模拟战役"),
    ActivityKind.DELIVERABLE: _l("作业"),
    ActivityKind.SEMINAR: _l("研讨"),
    ActivityKind.SURVEY: _l("问卷"),
    ActivityKind.KPI_MILESTONE: _l("业绩目标"),
}

_DAYS: Final = dict.fromkeys(("days", "warn", "extend", "every", "resubmit"), "d")
_UNITS: Final = _DAYS | dict.fromkeys(("attempts", "times", "needed"), "x")


@dataclass(frozen=True, slots=True)
class Field:
    """One figure to change. `choices` are (value, words) of a list to choose from."""

    name: str
    label: str
    value: str
    is_required: bool
    is_changed: bool
    choices: Sequence[tuple[str, str]]
    errors: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing with its figures, and what is said about it as a whole."""

    title: str
    kind: str
    fields: Sequence[Field]
    errors: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A stage, or the credential."""

    title: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class EditPage:
    """All figures of the newest version; `base` is its number, `most` the limit of a field."""

    slug: str
    title: str
    base: int
    parts: Sequence[Part]
    warnings: Sequence[str]
    errors: int
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Line:
    """One change in a trainer's words."""

    title: str
    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do: its lines, what is doubtful, and how many keep the version."""

    slug: str
    title: str
    base: int
    lines: Sequence[Line]
    warnings: Sequence[str]
    keeping: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the history."""

    number: int
    at: datetime
    by: str
    reason: str
    people: int


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a track, newest first, and the difference of two of them."""

    slug: str
    title: str
    versions: Sequence[VersionRow]
    old: int
    new: int
    lines: Sequence[Line]

    @property
    def is_behind(self) -> bool:
        """Whether anybody is on a version before the newest."""
        return any(row.people for row in self.versions[1:])


def version(slug: str, number: int | None = None) -> TrackVersion:
    """A version, the newest without `number`. Raises NotFoundError. One SELECT."""
    query = select(TrackVersion).where(TrackVersion.slug == slug)
    if number is not None:
        query = query.where(TrackVersion.number == number)
    row = session().scalar(query.order_by(TrackVersion.number.desc()).limit(1))
    if row is None:
        raise NotFoundError
    return row


def edit_page(
    row: TrackVersion, *, lang: str, values: Mapping[str, str], draft: Draft | None = None
) -> EditPage:
    """The form. `values` are texts somebody has typed over those of the version."""
    track = queries.track_of(row)
    parts: dict[str, list[Row]] = {}
    for thing in things(track):
        said = draft.at_thing.get(thing.id, ()) if draft else ()
        title = text_in(thing.title, lang)
        if thing.of is Of.CREDENTIAL:
            part, kind = _("证书"), ""
        else:
            part = text_in(thing.stage, lang)
            kind = str(KINDS[thing.kind]) if thing.kind else _("关口")
        parts.setdefault(part, []).append(
            Row(
                title=title,
                kind=kind,
                fields=[_field(one, values, draft, lang) for one in thing.figures],
                errors=[one.message(lang) for one in said if one.level == "error"],
                warnings=[one.message(lang) for one in said if one.level == "warning"],
            )
        )
    found = [Part(title, rows) for title, rows in parts.items()]
    rest = draft.elsewhere if draft else ()
    return EditPage(
        slug=row.slug,
        title=text_in(row.title, lang),
        base=row.number,
        parts=found,
        warnings=[one.message(lang) for one in rest],
        errors=sum(
            bool(row.errors) + sum(bool(one.errors) for one in row.fields)
            for part in found
            for row in part.rows
        ),
    )


def _field(one: Figure, values: Mapping[str, str], draft: Draft | None, lang: str) -> Field:
    value = values.get(one.name, one.text)
    said = draft.at_field.get(one.name, ()) if draft else ()
    errors = [found.message(lang) for found in said if found.level == "error"]
    if draft and one.name in draft.unreadable:
        errors.append(_("看不懂“%(text)s”。写成 %(example)s。", text=value, example=_example(one)))
    if draft and one.name in draft.empty:
        errors.append(_("这里不能空着。原来是 %(text)s。", text=one.text))
    marks = [(mark.value, str(words)) for mark, words in MARKINGS.items()]
    return Field(
        name=one.name,
        label=str(LABELS[one.key]),
        value=value,
        is_required=one.is_required,
        is_changed=value.strip() != one.text,
        choices=marks if one.key == "marking" else (),
        errors=errors,
        warnings=[found.message(lang) for found in said if found.level == "warning"],
    )


def _example(one: Figure) -> str:
    return {"pass": "70%", "tolerance": "10%", "cooldown": "24h"}.get(one.key, "7")


def typed(row: TrackVersion, form: Mapping[str, str]) -> dict[str, str]:
    """What of a posted form differs from a version's figures, cut to the length of a field."""
    known = figures(queries.track_of(row))
    return {
        name: form[name].strip()[: MOST + 1]
        for name, one in known.items()
        if name in form and form[name].strip() != one.text
    }


def preview(row: TrackVersion, draft: Draft, values: Mapping[str, str], *, lang: str) -> Preview:
    """What storing the draft would do. One SELECT."""
    said = [
        *(found for many in draft.at_field.values() for found in many),
        *(found for many in draft.at_thing.values() for found in many),
        *draft.elsewhere,
    ]
    return Preview(
        slug=row.slug,
        title=text_in(row.title, lang),
        base=row.number,
        lines=lines(draft.changes, lang),
        warnings=[found.message(lang) for found in said],
        keeping=_people_by_version(row.slug).total,
        values=values,
    )


def lines(changes: Sequence[Change], lang: str) -> list[Line]:
    """Differences in words."""
    return [_line(one, lang) for one in changes]


def _line(one: Change, lang: str) -> Line:
    title = text_in(one.title, lang)
    if one.kind is ChangeKind.FIGURE:
        return Line(title, str(LABELS[one.key]), said(one.key, one.old), said(one.key, one.new))
    what = {
        ChangeKind.ADDED: _("新加的"),
        ChangeKind.REMOVED: _("去掉了"),
        ChangeKind.TITLE: _("路径改了名"),
        ChangeKind.NEEDS: _("过关要的内容改了"),
        ChangeKind.FORM: _("要填的表改了"),
        ChangeKind.OTHER: _("内容或要求改了"),
    }[one.kind]
    return Line(title, what, "", "")


def said(key: str, text: str) -> str:
    """One figure in words."""
    if not text:
        return str(_("不写"))
    if key == "due" and int(text) < 0:
        return str(_("开始前 %(n)s 天", n=-int(text)))
    if key == "due":
        return str(_("第 %(n)s 天", n=int(text) + 1))
    if key == "marking":
        return str(MARKINGS[Marking(text)])
    words = {
        "d": _("%(n)s 天", n=text.rstrip("mhd")),
        "h": _("%(n)s 小时", n=text.rstrip("mhd")),
        "m": _("%(n)s 分钟", n=text.rstrip("mhd")),
        "x": _("%(n)s 次", n=text),
    }
    return str(words.get(_UNITS.get(key, text[-1]), text))


# ---------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class _Counts:
    by_version: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.by_version.values())


def _people_by_version(slug: str) -> _Counts:
    rows = session().execute(
        select(Enrolment.track_version_id, func.count().label("n"))
        .where(Enrolment.track_slug == slug, Enrolment.withdrawn_at.is_(None))
        .group_by(Enrolment.track_version_id)
    )
    return _Counts({row.track_version_id: row.n for row in rows})


def history(slug: str, *, old: int | None, new: int | None, lang: str) -> History:
    """The versions of a track and what two of them differ in: the two newest unless named.

    Raises NotFoundError for numbers there are not. Five SELECTs.
    """
    rows = list(
        session().scalars(
            select(TrackVersion)
            .where(TrackVersion.slug == slug)
            .order_by(TrackVersion.number.desc())
        )
    )
    if not rows:
        raise NotFoundError
    by_number = {row.number: row for row in rows}
    newer = by_number.get(new or rows[0].number)
    older = by_number.get(old or max((newer.number - 1) if newer else 1, 1))
    if newer is None or older is None:
        raise NotFoundError
    names = people.names([row.loaded_by_id for row in rows if row.loaded_by_id is not None])
    counts = _people_by_version(slug)
    return History(
        slug=slug,
        title=text_in(rows[0].title, lang),
        versions=[
            VersionRow(
                number=row.number,
                at=row.loaded_at,
                by=names.get(row.loaded_by_id, "") if row.loaded_by_id else "",
                reason=row.reason,
                people=counts.by_version.get(row.id, 0),
            )
            for row in rows
        ],
        old=older.number,
        new=newer.number,
        lines=differences(older, newer, lang) if older is not newer else [],
    )


def differences(older: TrackVersion, newer: TrackVersion, lang: str) -> list[Line]:
    """Everything two versions differ in, lessons too. Two SELECTs."""
    one, other = queries.track_of(older), queries.track_of(newer)
    return [*lines(compare(one, other), lang), *_lessons(older, newer, other, lang)]


def _lessons(older: TrackVersion, newer: TrackVersion, track: Track, lang: str) -> list[Line]:
    before, after = lessons_of(older.id), lessons_of(newer.id)
    changed = {of for of, tag in after if (of, tag) in before and before[of, tag] != after[of, tag]}
    return [
        Line(text_in(one.title, lang), _("课文改了"), "", "")
        for one in track.all_activities
        if one.id in changed
    ]
