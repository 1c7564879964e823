"""View models of deliverables: everything a template prints, computed here once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import uuid4

from flask import current_app, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.accounts import queries as people
from app.banks.markdown import render
from app.deliverables import queries, services, words
from app.deliverables.models import DocumentFile, DocumentRevision
from app.deliverables.queries import Comment, Place
from app.domain.deliverables import (
    Handed,
    Milestone,
    Piece,
    Stage,
    next_handing,
    too_short,
    word_diff,
)
from app.domain.items import text_in
from app.domain.tracks import Party
from app.kernel.auth import Actor, allowed_scopes, view_of
from app.kernel.clock import organisation_day
from app.kernel.errors import NotFoundError
from app.kernel.i18n import show_points
from app.ratings import queries as ratings
from app.ratings.models import PerformanceState
from app.tracks.words import party_name


@dataclass(frozen=True, slots=True)
class Section:
    """A section: being written, or as handed in with what was said about it."""

    id: str
    title: str
    hint: str
    least: int
    text: str
    revision: int
    html: Markup
    comments: tuple[Comment, ...]
    score: str
    has_failed: bool


@dataclass(frozen=True, slots=True)
class DateLine:
    """A date of the work; `state` done, late, soon or empty."""

    name: str
    on: date
    state: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """An attachment."""

    id: int
    name: str
    size: str


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """Something that was handed in."""

    number: int
    name: str
    submitted_at: datetime
    is_shown: bool


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """A milestone with what became of it."""

    number: int
    what: str
    owner: str
    due_on: date
    money: str
    state: Milestone | None
    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rating:
    """How a review or a defence stands, as this reader may see it."""

    performance_id: int
    title: str
    say: str
    url: str
    button: str


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A deliverable for its author or for those who look after her."""

    enrolment_id: int
    activity_id: str
    document_id: int | None
    title: str
    track: str
    intro: str
    person: str
    is_own: bool
    is_writable: bool
    stage: Stage
    stage_word: str
    reason: str
    last_try_on: date | None
    next_word: str
    party: Party | None
    party_word: str
    sections: tuple[Section, ...]
    dates: tuple[DateLine, ...]
    files: tuple[FileLine, ...]
    revisions: tuple[RevisionLine, ...]
    shown: int | None
    open_comments: int
    ratings: tuple[Rating, ...]
    findings: tuple[tuple[str, str, str], ...]
    milestones: tuple[MilestoneLine, ...]
    has_milestones: bool
    may_follow: bool
    may_decide: bool
    may_accept: bool
    wants_peers: bool
    entry_id: int | None
    key: str


def work_page(
    place: Place, actor: Actor, *, now: datetime, lang: str, number: int | None = None
) -> WorkPage:
    """The deliverable of an enrolment. A fixed number of SELECTs."""
    today = organisation_day(now)
    document = place.document
    stage = Stage(document.stage) if document else Stage.WRITING
    is_own = actor.id == place.enrolment.person_id
    is_writable = is_own and services.is_writable(place, now=now)
    handed = queries.revisions(document.id) if document else []
    shown = _shown(handed, number, is_writable=is_writable)
    said = queries.comments(document.id) if document else []
    party = queries.party_of(place, actor, today=today)
    rights = allowed_scopes(actor, "work.decide")
    lines = _milestones(place)
    follow_on = place.dates.follow_up
    return WorkPage(
        enrolment_id=place.enrolment.id,
        activity_id=place.activity.id,
        document_id=document.id if document else None,
        title=text_in(place.activity.title, lang),
        track=text_in(place.track.title, lang),
        intro=text_in(place.form.intro, lang) if place.form.intro else "",
        person=people.names([place.enrolment.person_id])[place.enrolment.person_id],
        is_own=is_own,
        is_writable=is_writable,
        stage=stage,
        stage_word=_stage_word(place, stage),
        reason=document.reason if document else "",
        last_try_on=services.last_try_on(place),
        next_word=words.handed(next_handing(place.activity, stage, len(handed))),
        party=party,
        party_word=party_name(party) if party else "",
        sections=_sections(place, shown, said, lang, is_own=is_own),
        dates=tuple(_dates(place, handed, today)),
        files=_files(place, shown),
        revisions=tuple(
            RevisionLine(
                one.number, words.handed(Handed(one.handed)), one.submitted_at, one is shown
            )
            for one in handed
        ),
        shown=shown.number if shown else None,
        open_comments=sum(not one.is_resolved for one in said),
        ratings=tuple(_ratings(place, actor)),
        findings=_findings(place, shown, lang) if not is_own else (),
        milestones=lines,
        has_milestones=place.activity.work is not None
        and place.activity.work.follow_up is not None,
        may_follow=is_own
        and bool(lines)
        and follow_on is not None
        and today >= follow_on
        and stage is Stage.ACCEPTED,
        may_decide=bool(rights)
        and not is_own
        and stage in {Stage.FINAL_IN, Stage.DRAFT_IN}
        and not (document and document.panel_id and stage is Stage.FINAL_IN),
        may_accept=_may_accept(place),
        wants_peers=_wants_peers(place),
        entry_id=document.entry_id if document else None,
        key=uuid4().hex,
    )


def _shown(
    handed: Sequence[DocumentRevision], number: int | None, *, is_writable: bool
) -> DocumentRevision | None:
    """The revision asked for; else the newest, unless its author is writing."""
    if number is not None:
        return next((one for one in handed if one.number == number), None)
    return None if is_writable or not handed else handed[0]


def _stage_word(place: Place, stage: Stage) -> str:
    if stage is Stage.FINAL_IN and place.is_panel:
        return str(_("已交，等答辩"))
    return words.stage(stage)


def _sections(
    place: Place,
    shown: DocumentRevision | None,
    said: Sequence[Comment],
    lang: str,
    *,
    is_own: bool,
) -> tuple[Section, ...]:
    document = place.document
    kept = queries.sections(document.id) if document and shown is None and is_own else {}
    scores = _scores(place)
    failed = {
        row.id
        for row in place.form.rows
        if row.pass_share is not None and row.id in scores and scores[row.id][0] < row.pass_share
    }
    lines = []
    for row in place.form.rows:
        text = shown.body.get(row.id, "") if shown else kept[row.id].text if row.id in kept else ""
        lines.append(
            Section(
                id=row.id,
                title=text_in(row.title, lang),
                hint=text_in(row.hint, lang) if row.hint else "",
                least=row.least or 0,
                text=text,
                revision=kept[row.id].revision if row.id in kept else 0,
                html=render(text),
                comments=tuple(one for one in said if one.row_id == row.id),
                score=scores[row.id][1] if row.id in scores else "",
                has_failed=row.id in failed,
            )
        )
    return tuple(lines)


def _scores(place: Place) -> dict[str, tuple[Fraction, str]]:
    """Row id -> the panel's mean, once it is released."""
    document = place.document
    if document is None or document.panel_id is None:
        return {}
    outcome = ratings.outcome_of(document.panel_id)
    if outcome.state != PerformanceState.RELEASED or outcome.rows is None:
        return {}
    points = {row.id: row.points for row in place.form.rows}
    return {
        row: (share, f"{show_points(share * points[row])} / {points[row]}")
        for row, share in outcome.rows.items()
        if row in points
    }


def _dates(place: Place, handed: Sequence[DocumentRevision], today: date) -> list[DateLine]:
    kinds = {one.handed for one in handed}
    done = place.document is not None and place.document.stage == Stage.ACCEPTED
    has_final = bool(kinds & {Handed.FINAL.value, Handed.RESUBMISSION.value})
    found = (
        (_("草稿"), place.dates.draft, Handed.DRAFT.value in kinds or has_final),
        (_("批注"), place.dates.comments, has_final),
        (_("修改稿"), place.dates.revision, has_final),
        (_("答辩"), place.dates.defence, done),
        (_("截止"), place.dates.due if place.dates.defence is None else None, has_final),
        (_("回看里程碑"), place.dates.follow_up, any(one.state for one in _milestones(place))),
    )
    return [
        DateLine(name, on, "done" if is_done else "late" if on < today else "")
        for name, on, is_done in found
        if on is not None
    ]


def _files(place: Place, shown: DocumentRevision | None) -> tuple[FileLine, ...]:
    if place.document is None:
        return ()
    found = queries.files(place.document.id, shown.files if shown else None)
    return tuple(_file(one) for one in found)


def _file(one: DocumentFile) -> FileLine:
    size = (
        f"{one.size / 1024 / 1024:.1f} MB" if one.size >= 1024**2 else f"{one.size // 1024 + 1} kB"
    )
    return FileLine(one.id, one.name, size)


def _ratings(place: Place, actor: Actor) -> list[Rating]:
    document = place.document
    if document is None:
        return []
    found = []
    for performance_id, title in (
        (document.review_id, _("互评")),
        (document.panel_id, _("评审组")),
    ):
        if performance_id is None:
            continue
        outcome = ratings.outcome_of(performance_id)
        is_out = outcome.state == PerformanceState.RELEASED
        say = _("%(n)s 人里交了 %(m)s 人", n=outcome.seats, m=outcome.submitted)
        if is_out and outcome.total is not None:
            say = _(
                "%(share)s%%，%(word)s",
                share=show_points(outcome.total * 100),
                word=_("过线") if outcome.has_passed else _("没有过线"),
            )
        elif not outcome.seats:
            say = _("还没有请人")
        is_own = actor.id == document.person_id
        plans = bool(allowed_scopes(actor, "rating.plan")) and not is_own
        url = ""
        if view_of(current_app, "ratings.performance") and (is_out or plans):
            url = url_for("ratings.performance", performance_id=performance_id)
        found.append(
            Rating(performance_id, title, say, url, _("看评分") if is_out else _("请评委"))
        )
    return found


def _findings(
    place: Place, shown: DocumentRevision | None, lang: str
) -> tuple[tuple[str, str, str], ...]:
    """What the author confirmed to be harmless, for those who approve it."""
    titles = {row.id: text_in(row.title, lang) for row in place.form.rows}
    return tuple(
        (titles[str(one[0])], words.trace(str(one[1])), str(one[2]))
        for one in (shown.findings if shown else ())
        if len(one) == 3 and str(one[0]) in titles
    )


def _milestones(place: Place) -> tuple[MilestoneLine, ...]:
    if place.document is None:
        return ()
    return tuple(
        MilestoneLine(
            row.number,
            row.what,
            row.owner,
            row.due_on,
            row.money,
            Milestone(row.state) if row.state else None,
            words.milestone(Milestone(row.state) if row.state else None),
            row.reason,
        )
        for row in queries.milestones(place.document.id)
    )


def _may_accept(place: Place) -> bool:
    document = place.document
    if document is None or document.stage != Stage.FINAL_IN or document.panel_id is not None:
        return False
    if document.review_id is None:
        return True
    outcome = ratings.outcome_of(document.review_id)
    return outcome.state == PerformanceState.RELEASED and bool(outcome.has_passed)


def _wants_peers(place: Place) -> bool:
    """Whether somebody declined, or too few were to be had."""
    document = place.document
    if document is None or document.review_id is None or document.stage != Stage.FINAL_IN:
        return False
    outcome = ratings.outcome_of(document.review_id)
    return outcome.state != PerformanceState.RELEASED and outcome.seats < place.activity.reviews


# ---------------------------------------------------------------- before handing in


@dataclass(frozen=True, slots=True)
class CheckPage:
    """What is missing and what may give a customer away; `excerpt` marks the words."""

    page: WorkPage
    missing: tuple[tuple[str, str, int], ...]
    findings: tuple[tuple[str, str, str, Markup], ...]
    is_published: bool


def check_page(place: Place, page: WorkPage, *, company: str, lang: str) -> CheckPage:
    """The look at the text before it is handed in."""
    texts = {one.id: one.text for one in page.sections}
    titles = {row.id: text_in(row.title, lang) for row in place.form.rows}
    return CheckPage(
        page=page,
        missing=tuple(
            (row, titles[row], count) for row, count in too_short(place.form, texts).items()
        ),
        findings=tuple(
            (one.row, titles[one.row], words.trace(one.trace), _excerpt(texts[one.row], one.words))
            for one in services.findings(place, texts, company=company)
        ),
        is_published=place.is_published,
    )


def _excerpt(text: str, found: str) -> Markup:
    at = text.find(found)
    before = re.sub(r"\s+", " ", text[max(0, at - 12) : at])
    after = re.sub(r"\s+", " ", text[at + len(found) : at + len(found) + 12])
    return Markup("{}<mark>{}</mark>{}").format(before, found, after)


# ---------------------------------------------------------------- two revisions, a blind reader


@dataclass(frozen=True, slots=True)
class Compared:
    """A section of two revisions."""

    title: str
    pieces: tuple[Piece, ...]
    has_changed: bool


def compared(
    place: Place, old: DocumentRevision, new: DocumentRevision, *, lang: str
) -> list[Compared]:
    """What changed in each section."""
    found = []
    for row in place.form.rows:
        before, after = old.body.get(row.id, ""), new.body.get(row.id, "")
        pieces = tuple(word_diff(before, after))
        found.append(Compared(text_in(row.title, lang), pieces, before != after))
    return found


@dataclass(frozen=True, slots=True)
class Reading:
    """The work as a reviewer reads it: a number instead of the name."""

    performance_id: int
    number: str
    title: str
    handed: str
    sections: tuple[tuple[str, Markup], ...]
    files: tuple[FileLine, ...]
    back: str


def reading(place: Place, performance_id: int, *, seat_id: int | None, lang: str) -> Reading:
    """The newest final revision, without its author; files by number alone."""
    document = place.document
    if document is None:
        raise NotFoundError
    handed = [one for one in queries.revisions(document.id) if one.handed != Handed.DRAFT]
    last = handed[0]
    back = ""
    if seat_id is not None and view_of(current_app, "ratings.seat"):
        back = url_for("ratings.seat", seat_id=seat_id)
    return Reading(
        performance_id=performance_id,
        number=queries.number_of(document),
        title=text_in(place.activity.title, lang),
        handed=words.handed(Handed(last.handed)),
        sections=tuple(
            (text_in(row.title, lang), render(last.body.get(row.id, ""))) for row in place.form.rows
        ),
        files=tuple(
            FileLine(one.id, _("附件 %(n)s.%(suffix)s", n=n, suffix=one.suffix), _file(one).size)
            for n, one in enumerate(queries.files(document.id, last.files), start=1)
        ),
        back=back,
    )


__all__ = ["check_page", "compared", "reading", "work_page"]
