"""View models of the room's pages: everything a template prints, computed here once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from flask import current_app, url_for
from flask_babel import gettext

from app.accounts import queries as accounts
from app.accounts.queries import PersonIds
from app.competency import queries as competency
from app.domain import fieldwork as rules
from app.domain import mentoring, papercode
from app.domain.competency import Status
from app.domain.fieldwork import Presence, Verdict
from app.domain.items import text_in
from app.domain.mentoring import Lacks
from app.domain.tracks import ActivityKind, FormRow, Party
from app.fieldwork import forms, queries, services
from app.fieldwork.models import CheckSignature, FieldRecord
from app.fieldwork.queries import Work
from app.kernel.auth import view_of
from app.kernel.clock import organisation_day
from app.tracks.queries.mentors import loads
from app.tracks.words import kind_name, party_name

_: Callable[..., str] = gettext

MOST_PAST: Final = 12
_WITH_ROWS: Final = frozenset({ActivityKind.OBSERVATION, ActivityKind.SURVEY})


@dataclass(frozen=True, slots=True)
class Choice:
    """One mark of a row: what it looks like."""

    id: str
    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a sheet to fill in; `note`, `text`: what was written."""

    id: str
    number: int
    title: str
    hint: str
    name: str
    note_name: str
    choices: tuple[Choice, ...] = ()
    note: str = ""
    text: str = ""
    least: int = 1
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignView:
    """One party's place on a row of a checklist; `at` None: not signed."""

    party: str
    person: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row of a checklist. `is_mine`: signed in the reader's part; `may_take_back`: hers."""

    id: str
    number: int
    title: str
    hint: str
    signs: tuple[SignView, ...]
    is_mine: bool
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record in a list: `says` is its result in words; `url` empty: not for this reader."""

    url: str
    number: int
    on: date
    by: str
    is_yes: bool
    says: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What every page about an activity says on top."""

    enrolment_id: int
    person_id: int
    activity_id: str
    learner: str
    track: str
    title: str
    kind: str
    intro: str
    code: str
    back: str


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """The page of one activity of one learner. `part`: what the reader is in it, empty: only reads.

    `writers`: who fills it in, by name. `seen`: the newest record on the page.
    """

    place: Place
    kind: ActivityKind
    headline: str
    facts: tuple[str, ...]
    part: str
    is_own: bool
    may_fill: bool
    why_not: str
    writers: str
    records: tuple[RecordLine, ...]
    rows: tuple[RowView, ...] = ()
    checks: tuple[CheckRow, ...] = ()
    is_complete: bool = False
    open_checks: int = 0
    presence: str = ""
    seminar_url: str = ""
    target: str = ""
    seen: int = 0
    today: date | None = None


def place_of(one: Work, lang: str) -> Place:
    """Where we are, for a page or a printed sheet."""
    code = rules.code_of(one.enrolment_id, one.activity.id)
    back = ""
    if view_of(current_app, "tracks.enrolment") is not None:
        back = url_for("tracks.enrolment", enrolment_id=one.enrolment_id)
    return Place(
        enrolment_id=one.enrolment_id,
        person_id=one.person_id,
        activity_id=one.activity.id,
        learner=accounts.names([one.person_id])[one.person_id],
        track=text_in(one.track.title, lang),
        title=text_in(one.activity.title, lang),
        kind=kind_name(one.activity.kind),
        intro=text_in(one.form.intro, lang) if one.form and one.form.intro else "",
        code=papercode.shown(code),
        back=back,
    )


def activity_page(
    one: Work, *, actor_id: int, form: forms.SheetForm | None, now: datetime, lang: str
) -> ActivityPage:
    """The page of an activity. About fifteen SELECTs."""
    today = organisation_day(now)
    found = queries.records_of(one)
    part = one.part_of(actor_id)
    is_list = one.activity.kind is ActivityKind.CHECKLIST
    signed = queries.signatures_of(one) if is_list else {}
    checks = _checks(one, signed, part, actor_id, lang) if is_list else ()
    is_complete = is_list and all(sign.at for row in checks for sign in row.signs)
    may_fill = part is not None and one.is_open and not is_complete
    times = len(rules.counted([queries.sheet(row) for row in found], one.activity.every))
    names = accounts.names({row.observer_id for row in found})
    return ActivityPage(
        place=place_of(one, lang),
        kind=one.activity.kind,
        headline=_headline(one, found, checks, times),
        facts=tuple(_facts(one, found, times, today)),
        part=party_name(part) if part else "",
        is_own=actor_id == one.person_id,
        may_fill=may_fill,
        why_not=_why_not(one, part, is_complete=is_complete),
        writers=_writers(one),
        records=tuple(reversed(_lines(one, found, names, actor_id))),
        rows=_rows(one, form, lang) if form is not None and may_fill else (),
        checks=checks,
        is_complete=is_complete,
        open_checks=sum(not row.is_mine for row in checks),
        presence=_presence(found[-1])
        if found and one.activity.kind is ActivityKind.SEMINAR
        else "",
        seminar_url=_seminar_url(one),
        target=text_in(one.activity.target, lang) if one.activity.target else "",
        seen=max((row.id for row in found), default=0),
        today=today,
    )


def _seminar_url(one: Work) -> str:
    if one.activity.kind is not ActivityKind.SEMINAR:
        return ""
    return url_for(
        "fieldwork.seminar",
        slug=one.slug,
        activity_id=one.activity.id,
        anchor_on=one.anchor_on.isoformat(),
    )


def _headline(
    one: Work, found: Sequence[FieldRecord], checks: Sequence[CheckRow], times: int
) -> str:
    match one.activity.kind:
        case ActivityKind.CHECKLIST:
            left = sum(any(sign.at is None for sign in row.signs) for row in checks)
            if left:
                return _("还差 %(n)s 项没有双方签字", n=left)
            return _("%(n)s 项全部签完", n=len(checks))
        case ActivityKind.OBSERVATION:
            left = one.activity.needed - times
            return _("还差 %(n)s 次", n=left) if left > 0 else _("%(n)s 次，做够了", n=times)
        case ActivityKind.SEMINAR:
            return _presence(found[-1]) if found else _("还没有签到")
        case _:
            return _("已经交了") if found else _("还没有填")


def _facts(one: Work, found: Sequence[FieldRecord], times: int, today: date) -> list[str]:
    if one.activity.kind is not ActivityKind.OBSERVATION:
        return []
    said = [_("已算 %(n)s 次，要 %(needed)s 次", n=times, needed=one.activity.needed)]
    if one.activity.every:
        said.append(_("每 %(n)s 天最多算一次", n=one.activity.every))
        following = rules.next_on([queries.sheet(row) for row in found], one.activity.every)
        if following is not None and following > today:
            said.append(_("下一次从 %(on)s 起算", on=following.isoformat()))
    return said


def _why_not(one: Work, part: Party | None, *, is_complete: bool) -> str:
    if not one.is_open:
        return _("这个报名已经结束，不再收表。")
    if is_complete:
        return _("清单已经签完，签字不能再撤回。")
    if part is None and one.activity.kind is not ActivityKind.SEMINAR:
        return _("您可以看，由%(who)s填写。", who=_writers(one))
    return ""


def _writers(one: Work) -> str:
    names = accounts.names(
        {i for p in queries.writers(one.activity) for i in one.parties.get(p, ())}
    )
    said = []
    for party in queries.writers(one.activity):
        ids = one.parties.get(party, ())
        who = _("、").join(names[i] for i in ids[:2]) if len(ids) <= 2 else ""
        word = party_name(party)
        said.append(_("%(party)s（%(who)s）", party=word, who=who) if who else word)
    return _("、").join(said)


def _checks(
    one: Work, signed: queries.Signed, part: Party | None, actor_id: int, lang: str
) -> tuple[CheckRow, ...]:
    names = accounts.names({row.person_id for row in signed.values()})
    parties = queries.writers(one.activity)
    rows = one.form.rows if one.form else ()
    is_complete = all((row.id, party) in signed for row in rows for party in parties)
    found = []
    for number, row in enumerate(rows, start=1):
        mine = signed.get((row.id, part)) if part else None
        found.append(
            CheckRow(
                id=row.id,
                number=number,
                title=text_in(row.title, lang),
                hint=text_in(row.hint, lang) if row.hint else "",
                signs=tuple(_sign(party, signed.get((row.id, party)), names) for party in parties),
                is_mine=mine is not None,
                may_take_back=mine is not None and mine.person_id == actor_id and not is_complete,
            )
        )
    return tuple(found)


def _sign(party: Party, row: CheckSignature | None, names: Mapping[int, str]) -> SignView:
    return SignView(
        party=party_name(party),
        person=names[row.person_id] if row else "",
        at=row.at if row else None,
    )


def _lines(
    one: Work, found: Sequence[FieldRecord], names: Mapping[int, str], actor_id: int
) -> list[RecordLine]:
    ids = set(rules.counted([queries.sheet(row) for row in found], one.activity.every))
    return [
        RecordLine(
            url=url_for("fieldwork.record", record_id=row.id) if one.may_read(actor_id) else "",
            number=row.number,
            on=row.happened_on,
            by=names[row.observer_id],
            is_yes=row.verdict == Verdict.YES,
            says=_says(row, is_counted=row.id in ids),
            counts=row.id in ids,
        )
        for row in found
    ]


def _says(row: FieldRecord, *, is_counted: bool) -> str:
    if row.kind == ActivityKind.SEMINAR:
        return _presence(row)
    if row.kind != ActivityKind.OBSERVATION:
        return _("已经交了")
    if row.verdict == Verdict.NOT_YET and row.again_on:
        return _("还不行，%(on)s 再看", on=row.again_on.isoformat())
    return _("可以，算一次") if is_counted else _("可以，离上一次太近，不另算")


def _presence(row: FieldRecord) -> str:
    words = {
        Presence.PRESENT: _("到了"),
        Presence.LATE: _("迟到"),
        Presence.EXCUSED: _("请假"),
        Presence.ABSENT: _("没来"),
    }
    return words[Presence(row.content["presence"])]


def _rows(one: Work, form: forms.SheetForm, lang: str) -> tuple[RowView, ...]:
    rows = one.form.rows if one.form and one.activity.kind in _WITH_ROWS else ()
    return tuple(_row(one, row, n, form, lang) for n, row in enumerate(rows, start=1))


def _row(one: Work, row: FormRow, number: int, form: forms.SheetForm, lang: str) -> RowView:
    title, hint = text_in(row.title, lang), text_in(row.hint, lang) if row.hint else ""
    if one.activity.kind is ActivityKind.SURVEY:
        field = form[forms.text_name(row.id)]
        return RowView(
            id=row.id,
            number=number,
            title=title,
            hint=hint,
            name=field.name,
            note_name="",
            text=field.data or "",
            least=row.least or 1,
            errors=tuple(field.errors),
        )
    field, note = form[forms.mark_name(row.id)], form[forms.note_name(row.id)]
    words = [(str(n), text_in(text, lang)) for n, text in enumerate(rules.anchors(row))]
    return RowView(
        id=row.id,
        number=number,
        title=title,
        hint=hint,
        name=field.name,
        note_name=note.name,
        choices=tuple(
            Choice(f"{field.name}-{value or 'x'}", value, text, field.data == value)
            for value, text in (*reversed(words), (forms.NOT_MET, _("没遇到")))
        ),
        note=note.data or "",
        errors=(*field.errors, *note.errors),
    )


# ---------------------------------------------------------------- one record


@dataclass(frozen=True, slots=True)
class SaidRow:
    """One row of a record in words. `mark` empty: nothing was to be seen of it."""

    title: str
    mark: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a record, with why it was corrected."""

    version: int
    by: str
    at: datetime
    reason: str
    url: str
    is_withdrawn: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One thing that a correction changes."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One signed form, whole."""

    place: Place
    record_id: int
    url: str
    on: date
    by: str
    party: str
    signed_at: datetime
    says: str
    is_yes: bool
    because: str
    again_on: date | None
    notes: str
    rows: tuple[SaidRow, ...]
    versions: tuple[VersionLine, ...]
    is_latest: bool
    is_withdrawn: bool
    may_correct: bool
    edit: tuple[RowView, ...] = ()
    is_judged: bool = False


def record_page(
    one: Work, row: FieldRecord, *, actor_id: int, form: forms.SheetForm | None, lang: str
) -> RecordPage:
    """A record with its versions. About ten SELECTs."""
    history = queries.history_of(row)
    names = accounts.names({r.observer_id for r in history} | {r.signed_by_id for r in history})
    in_force = {found.id for found in queries.records_of(one)}
    counted = rules.counted(
        [queries.sheet(found) for found in queries.records_of(one)], one.activity.every
    )
    is_judged = row.kind == ActivityKind.OBSERVATION
    return RecordPage(
        place=place_of(one, lang),
        record_id=row.id,
        url=_address(one),
        on=row.happened_on,
        by=names[row.observer_id],
        party=party_name(Party(row.party)),
        signed_at=row.signed_at,
        says=_says(row, is_counted=row.id in counted),
        is_yes=row.verdict == Verdict.YES,
        because=row.because,
        again_on=row.again_on,
        notes=row.notes,
        rows=tuple(_said_rows(one, row, lang)),
        versions=tuple(
            VersionLine(
                version=r.version,
                by=names[r.signed_by_id],
                at=r.signed_at,
                reason="" if r.reason == "-" else r.reason,
                url=url_for("fieldwork.record", record_id=r.id),
                is_withdrawn=r.is_withdrawn,
                is_here=r.id == row.id,
            )
            for r in history
        ),
        is_latest=row.id == history[-1].id,
        is_withdrawn=row.is_withdrawn,
        may_correct=is_judged and row.id in in_force and actor_id == row.observer_id,
        edit=_rows(one, form, lang) if form is not None else (),
        is_judged=is_judged,
    )


@dataclass(frozen=True, slots=True)
class Signed:
    """What was just signed: for whom and what it counts, what comes next, where to go on.

    `again_url` is empty where this activity takes no further sheet of this person.
    """

    what: str
    follows: tuple[str, ...]
    url: str
    label: str
    again_url: str


def signed(one: Work, row: FieldRecord, *, actor_id: int, now: datetime) -> Signed:
    """The words after a signature. About five SELECTs."""
    today = organisation_day(now)
    found = queries.records_of(one)
    counted = rules.counted([queries.sheet(each) for each in found], one.activity.every)
    left = one.activity.needed - len(counted)
    is_sheet = one.activity.kind is ActivityKind.OBSERVATION
    may_go_on = is_sheet and left > 0 and one.is_open and one.part_of(actor_id) is not None
    is_mentor = actor_id in one.parties.get(Party.MENTOR, ())
    return Signed(
        what=_("%(name)s，%(on)s：%(says)s", name=accounts.names([one.person_id])[one.person_id],
               on=row.happened_on.isoformat(), says=_says(row, is_counted=row.id in counted)),
        follows=tuple(_follows(one, row, found, len(counted), today)),
        url=url_for("fieldwork.mentees") if is_mentor else "/",
        label=_("我带的人") if is_mentor else _("回到今日"),
        again_url=_address(one) if may_go_on else "",
    )  # fmt: skip


def _follows(
    one: Work, row: FieldRecord, found: Sequence[FieldRecord], times: int, today: date
) -> Iterator[str]:
    if one.activity.kind is not ActivityKind.OBSERVATION:
        return
    yield _headline(one, found, (), times)
    if row.again_on is not None:
        yield _("到 %(on)s 会提醒您再看", on=row.again_on.isoformat())
    following = rules.next_on([queries.sheet(each) for each in found], one.activity.every)
    if following is not None and following > today and times < one.activity.needed:
        yield _("下一次从 %(on)s 起算", on=following.isoformat())
    if row.observer_id != one.person_id:
        yield _("学员收到了通知")


def _address(one: Work) -> str:
    return url_for("fieldwork.activity", enrolment_id=one.enrolment_id, activity_id=one.activity.id)


def _said_rows(one: Work, row: FieldRecord, lang: str) -> list[SaidRow]:
    content: Mapping[str, Any] = row.content
    if row.kind == ActivityKind.KPI_MILESTONE:
        return [
            SaidRow(_("结果"), "", str(content.get("value", "")), ""),
            SaidRow(_("依据"), "", str(content.get("source", "")), ""),
        ]
    found = []
    for line in one.form.rows if one.form else ():
        mark = content.get("marks", {}).get(line.id)
        words = rules.anchors(line)
        most = rules.highest(line)
        found.append(
            SaidRow(
                title=text_in(line.title, lang),
                mark="" if mark is None or most == 1 else f"{mark} / {most}",
                text=str(content.get("texts", {}).get(line.id, ""))
                if mark is None
                else text_in(words[mark], lang),
                note=str(content.get("notes", {}).get(line.id, "")),
            )
        )
    return found


def changes(change: services.Change, lang: str) -> tuple[ChangeLine, ...]:
    """What a correction changes, in words."""
    current = competency.in_force()
    found = []
    if change.times_before != change.times_after:
        found.append(
            ChangeLine(
                _("算作做过的次数（要 %(n)s 次）", n=change.needed),
                str(change.times_before),
                str(change.times_after),
            )
        )
    for slug in {**change.shares_before, **change.shares_after}:
        before, after = change.shares_before.get(slug), change.shares_after.get(slug)
        if before == after:
            continue
        known = current.framework.competency(slug) if current else None
        name = text_in(known.name, lang) if known else slug
        found.append(ChangeLine(_("证据：%(name)s", name=name), _share(before), _share(after)))
    return tuple(found)


def _share(share: Fraction | None) -> str:
    return "—" if share is None else f"{round(float(100 * share))} / 100"


# ---------------------------------------------------------------- mentors


@dataclass(frozen=True, slots=True)
class TodoLine:
    """One thing to do for a trainee. `url` empty: another does it."""

    title: str
    meta: str
    url: str
    since: date
    days: int


@dataclass(frozen=True, slots=True)
class Mentee:
    """One trainee of the reader. `over`: in words, when the track was gone through; else empty."""

    name: str
    day: int
    since: date
    over: str
    todo: tuple[TodoLine, ...]
    others: tuple[TodoLine, ...]


@dataclass(frozen=True, slots=True)
class PastMentee:
    """Somebody the reader mentored, and what came of it."""

    name: str
    since: date
    until: date
    over: str


@dataclass(frozen=True, slots=True)
class MenteesPage:
    """A mentor's page: the headline says how much there is to do."""

    headline: str
    load: int
    most: int
    mentees: tuple[Mentee, ...]
    past: tuple[PastMentee, ...]


def mentees_page(actor_id: int, *, now: datetime, lang: str) -> MenteesPage:
    """My trainees, what is to be done for each this week. Twenty-five SELECTs however many."""
    today = organisation_day(now)
    ids = queries.mentees(actor_id, today)
    done = queries.over(today, mentor_id=actor_id, running=False)
    over = {one.trainee_id: _over(one) for one in done if one.trainee_id in ids}
    past = [one for one in done if one.until is not None and one.until <= today][:MOST_PAST]
    names = accounts.names({one.trainee_id for one in past})
    enrolments = queries.enrolments_of(ids)
    waiting = queries.waiting_for([i for of in enrolments.values() for i in of], now=now)
    people = accounts.people(ids, day=today)
    paired = queries.pairings(ids, today)
    starts = queries.starts([i for of in enrolments.values() for i in of])
    found = []
    for person_id in sorted(ids, key=lambda i: people[i].name):
        mine = [one for one in waiting if one.person_id == person_id]
        begun = min((starts[i] for i in enrolments.get(person_id, ())), default=today)
        found.append(
            Mentee(
                name=people[person_id].name,
                day=(today - begun).days + 1,
                since=paired[person_id].since,
                over=over.get(person_id, ""),
                todo=tuple(_todo(w, today, lang) for w in mine if actor_id in w.person_ids),
                others=tuple(_todo(w, today, lang) for w in mine if actor_id not in w.person_ids),
            )
        )
    todo = sum(len(one.todo) for one in found)
    return MenteesPage(
        headline=_("有 %(n)s 件事等您", n=todo) if todo else _("现在没有等您的事"),
        load=loads([actor_id], today).get(actor_id, 0),
        most=mentoring.MOST_TRAINEES,
        mentees=tuple(found),
        past=tuple(
            PastMentee(names[one.trainee_id], one.since, one.until, _over(one))
            for one in past
            if one.until is not None
        ),
    )


def _over(one: queries.Over) -> str:
    if one.is_independent:
        return _("%(on)s 已独立", on=one.on.isoformat())
    return _("%(on)s 起不在路径上", on=one.on.isoformat())


def _todo(one: queries.Waiting, today: date, lang: str) -> TodoLine:
    if one.activity.kind is ActivityKind.CHECKLIST:
        meta = _("%(who)s还有 %(n)s 项没签", who=party_name(one.party), n=one.left)
    elif one.because:
        meta = _("约好再看，因为：%(why)s", why=one.because)
    elif one.party is Party.LEARNER:
        meta = _("等学员本人填")
    else:
        meta = _("还差 %(n)s 次", n=one.left)
        if one.party is not Party.MENTOR:
            meta = _("%(name)s：%(title)s", name=party_name(one.party), title=meta)
    return TodoLine(
        title=text_in(one.activity.title, lang),
        meta=meta,
        url=url_for(
            "fieldwork.activity", enrolment_id=one.enrolment_id, activity_id=one.activity.id
        ),
        since=one.since,
        days=(today - one.since).days,
    )


@dataclass(frozen=True, slots=True)
class PairLine:
    """One trainee in the list of pairs. `problem`: what is wrong, empty: nothing."""

    person_id: int
    name: str
    track: str
    begun: date
    mentor: str
    since: date | None
    problem: str


def pair_lines(reach: PersonIds, *, now: datetime, lang: str) -> list[PairLine]:
    """Trainees with their mentors, those without one first. Five SELECTs."""
    from app.tracks import queries as tracks  # noqa: PLC0415  only this list names tracks

    today = organisation_day(now)
    found = queries.trainees(reach, day=today)
    names = accounts.names({one.pairing.mentor_id for one in found if one.pairing})
    titles = tracks.titles()
    return [
        PairLine(
            person_id=one.person_id,
            name=one.name,
            track=text_in(titles[one.slug], lang),
            begun=one.anchor_on,
            mentor=names[one.pairing.mentor_id] if one.pairing else "",
            since=one.pairing.since if one.pairing else None,
            problem=""
            if one.pairing and not one.pairing.mentor_left
            else _("带教人离职了")
            if one.pairing
            else _("还没有带教人"),
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class LevelView:
    """A level a mentor needs: as it stands, and when it was last confirmed."""

    name: str
    says: str
    shape: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """Somebody who could be the mentor. `misses` are the rules not met, in words."""

    person_id: int
    name: str
    unit: str
    is_near: bool
    tenure: str
    load: str
    is_full: bool
    is_eligible: bool
    misses: tuple[str, ...]
    levels: tuple[LevelView, ...]


@dataclass(frozen=True, slots=True)
class PastLine:
    """Who mentored from when to when."""

    mentor: str
    since: date
    until: date | None
    because: str


@dataclass(frozen=True, slots=True)
class PairPage:
    """The page on which a mentor is chosen: `candidates` meet every rule, `others` do not."""

    person_id: int
    name: str
    unit: str
    mentor: str
    candidates: tuple[CandidateLine, ...]
    others: tuple[CandidateLine, ...]
    history: tuple[PastLine, ...]
    may_name: bool


def pair_page(person_id: int, *, text: str, may_name: bool, now: datetime, lang: str) -> PairPage:
    """Who could mentor somebody, best first. About twenty-five SELECTs."""
    today = organisation_day(now)
    person = accounts.person(person_id, day=today)
    past = queries.pairing_history(person_id)
    names = accounts.names({row.mentor_id for row in past})
    now_is = queries.pairings([person_id], today).get(person_id)
    current = competency.in_force()
    known = current.framework.competencies if current else ()
    titles = {one.slug: text_in(one.name, lang) for one in known}
    lines = [
        _candidate(one, titles)
        for one in queries.candidates(person_id, day=today, text=text)
        if now_is is None or one.person_id != now_is.mentor_id
    ]
    return PairPage(
        person_id=person_id,
        name=person.name,
        unit=person.unit_name,
        mentor=names[now_is.mentor_id] if now_is else "",
        candidates=tuple(one for one in lines if one.is_eligible),
        others=tuple(one for one in lines if not one.is_eligible),
        history=tuple(
            PastLine(names[row.mentor_id], row.valid_from, row.valid_to, row.named_because)
            for row in past
        ),
        may_name=may_name,
    )


def _candidate(one: queries.Candidate, titles: Mapping[str, str]) -> CandidateLine:
    tenure = one.standing.tenure
    words = {
        Lacks.TENURE: _("入职不满 %(n)s 天", n=mentoring.TENURE_DAYS),
        Lacks.LEVEL: _(
            "近 %(n)s 天内没有两项都到 %(level)s",
            n=mentoring.WINDOW_DAYS,
            level=mentoring.LEAST_LEVEL.value,
        ),
        Lacks.ROOM: _("已带满 %(n)s 人", n=mentoring.MOST_TRAINEES),
    }
    return CandidateLine(
        person_id=one.person_id,
        name=one.name,
        unit=one.unit,
        is_near=one.is_near,
        tenure=_("入职 %(n)s 天", n=tenure) if tenure is not None else _("入职日期不明"),
        load=_("现在带 %(n)s / %(most)s 人", n=one.standing.load, most=mentoring.MOST_TRAINEES),
        is_full=Lacks.ROOM in one.lacks,
        is_eligible=not one.lacks,
        misses=tuple(words[lack] for lack in one.lacks),
        levels=tuple(_level(one, slug, titles[slug]) for slug in one.standing.confirmed_on),
    )


def _level(one: queries.Candidate, slug: str, name: str) -> LevelView:
    stored, on = one.levels.get(slug), one.standing.confirmed_on[slug]
    says = _("没有证据")
    if stored is not None:
        says = stored.level.value if stored.level else f"{round(stored.lo)}–{round(stored.hi)}"
        if stored.status is Status.INSUFFICIENT:
            says = _("证据不足")
    if on is not None:
        says = _("%(level)s，%(on)s 还确认过", level=says, on=on.isoformat())
    return LevelView(
        name=name,
        says=says,
        shape=stored.status.value if stored else Status.INSUFFICIENT.value,
        is_met=on is not None,
    )


# ---------------------------------------------------------------- seminars


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One person of a seminar."""

    enrolment_id: int
    name: str
    presence: str
    says: str
    notes: str


@dataclass(frozen=True, slots=True)
class SeminarPage:
    """The room: who is there, and the code while it is open."""

    slug: str
    activity_id: str
    anchor_on: date
    title: str
    track: str
    present: int
    people: int
    limits: str
    warning: str
    code: str
    closes_at: datetime | None
    seats: tuple[SeatLine, ...]


def seminar_page(found: queries.Seminar, *, now: datetime, lang: str) -> SeminarPage:
    """The room of a seminar. One SELECT beyond those of `queries.seminar`."""
    last = queries.latest_check_in(found.slug, found.activity.id, found.anchor_on)
    is_open = last is not None and last.closes_at > now
    least, most = found.activity.people or (0, 0)
    return SeminarPage(
        slug=found.slug,
        activity_id=found.activity.id,
        anchor_on=found.anchor_on,
        title=text_in(found.activity.title, lang),
        track=text_in(found.track.title, lang),
        present=found.present,
        people=len(found.seats),
        limits=_("%(least)s–%(most)s 人", least=least, most=most) if most else "",
        warning=_limit_warning(found, least, most),
        code=f"{last.code[:3]} {last.code[3:]}" if last is not None and is_open else "",
        closes_at=last.closes_at if last is not None and is_open else None,
        seats=tuple(
            SeatLine(
                enrolment_id=seat.enrolment_id,
                name=seat.name,
                presence=seat.record.content["presence"] if seat.record else "",
                says=_presence(seat.record) if seat.record else _("还没有签到"),
                notes=seat.record.notes if seat.record else "",
            )
            for seat in found.seats
        ),
    )


def _limit_warning(found: queries.Seminar, least: int, most: int) -> str:
    if most and len(found.seats) > most:
        return _("报名 %(n)s 人，超过最多 %(most)s 人。", n=len(found.seats), most=most)
    if len(found.seats) < least:
        return _("报名 %(n)s 人，少于最少 %(least)s 人。", n=len(found.seats), least=least)
    return ""
