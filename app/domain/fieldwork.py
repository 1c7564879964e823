"""What is filled in beside the learner: sheets, checklists, attendance. Which count, what they say.

Marks of a row are whole numbers from 0 to its highest; shares are 0-1; days are dates.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from app.domain.items import Text
from app.domain.papercode import SIGNS
from app.domain.tracks import RATED_PASS, Activity, ActivityKind, Form, FormRow, Party, Track

KINDS: Final = frozenset(
    {
        ActivityKind.CHECKLIST,
        ActivityKind.OBSERVATION,
        ActivityKind.SURVEY,
        ActivityKind.SEMINAR,
        ActivityKind.KPI_MILESTONE,
    }
)
MOST_TEXT: Final = 2000
MOST_NOTE: Final = 400
# A survey or a figure is asked for this many days before it is due.
ASKED_BEFORE: Final = 7
_ENROLMENT_SIGNS: Final = 4
_ACTIVITY_SIGNS: Final = 2


class Verdict(StrEnum):
    """What the observer signs: yes, or not yet, because …, again on …."""

    YES = "yes"
    NOT_YET = "not_yet"


class Presence(StrEnum):
    """Whether somebody was at a seminar."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"


WAS_THERE: Final = frozenset({Presence.PRESENT, Presence.LATE})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A signed sheet as it counts; `happened_on` is the day it is about."""

    id: int
    happened_on: date
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a checklist: who has signed it."""

    row_id: str
    signed: Collection[Party]


def counted(sheets: Iterable[Sheet], every: int | None) -> tuple[int, ...]:
    """Ids of the sheets that count, earliest first: those with a yes, `every` days apart at least.

    Taking the earliest each time gives the most there can be, so that the order in which sheets
    arrive changes nothing.
    """
    found: list[Sheet] = []
    for sheet in sorted(sheets, key=lambda one: (one.happened_on, one.id)):
        if sheet.verdict is not Verdict.YES:
            continue
        if found and every and (sheet.happened_on - found[-1].happened_on).days < every:
            continue
        found.append(sheet)
    return tuple(one.id for one in found)


def next_on(sheets: Sequence[Sheet], every: int | None) -> date | None:
    """The first day on which a further sheet would count; None: any day."""
    ids = set(counted(sheets, every))
    last = max((one.happened_on for one in sheets if one.id in ids), default=None)
    return None if last is None or not every else last + timedelta(days=every)


def highest(row: FormRow) -> int:
    """The highest mark of a row: 1 (seen or not) where it is no evidence of a competency."""
    return row.points if row.competency or row.anchors else 1


def shares(form: Form, marks: Mapping[str, int]) -> dict[str, Fraction]:
    """Competency -> weighted share of the marks its rows reached. A row without a mark (nothing was
    to be seen of it) says nothing."""
    got: dict[str, Fraction] = {}
    weights: dict[str, int] = {}
    for row in form.rows:
        if row.competency is None or row.id not in marks:
            continue
        share = Fraction(marks[row.id], highest(row)) * row.weight
        got[row.competency] = got.get(row.competency, Fraction(0)) + share
        weights[row.competency] = weights.get(row.competency, 0) + row.weight
    return {slug: share / weights[slug] for slug, share in got.items() if weights[slug]}


def pass_share(activity: Activity) -> Fraction:
    """The share that is "good enough" in a sheet."""
    return activity.rated.pass_share if activity.rated else RATED_PASS


def complete(form: Form, parties: Collection[Party], lines: Iterable[Line]) -> bool:
    """Whether every row has the signature of each party."""
    signed = {line.row_id: set(line.signed) for line in lines}
    return all(set(parties) <= signed.get(row.id, set()) for row in form.rows)


def open_on(track: Track, activity: Activity, anchor_due: Mapping[str, date | None]) -> date | None:
    """The day from which an activity can be done: after what comes before its stage was due.

    `anchor_due`: activity -> its due day. None: from the start of the track.
    """
    due = anchor_due.get(activity.id)
    early = activity.kind in {ActivityKind.SURVEY, ActivityKind.KPI_MILESTONE}
    if early and due is not None:
        return due - timedelta(days=ASKED_BEFORE)
    if activity.kind is ActivityKind.SEMINAR:
        return due
    before: list[date] = []
    for stage in track.stages:
        if activity in stage.activities:
            break
        before += [day for one in stage.activities if (day := anchor_due.get(one.id)) is not None]
    return max(before) + timedelta(days=1) if before else None


# ---------------------------------------------------------------- the code of a printed sheet


def code_of(enrolment_id: int, activity_id: str) -> str:
    """The short code of one person's sheet: it leads to the enrolment by itself.

    Signs of `papercode`, the last one a check sign: a slip is noticed.
    """
    body = _digits(enrolment_id, _ENROLMENT_SIGNS) + _mark_of(activity_id)
    return body + _check(body)


def read_code(typed: str) -> tuple[int, str] | None:
    """The enrolment and the mark of the activity in a code; None when it is none."""
    code = typed.strip().upper().replace("-", "").replace(" ", "")
    shortest = _ENROLMENT_SIGNS + _ACTIVITY_SIGNS + 1
    if not shortest <= len(code) <= 2 * shortest or any(sign not in SIGNS for sign in code):
        return None
    body, check = code[:-1], code[-1]
    if _check(body) != check:
        return None
    number = 0
    for sign in body[:-_ACTIVITY_SIGNS]:
        number = number * len(SIGNS) + SIGNS.index(sign)
    return number, body[-_ACTIVITY_SIGNS:]


def activity_by_mark(track: Track, mark: str) -> Activity | None:
    """The activity a code means."""
    return next(
        (one for one in track.all_activities if one.kind in KINDS and _mark_of(one.id) == mark),
        None,
    )


def _digits(number: int, least: int) -> str:
    signs = ""
    while number or len(signs) < least:
        number, digit = divmod(number, len(SIGNS))
        signs = SIGNS[digit] + signs
    return signs


def _mark_of(activity_id: str) -> str:
    number = int.from_bytes(hashlib.sha256(activity_id.encode()).digest()[:4], "big")
    return _digits(number % len(SIGNS) ** _ACTIVITY_SIGNS, _ACTIVITY_SIGNS)


def _check(body: str) -> str:
    """Different weights, none of them 0 modulo the prime 31: a wrong sign is always noticed."""
    total = sum(weight % 30 * SIGNS.index(sign) for weight, sign in enumerate(body, start=1))
    return SIGNS[total % len(SIGNS)]


# ---------------------------------------------------------------- anchors in general words

# Where a form says nothing of its own: what a mark means whatever the row is about.
ANCHORS: Final[tuple[Text, ...]] = (
    {"zh-CN": "没有看到", "en": "Not seen"},
    {"zh-CN": "提醒了才做", "en": "Only when reminded"},
    {"zh-CN": "做了一部分", "en": "In part"},
    {"zh-CN": "自己做到位", "en": "Alone and well"},
    {"zh-CN": "好到可以示范", "en": "An example to others"},
)
SEEN: Final[tuple[Text, ...]] = (
    {"zh-CN": "还没有", "en": "Not yet"},
    {"zh-CN": "做到了", "en": "Done"},
)


def anchors(row: FormRow) -> tuple[Text, ...]:
    """What each mark of a row looks like, from 0 on."""
    most = highest(row)
    if len(row.anchors) == most + 1:
        return row.anchors
    if most + 1 == len(ANCHORS):
        return ANCHORS
    if most == 1:
        return SEEN
    return tuple({"zh-CN": str(n), "en": str(n)} for n in range(most + 1))
