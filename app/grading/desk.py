"""View models of the marking pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.assessments.queries import printed
from app.banks.markdown import render
from app.domain import papercode
from app.domain.items import ShortAnswer, text_in
from app.domain.papersheet import is_on_paper
from app.domain.scoring import shown
from app.grading import hits, queries
from app.grading.hits import Piece
from app.grading.queries import Place, QuestionRow, Sheet
from app.kernel.auth import Actor


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """One question in the list."""

    title: str
    stem_html: Markup
    waiting: int
    done: int
    assessment_id: int
    item_version_id: int


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A rubric point as a toggle; `key` is its number key, None after the ninth."""

    id: str
    key: int | None
    text: str
    points: str
    words: str
    checked: bool


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One answer in the map of the queue."""

    number: int
    code: str
    url: str
    is_done: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class SpreadLine:
    """How often a mark was given; x, height in a chart 0-100."""

    points: str
    n: int
    x: str
    height: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk with one answer on it. Figures are shown strings; `total` is empty before a mark.

    `sheet_code` is empty for an answer given online; `chars` is None when the text is on paper.
    """

    title: str
    code: str
    sheet_code: str
    attempt_id: int
    position: int
    assessment_id: int
    item_version_id: int
    maximum: str
    stem_html: Markup
    model_answer_html: Markup | None
    criteria: tuple[CriterionLine, ...]
    lines: tuple[tuple[Piece, ...], ...]
    has_hits: bool
    chars: int | None
    seen: int
    is_marked: bool
    free_points: str
    total: str
    comment: str
    done: int
    count: int
    bar: str
    places: tuple[PlaceLine, ...]
    previous_url: str | None
    next_url: str | None
    spread: tuple[SpreadLine, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: from the last mark, or what a marker typed before a refusal."""

    criteria: frozenset[str]
    points: str
    comment: str


def question_lines(rows: Sequence[QuestionRow], lang: str) -> list[QuestionLine]:
    """The list of questions to mark."""
    return [
        QuestionLine(
            title=(row.title_en if lang == "en" else None) or row.title,
            stem_html=render(text_in(row.item.stem, lang)),
            waiting=row.waiting,
            done=row.done,
            assessment_id=row.assessment_id,
            item_version_id=row.item_version_id,
        )
        for row in rows
    ]


def desk(sheet: Sheet, actor: Actor, lang: str, typed: Typed | None = None) -> Desk:
    """The desk for one answer; `typed` keeps what was on it when a save was refused."""
    places = queries.places(actor, sheet.assessment_id, sheet.item_version_id)
    done = sum(one.is_marked for one in places)
    here = next(n for n, one in enumerate(places) if one.attempt_id == sheet.place.attempt_id)
    shown_now = typed or _of_last(sheet)
    body = sheet.item.body if isinstance(sheet.item.body, ShortAnswer) else ShortAnswer()
    written_in = hits.language_of(sheet.text, lang)
    criteria = _criteria(body, shown_now.criteria, lang, written_in)
    on_paper = is_on_paper(sheet.text)
    entry = printed.entry_of(sheet.place.attempt_id)
    text = _("（写在纸质答卷上）") if on_paper else sheet.text
    lines = [hits.pieces(line, body.rubric) for line in text.splitlines() if line.strip()]
    met = sum((c.points for c in body.rubric if c.id in shown_now.criteria), Fraction(0))
    return Desk(
        title=(sheet.title_en if lang == "en" else None) or sheet.title,
        code=sheet.place.code,
        sheet_code="" if entry is None else papercode.shown(entry.code),
        attempt_id=sheet.place.attempt_id,
        position=sheet.place.position,
        assessment_id=sheet.assessment_id,
        item_version_id=sheet.item_version_id,
        maximum=shown(sheet.item.points),
        stem_html=render(text_in(sheet.item.stem, lang)),
        model_answer_html=render(text_in(body.model_answer, lang)) if body.model_answer else None,
        criteria=criteria,
        lines=tuple(lines),
        has_hits=any(piece.number for line in lines for piece in line),
        chars=None if on_paper else len(sheet.text),
        seen=0 if sheet.last is None else sheet.last.number,
        is_marked=sheet.last is not None,
        free_points=shown_now.points,
        total=shown_now.points or (shown(min(sheet.item.points, met)) if met else ""),
        comment=shown_now.comment,
        done=done,
        bar=shown(Fraction(120 * done, len(places))),
        count=len(places),
        places=tuple(_place(n, one, here) for n, one in enumerate(places)),
        previous_url=_url(places[here - 1]) if here else None,
        next_url=_url(places[here + 1]) if here + 1 < len(places) else None,
        spread=_spread(sheet),
    )


def _of_last(sheet: Sheet) -> Typed:
    last = sheet.last
    if last is None:
        return Typed(frozenset(), "", "")
    if last.awarded is None:
        return Typed(frozenset(), shown(last.points), last.comment)
    met = frozenset(key for key, points in last.awarded.items() if points != "0")
    return Typed(met, "" if met else shown(last.points), last.comment)


def _criteria(
    body: ShortAnswer, checked: frozenset[str], lang: str, written_in: str
) -> tuple[CriterionLine, ...]:
    return tuple(
        CriterionLine(
            id=one.id,
            key=number if number <= 9 else None,
            text=text_in(one.point, lang),
            points=shown(one.points),
            words=_("、").join(
                " / ".join(hits.in_language(group, written_in)) for group in one.keywords
            ),
            checked=one.id in checked,
        )
        for number, one in enumerate(body.rubric, start=1)
    )


def _place(number: int, one: Place, here: int) -> PlaceLine:
    return PlaceLine(number + 1, one.code, _url(one), one.is_marked, number == here)


def _url(place: Place) -> str:
    return url_for("grading.desk", attempt_id=place.attempt_id, position=place.position)


def _spread(sheet: Sheet) -> tuple[SpreadLine, ...]:
    rows = queries.spread(sheet.assessment_id, sheet.item_version_id)
    most = max((n for _points, n in rows), default=1)
    return tuple(
        SpreadLine(
            points=shown(points),
            n=n,
            x=shown(3 + 92 * points / sheet.item.points),
            height=shown(Fraction(40 * n, most)),
        )
        for points, n in rows
    )
